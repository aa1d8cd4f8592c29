"""Ingest: a page of CRM records becomes rows of the store, in one transaction with the page's mark.

Only a change of what a playbook can see makes a lead dirty; our own echo comes back with equal facts and
does not.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from connectors.base import CompanyRecord, DealRecord, Gone, LeadRecord, Page, TouchRecord
from qualifier.facts import ACTIVE_KINDS, SINCE, WEAK_KINDS, Fact
from sync.documents import Document, dump, encode_facts
from sync.identity import company_domain, hash_person
from sync.schema import (
    EPOCH,
    MICROSECOND,
    companies,
    deals,
    fact_history,
    leads,
    quarantine,
    totals,
    touches,
    verdicts,
)

T = TypeVar("T")

CHUNK = 500
"""Ids per IN list: below every database's limit on parameters."""
FACT, TOUCH, WEAK = "fact", "touch", "weak"
"""Why a lead is dirty, strongest first; sync.worth weighs a changed score by it."""
IMPORT_SIZE = 50
"""Leads that one user created within one minute to count as an import (qualification rules, §3 Agreement)."""


@dataclass(slots=True)
class Intake:
    """What ingest needs to know of the world, and what it counted."""

    connection: str
    facts: Mapping[str, Fact]
    needs_in: Callable[[str], Collection[str]]
    key: bytes
    seen_at: datetime
    """The CRM's time at the start of the pass: when a value found for the first time was first seen."""
    counts: Counter[str] = field(default_factory=Counter)
    unsure: list[str] = field(default_factory=list)
    """Leads whose search index differs from the store: to be read from the primary store."""
    unknown: set[str] = field(default_factory=set)
    """Leads that a touch names and the store does not know."""


def ingest(page: Page, intake: Intake, connection: Connection) -> None:
    """Store a page. The caller's transaction also moves the mark."""
    _store_companies(page.companies, intake, connection)
    _store_deals(page.deals, intake, connection)
    _store_leads(page.leads, intake, connection)
    lead_touches = [touch for lead in page.leads if not lead.from_index for touch in lead.touches]
    _store_touches([*page.touches, *lead_touches], intake, connection)
    _store_totals([lead for lead in page.leads if not lead.from_index], intake, connection)
    _store_gone(page.gone, intake, connection)


# --- leads --------------------------------------------------------------------------------------------------


def _store_leads(records: Sequence[LeadRecord], intake: Intake, connection: Connection) -> None:
    known = lead_rows(connection, intake.connection, [record.id for record in records])
    fresh: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    past: list[dict[str, Any]] = []
    for record in {record.id: record for record in records}.values():
        row = known.get(record.id)
        values = _lead_values(record, row, intake)
        intake.counts["leads"] += 1
        if row is None:
            fresh.append(values)
        elif _differs(values, row):
            if record.from_index:
                intake.unsure.append(record.id)
                continue
            changed.append({**values, "b_id": row.id, "dirty": FACT})
            past.append(_changed_facts(values, row, intake))
        elif values["modified_at"] != row.modified_at and not record.from_index:
            changed.append({**values, "b_id": row.id, "dirty": row.dirty})
    intake.counts["new"] += len(fresh)
    intake.counts["changed"] += len(past)
    if fresh:
        connection.execute(insert(leads), fresh)
        _mark_imports(fresh, intake, connection)
    if changed:
        connection.execute(update(leads).where(leads.c.id == bindparam("b_id")), changed)
    if past:
        _replace(connection, fact_history, ("lead", "at"), past)


def _lead_values(record: LeadRecord, row: Row[Any] | None, intake: Intake) -> dict[str, Any]:
    document = encode_facts(record.facts, intake.facts)
    found = set(intake.needs_in(record.text)) if record.text else set()
    if found:
        document["needs"] = sorted(found | set(document.get("needs") or ()))  # type: ignore[arg-type]  # words fact
    document["created_at"] = (record.created_at - EPOCH) // MICROSECOND
    _date_values(document, json.loads(row.facts) if row else {}, record, intake)
    return {
        "connection": intake.connection,
        "lead_id": record.id,
        "person": hash_person(record.email, intake.key),
        "domain": company_domain(record.domains),
        "company_id": record.company_id,
        "created_at": record.created_at,
        "created_by": record.created_by,
        "modified_at": record.modified_at,
        "facts": dump(document),
        "in_scope": record.in_scope,
        "has_text": bool(record.text),
        "gone": None,
        "dirty": FACT,
        "due_at": None,
    }


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


_COMPARED = ("person", "domain", "company_id", "facts", "in_scope", "gone")


def _differs(values: Mapping[str, Any], row: Row[Any]) -> bool:
    return any(values[name] != getattr(row, name) for name in _COMPARED)


def _changed_facts(values: Mapping[str, Any], row: Row[Any], intake: Intake) -> dict[str, Any]:
    new, old = json.loads(values["facts"]), json.loads(row.facts)
    changed = {name: new.get(name) for name in {*new, *old} if new.get(name) != old.get(name)}
    return {"lead": row.id, "at": min(values["modified_at"], intake.seen_at), "facts": dump(changed)}


