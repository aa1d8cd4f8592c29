"""Deliver what waits, most urgent first, and settle every record by itself."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Event
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from config.values import QuietHours
from connectors.base import DELIVERY_SIZE, Connector, Delivery, Outcome, Value
from qualifier.verdict import OUTPUTS
from sync.clocks import note_delivered
from sync.documents import dump
from sync.ingest import depart
from sync.ingest.dirty import FACT, TOUCH
from sync.ingest.rows import chunks
from sync.schema import EPOCH, MICROSECOND, leads, quarantine, verdicts
from sync.store import Fence, Store
from sync.worth import DAILY_WORDS, ONCE_A_DAY, words

MOST_COUNTED = 20_000
"""A longer queue makes no difference to any connector: counting goes no further (40 ms)."""
QUARANTINE_WAITS = (timedelta(hours=1), timedelta(hours=6), timedelta(days=1))
"""When a refused record is tried again; the last wait repeats. A change of its verdict does not shorten it:
what the CRM refused is rarely our number, mostly a rule of its admin."""


@dataclass(frozen=True, slots=True)
class Moment:
    """`as_of`: the time scored for, to which "once a day" refers; `now`: the CRM's time of writing."""

    as_of: datetime
    now: datetime
    quiet: bool = False
    """Whether what only time caused is held back: the connection's quiet hours."""
    lasting: bool = True
    """Whether a lead that was judged is done with: then who is dirty is judged anew before it is written."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A pending row, what was sent for it, and what became of it."""

    row: Row[Any]
    sent: Delivery
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many leads one delivery may take. `limit`: never more. `pace`: end once so many were taken.

    A batch that the connector wants larger than usual is taken whole: one of them may go beyond the pace.
    """

    limit: int | None = None
    pace: int | None = None

    def is_spent(self, taken: int) -> bool:
        """Whether nothing more may be taken."""
        return any(most is not None and taken >= most for most in (self.limit, self.pace))

    def size(self, best: int, taken: int) -> int:
        """Leads of the next batch, where the connector does so many best at once."""
        bounds = (self.limit,) if best > DELIVERY_SIZE else (self.limit, self.pace)
        return min([best, *(most - taken for most in bounds if most is not None)])


_OUTPUTS = {output.column: output for output in OUTPUTS if output.weight != "silent"}


def deliver(  # noqa: PLR0913  # where to, when, what of it, and how far: each is used
    store: Store,
    fence: Fence,
    connector: Connector,
    moment: Moment,
    *,
    allowed: Allowance | None = None,
    unsettled: set[int] | None = None,
    only: Collection[int] | None = None,
    stop: Event | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Counter[str]:
    """Write what is pending; returns how many were written, rejected, gone, or are to be tried again.

    `unsettled`: leads to leave for the next pass, to which those that must be tried again are added. `only`:
    no other leads than these. Raises what the connector raises; what was settled until then stays settled.
    """
    allowed = allowed or Allowance()
    unsettled = set() if unsettled is None else unsettled
    counts: Counter[str] = Counter()
    writable = connector.writable()
    while not allowed.is_spent(counts.total()):
        with store.read() as tx:
            # All of them, whatever `only`: by a long queue a connector knows that a killed process may have
            # left a job behind, which must end before anything else is written.
            waiting = _count_waiting(tx, fence.connection, moment, skip=len(unsettled))
        size = allowed.size(connector.batch_size(waiting), counts.total())
        with store.read() as tx:
            rows = _next(tx, fence.connection, moment, size, skip=unsettled, only=only)
        if not rows:
            break
        batch = [_delivery(row, writable, moment.as_of) for row in rows]
        with store.write(fence) as tx:
            _doubt(tx, rows, batch)
        outcomes = connector.deliver(batch)
        settled = [Settled(*item) for item in zip(rows, batch, outcomes, strict=True)]
        with store.write(fence) as tx:
            _settle(tx, settled, moment.now)
        counts.update(outcome.status for outcome in outcomes)
        unsettled.update(item.row.lead for item in settled if item.outcome.status == "retry")
        progress(len(rows))
        if stop is not None and stop.is_set():
            break
    return counts


def _count_waiting(tx: Connection, connection: str, moment: Moment, *, skip: int) -> int:
    """How many leads wait besides `skip` ones, counted as far as it matters."""
    found = 0
    for word in words(quiet=moment.quiet):
        some = _pending(connection, moment, word).with_only_columns(verdicts.c.lead).order_by(None)
        some = some.limit(MOST_COUNTED + skip - found)
        found += tx.scalar(select(func.count()).select_from(some.subquery())) or 0
    return max(0, found - skip)


def count_pending(tx: Connection, connection: str, moment: Moment, *where: ColumnElement[bool]) -> int:
    """How many leads (those to which `where` applies) a delivery would write now."""
    queries = [_pending(connection, moment, word).where(*where) for word in words(quiet=moment.quiet)]
    return sum(
        tx.scalar(query.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)) or 0
        for query in queries
    )


def find_waiting(tx: Connection, connection: str, moment: Moment, among: Collection[int]) -> set[int]:
    """Those of these leads that a delivery would write now."""
    queries = [
        _pending(connection, moment, word).with_only_columns(verdicts.c.lead)
        for word in words(quiet=moment.quiet)
    ]
    return {
        lead
        for keys in chunks(list(among))
        for query in queries
        for lead in tx.scalars(query.where(verdicts.c.lead.in_(keys)))
    }


def in_quiet_hours(span: QuietHours | None, zone: ZoneInfo, at: datetime) -> bool:
    """Whether `at` falls into the local span, which may go over midnight."""
    return span is not None and span.cover(at.astimezone(zone).time())


def _pending(connection: str, moment: Moment, word: str) -> Select[Any]:
    """What waits for one reason.

    The index gives it rank by rank: a batch of a long queue need not sort all of it.
    """
    rested = [verdicts.c.delivered_at <= moment.as_of - ONCE_A_DAY] if word in DAILY_WORDS else []
    outdated = leads.c.dirty.in_([FACT, TOUCH])
    judged = [or_(leads.c.dirty.is_(None), ~outdated)] if moment.lasting else []
    return (
        select(
            verdicts.c.lead,
            leads.c.lead_id,
            leads.c.connection,
            leads.c.created_at,
            verdicts.c.wanted,
            verdicts.c.delivered,
            verdicts.c.in_doubt,
            verdicts.c.state,
            verdicts.c.rank,
            verdicts.c.respond_by,
            quarantine.c.tries,
        )
        .join(leads, leads.c.id == verdicts.c.lead)
        .outerjoin(quarantine, quarantine.c.lead == verdicts.c.lead)
        .where(
            verdicts.c.connection == connection,
            verdicts.c.pending == word,
            *rested,
            *judged,
            leads.c.gone.is_(None),
            leads.c.in_scope.is_(True),
            or_(quarantine.c.lead.is_(None), quarantine.c.next_try_at <= moment.now),
        )
        .order_by(
            verdicts.c.rank, verdicts.c.respond_by.nulls_last(), leads.c.created_at.desc(), verdicts.c.lead
        )
    )


def _next(
    tx: Connection,
    connection: str,
    moment: Moment,
    size: int,
    *,
    skip: set[int],
    only: Collection[int] | None,
) -> list[Row[Any]]:
    """The next batch; what was tried in this pass and not settled waits for the next pass."""
    queries = [
        _pending(connection, moment, word).limit(size + len(skip)) for word in words(quiet=moment.quiet)
    ]
    if only is not None:
        queries = [query.where(verdicts.c.lead.in_(keys)) for keys in chunks(list(only)) for query in queries]
    rows = [row for query in queries for row in tx.execute(query) if row.lead not in skip]
    return sorted(rows, key=_urgency)[:size]


def _urgency(row: Row[Any]) -> tuple[Any, ...]:
    """The order of a single query, for the rows of all."""
    at = (row.respond_by is None, row.respond_by or EPOCH)
    return row.rank or 0, *at, EPOCH - row.created_at, row.lead


def _delivery(row: Row[Any], writable: frozenset[str], as_of: datetime) -> Delivery:
    """Only what differs travels, so that a customer's automation sees real changes; and the time."""
    wanted, was = json.loads(row.wanted), _held(row)
    values: dict[str, Value] = {
        output.name: _value(output.kind, wanted.get(column))
        for column, output in _OUTPUTS.items()
        if output.name in writable and (column not in was or wanted.get(column) != was[column])
    }
    if "Scored_At" in writable:
        values["Scored_At"] = as_of
    return Delivery(row.lead_id, values)


