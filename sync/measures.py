"""What the store can tell of a playbook in use: filled facts, true signals, calls, how soon people answer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import polars as pl
from sqlalchemy import Connection, distinct, func, select

from qualifier.agreement import resolve
from qualifier.guardrails.evidence import Calls, Evidence, Polling
from qualifier.playbook import Playbook
from qualifier.qualify import evaluate
from qualifier.scorecard import respond_figures
from sync.frames import load_slice
from sync.ledger import load_clocks, load_human
from sync.schema import history, leads, mapped, passes, verdicts

PERIOD = timedelta(days=90)
LEAST_LEADS = 100
"""Shares of fewer leads are luck."""
MOST_LEADS = 5_000
"""So many of the newest are looked at per connection: enough for a share, quick enough for `lint`."""
WEEKS = 4
LEAST_PASSES = 10
LEAST_ANSWERS = 20
"""Response clocks that must have come to an end before their median says what a team can do."""
DAY = timedelta(days=1)
COLD, CLOSED = 3000, 8000
"""Respond_Rank from which leads are cold, and closed."""
FROM_DEALS = frozenset({"won_deals", "last_won_on"})
"""Facts of a company that its deals bring."""
FILLED, TRUE = "filled:", "true:"


def measure(tx: Connection, connections: Sequence[str], playbook: Playbook, now: datetime) -> Evidence:
    """What the leads of 90 days show; nothing where there are too few of them."""
    samples = [_sample(tx, name, playbook, now) for name in connections]
    frame = pl.concat(samples) if samples else pl.DataFrame()
    if len(frame) < LEAST_LEADS:
        return Evidence()
    shares = {name: float(share or 0.0) for name, share in frame.mean().row(0, named=True).items()}
    return Evidence(
        filled={
            name.removeprefix(FILLED): share for name, share in shares.items() if name.startswith(FILLED)
        },
        true={name.removeprefix(TRUE): share for name, share in shares.items() if name.startswith(TRUE)},
        hot_per_week=_hot_per_week(tx, connections, now),
        hot_or_warm=_hot_or_warm(tx, connections),
    )


def _sample(tx: Connection, connection: str, playbook: Playbook, now: datetime) -> pl.DataFrame:
    """Flags of the newest leads: `filled:<fact>` and `true:<criterion>.<signal>`."""
    keys = tx.scalars(
        select(leads.c.id)
        .where(
            leads.c.connection == connection,
            leads.c.created_at >= now - PERIOD,
            leads.c.gone.is_(None),
            leads.c.in_scope.is_(True),
        )
        .order_by(leads.c.created_at.desc())
        .limit(MOST_LEADS)
    )
    piece = load_slice(tx, connection, list(keys), playbook.facts_all, now)
    agreement = resolve(playbook.agreement, zone=None, effective_from=None)
    frame = evaluate(piece.facts, piece.touches, piece.companies, piece.previous, playbook, agreement, now)
    return frame.select(*_filled(playbook), *_true(playbook))


def _filled(playbook: Playbook) -> Iterator[pl.Expr]:
    for name, fact in playbook.facts_all.items():
        column = pl.col(f"{name}_low" if fact.kind == "range" else name)
        yield column.is_not_null().alias(FILLED + name)


def _true(playbook: Playbook) -> Iterator[pl.Expr]:
    for criterion in playbook.criteria:
        for signal in criterion.signals:
            name = f"{criterion.id}.{signal.id}"
            said = pl.col(f"truth:{name}") if criterion.axis == "fit" else pl.col(f"count:{name}") > 0
            yield said.fill_null(value=False).alias(TRUE + name)


def _hot_per_week(tx: Connection, connections: Sequence[str], now: datetime) -> float:
    hot = (
        select(func.count(distinct(history.c.lead)))
        .join(leads, leads.c.id == history.c.lead)
        .where(
            leads.c.connection.in_(connections),
            history.c.segment == "hot",
            history.c.at >= now - timedelta(weeks=WEEKS),
        )
    )
    return (tx.scalar(hot) or 0) / WEEKS


def _hot_or_warm(tx: Connection, connections: Sequence[str]) -> float | None:
    """Of the leads that are open, read off the thousands of Respond_Rank."""
    open_leads = select(func.count()).where(verdicts.c.connection.in_(connections), verdicts.c.rank < CLOSED)
    total = tx.scalar(open_leads) or 0
    return (tx.scalar(open_leads.where(verdicts.c.rank < COLD)) or 0) / total if total else None


def measure_calls(
    tx: Connection,
    intervals: Mapping[str, timedelta],
    allowed: Mapping[str, Callable[[int | None], int | None]],
    now: datetime,
) -> Evidence:
    """Calls a poll and calls a day, from the passes of the last day. `allowed`: the CRM's limit → ours."""
    rows = tx.execute(
        select(
            passes.c.connection,
            func.count().label("passes"),
            func.sum(passes.c.calls).label("calls"),
            func.max(passes.c.quota_limit).label("quota"),
        )
        .where(passes.c.started_at >= now - DAY)
        .group_by(passes.c.connection)
    ).all()
    polling, calls = {}, {}
    for row in rows:
        if row.connection in intervals and row.passes >= LEAST_PASSES:
            polling[row.connection] = Polling(intervals[row.connection], row.calls / row.passes)
        limit = allowed[row.connection](row.quota) if row.connection in allowed else None
        if limit is not None:
            calls[row.connection] = Calls(float(row.calls), float(limit))
    return Evidence(polling=polling or None, calls=calls or None)


def measure_answers(
    tx: Connection, connections: Sequence[str], playbook: Playbook, zone: str | None, now: datetime
) -> Evidence:
    """How long the answered leads of 90 days waited, in business time, by what they had been promised."""
    calendar = resolve(playbook.agreement, zone=zone, effective_from=None).calendar
    clocks = load_clocks(tx, connections, now - PERIOD, now)
    human = load_human(tx, connections, now - PERIOD, now)
    found = respond_figures(clocks, human, calendar, now).by_promise
    enough = found.filter(
        pl.col("met") + pl.col("breached") >= LEAST_ANSWERS, pl.col("median_minutes").is_not_null()
    )
    rows = enough.select("group", "median_minutes").iter_rows()
    return Evidence(answered_in={name: timedelta(minutes=minutes) for name, minutes in rows} or None)


def measure_fields(tx: Connection, connections: Sequence[str]) -> Evidence:
    """The facts for which each connection that was read has a field."""
    known: dict[str, frozenset[str]] = {}
    for row in tx.execute(select(mapped).where(mapped.c.connection.in_(connections))):
        facts = frozenset(row.facts.split()) | (FROM_DEALS if row.record == "company" else frozenset())
        known[row.connection] = known.get(row.connection, frozenset()) | facts
    return Evidence(known_facts=known or None)
