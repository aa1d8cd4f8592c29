"""A bounded log of every exchange with the sandbox CRMs, and the counts by which calls are budgeted."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

DEFAULT_CAPACITY = 5_000
MAX_KEPT_BYTES = 64 * 1024 * 1024
"""Request bodies in the journal; beyond that the oldest exchanges go, so that a long soak stays small."""

_RECORD_ID = re.compile(r"^(\d{2,}|0[0-9A-Za-z]{14}(?:[0-9A-Za-z]{3})?(?:-\d+)?)$")


def path_pattern(path: str) -> str:
    """The path with every record id, locator and number replaced by `{id}`."""
    return "/".join("{id}" if _RECORD_ID.match(part) else part for part in path.split("/"))


@dataclass(frozen=True)
class Exchange:
    """One request and what it was answered with."""

    at: datetime
    crm: str
    method: str
    path: str
    query: str
    """The query string as sent, still encoded."""
    headers: dict[str, str] = field(repr=False)
    """Request headers, lower case, without Authorization and Cookie."""
    raw: bytes = field(repr=False)
    """The request body."""
    request_bytes: int
    response_bytes: int
    status: int
    """The status that the client saw; 0 where the connection was closed without an answer."""
    committed: bool = True
    """Whether the CRM carried the request out."""

    @property
    def body(self) -> Any:
        """The request body as parsed JSON, as text where it is none, or None where it is empty."""
        if not self.raw:
            return None
        text = self.raw.decode("utf-8", "replace")
        try:
            return json.loads(text)
        except ValueError:
            return text

    @property
    def pattern(self) -> str:
        """The path without record ids: what counts are kept by."""
        return path_pattern(self.path)


class Journal:
    """The last exchanges (bounded) and the counts of all of them; safe to use from many threads."""

    def __init__(self, capacity: int = DEFAULT_CAPACITY) -> None:
        """Keep the newest `capacity` exchanges, and MAX_KEPT_BYTES of bodies; counts go on beyond that."""
        self._capacity = capacity
        self._lock = threading.Lock()
        self._exchanges: deque[Exchange] = deque()
        self._kept_bytes = 0
        self._counts: Counter[tuple[str, str]] = Counter()
        self._by_crm: Counter[str] = Counter()

    def record(self, exchange: Exchange) -> None:
        """Add one exchange."""
        with self._lock:
            self._exchanges.append(exchange)
            self._kept_bytes += exchange.request_bytes
            while len(self._exchanges) > self._capacity or self._kept_bytes > MAX_KEPT_BYTES:
                self._kept_bytes -= self._exchanges.popleft().request_bytes
            self._counts[exchange.method, exchange.pattern] += 1
            self._by_crm[exchange.crm] += 1

    def clear(self) -> None:
        """Forget exchanges and counts."""
        with self._lock:
            self._exchanges.clear()
            self._kept_bytes = 0
            self._counts.clear()
            self._by_crm.clear()

    @property
    def counts(self) -> dict[tuple[str, str], int]:
        """Exchanges since the last `clear`, by (method, path pattern)."""
        with self._lock:
            return dict(self._counts)

    def calls(self, crm: str | None = None) -> int:
        """How many exchanges since the last `clear`, with one CRM or with all."""
        with self._lock:
            return self._by_crm[crm] if crm is not None else self._by_crm.total()

    def exchanges(self, method: str | None = None, containing: str = "") -> list[Exchange]:
        """The kept exchanges, oldest first, of one method and with `containing` in the path."""
        with self._lock:
            kept = list(self._exchanges)
        return [one for one in kept if method in (None, one.method) and containing in one.path]

    def __iter__(self) -> Iterator[Exchange]:
        """Iterate over a copy of the kept exchanges, oldest first."""
        return iter(self.exchanges())

    def __len__(self) -> int:
        """How many exchanges are kept."""
        return len(self._exchanges)
