"""The list view that bounds what is scored (`scope.list`): which leads are in it (fact sheet §6).

A view is a query: its describe tells it, and each page of leads is held against it, one call for 1,000 leads.
So a view of any size costs nothing while nothing changes, and nothing of it is remembered.
"""

import re
import time
from collections.abc import Sequence

from config.connections import SalesforceConnection
from connectors.base import Misconfigured, Rejected
from connectors.salesforce.client import COMPOSITE_LIMIT, Client, chunks

BELIEVED_SECONDS = 600.0
"""How long a view's filters are believed."""
IDS_PER_QUERY = 200
"""An 18-character id costs up to 27 bytes once encoded (§2.1)."""
_QUERY = re.compile(
    r"\bFROM\s+Lead\b\s*(?P<scope>USING\s+SCOPE\s+\w+)?\s*(?:WHERE\s+(?P<where>.*?))?\s*"
    r"(?:\bORDER\s+BY\b[^']*)?(?:\bLIMIT\s+\d+\s*)?$",
    re.IGNORECASE | re.DOTALL,
)


class Listing:
    """The list view of one connection."""

    def __init__(self, client: Client, connection: SalesforceConnection) -> None:
        self._client = client
        self._connection = connection
        self._filters: tuple[str, str] | None = None
        self._asked_at = 0.0

    def members(self, lead_ids: Sequence[str]) -> frozenset[str]:
        """First 15 characters of the ids that are in the view. Raises Misconfigured where there is none."""
        scope, where = self.filters()
        bound = f"({where}) AND " if where else ""
        soqls = [
            # The view's own filters; ids are the org's.
            f"SELECT Id FROM Lead {scope} WHERE {bound}Id IN ({_quoted(ids)})"  # noqa: S608
            for ids in chunks(lead_ids, IDS_PER_QUERY)
        ]
        pages = [page for several in chunks(soqls, COMPOSITE_LIMIT) for page in self._client.queries(several)]
        return frozenset(str(row["Id"])[:15] for page in pages for row in page["records"])

    def filters(self) -> tuple[str, str]:
        """The view's USING SCOPE and its condition, each perhaps empty. Raises Misconfigured."""
        if self._filters is None or time.monotonic() - self._asked_at > BELIEVED_SECONDS:
            self._filters, self._asked_at = self._ask(), time.monotonic()
        return self._filters

    def _ask(self) -> tuple[str, str]:
        name, view = self._connection.name, self._connection.scope.listing
        try:
            answer = self._client.call("list_view", f"sobjects/Lead/listviews/{view}/describe")
        except Rejected as error:
            raise Misconfigured(
                f"{name}: scope.list names the list view {view}, and the org shows the integration user no "
                "such view of leads. Take the id (00B…) from the view's address, and share the view with it.",
                code=error.code,
            ) from None
        match = _QUERY.search(str((answer or {}).get("query", "")))
        if match is None:
            raise Misconfigured(
                f"{name}: scope.list names the list view {view}, which cannot be asked as a query. "
                "Choose a view with filters of its own, not one such as Recently Viewed."
            )
        return match["scope"] or "", match["where"] or ""


def _quoted(ids: Sequence[str]) -> str:
    return ", ".join(f"'{one}'" for one in ids)
