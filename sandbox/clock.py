"""The sandbox's own time: real by default, shifted or frozen when a test says so."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta


class Clock:
    """What the sandbox CRMs take for now; safe to use from many threads."""

    def __init__(self, start: datetime | None = None) -> None:
        """Run with real time, or stand still at `start` (aware) until `advance` or `set`."""
        self._lock = threading.Lock()
        self._offset = timedelta(0)
        self._frozen: datetime | None = None
        if start is not None:
            self.set(start)

    def now(self) -> datetime:
        """The sandbox's present, in UTC with microseconds."""
        with self._lock:
            return self._frozen if self._frozen is not None else datetime.now(UTC) + self._offset

    def advance(self, seconds: float) -> None:
        """Move forward (or back, when negative) by `seconds`; a frozen clock stays frozen."""
        with self._lock:
            if self._frozen is not None:
                self._frozen += timedelta(seconds=seconds)
            else:
                self._offset += timedelta(seconds=seconds)

    def set(self, moment: datetime) -> None:
        """Freeze at `moment`; a naive one is refused with ValueError."""
        if moment.tzinfo is None:
            message = f"The sandbox clock needs an aware time, and {moment.isoformat()} has no zone: add one."
            raise ValueError(message)
        with self._lock:
            self._frozen = moment.astimezone(UTC)

    def run(self) -> None:
        """Let a frozen clock go on from where it stands."""
        with self._lock:
            if self._frozen is not None:
                self._offset = self._frozen - datetime.now(UTC)
                self._frozen = None
