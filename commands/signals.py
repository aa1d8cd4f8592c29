"""Two-stage signals: the first asks for a clean stop, the second ends the process at once."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from types import FrameType

from commands.exits import Exit

GRACE_SECONDS = 9
"""A batch under way may finish; then the process ends anyway and its lease expires (contract: 10 s)."""


@dataclass(slots=True)
class Stop:
    """The stop event of this process, and which signal set it."""

    event: Event = field(default_factory=Event)
    number: int | None = None

    def exit_code(self, otherwise: Exit) -> Exit:
        """130 or 143 after a signal, else what the command made of it."""
        match self.number:
            case signal.SIGINT:
                return Exit.INTERRUPTED
            case signal.SIGTERM:
                return Exit.TERMINATED
            case _:
                return otherwise


@contextmanager
def stop_on_signal() -> Iterator[Stop]:
    """While the block runs, SIGINT and SIGTERM set the event; handlers do nothing else but set an alarm."""
    stop = Stop()

    def ask(number: int, _frame: FrameType | None) -> None:
        if stop.number is not None:
            os._exit(128 + number)
        stop.number = number
        signal.alarm(GRACE_SECONDS)
        stop.event.set()

    def give_up(_number: int, _frame: FrameType | None) -> None:
        os.write(2, b"Leadline did not come to a clean stop in time and ends now; the next pass goes on.\n")
        os._exit(128 + (stop.number or 0))

    handlers = {signal.SIGINT: ask, signal.SIGTERM: ask, signal.SIGALRM: give_up}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield stop
    finally:
        signal.alarm(0)
        for number, handler in before.items():
            signal.signal(number, handler)