def _mark_imports(fresh: Sequence[Mapping[str, Any]], intake: Intake, connection: Connection) -> None:
    """Flag new leads of one user's minute once they are an import, which starts no response clock."""
    minutes = {
        (values["created_by"], values["created_at"].replace(second=0, microsecond=0))
        for values in fresh
        if values["created_by"]
    }
    minute_us = 60_000_000
    for user, minute in minutes:
        window = (
            leads.c.connection == intake.connection,
            leads.c.created_by == user,
            leads.c.created_at >= minute,
            leads.c.created_at < minute + minute_us * MICROSECOND,
        )
        rows = connection.execute(select(leads.c.id, leads.c.facts).where(*window)).all()
        if len(rows) < IMPORT_SIZE:
            continue
        flagged = [
            {"b_id": row.id, "facts": dump({**json.loads(row.facts), "imported": True}), "dirty": FACT}
            for row in rows
            if '"imported":true' not in row.facts
        ]
        if flagged:
            connection.execute(update(leads).where(leads.c.id == bindparam("b_id")), flagged)


def lead_rows(connection: Connection, name: str, lead_ids: Iterable[str]) -> dict[str, Row[Any]]:
    """CRM id → row of `leads`, for those that the store knows."""
    columns = (
        leads.c.id,
        leads.c.lead_id,
        leads.c.modified_at,
        leads.c.dirty,
        *(leads.c[n] for n in _COMPARED),
    )
    found: dict[str, Row[Any]] = {}
    for ids in chunks(list(lead_ids)):
        rows = connection.execute(
            select(*columns).where(leads.c.connection == name, leads.c.lead_id.in_(ids))
        )
        found.update((row.lead_id, row) for row in rows)
    return found


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """Slices of at most `size`."""
    return (items[start : start + size] for start in range(0, len(items), size))


# --- touches ------------------------------------------------------------------------------------------------


def _store_touches(records: Sequence[TouchRecord], intake: Intake, connection: Connection) -> None:
    if not records:
        return
    known = lead_rows(connection, intake.connection, {record.lead_id for record in records})
    intake.unknown.update(record.lead_id for record in records if record.lead_id not in known)
    wanted = {
        (known[record.lead_id].id, record.source): _touch_values(known[record.lead_id].id, record)
        for record in records
        if record.lead_id in known
    }
    old = _touch_rows(connection, {lead for lead, _ in wanted})
    new = [values for key, values in wanted.items() if old.get(key) != values]
    intake.counts["touches"] += len(new)
    _replace(connection, touches, ("lead", "source"), new)
    _mark_dirty(connection, {values["lead"] for values in new if values["kind"] in WEAK_KINDS}, WEAK)
    _mark_dirty(connection, {values["lead"] for values in new if values["kind"] not in WEAK_KINDS}, TOUCH)
    active = {values["lead"] for values in new if values["kind"] in ACTIVE_KINDS}
    mark_colleagues(connection, active)


def _touch_values(lead: int, record: TouchRecord) -> dict[str, Any]:
    return {
        "lead": lead,
        "source": record.source,
        "kind": record.kind,
        "at": record.at,
        "count": record.count,
        "name": record.name[:120] if record.name else None,
        "human": record.human,
        "conversation": record.conversation,
        "logged_at": record.logged_at,
    }


def _touch_rows(connection: Connection, lead_keys: Collection[int]) -> dict[tuple[int, str], dict[str, Any]]:
    return {
        (row.lead, row.source): dict(row._mapping)  # noqa: SLF001  # SQLAlchemy's documented name
        for keys in chunks(list(lead_keys))
        for row in connection.execute(select(touches).where(touches.c.lead.in_(keys)))
    }


def _store_totals(records: Sequence[LeadRecord], intake: Intake, connection: Connection) -> None:
    """A total's increase since the last poll becomes one dated touch; a first sight counts once."""
    records = [record for record in records if record.totals]
    if not records:
        return
    known = lead_rows(connection, intake.connection, [record.id for record in records])
    keys = [row.id for row in known.values()]
    old = {
        (row.lead, row.name): int(row._mapping["count"])  # noqa: SLF001  # Row.count is tuple's own
        for ids in chunks(keys)
        for row in connection.execute(select(totals).where(totals.c.lead.in_(ids)))
    }
    rows: list[dict[str, Any]] = []
    dated: list[TouchRecord] = []
    for record in records:
        lead = known[record.id].id
        for total in record.totals:
            before = old.get((lead, total.name))
            if total.count == before:
                continue
            rows.append({"lead": lead, "name": total.name, "count": total.count})
            increase = total.count - before if before is not None else min(total.count, 1)
            if increase > 0 and total.last_at is not None:
                source = f"total:{total.name}:{total.count}"
                dated.append(TouchRecord(source, record.id, total.kind, total.last_at, count=increase))
    _replace(connection, totals, ("lead", "name"), rows)
    _store_touches(dated, intake, connection)


# --- companies, deals, departures ---------------------------------------------------------------------------


