"""A store whose worker can die at any step, and an empty one to begin with."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, event

from sync.store import Fence, Store, _engine, open_store


class Killed(BaseException):
    """kill -9: nothing of the process's code runs any more."""


class MortalStore(Store):
    """A store whose process can die, or lose its lease, at any step of a transaction."""

    def __init__(self, url: str) -> None:
        """Open the file at `url`; its tables are there."""
        self.tick: Callable[[str], None] = lambda _: None
        self.outside: Callable[[], None] = lambda: None
        super().__init__(_engine(url))
        # Our deaths are a process's, not a machine's: what was written is there, synced to disk or not.
        event.listen(self.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
        self.engine.dispose()

    @contextmanager
    def write(self, fence: Fence | None = None) -> Iterator[Connection]:
        """As ever, with a step before it, one before the commit and one after."""
        self.tick("before")
        with super().write(fence) as tx:
            yield tx
            self.tick("uncommitted")
        self.tick("stored")


def empty_store(folder: Path) -> Path:
    """A migrated store to copy: migrations take longer than a pass."""
    file = folder / "empty.db"
    open_store(f"sqlite:///{file}").close()
    return file
