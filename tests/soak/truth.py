"""What the verdicts ought to be: qualify() over the CRMs' own records, past all of ingest and store.

Only what nothing but the store can know is taken from it: since when Leadline saw a value stand, the state
of the last verdict, and when the agreement began.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl
from sqlalchemy import select

from connectors.base import CompanyRecord, DealRecord, LeadRecord, TouchRecord
from qualifier.agreement import resolve
from qualifier.facts import ACTIVE_KINDS, SINCE, TOUCH_COLUMNS, column_types
from qualifier.groups import ACTIVITY_COLUMNS, KNOWN_COLUMNS, Companies
from qualifier.playbook import Playbook
from qualifier.qualify import PREVIOUS_COLUMNS, qualify
from sync.documents import decode
from sync.needs import needs_finder
from sync.schema import EPOCH, MICROSECOND, connections, leads, verdicts
from sync.store import Store
from tests.soak.crm import Crm


@dataclass(frozen=True)
class Known:
    """What only the store knows of a lead."""

    facts: Mapping[str, Any]
    state: str | None
    delivered: str | None
    gone: str | None


def known_leads(store: Store, connection: str) -> dict[str, Known]:
    """Lead id → what the store holds."""
    query = (
        select(leads.c.lead_id, leads.c.facts, leads.c.gone, verdicts.c.state, verdicts.c.delivered)
        .outerjoin(verdicts, verdicts.c.lead == leads.c.id)
        .where(leads.c.connection == connection)
    )
    with store.read() as tx:
        return {
            row.lead_id: Known(json.loads(row.facts), row.state, row.delivered, row.gone)
            for row in tx.execute(query)
        }


def doubted_leads(store: Store) -> set[tuple[str, str]]:
    """(connection, lead id) of each whose last write may have taken place or not: the store cannot know."""
    query = select(leads.c.connection, leads.c.lead_id).join(verdicts, verdicts.c.lead == leads.c.id)
    with store.read() as tx:
        return {
            (row.connection, row.lead_id) for row in tx.execute(query.where(verdicts.c.in_doubt.is_not(None)))
        }


def judged_score(store: Store, connection: str, lead_id: str) -> int | None:
    """The score of a lead's last verdict, delivered or not."""
    query = select(verdicts.c.state).join(leads, leads.c.id == verdicts.c.lead)
    with store.read() as tx:
        state = tx.scalar(query.where(leads.c.connection == connection, leads.c.lead_id == lead_id))
    return None if state is None else json.loads(state)["score"]


def right_verdicts(
    crms: Sequence[Crm], name: str, store: Store, playbook: Playbook, as_of: datetime
) -> dict[str, dict[str, Any]]:
    """Lead id → the verdict that it ought to carry, for the live leads in scope of one CRM."""
    crm = next(one for one in crms if one.name == name)
    known = known_leads(store, name)
    wanted = [record for record in living(crm) if record.in_scope]
    keys = {record.id: number for number, record in enumerate(wanted, 1)}
    frame = _facts(wanted, crm, known, playbook)
    touches = [
        touch for touch in _records(crm, "touch") if isinstance(touch, TouchRecord) and touch.lead_id in keys
    ]
    previous = _previous([(keys[one], known[one]) for one in keys if one in known])
    with store.read() as tx:
        since = tx.scalar(select(connections.c.effective_from).where(connections.c.connection == name))
    agreement = resolve(playbook.agreement, zone="UTC", effective_from=since or as_of)
    result = qualify(
        frame, _touches(touches, keys), _companies(crms, store, as_of), previous, playbook, agreement, as_of
    )
    names = {number: lead_id for lead_id, number in keys.items()}
    return {names[row["lead"]]: row for row in result.to_dicts()}


def living(crm: Crm) -> list[LeadRecord]:
    """The leads that are still there."""
    return [record for record in _records(crm, "lead") if isinstance(record, LeadRecord)]


def _records(crm: Crm, stream: str) -> Iterator[Any]:
    return iter(crm.latest(stream).values())


def plain_facts(record: LeadRecord, playbook: Playbook) -> dict[str, Any]:
    """A record's facts as columns of a frame; free text gives needs, everything else is as it is."""
    values = dict(record.facts)
    (found,) = needs_finder(playbook)([record.text or None])
    if found:
        values["needs"] = tuple(sorted(found))
    values["created_at"] = record.created_at
    size: Any = values.pop("employees", None)
    if size is not None:
        values["employees_low"], values["employees_high"] = size
    return {name: value for name, value in values.items() if value is not None}


