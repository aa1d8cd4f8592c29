"""Marks: up to where each stream of a connection is stored, and where a walk through a window stands.

A mark never passes the start of its pass, nor a page that is not stored: `advance` runs in the page's
transaction.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Connection, Row, delete, insert, select, update

from connectors.base import Keyset, Window
from sync.schema import marks

POLL, HISTORY, SECOND, HEALING = "poll", "history", "second", "healing"
LOOK = "look"
"""A poll that keeps no mark."""
READ_ON = (POLL, HISTORY, SECOND, HEALING)
"""Walks that a pass may leave half done, in the order in which they are read on."""
NEEDED = frozenset({POLL, HISTORY})
"""Before these are read, a lead may be known by half; the others only mend what slipped through."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A window being read: `after` is the last row stored, None before the first page."""

    stream: str
    kind: str
    window: Window
    after: Keyset | None = None


def poll_walk(tx: Connection, connection: str, stream: str, now: datetime, overlap: timedelta) -> Walk | None:
    """The walk a pass starts or resumes; None before the first sync has set the mark."""
    row = _row(tx, connection, stream, POLL)
    if row is None:
        return None
    if row.until is not None:
        return _resumed(stream, POLL, row)
    return Walk(stream, POLL, Window(row.covered_until - overlap, now))


def covered_until(tx: Connection, connection: str, stream: str) -> datetime:
    """Up to when the poll of a stream has read everything. The stream must have a mark."""
    where = (marks.c.connection == connection, marks.c.stream == stream, marks.c.walk == POLL)
    return cast("datetime", tx.scalars(select(marks.c.covered_until).where(*where)).one())


def open_walks(tx: Connection, connection: str) -> list[Walk]:
    """The walks still to be done, among them the back-fill that a first sync has only begun."""
    where = (marks.c.connection == connection, marks.c.until.is_not(None))
    return [_resumed(row.stream, row.walk, row) for row in tx.execute(select(marks).where(*where))]


def slow_walk(
    tx: Connection,
    connection: str,
    stream: str,
    kind: str,
    until: datetime,
    *,
    every: timedelta,
    back: timedelta,
) -> Walk | None:
    """A read that is due only `every` so often: from `back` before the end of the last one, to `until`.

    The very first one has nothing to look at: the first sync reads everything anyway. It only sets the mark.
    """
    row = _row(tx, connection, stream, kind)
    if row is None:
        tx.execute(insert(marks).values(connection=connection, stream=stream, walk=kind, covered_until=until))
        return None
    if row.until is not None:
        return _resumed(stream, kind, row)
    if until - row.covered_until < every:
        return None
    return Walk(stream, kind, Window(row.covered_until - back, until))


def _resumed(stream: str, kind: str, row: Row[Any]) -> Walk:
    after = Keyset(row.after_at, row.after_id) if row.after_id is not None else None
    return Walk(stream, kind, Window(row.since, row.until, newest_first=kind == HISTORY), after)


def begin(tx: Connection, connection: str, stream: str, now: datetime, since: datetime, read_by: str) -> None:
    """First sync: from now on the poll covers what changes, and history is walked back to `since`."""
    forget(tx, connection, stream)
    row = {"connection": connection, "stream": stream}
    tx.execute(insert(marks).values(**row, walk=POLL, covered_until=now, read_by=read_by))
    tx.execute(insert(marks).values(**row, walk=HISTORY, since=since, until=now))


def is_read_by(tx: Connection, connection: str, stream: str, read_by: str) -> bool:
    """Whether what is stored of a stream was read in this way; nothing stored yet is."""
    row = _row(tx, connection, stream, POLL)
    return row is None or row.read_by == read_by


def disown(tx: Connection, connection: str, stream: str) -> None:
    """What is stored of a stream is from now on read in more ways than the mark says: nobody's."""
    where = (marks.c.connection == connection, marks.c.stream == stream, marks.c.walk == POLL)
    tx.execute(update(marks).where(*where).values(read_by=None))


def forget(tx: Connection, connection: str, stream: str) -> None:
    """Drop a stream's marks, so that the next pass begins anew; who left is looked for when that is due."""
    where = (marks.c.connection == connection, marks.c.stream == stream, marks.c.walk != HEALING)
    tx.execute(delete(marks).where(*where))


def advance(tx: Connection, connection: str, walk: Walk, after: Keyset | None) -> None:
    """A page of `walk` is stored; `after` None ends the walk and covers its window."""
    state = (
        {
            "since": walk.window.since,
            "until": walk.window.until,
            "after_at": after.at,
            "after_id": after.id,
        }
        if after is not None
        else {
            "covered_until": walk.window.until,
            "since": None,
            "until": None,
            "after_at": None,
            "after_id": None,
        }
    )
    where = (marks.c.connection == connection, marks.c.stream == walk.stream, marks.c.walk == walk.kind)
    tx.execute(update(marks).where(*where).values(**state))


def _row(tx: Connection, connection: str, stream: str, kind: str) -> Row[Any] | None:
    where = (marks.c.connection == connection, marks.c.stream == stream, marks.c.walk == kind)
    return tx.execute(select(marks).where(*where)).one_or_none()