def _store_companies(records: Sequence[CompanyRecord], intake: Intake, connection: Connection) -> None:
    wanted = {
        record.id: {
            "connection": intake.connection,
            "company_id": record.id,
            "name": record.name[:255] if record.name else None,
            "domain": company_domain([record.domain] if record.domain else ()),
            "facts": dump(encode_facts(record.facts, intake.facts)),
        }
        for record in records
    }
    old = {
        row.company_id: dict(row._mapping)  # noqa: SLF001  # SQLAlchemy's documented name
        for ids in chunks(list(wanted))
        for row in connection.execute(
            select(companies).where(
                companies.c.connection == intake.connection, companies.c.company_id.in_(ids)
            )
        )
    }
    new = [values for key, values in wanted.items() if old.get(key) != values]
    intake.counts["companies"] += len(wanted)
    _replace(connection, companies, ("connection", "company_id"), new)
    domains = {values["domain"] for values in new} | {
        old[v["company_id"]]["domain"] for v in new if v["company_id"] in old
    }
    _mark_company_dirty(connection, intake.connection, [str(values["company_id"]) for values in new], domains)


def _store_deals(records: Sequence[DealRecord], intake: Intake, connection: Connection) -> None:
    wanted = {
        record.id: {
            "connection": intake.connection,
            "deal_id": record.id,
            "company_id": record.company_id,
            "won": record.won,
            "won_on": record.won_on,
        }
        for record in records
    }
    old = {
        row.deal_id: dict(row._mapping)  # noqa: SLF001  # SQLAlchemy's documented name
        for ids in chunks(list(wanted))
        for row in connection.execute(
            select(deals).where(deals.c.connection == intake.connection, deals.c.deal_id.in_(ids))
        )
    }
    new = [values for key, values in wanted.items() if old.get(key) != values]
    intake.counts["deals"] += len(wanted)
    _replace(connection, deals, ("connection", "deal_id"), new)
    sides = [*new, *(old[values["deal_id"]] for values in new if values["deal_id"] in old)]
    company_ids = {side["company_id"] for side in sides if side["company_id"] and side["won"]}
    domains = {
        row.domain
        for ids in chunks(list(company_ids))
        for row in connection.execute(
            select(companies.c.domain).where(
                companies.c.connection == intake.connection, companies.c.company_id.in_(ids)
            )
        )
    }
    _mark_company_dirty(connection, intake.connection, list(company_ids), domains)


def _mark_company_dirty(
    connection: Connection, name: str, company_ids: Sequence[str], domains: Iterable[str | None]
) -> None:
    for ids in chunks(company_ids):
        connection.execute(
            update(leads).where(leads.c.connection == name, leads.c.company_id.in_(ids)).values(dirty=FACT)
        )
    for names in chunks([domain for domain in domains if domain]):
        connection.execute(
            update(leads)
            .where(leads.c.connection == name, leads.c.domain.in_(names), leads.c.company_id.is_(None))
            .values(dirty=FACT)
        )


def _store_gone(records: Sequence[Gone], intake: Intake, connection: Connection) -> None:
    known = lead_rows(connection, intake.connection, [record.lead_id for record in records])
    for record in records:
        row = known.get(record.lead_id)
        if row is not None and row.gone != record.why:
            intake.counts["gone"] += 1
            depart(connection, row.id, record.why)


def depart(connection: Connection, lead: int, why: str) -> None:
    """Nothing more is scored or written for this lead, until the CRM shows it again."""
    connection.execute(update(leads).where(leads.c.id == lead).values(gone=why, dirty=None, due_at=None))
    connection.execute(update(verdicts).where(verdicts.c.lead == lead).values(pending=None))
    connection.execute(delete(quarantine).where(quarantine.c.lead == lead))


# --- small parts --------------------------------------------------------------------------------------------


def _mark_dirty(connection: Connection, keys: Collection[int], cause: str) -> None:
    weaker = {FACT: (TOUCH, WEAK), TOUCH: (WEAK,), WEAK: ()}[cause]
    for ids in chunks(list(keys)):
        connection.execute(
            update(leads)
            .where(leads.c.id.in_(ids), leads.c.dirty.is_(None) | leads.c.dirty.in_(weaker))
            .values(dirty=cause)
        )


def mark_colleagues(connection: Connection, keys: Collection[int]) -> None:
    """Somebody of a company did something: whoever else is known there, in any CRM, is looked at again."""
    for ids in chunks(list(keys)):
        domains = select(leads.c.domain).where(leads.c.id.in_(ids), leads.c.domain.is_not(None))
        connection.execute(
            update(leads)
            .where(leads.c.domain.in_(domains), leads.c.dirty.is_(None), leads.c.gone.is_(None))
            .values(dirty=WEAK)
        )


def _replace(
    connection: Connection, table: Any, keys: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Write rows whether or not their key is there: delete, then insert; the same on every database."""
    if not rows:
        return
    where = [table.c[key] == bindparam(f"b_{key}") for key in keys]
    connection.execute(delete(table).where(*where), [{f"b_{key}": row[key] for key in keys} for row in rows])
    connection.execute(insert(table), list({tuple(row[key] for key in keys): row for row in rows}.values()))
