"""Two-stage signals: the first asks for a clean stop, the second ends the process at once.

Python carries out a signal's handler on the main thread, between two of its steps. A main thread that is just
going to sleep, or a signal that the system gives to another thread, and the handler waits for as long as
the sleep. So the handlers do nothing: the interpreter rings a bell at the instant of the signal
(`signal.set_wakeup_fd`), and a thread of its own listens. A forked child
would share the bell; nothing here forks.
"""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
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
    """While the block runs, SIGINT and SIGTERM set the event, whatever the main thread is about."""
    stop = Stop()
    bell, ear = socket.socketpair()
    bell.setblocking(False)
    listener = Thread(target=_listen, args=(ear, stop), name="signals", daemon=True)
    listener.start()
    bell_before = -1
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        bell_before = signal.set_wakeup_fd(bell.fileno())
        for number in before:
            signal.signal(number, _heard)
        yield stop
    finally:
        signal.set_wakeup_fd(bell_before)
        for number, handler in before.items():
            signal.signal(number, handler)
        bell.close()  # which the listener hears as the end
        listener.join()


def _heard(_number: int, _frame: FrameType | None) -> None:
    """The bell has rung."""


def _listen(ear: socket.socket, stop: Stop) -> None:
    """One byte for each signal, its number; none when the bell is taken away."""
    with ear:
        try:
            while rung := ear.recv(1):
                if rung[0] not in {signal.SIGINT, signal.SIGTERM}:
                    continue
                if stop.number is not None:
                    os._exit(128 + rung[0])
                stop.number = rung[0]
                ear.settimeout(GRACE_SECONDS)
                stop.event.set()
        except TimeoutError:
            os.write(
                2, b"Leadline did not come to a clean stop in time and ends now; the next pass goes on.\n"
            )
            os._exit(128 + (stop.number or 0))
