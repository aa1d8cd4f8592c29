"""Leads: facts in canonical words, dated where a person set them, and what changed since last read."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Row,
    Select,
    bindparam,
    delete,
    func,
    insert,
    select,
    type_coerce,
    update,
)

from connectors.base import LeadRecord
from qualifier.facts import SINCE
from sync.documents import Document, dump, encode_facts
from sync.identity import company_domain, hash_person
from sync.ingest.dirty import FACT, WEAK, mark
from sync.ingest.intake import Intake
from sync.ingest.rows import COMPARED, chunks, lead_rows, replace
from sync.schema import EPOCH, MICROSECOND, fact_history, leads, quarantine

IMPORT_SIZE = 50
"""Leads that one user created within one minute to count as an import (qualification rules, §3 Agreement)."""
MINUTE_MICROSECONDS = 60_000_000

_STAMPS = ("modified_at", "owner")
"""What is kept of a lead and moves no verdict."""
WORKED_OUT = frozenset({*SINCE.values(), "needs", "created_at", "imported"})
"""Facts that ingest itself works out; that a record does not name them says nothing about rights."""


def store_leads(records: Sequence[LeadRecord], intake: Intake, tx: Connection) -> None:
    """Leads as read; a row that only the search index shows differently is left for `read`."""
    known = lead_rows(tx, intake.connection, [record.id for record in records])
    fresh: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    restamped: list[dict[str, Any]] = []
    past: list[dict[str, Any]] = []
    newest = list({record.id: record for record in records}.values())
    shown = intake.needs_in([record.text or None for record in newest])
    for record, needs in zip(newest, shown, strict=True):
        row = known.get(record.id)
        values = _lead_values(record, needs, row, intake)
        if row is None:
            fresh.append(values)
        elif record.from_index:
            intake.unsure += [record.id] if _differs(values, row) else []
            if row.owner is None and values["owner"]:  # one that is known is not taken from a late index
                restamped.append({"b_id": row.id, "modified_at": row.modified_at, "owner": values["owner"]})
        elif _differs(values, row):
            changed.append({"b_id": row.id, **values})
            past.append(_changed_facts(values, row, intake))
        elif any(values[name] != getattr(row, name) for name in _STAMPS):
            restamped.append({"b_id": row.id, **{name: values[name] for name in _STAMPS}})
    intake.counts.update(leads=len(records), new=len(fresh), changed=len(changed))
    if fresh:
        tx.execute(insert(leads), fresh)
        _mark_imports(fresh, intake, tx)
    this_row = update(leads).where(leads.c.id == bindparam("b_id"))
    if changed:
        _mark_companies([known[values["lead_id"]] for values in changed], changed, tx)
        tx.execute(this_row, changed)
        replace(tx, fact_history, ("lead", "at"), past)
    if restamped:
        tx.execute(this_row, restamped)
    _release([known[one.id].id for one in records if one.id in known and _has_left_scope(one)], tx)


def _has_left_scope(record: LeadRecord) -> bool:
    """Only the record itself says so, not a search index that may be late."""
    return not record.in_scope and not record.from_index


def _release(outside: Sequence[int], tx: Connection) -> None:
    """Nothing is written outside the scope, so nobody needs to mend what was refused there."""
    for keys in chunks(outside):
        tx.execute(delete(quarantine).where(quarantine.c.lead.in_(keys)))


def _lead_values(
    record: LeadRecord, needs: Collection[str], row: Row[Any] | None, intake: Intake
) -> dict[str, Any]:
    document = encode_facts(record.facts, intake.facts)
    if needs:
        document["needs"] = sorted({*needs} | set(document.get("needs") or ()))  # type: ignore[arg-type]  # words fact
    document["created_at"] = (record.created_at - EPOCH) // MICROSECOND
    old = json.loads(row.facts) if row else {}
    if not intake.full:
        _keep_unreadable(document, old, record, intake)
    _date_values(document, old, record, intake)
    return {
        "connection": intake.connection,
        "lead_id": record.id,
        "person": hash_person(record.email, intake.key),
        "domain": company_domain(record.domains),
        "company_id": record.company_id,
        "created_at": record.created_at,
        "created_by": record.created_by,
        "owner": record.owner if intake.owners else None,
        "modified_at": record.modified_at,
        "facts": dump(document),
        "in_scope": record.in_scope,
        "gone": None,
        "dirty": FACT,
        "due_at": None,
    }


def _keep_unreadable(document: Document, old: Document, record: LeadRecord, intake: Intake) -> None:
    """A fact that the record does not even name may not be read now: what was read before stays.

    A right withdrawn by mistake must not rewrite the scores of a whole org; `--full` takes it as meant, and
    who takes a fact out of the mapping means it.
    """
    for name in (intake.facts.keys() & intake.mapped_facts) - record.facts.keys() - WORKED_OUT:
        for column in (name, f"{name}_low", f"{name}_high"):
            if column in old:
                document[column] = old[column]


def _date_values(document: Document, old: Document, record: LeadRecord, intake: Intake) -> None:
    """Stamp since when a status, verdict, answer or override stands; keep `imported`, our own finding."""
    for name, since in SINCE.items():
        if name not in document:
            continue
        if old.get(name) == document[name] and since in old:
            document[since] = old[since]
        else:
            at = min(record.modified_at, intake.seen_at) if old else intake.seen_at
            document[since] = (at - EPOCH) // MICROSECOND
    if "imported" in old:
        document["imported"] = old["imported"]


def _differs(values: Mapping[str, Any], row: Row[Any]) -> bool:
    return any(values[name] != getattr(row, name) for name in COMPARED)


def _mark_companies(rows: Sequence[Row[Any]], changed: Sequence[Mapping[str, Any]], tx: Connection) -> None:
    """Who moves, comes back or gets another role changes what its colleagues, old and new, are told."""
    domains: set[str | None] = set()
    for row, values in zip(rows, changed, strict=True):
        if _as_colleague(row.domain, row.person, row.gone, row.facts) != _as_colleague(
            values["domain"], values["person"], values["gone"], values["facts"]
        ):
            domains |= {row.domain, values["domain"]}
    for names in chunks([domain for domain in domains if domain]):
        mark(tx, leads.c.domain.in_(names), WEAK)


def _as_colleague(*parts: Any) -> tuple[Any, ...]:
    """What others see of a lead: company, person, presence, role."""
    facts = json.loads(parts[-1])
    return (*parts[:-1], facts.get("role"), facts.get("answer_role"))


def _changed_facts(values: Mapping[str, Any], row: Row[Any], intake: Intake) -> dict[str, Any]:
    new, old = json.loads(values["facts"]), json.loads(row.facts)
    changed = {name: new.get(name) for name in {*new, *old} if new.get(name) != old.get(name)}
    return {"lead": row.id, "at": min(values["modified_at"], intake.seen_at), "facts": dump(changed)}


def _mark_imports(fresh: Sequence[Mapping[str, Any]], intake: Intake, tx: Connection) -> None:
    """Flag new leads of one user's minute once they are an import, which starts no response clock."""
    by_hand = [values["lead_id"] for values in fresh if values["created_by"]]
    minutes = {
        (str(row.created_by), int(row.minute))
        for ids in chunks(by_hand)
        for row in tx.execute(_imports(intake.connection, ids))
    }
    for user, minute in minutes:
        rows = tx.execute(
            select(leads.c.id, leads.c.facts).where(
                leads.c.connection == intake.connection,
                leads.c.created_by == user,
                _MICROSECONDS.between(minute, minute + MINUTE_MICROSECONDS - 1),
            )
        )
        flagged = [
            {"b_id": row.id, "facts": dump({**json.loads(row.facts), "imported": True}), "dirty": FACT}
            for row in rows
            if '"imported":true' not in row.facts
        ]
        if flagged:
            tx.execute(update(leads).where(leads.c.id == bindparam("b_id")), flagged)


