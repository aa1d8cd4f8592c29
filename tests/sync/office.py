"""A CRM in memory, a store, and the worker between them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from config.connections import SalesforceConnection
from config.playbook_file import load_playbook
from connectors.memory import MemoryConnector
from qualifier.playbook import Playbook
from sync.cycle import Mode, Pass, run_pass
from sync.report import Report
from sync.store import Store

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
"""A Wednesday in working hours."""


@dataclass
class Office:
    """A CRM, a store, and the worker between them."""

    crm: MemoryConnector
    store: Store
    settings: SalesforceConnection

    def sync(self, mode: Mode | None = None, playbook: Playbook | None = None, **parts: Any) -> Report:
        """A minute later, one pass; by the built-in playbook unless another is given."""
        self.crm.advance(60)
        book = playbook or load_playbook()
        work = Pass(self.settings, self.crm, self.store, book, "test", mode=mode or Mode(), **parts)
        return run_pass(work)

    def written_since(self, before: int) -> set[str]:
        """Leads delivered after the first `before` deliveries."""
        return {delivery.lead_id for delivery in self.crm.deliveries[before:]}


def connection(**parts: Any) -> SalesforceConnection:
    """Settings of a connection; the CRM behind it is in memory."""
    values = {
        "name": "memory",
        "crm": "salesforce",
        "base_url": "http://127.0.0.1:1",
        "auth": {"flow": "client_credentials", "client_id": "id", "client_secret": "secret"},
    }
    return SalesforceConnection.model_validate(values | parts)
