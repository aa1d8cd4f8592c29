"""Talk to CRMs. A connector reads changes, delivers values, sets up fields, and knows nothing of scoring."""

import threading
from collections.abc import Mapping
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

from qualifier.facts import Fact

if TYPE_CHECKING:  # the CRMs' libraries are heavy: only those of the connections in use are loaded
    from config.connections import AnyConnection
    from connectors.base import Connector
    from connectors.traffic import CallHook

__all__ = ["connect"]


def connect(
    connection: "AnyConnection",
    facts: Mapping[str, Fact],
    *,
    timezone: tzinfo = UTC,
    stop: threading.Event | None = None,
    on_call: "CallHook | None" = None,
) -> "Connector":
    """The connector of a connection's CRM; sends nothing yet. facts: all that the playbook may read.

    timezone: where a day without a time of day lies. stop: asks every call to give up. on_call: for metrics.
    """
    if connection.crm == "salesforce":
        from connectors.salesforce.connector import SalesforceConnector  # noqa: PLC0415  # see above

        return SalesforceConnector(connection, facts, timezone=timezone, stop=stop, on_call=on_call)
    from connectors.hubspot.connector import HubSpotConnector  # noqa: PLC0415  # see above

    return HubSpotConnector(connection, facts, stop=stop, on_call=on_call)
