"""Two-stage signals: the first asks for a clean stop, the second ends the process at once."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from types import FrameType

from commands.exits import Exit


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
    """While the block runs, SIGINT and SIGTERM set the event; handlers do nothing else."""
    stop = Stop()

    def handle(number: int, _frame: FrameType | None) -> None:
        if stop.event.is_set():
            os._exit(128 + number)
        stop.number = number
        stop.event.set()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
