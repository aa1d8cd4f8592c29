"""A script of disasters: what goes wrong on the way to the sandbox CRMs, and when."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Mapping  # pydantic reads the types of a fault
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

MAINTENANCE_PAGE = (
    "<html><head><title>Maintenance</title></head><body><h1>Sorry to interrupt</h1></body></html>"
)
"""An HTML page where JSON was expected (salesforce.md §1.4, §4.4)."""


@dataclass
class Fault:
    """One thing that goes wrong. What it matches, how often, and what happens then.

    A fault that only has a `delay` slows the request and lets it through; any other one ends it.
    """

    method: str = "*"
    path: str = "*"
    """A glob (`fnmatch`) over the path without the query string."""
    containing: str = ""
    """Text that the query string or the request body must hold."""
    times: int | None = 1
    """How often it strikes; None is always, while it is in the list."""
    skip: int = 0
    """How many matching requests pass unharmed before it strikes."""
    probability: float = 1.0
    delay: float = 0.0
    """Seconds to wait before anything else."""
    status: int | None = None
    """The status to answer with, 200 included."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    """str, bytes, or anything JSON can say; an HTML text is labelled text/html."""
    commit: bool = False
    """With `status`: the CRM carries the request out first, and its own answer is thrown away."""
    drop: Literal["before", "after"] | None = None
    """Close the connection without an answer, before or after the CRM carried the request out."""
    cut: int | None = None
    """Close the connection after so many bytes of the true answer's body."""
    black_hole: bool = False
    """Never answer."""
    hits: int = 0
    """How often it has struck."""

    @property
    def is_final(self) -> bool:
        """Whether it ends the exchange in another way than the CRM would."""
        return self.status is not None or self.drop is not None or self.cut is not None or self.black_hole

    def answer(self) -> tuple[bytes, str]:
        """The body that it answers with, and its content type."""
        if self.body is None:
            return b"", "text/plain"
        if isinstance(self.body, bytes):
            return self.body, "application/octet-stream"
        if isinstance(self.body, str):
            is_html = self.body.lstrip().startswith("<")
            return self.body.encode(), "text/html; charset=utf-8" if is_html else "text/plain; charset=utf-8"
        return json.dumps(self.body).encode(), "application/json;charset=UTF-8"

    def matches(self, method: str, path: str, text: str) -> bool:
        """Whether a request is of the kind that it strikes; `text` is query string and body."""
        return self.method in ("*", method) and fnmatchcase(path, self.path) and self.containing in text


class Faults:
    """The script: faults are tried in the order in which they were added; safe to use from many threads."""

    def __init__(self, seed: int = 0) -> None:
        """Start without any fault; `seed` decides those with a probability."""
        self._lock = threading.Lock()
        self._random = random.Random(seed)
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Append a fault and return it."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """Take a fault out, if it is still there."""
        with self._lock:
            self._faults = [one for one in self._faults if one is not fault]

    def clear(self) -> None:
        """Take all faults out."""
        with self._lock:
            self._faults.clear()

    def waiting(self) -> list[Fault]:
        """The faults that still wait to strike, in their order."""
        with self._lock:
            return list(self._faults)

    def __len__(self) -> int:
        """How many faults still wait to strike."""
        return len(self._faults)

    def __bool__(self) -> bool:
        """Whether any fault waits, so that a quiet sandbox pays nothing for them."""
        return bool(self._faults)

    def take(self, method: str, path: str, text: str) -> list[Fault]:
        """The faults that strike this request: any number of delays, then at most one final fault."""
        struck: list[Fault] = []
        with self._lock:
            for fault in list(self._faults):
                if not fault.matches(method, path, text):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                if fault.probability < 1.0 and self._random.random() >= fault.probability:
                    continue
                self._consume(fault)
                struck.append(fault)
                if fault.is_final:
                    break
        return struck

    def _consume(self, fault: Fault) -> None:
        """Count one strike, and forget the fault after its last."""
        fault.hits += 1
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self._faults = [one for one in self._faults if one is not fault]
