"""Pages of a query and the locators that lead from one to the next (salesforce.md §2.1)."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.salesforce.errors import RequestError
from sandbox.salesforce.ids import make_id

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org
    from sandbox.salesforce.query import Found
    from sandbox.salesforce.selection import Shape

_LOCATOR = re.compile(r"(0r8\w{15})-(\d+)")
_BATCH = re.compile(r"batchSize\s*=\s*(\d+)", re.IGNORECASE)


@dataclass
class Cursor:
    """Ids fixed when the query ran; values are read when a page is fetched."""

    user: str
    ids: list[str]
    shape: Shape
    size: int
    opened_at: datetime


class Cursors:
    """The open cursors of an org."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._open: OrderedDict[str, Cursor] = OrderedDict()
        self._serial = 0

    def first(self, user: str, found: Found, version: str, options: str) -> dict[str, Any]:
        """The first page of what was found."""
        if found.shape is None or found.records is not None:
            return {"totalSize": found.total, "done": True, "records": found.records or []}
        cursor = Cursor(user, found.ids, found.shape, self._page_size(options), self._org.now())
        locator = self._remember(cursor) if len(cursor.ids) > cursor.size else ""
        return self._page(cursor, locator, 0, version)

    def next(self, user: str, text: str, version: str) -> dict[str, Any]:
        """The page at `{locator}-{offset}`; RequestError 400 INVALID_QUERY_LOCATOR for a dead one."""
        match = _LOCATOR.fullmatch(text)
        cursor = self._open.get(match[1]) if match else None
        if match is None or cursor is None or cursor.user != user or self._is_old(cursor):
            raise RequestError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(cursor, match[1], int(match[2]), version)

    def close_all(self) -> None:
        """Let every locator die at once."""
        self._open.clear()

    def _page_size(self, options: str) -> int:
        switches = self._org.switches
        wish = _BATCH.search(options)
        if wish is None:
            return switches.page_size
        return min(max(int(wish[1]), min(switches.min_batch_size, switches.page_size)), switches.page_size)

    def _remember(self, cursor: Cursor) -> str:
        self._serial += 1
        locator = make_id("0r8", "5e", self._serial)
        self._open[locator] = cursor
        most = self._org.switches.max_locators
        if most is not None:
            mine = [one for one, held in self._open.items() if held.user == cursor.user]
            for one in mine[: max(len(mine) - most, 0)]:
                del self._open[one]
        return locator

    def _is_old(self, cursor: Cursor) -> bool:
        life = timedelta(seconds=self._org.switches.locator_seconds)
        return self._org.now() - cursor.opened_at > life

    def _page(self, cursor: Cursor, locator: str, start: int, version: str) -> dict[str, Any]:
        org = self._org
        end = start + cursor.size
        done = end >= len(cursor.ids)
        page: dict[str, Any] = {"totalSize": len(cursor.ids), "done": done}
        if not done:
            page["nextRecordsUrl"] = f"/services/data/v{version}/query/{locator}-{end}"
        rows = (org.row(one) for one in cursor.ids[start:end])
        page["records"] = [cursor.shape.render(org, row, version) for row in rows if row is not None]
        return page
