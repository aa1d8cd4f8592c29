"""What people and admins do to a CRM in a browser, with plain values: `control` offers each method over HTTP.

Its arguments are the keys of the body, checked against their types. `kind` is an object's API name (`Lead`,
`contacts`), `record` an id. Records are written with a person's rights and stamps, so fields that the API
calls read-only may be set.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.hubspot import Portal
    from sandbox.salesforce import Org

Values = dict[str, Any]


class SalesforceActs:
    """The acts in an org."""

    def __init__(self, org: Org) -> None:
        self._org = org

    def create(self, kind: str, values: Values) -> str:
        """Add a record; its id."""
        return self._org.insert(kind, values)

    def edit(self, kind: str, record: str, values: Values) -> None:
        """Change a record."""
        self._org.update(kind, record, values)

    def delete(self, kind: str, record: str) -> None:
        """Move a record to the recycle bin."""
        self._org.delete(kind, record)

    def undelete(self, kind: str, record: str) -> None:
        """Take it out again."""
        self._org.undelete(kind, record)

    def late_create(self, kind: str, values: Values, seconds: float) -> str:
        """Add a record that is stamped now and visible so many seconds later; its id."""
        return self._org.begin(visible_in=seconds).insert(kind, values)

    def late_edit(self, kind: str, record: str, values: Values, seconds: float) -> None:
        """Change a record now, visible so many seconds later; the row is locked meanwhile."""
        self._org.begin(visible_in=seconds).update(kind, record, values)

    def convert(self, record: str) -> Values:
        """Convert a lead; the ids of account, contact and opportunity."""
        return asdict(self._org.convert_lead(record))

    def merge(self, winner: str, losers: list[str]) -> None:
        """Merge leads."""
        self._org.merge_leads(winner, losers)

    def withdraw_field(self, kind: str, field: str, *, read: bool = True) -> None:
        """Nobody may edit the field from now on, nor see it unless `read` is false."""
        self._org.access.withdraw_field(kind, field, read=read)

    def restore_field(self, kind: str, field: str) -> None:
        """Undo `withdraw_field`."""
        self._org.access.restore_field(kind, field)


class HubSpotActs:
    """The acts in a portal."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def create(self, kind: str, values: Values) -> str:
        """Add a record; its id."""
        return self._portal.create(kind, values)

    def edit(self, kind: str, record: str, values: Values) -> None:
        """Change a record."""
        self._portal.update(kind, record, values)

    def delete(self, kind: str, record: str) -> None:
        """Put a record into the recycle bin."""
        self._portal.archive(kind, record)

    def merge(self, kind: str, winner: str, loser: str) -> None:
        """Merge `loser` into `winner`."""
        self._portal.merge(kind, winner, loser)

    def revoke_token(self, token: str) -> None:
        """End a token, as an admin who rotates keys does."""
        self._portal.access.revoke(token)