def _held(row: Row[Any]) -> dict[str, Any]:
    """What the CRM holds of ours, as far as that is sure."""
    doubtful = _doubtful(row)
    held = json.loads(row.delivered or "{}").items()
    return {column: value for column, value in held if column not in doubtful}


def _value(kind: str, stored: Any) -> Value:
    if stored is None:
        return None
    match kind:
        case "instant":
            return EPOCH + int(stored) * MICROSECOND
        case "date":
            return date.fromisoformat(stored)
        case "multi_pick":
            return tuple(stored)
        case _:
            return cast("str | float", stored)


def _doubt(tx: Connection, rows: Sequence[Row[Any]], batch: Sequence[Delivery]) -> None:
    """Note before a call which columns it may write: if we die or no answer comes, nobody knows if it did.

    Without it a verdict that turned back meanwhile would look delivered, and the CRM keep the other one.
    """
    tx.execute(
        update(verdicts)
        .where(verdicts.c.lead == bindparam("b_lead"))
        .values(in_doubt=bindparam("b_columns")),
        [
            {"b_lead": row.lead, "b_columns": json.dumps(sorted(_columns(sent) | _doubtful(row)))}
            for row, sent in zip(rows, batch, strict=True)
        ],
    )


def _columns(sent: Delivery) -> set[str]:
    return {column for column, output in _OUTPUTS.items() if output.name in sent.values}


