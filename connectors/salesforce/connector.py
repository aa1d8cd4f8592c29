"""The port of `connectors.base` for Salesforce: wires the rooms together, decides nothing."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo

from config.addresses import host_and_port
from config.connections import SalesforceConnection
from connectors.base import (
    Delivery,
    Finding,
    Keyset,
    Outcome,
    Page,
    Quota,
    Stamps,
    Step,
    Transient,
    Window,
)
from connectors.salesforce.check import Check
from connectors.salesforce.client import Client
from connectors.salesforce.fields import lead_map
from connectors.salesforce.outcomes import TABLE
from connectors.salesforce.reading import Reader
from connectors.salesforce.setup import Setup
from connectors.salesforce.streams import STREAMS
from connectors.salesforce.writing import Writer
from connectors.traffic import CallHook, Gate, Timing
from qualifier.facts import Fact

RECENT_SECONDS = 5.0
"""A Date header this young tells the org's time; an older one may miss that its clock was set."""


class SalesforceConnector:
    """One Salesforce org. `timezone`: where campaign responses without a time of day are placed at noon."""

    crm = "salesforce"
    streams = tuple(STREAMS)
    lags = False

    def __init__(
        self,
        connection: SalesforceConnection,
        facts: Mapping[str, Fact],
        *,
        timezone: tzinfo = UTC,
        stop: threading.Event | None = None,
        on_call: CallHook | None = None,
        timing: Timing | None = None,
    ) -> None:
        self.name = connection.name
        self.mapped = frozenset(lead_map(connection, facts))
        self._flow = connection.auth.flow
        self.gate = Gate(
            connection.name,
            TABLE,
            address=host_and_port(connection.base_url),
            stop=stop,
            budget=connection.api_budget,
            on_call=on_call,
            timing=timing,
        )
        self._client = Client(connection, self.gate)
        self._reader = Reader(self._client, connection, facts, timezone)
        self._writer = Writer(self._client, connection)
        self._setup = Setup(self._client, connection)
        self._check = Check(self._client, connection, facts, self._reader)

    def server_time(self) -> datetime:
        """The org's clock, from the Date header of the login, which is needed anyway, or of the version list.

        The latter counts against no limit. A login by JWT has to know the time before.
        """
        seen = self.gate.server_time(RECENT_SECONDS)
        if seen is None:
            if self._client.is_logged_in or self._flow == "jwt_bearer":
                self._client.versions()
            else:
                self._client.log_in()
            seen = self.gate.server_time(RECENT_SECONDS)
        if seen is None:
            raise Transient(
                f"{self.name}: the org's answer has no Date header. Look for a proxy that removes it."
            )
        return seen

    def changes(
        self,
        stream: str,
        window: Window,
        after: Keyset | None = None,
        own: Stamps | None = None,  # noqa: ARG002 - a query tells the values themselves: no echo to skip
    ) -> Iterator[Page]:
        """Pages of what changed in `window`, resumable after `after`."""
        return self._reader.changes(stream, window, after)

    def announce(self, windows: Mapping[str, Window]) -> None:
        """What `changes` will be asked for next: first pages of up to five streams travel in one call."""
        self._reader.announce(windows)

    def departures(self, window: Window) -> Iterator[Page]:  # noqa: ARG002  # the port's name
        """None that no stream tells of."""
        return iter(())

    def read(self, lead_ids: Sequence[str]) -> Page:
        """The leads with these ids, and those that are gone."""
        return self._reader.read(lead_ids)

    def writable(self) -> frozenset[str]:
        """Output names whose field exists, is in the profile and may be written by our user."""
        return frozenset(self._writer.columns())

    def batch_size(self, waiting: int) -> int:
        """How many leads `deliver` takes best at once where so many wait to be written."""
        return self._writer.batch_size(waiting)

    def deliver(self, batch: Sequence[Delivery]) -> list[Outcome]:
        """Write; one outcome per delivery, in order."""
        return self._writer.deliver(batch)

    def plan(self, vocabulary: Mapping[str, Sequence[str]]) -> list[Step]:
        """What set-up would do; changes nothing."""
        return self._setup.plan(vocabulary)

    def apply(self, vocabulary: Mapping[str, Sequence[str]]) -> Iterator[Step]:
        """Create or change what is missing; yields each step once it holds."""
        return self._setup.apply(vocabulary)

    def remove_plan(self) -> list[Step]:
        """What `remove` would take away; changes nothing."""
        return self._setup.remove_plan()

    def remove(self) -> Iterator[Step]:
        """Take away what set-up made."""
        return self._setup.remove()

    def check(self) -> Iterator[Finding]:
        """Doctor's findings; writes nothing."""
        return self._check.findings()

    @property
    def calls(self) -> int:
        """HTTP requests sent, retries and logins included."""
        return self.gate.counts.total

    @property
    def quota(self) -> Quota:
        """The daily quota as last seen."""
        return self.gate.quota

    def close(self) -> None:
        """Give sockets back."""
        self._client.close()
