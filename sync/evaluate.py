"""Qualify what is dirty or due, and remember the verdicts that wait for delivery."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

import polars as pl
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from qualifier.facts import INSTANT
from qualifier.qualify import PREVIOUS_COLUMNS, qualify
from sync.clocks import keep_clocks
from sync.documents import decode, encode
from sync.frames import load_slice
from sync.ingest.rows import chunks
from sync.quarantine import release, revive
from sync.schema import EPOCH, history, leads, verdicts
from sync.store import Fence, Store
from sync.terms import Terms
from sync.worth import COLUMNS, weigh

SLICE = 5_000
"""Leads qualified at once: columnar work needs thousands, a crash should not repeat more."""
LOOK_AGAIN = timedelta(days=1)
"""A lead is looked at again when its verdict changes by itself, and once a day at least: at New Year dates
in texts gain a year."""
SOON = timedelta(minutes=1)
"""Not sooner than this: a response clock is told to the minute."""


def find_work(
    tx: Connection,
    connection: str,
    as_of: datetime,
    *,
    everything: bool = False,
    among: Collection[int] | None = None,
    limit: int | None = None,
) -> list[int]:
    """Row keys of the leads whose verdict may change: facts, touches or time moved; newest first.

    `everything`: all of them. `among`: no others than these. `limit`: at most so many.
    """
    dirty = leads.c.dirty.is_not(None) | (leads.c.due_at <= as_of)
    where = [leads.c.connection == connection, leads.c.gone.is_(None), leads.c.in_scope.is_(True)]
    query = (
        select(leads.c.id)
        .where(*where, *([] if everything else [dirty]))
        .order_by(leads.c.created_at.desc())
        .limit(limit)
    )
    if among is None:
        return list(tx.scalars(query))
    return [key for keys in chunks(list(among)) for key in tx.scalars(query.where(leads.c.id.in_(keys)))]


def evaluate(store: Store, connection: str, keys: Sequence[int], terms: Terms) -> Iterator[pl.DataFrame]:
    """Verdicts of the leads `keys`, slice by slice; stores nothing.

    The result of `qualify()` plus `lead_id`, `dirty`, `pending` (what delivery would do), `delivered_at` and
    the columns `was_…` as last delivered.
    """
    for ids in chunks(keys, SLICE):
        with store.read() as tx:
            piece = load_slice(tx, connection, ids, terms.playbook.facts_all, terms.as_of)
        verdict = qualify(
            piece.facts,
            piece.touches,
            piece.companies,
            piece.previous,
            terms.playbook,
            terms.agreement,
            terms.as_of,
        )
        was = decode(piece.rows["delivered"], {name: verdict.schema[name] for name in COLUMNS})
        rows = piece.rows.drop("delivered").hstack(was.rename({name: f"was_{name}" for name in COLUMNS}))
        frame = verdict.join(rows, on="lead")
        yield frame.with_columns(weigh(frame, terms.columns))


def remember(store: Store, fence: Fence, frame: pl.DataFrame, terms: Terms, *, lasting: bool = True) -> None:
    """Store a slice of verdicts: state for the next one, values wanted in the CRM, what waits for delivery.

    Not `lasting` (a pass at another time than now): only what delivery needs, and the leads stay to be
    looked at.
    """
    documents = pl.DataFrame(
        {
            "lead": frame["lead"],
            "connection": [fence.connection] * len(frame),
            **(
                {"state": encode(frame.select(n for n in PREVIOUS_COLUMNS if n != "lead"))} if lasting else {}
            ),
            "wanted": encode(frame.select(COLUMNS)),
            "pending": frame["pending"],
            "rank": frame["respond_rank"],
            "respond_by": frame["respond_by"],
        }
    ).to_dicts()
    due = _look_again(terms.as_of) if lasting else pl.lit(EPOCH, dtype=INSTANT)
    looked_at = frame.select(b_id="lead", b_news="news", due_at=due).to_dicts()
    renewed: dict[str, object] = {
        name: bindparam(f"b_{name}") for name in documents[0] if name not in {"lead", "connection"}
    }
    turned = frame.filter(
        pl.col("score").ne_missing(pl.col("was_score")) | pl.col("segment").ne_missing(pl.col("was_segment"))
    )
    with store.write(fence) as tx:
        known = _known(tx, frame["lead"].to_list())
        fresh = [row for row in documents if row["lead"] not in known]
        old = [
            {f"b_{name}": value for name, value in row.items()} for row in documents if row["lead"] in known
        ]
        if fresh:
            tx.execute(insert(verdicts), fresh)
        if old:
            revive(tx, {row["b_lead"]: row["b_wanted"] for row in old})
            release(tx, fence.connection, {row["b_lead"] for row in old if row["b_pending"] is None})
            tx.execute(update(verdicts).where(verdicts.c.lead == bindparam("b_lead")).values(renewed), old)
        this_lead = update(leads).where(leads.c.id == bindparam("b_id"))
        tx.execute(this_lead, [{"b_id": row["b_id"], "due_at": row["due_at"]} for row in looked_at])
        if lasting:
            # News that came in since the slice was read keeps its mark.
            same = this_lead.where(leads.c.news == bindparam("b_news")).values(dirty=None)
            tx.execute(same, [{"b_id": row["b_id"], "b_news": row["b_news"]} for row in looked_at])
            _keep_history(tx, turned, terms)
            keep_clocks(tx, frame, terms.as_of)


def _look_again(as_of: datetime) -> pl.Expr:
    """When time alone changes the verdict, within reason."""
    soon, late = (pl.lit(as_of + wait, dtype=INSTANT) for wait in (SOON, LOOK_AGAIN))
    return pl.min_horizontal(pl.max_horizontal(pl.col("changes_at").fill_null(late), soon), late)


def _known(tx: Connection, keys: Sequence[int]) -> set[int]:
    return {
        key
        for ids in chunks(keys)
        for key in tx.scalars(select(verdicts.c.lead).where(verdicts.c.lead.in_(ids)))
    }


def _keep_history(tx: Connection, turned: pl.DataFrame, terms: Terms) -> None:
    rows = turned.select(
        "lead", "score", "segment", "playbook", at=pl.lit(terms.as_of, dtype=INSTANT)
    ).to_dicts()
    if rows:
        tx.execute(
            delete(history).where(history.c.lead == bindparam("b_lead"), history.c.at == bindparam("b_at")),
            [{"b_lead": row["lead"], "b_at": row["at"]} for row in rows],
        )
        tx.execute(insert(history), rows)