def _doubtful(row: Row[Any]) -> set[str]:
    """Columns of which nobody knows whether their last write took place."""
    return set(json.loads(row.in_doubt or "[]"))


def _settle(tx: Connection, settled: Sequence[Settled], now: datetime) -> None:
    """Each record by itself. What is to be tried again stays pending, and in doubt, for the next pass."""
    untouched = [item.row for item in settled if item.outcome.status in {"rejected", "gone"}]
    for ids in chunks([row.lead for row in untouched if row.in_doubt is None]):
        tx.execute(update(verdicts).where(verdicts.c.lead.in_(ids)).values(in_doubt=None))
    _settle_written(tx, [item for item in settled if item.outcome.status == "written"], now)
    for item in settled:
        if item.outcome.status == "rejected":
            _quarantine(tx, item.row, item.outcome, now)
        elif item.outcome.status == "gone":
            depart(tx, item.row.lead, item.outcome.gone.why if item.outcome.gone else "deleted", now)


def _settle_written(tx: Connection, written: Sequence[Settled], now: datetime) -> None:
    if not written:
        return
    tx.execute(
        update(verdicts)
        .where(verdicts.c.lead == bindparam("b_lead"))
        .values(pending=None, in_doubt=None, delivered_at=now),
        [
            {
                "b_lead": item.row.lead,
                "delivered": dump(_delivered(item)),
                "stamped_at": item.outcome.stamped_at,
            }
            for item in written
        ],
    )
    note_delivered(tx, [clock for item in written if (clock := _told(item, now))])
    freed = [item.row.lead for item in written if item.row.tries is not None]
    for ids in chunks(freed):
        tx.execute(delete(quarantine).where(quarantine.c.lead.in_(ids)))


def _told(item: Settled, now: datetime) -> tuple[int, datetime, datetime] | None:
    """Which due time the CRM holds now, and since when; None where nothing is due."""
    due = json.loads(item.row.wanted).get("respond_by")
    at = item.outcome.stamped_at or now
    return None if due is None else (item.row.lead, EPOCH + due * MICROSECOND, at)


def _delivered(item: Settled) -> dict[str, Any]:
    """What the CRM holds now of ours, and the points that it was told, for Why_Changed."""
    wanted = json.loads(item.row.wanted)
    sent = item.sent.values.keys() - item.outcome.left_out
    told = {column: wanted.get(column) for column, output in _OUTPUTS.items() if output.name in sent}
    points = {"points": json.loads(item.row.state)["points"]} if item.row.state is not None else {}
    return _held(item.row) | told | points


def _quarantine(tx: Connection, row: Row[Any], outcome: Outcome, now: datetime) -> None:
    tries = (row.tries or 0) + 1
    values = {
        "code": outcome.code,
        "message": outcome.message,
        "tries": tries,
        "last_at": now,
        "next_try_at": now + QUARANTINE_WAITS[min(tries, len(QUARANTINE_WAITS)) - 1],
    }
    if row.tries is None:
        tx.execute(
            insert(quarantine).values(lead=row.lead, connection=row.connection, first_at=now, **values)
        )
    else:
        tx.execute(update(quarantine).where(quarantine.c.lead == row.lead).values(**values))


def own_stamps(tx: Connection, connection: str, lead_ids: Collection[str]) -> dict[str, datetime]:
    """Of these leads, CRM id → modification time of our own last write, where known."""
    query = (
        select(leads.c.lead_id, verdicts.c.stamped_at)
        .join(verdicts, verdicts.c.lead == leads.c.id)
        .where(leads.c.connection == connection, verdicts.c.stamped_at.is_not(None))
    )
    return {
        row.lead_id: row.stamped_at
        for ids in chunks(list(lead_ids))
        for row in tx.execute(query.where(leads.c.lead_id.in_(ids)))
    }
