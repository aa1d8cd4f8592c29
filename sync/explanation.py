"""One lead's verdict from the store alone, at any time: what `explain` shows."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import select

from qualifier.agreement import Agreement, resolve
from qualifier.columns import with_optional
from qualifier.discovery import conflicts
from qualifier.facts import column_types
from qualifier.outlook import outlook
from qualifier.playbook import Playbook
from qualifier.qualify import evaluate, result_of
from sync.frames import Slice, load_slice
from sync.schema import EPOCH, connections, history, leads
from sync.store import Store

RUNNING = ("due", "at_risk", "breached")
"""States of a response clock that nobody has answered."""


class UnknownLead(LookupError):
    """The store does not know this lead; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """`verdict`: column → value as of the asked time; `facts`: those known; `touches`: newest first.

    `outlook`: every signal, and the way up, see `qualifier.outlook`. `conflicts`: slots in which a rep's
    answer and the CRM's own field differ. `binding_since`: from when on events start a response clock, None
    before a pass has written; `too_early`: whether that alone keeps this lead from having one.
    """

    verdict: dict[str, Any]
    outlook: dict[str, Any]
    conflicts: list[str]
    facts: dict[str, Any]
    touches: list[dict[str, Any]]
    history: list[dict[str, Any]]
    delivered_at: datetime | None
    gone: str | None
    binding_since: datetime | None
    too_early: bool


def explain_lead(
    store: Store, playbook: Playbook, connection: str, lead_id: str, as_of: datetime, *, zone: str
) -> Explanation:
    """Qualify one lead as of a time. Raises UnknownLead."""
    with store.read() as tx:
        row = tx.execute(
            select(leads.c.id, leads.c.gone).where(
                leads.c.connection == connection, leads.c.lead_id == lead_id
            )
        ).one_or_none()
        if row is None:
            message = (
                f"{connection}: no lead {lead_id} is known; check the id (Salesforce: capitals count), "
                f"or run `leadline sync {connection}` first"
            )
            raise UnknownLead(message)
        piece = load_slice(tx, connection, [row.id], playbook.facts_all, as_of)
        since = tx.scalar(select(connections.c.effective_from).where(connections.c.connection == connection))
        past = tx.execute(
            select(history).where(history.c.lead == row.id).order_by(history.c.at.desc()).limit(20)
        )
        turns = [{"at": turn.at, "score": turn.score, "segment": turn.segment} for turn in past]
    agreement = resolve(playbook.agreement, zone=zone, effective_from=since or as_of)
    evaluated = evaluate(
        piece.facts, piece.touches, piece.companies, piece.previous, playbook, agreement, as_of
    )
    facts = piece.facts.drop("lead", "person").to_dicts()[0]
    verdict = result_of(evaluated).to_dicts()[0]
    return Explanation(
        verdict=verdict,
        outlook=outlook(evaluated, row.id, playbook),
        conflicts=conflicts(with_optional(piece.facts, column_types(playbook.facts_all))),
        facts={name: value for name, value in facts.items() if value is not None},
        touches=piece.touches.sort("at", descending=True).drop("lead").to_dicts(),
        history=turns,
        delivered_at=piece.rows["delivered_at"][0],
        gone=row.gone,
        binding_since=agreement.effective_from if since or playbook.agreement.effective_from else None,
        too_early=verdict["sla"] == "none" and _would_wait(piece, playbook, agreement, as_of),
    )


def _would_wait(piece: Slice, playbook: Playbook, agreement: Agreement, as_of: datetime) -> bool:
    """Whether an unanswered response clock ran if the agreement had always bound."""
    always = replace(agreement, effective_from=EPOCH)
    unseen = pl.DataFrame(schema=piece.previous.schema)
    judged = evaluate(piece.facts, piece.touches, piece.companies, unseen, playbook, always, as_of)
    return result_of(judged)["sla"].item() in RUNNING