def _facts(
    records: Sequence[LeadRecord], crm: Crm, known: Mapping[str, Known], playbook: Playbook
) -> pl.DataFrame:
    rows = []
    for number, record in enumerate(records, 1):
        values = plain_facts(record, playbook)
        stored = known[record.id].facts if record.id in known else {}
        for name in _columns(crm.withdrawn):  # what may not be read stays as last read; --full forgets it
            values.pop(name, None)
            if name in stored:
                values[name] = stored[name]
        for name, since in SINCE.items():
            if name in values:
                assert since in stored, (record.id, f"{name} stands since nobody knows when")
                values[since] = EPOCH + stored[since] * MICROSECOND
        _add_company(values, record, crm)
        rows.append({"lead": number, "person": record.email or f"{crm.name}/{record.id}"} | values)
    types = column_types(playbook.facts_all) | {"person": pl.String()}
    return pl.DataFrame([{name: row.get(name) for name in types} for row in rows], schema=types)


def _columns(names: Iterable[str]) -> set[str]:
    ends = {"employees": ("employees_low", "employees_high")}
    return {column for name in names for column in ends.get(name, (name,))}


def _add_company(values: dict[str, Any], record: LeadRecord, crm: Crm) -> None:
    """Fill in what the company's record knows and the lead's does not."""
    values.pop("domain", None)
    if record.domains:
        values["domain"] = record.domains[0]
    company, deals = _company_of(record, crm)
    if company is None:
        return
    won = [deal for deal in deals if deal.won]
    values["won_deals"] = float(len(won))
    if won:
        values["last_won_on"] = max(deal.won_on for deal in won if deal.won_on)
    for name, value in {"company": company.name, "domain": company.domain, **company.facts}.items():
        if value is not None:
            values.setdefault(name, value)


def _company_of(record: LeadRecord, crm: Crm) -> tuple[CompanyRecord | None, list[DealRecord]]:
    companies = {one.id: one for one in _records(crm, "company")}
    deals: dict[str, list[DealRecord]] = {one: [] for one in companies}
    for deal in _records(crm, "deal"):
        if deal.company_id in deals:
            deals[deal.company_id].append(deal)
    if record.company_id is not None:
        return companies.get(record.company_id), deals.get(record.company_id, [])
    same = [one for one in companies.values() if record.domains and one.domain == record.domains[0]]
    if not same:
        return None, []
    best = min(same, key=lambda one: (-sum(deal.won for deal in deals[one.id]), one.id))
    return best, deals[best.id]


def _touches(records: Sequence[TouchRecord], keys: Mapping[str, int]) -> pl.DataFrame:
    rows = [
        {name: getattr(one, name, None) for name in TOUCH_COLUMNS} | {"lead": keys[one.lead_id]}
        for one in records
    ]
    return pl.DataFrame(rows, schema=dict(TOUCH_COLUMNS))


def _companies(crms: Sequence[Crm], store: Store, as_of: datetime) -> Companies:
    """Who of a company is known and was active: the living, and the converted that were known before."""
    people: list[dict[str, Any]] = []
    acts: list[dict[str, Any]] = []
    for crm in crms:
        converted = {one for one, row in known_leads(store, crm.name).items() if row.gone == "converted"}
        here = {record.id: record for record in [*living(crm), *crm.converted(converted)] if record.domains}
        for record in here.values():
            person = record.email or f"{crm.name}/{record.id}"
            people.append({"domain": record.domains[0], "person": person})
        for touch in _records(crm, "touch"):
            owner = here.get(touch.lead_id)
            if owner is not None and touch.kind in ACTIVE_KINDS and touch.at <= as_of:
                answer = owner.facts.get("answer_role")
                role = answer if answer not in {None, "asked_not_known"} else owner.facts.get("role")
                person = owner.email or f"{crm.name}/{owner.id}"
                acts.append({"domain": owner.domains[0], "person": person, "at": touch.at, "role": role})
    known = pl.DataFrame(people, schema={"domain": pl.String(), "person": pl.String()})
    counted = known.group_by("domain").agg(leads=pl.col("person").n_unique().cast(pl.Int64))
    assert set(counted.columns) == set(KNOWN_COLUMNS)
    return Companies(activity=pl.DataFrame(acts, schema=ACTIVITY_COLUMNS), known=counted)


def _previous(rows: Sequence[tuple[int, Known]]) -> pl.DataFrame:
    rows = [row for row in rows if row[1].state is not None]
    types = {name: dtype for name, dtype in PREVIOUS_COLUMNS.items() if name != "lead"}
    state = decode(pl.Series([row[1].state for row in rows], dtype=pl.String()), types)
    told = ("score", "points", "why_changed")
    given = pl.Series([row[1].delivered or "{}" for row in rows], dtype=pl.String())
    delivered = decode(given, {name: types[name] for name in told})
    keys = pl.DataFrame({"lead": pl.Series([row[0] for row in rows], dtype=pl.Int64())})
    return keys.hstack(state.with_columns(delivered)).select(list(PREVIOUS_COLUMNS))


def half(values: Mapping[str, Any]) -> int | None:
    """Thousands and half of Respond_Rank, the part of it that is delivered at once."""
    rank = values.get("Respond_Rank")
    return None if rank is None else int(rank) // 500


def plain(value: Any) -> Any:
    """A value as it was written and as a verdict has it, in one form."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, list | tuple):
        return tuple(sorted(map(str, value)))
    return value
