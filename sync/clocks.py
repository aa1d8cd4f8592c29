"""Response clocks as they ran: what the report on the agreement is made of.

A verdict knows one clock per lead, the one that counts now. Here each is written down when a verdict first
holds it, when the CRM was told, and how it ended: settled by a human touch, or ended without one.
"""

import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

import polars as pl
from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from qualifier.facts import HAND_RAISES
from sync.ingest.rows import chunks
from sync.schema import EPOCH, MICROSECOND, clocks, leads, touches

KEPT = timedelta(days=400)
Key = tuple[int, datetime]
"""Lead and start."""


def keep_clocks(tx: Connection, verdicts: pl.DataFrame, as_of: datetime) -> None:
    """Write down what a slice of verdicts says of response clocks.

    `verdicts`: columns of `qualify()` and `created_at`. A clock that an earlier due one replaced while both
    waited for the same answer is forgotten: those events share one clock (qualification rules, §3 Agreement).
    """
    tx.execute(delete(clocks).where(clocks.c.start < as_of - KEPT))
    shown = {(row["lead"], row["start"]): row for row in _shown(verdicts, as_of - KEPT).to_dicts()}
    known = _known(tx, verdicts["lead"].to_list())
    _insert(tx, [row for key, row in shown.items() if key not in known], as_of)
    moved = [row for key, row in shown.items() if key in known and _differs(row, known[key])]
    _update(tx, moved, ("due", "settled", "ended"))
    left = {key for key, row in known.items() if key not in shown and row.settled is None and not row.ended}
    if left:
        _settle_left(tx, left, {lead: row["settled"] for (lead, _), row in shown.items()}, as_of)


def note_delivered(tx: Connection, told: Collection[tuple[int, datetime, datetime]]) -> None:
    """The CRM holds these due times: lead, due, since when. The first time counts."""
    first = (
        update(clocks)
        .where(
            clocks.c.lead == bindparam("b_lead"),
            clocks.c.due == bindparam("b_due"),
            clocks.c.seen_at.is_not(None),
            clocks.c.delivered_at.is_(None),
        )
        .values(delivered_at=bindparam("b_at"))
    )
    if told:
        tx.execute(first, [{"b_lead": lead, "b_due": due, "b_at": at} for lead, due, at in told])


def _shown(verdicts: pl.DataFrame, oldest: datetime) -> pl.DataFrame:
    """The clocks that the verdicts hold. The promise is that of the rep's segment while an override runs."""
    overridden = pl.col("segment") != pl.col("earned")
    return verdicts.filter(pl.col("clock_start") >= oldest).select(
        "lead",
        start="clock_start",
        due="clock_due",
        settled="clock_settled",
        ended=pl.lit(None, pl.Datetime("us", "UTC")),
        segment=pl.when(overridden).then("segment").otherwise("clock_segment"),
        created=pl.col("clock_start") == pl.col("created_at"),
    )


def _known(tx: Connection, keys: Collection[int]) -> dict[Key, Row[Any]]:
    return {
        (row.lead, row.start): row
        for ids in chunks(list(keys))
        for row in tx.execute(select(clocks).where(clocks.c.lead.in_(ids)))
    }


def _differs(row: Mapping[str, Any], known: Row[Any]) -> bool:
    return any(row[name] != getattr(known, name) for name in ("due", "settled", "ended"))


def _insert(tx: Connection, rows: list[dict[str, Any]], as_of: datetime) -> None:
    if not rows:
        return
    raised = _hand_raises(tx, [row["lead"] for row in rows])
    for row in rows:
        created = row.pop("created")
        by_itself = "creation" if created else "rise"
        row |= {
            "cause": "hand_raise" if (row["lead"], row["start"]) in raised else by_itself,
            "seen_at": as_of,
        }
    tx.execute(insert(clocks), rows)


def _hand_raises(tx: Connection, keys: Collection[int]) -> set[Key]:
    return {
        (row.lead, row.at)
        for ids in chunks(list(keys))
        for row in tx.execute(
            select(touches.c.lead, touches.c.at).where(
                touches.c.lead.in_(ids), touches.c.kind.in_(HAND_RAISES)
            )
        )
    }


def _update(tx: Connection, rows: Collection[Mapping[str, Any]], names: tuple[str, ...]) -> None:
    if not rows:
        return
    this = (clocks.c.lead == bindparam("b_lead"), clocks.c.start == bindparam("b_start"))
    values: dict[str, object] = {name: bindparam(f"b_{name}") for name in names}
    tx.execute(
        update(clocks).where(*this).values(values),
        [{f"b_{name}": row[name] for name in ("lead", "start", *names)} for row in rows],
    )


def _settle_left(
    tx: Connection, left: Collection[Key], answers: Mapping[int, datetime | None], as_of: datetime
) -> None:
    """Running clocks that their verdicts no longer hold: answered, replaced, or ended by a person's word.

    `answers`: lead → what settled the clock that its verdict holds instead.
    """
    answered = _answers(tx, {lead for lead, _ in left}, as_of)
    closed = _closed_at(tx, {lead for lead, _ in left if lead not in answers}, as_of)
    settled, ended, replaced = [], [], []
    for lead, start in left:
        row = {"lead": lead, "start": start}
        answer = answered.get((lead, start))
        if lead in answers and answers[lead] == answer:
            replaced.append({"b_lead": lead, "b_start": start})
        elif answer is not None:
            settled.append(row | {"settled": answer})
        else:
            ended.append(row | {"ended": closed.get(lead, as_of)})
    _update(tx, settled, ("settled",))
    _update(tx, ended, ("ended",))
    if replaced:
        this = (clocks.c.lead == bindparam("b_lead"), clocks.c.start == bindparam("b_start"))
        tx.execute(delete(clocks).where(*this), replaced)


def _answers(tx: Connection, keys: Collection[int], as_of: datetime) -> dict[Key, datetime]:
    """The first human touch since each clock's start, where there is one."""
    answer = (touches.c.human.is_(True), touches.c.at >= clocks.c.start, touches.c.at <= as_of)
    return {
        (row.lead, row.start): row.answered
        for ids in chunks(list(keys))
        for row in tx.execute(
            select(clocks.c.lead, clocks.c.start, func.min(touches.c.at).label("answered"))
            .join(touches, touches.c.lead == clocks.c.lead)
            .where(clocks.c.lead.in_(ids), *answer)
            .group_by(clocks.c.lead, clocks.c.start)
        )
    }


def _closed_at(tx: Connection, keys: Collection[int], as_of: datetime) -> dict[int, datetime]:
    """Since when the closed among these leads are closed: earlier than the pass that learned of it."""
    found = {}
    for ids in chunks(list(keys)):
        for row in tx.execute(select(leads.c.id, leads.c.facts).where(leads.c.id.in_(ids))):
            facts = json.loads(row.facts)
            if facts.get("status") == "closed" and "status_since" in facts:
                found[row.id] = min(as_of, EPOCH + facts["status_since"] * MICROSECOND)
    return found