def _imports(connection: str, lead_ids: Sequence[str]) -> Select[tuple[str, int]]:
    """User and minute (microseconds) of these leads, where that user created an import's worth in it.

    One statement for all of them: a page of history has nearly as many minutes as leads.
    """
    minute = _MICROSECONDS - _MICROSECONDS % MINUTE_MICROSECONDS
    # By key, or SQLite without statistics walks all leads of the connection for each page.
    page = select(leads.c.id).where(leads.c.connection == connection, leads.c.lead_id.in_(lead_ids))
    mine = (
        select(leads.c.created_by, minute.label("minute")).where(leads.c.id.in_(page)).distinct().subquery()
    )
    peers = leads.alias()
    created = type_coerce(peers.c.created_at, BigInteger)
    same_minute = (
        (peers.c.connection == connection)
        & (peers.c.created_by == mine.c.created_by)
        & created.between(mine.c.minute, mine.c.minute + MINUTE_MICROSECONDS - 1)
    )
    return (
        select(mine.c.created_by, mine.c.minute)
        .join(peers, same_minute)
        .group_by(mine.c.created_by, mine.c.minute)
        .having(func.count() >= IMPORT_SIZE)
    )


_MICROSECONDS = type_coerce(leads.c.created_at, BigInteger)
"""When a lead was created, as the store keeps it."""
