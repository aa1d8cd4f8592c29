"""From the store to the qualifier: the frames of a slice of leads, companies and colleagues filled in."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Connection, Select, func, select

from qualifier.facts import ACTIVE_KINDS, ASKED_NOT_KNOWN, INSTANT, TOUCH_COLUMNS, Fact
from qualifier.groups import Companies
from qualifier.qualify import PREVIOUS_COLUMNS
from sync.documents import decode, facts_frame
from sync.ingest.rows import chunks
from sync.schema import EPOCH, MICROSECOND, companies, deals, leads, touches, verdicts

ACTIVITY_DAYS = 45
"""A colleague is active for 30 days, and momentum looks a week back; the rest is slack."""
DAY = timedelta(days=1)
_PERSON = func.coalesce(leads.c.person, leads.c.connection + "/" + leads.c.lead_id)
"""Who a row is: one person may be a row in each CRM."""
_HERE = leads.c.gone.is_(None) | (leads.c.gone == "converted")
"""A converted lead is still a person of the company; a deleted or merged one is not."""


@dataclass(frozen=True, slots=True)
class Slice:
    """What `qualify()` takes, plus the keys of the store that its verdicts go back to."""

    facts: pl.DataFrame
    touches: pl.DataFrame
    companies: Companies
    previous: pl.DataFrame
    rows: pl.DataFrame
    """lead, lead_id, dirty, news, in_scope, created_at, pending, in_doubt, delivered, delivered_at,
    last_score (of the last verdict, delivered or not)."""


def load_slice(
    tx: Connection, connection: str, keys: Sequence[int], facts: Mapping[str, Fact], as_of: datetime
) -> Slice:
    """The frames of the leads with these row keys, all of one connection."""
    stored = _frame(tx, [_lead_query(ids) for ids in chunks(keys)], _LEAD_TYPES)
    state = decode(stored["state"], _without_lead(PREVIOUS_COLUMNS))
    own = stored.select("lead", "person", "domain", "company_id").hstack(
        facts_frame(stored["facts"], facts).drop("domain")
    )
    filled = _fill_companies(tx, connection, own)
    domains = filled["domain"].drop_nulls().unique().to_list()
    return Slice(
        facts=filled.drop("company_id"),
        touches=_frame(tx, [_touch_query(ids) for ids in chunks(keys)], TOUCH_COLUMNS),
        companies=_load_companies(tx, domains, as_of),
        previous=_previous(stored, state),
        rows=stored.select(
            "lead",
            "lead_id",
            "dirty",
            "news",
            "in_scope",
            "created_at",
            "pending",
            "in_doubt",
            "delivered",
            "delivered_at",
            last_score=state["score"],
        ),
    )


def _frame(tx: Connection, queries: Sequence[Select[Any]], types: Mapping[str, pl.DataType]) -> pl.DataFrame:
    rows = [tuple(row) for query in queries for row in tx.execute(query)]
    carried = {name: pl.Int64() if dtype == INSTANT else dtype for name, dtype in types.items()}
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(carried)
    data = {
        name: [None if value is None else (value - EPOCH) // MICROSECOND for value in column]
        if types[name] == INSTANT
        else column
        for name, column in zip(carried, columns, strict=True)
    }
    return pl.DataFrame(data, schema=carried, orient="col").with_columns(
        pl.col(name).cast(INSTANT) for name, dtype in types.items() if dtype == INSTANT
    )


def _previous(stored: pl.DataFrame, state: pl.DataFrame) -> pl.DataFrame:
    """What the last verdict left behind; score and points are those that the CRM last accepted."""
    delivered = decode(
        stored["delivered"], {name: PREVIOUS_COLUMNS[name] for name in ("score", "points", "why_changed")}
    )
    return (
        stored.select("lead")
        .hstack(state.with_columns(delivered))
        .filter(stored["state"].is_not_null())
        .select(list(PREVIOUS_COLUMNS))
    )


_LEAD_TYPES: Mapping[str, pl.DataType] = {
    "lead": pl.Int64(),
    "lead_id": pl.String(),
    "person": pl.String(),
    "domain": pl.String(),
    "company_id": pl.String(),
    "facts": pl.String(),
    "dirty": pl.String(),
    "news": pl.Int64(),
    "in_scope": pl.Boolean(),
    "created_at": INSTANT,
    "state": pl.String(),
    "pending": pl.String(),
    "in_doubt": pl.String(),
    "delivered": pl.String(),
    "delivered_at": INSTANT,
}


def _lead_query(keys: Collection[int]) -> Select[Any]:
    return (
        select(
            leads.c.id,
            leads.c.lead_id,
            _PERSON,
            leads.c.domain,
            leads.c.company_id,
            leads.c.facts,
            leads.c.dirty,
            leads.c.news,
            leads.c.in_scope,
            leads.c.created_at,
            verdicts.c.state,
            verdicts.c.pending,
            verdicts.c.in_doubt,
            verdicts.c.delivered,
            verdicts.c.delivered_at,
        )
        .outerjoin(verdicts, verdicts.c.lead == leads.c.id)
        .where(leads.c.id.in_(keys))
        .order_by(leads.c.id)
    )


def _touch_query(keys: Collection[int]) -> Select[Any]:
    return select(*(touches.c[name] for name in TOUCH_COLUMNS)).where(touches.c.lead.in_(keys))


def _load_companies(tx: Connection, domains: Sequence[str], as_of: datetime) -> Companies:
    """Who works at these companies and who of them did something lately, over all CRMs."""
    people = _frame(tx, [_people_query(names) for names in chunks(domains)], _PEOPLE_TYPES)
    acts = _frame(
        tx, [_acts_query(names, as_of) for names in chunks(domains)], {"lead": pl.Int64(), "at": INSTANT}
    )
    roles = decode(people["facts"], {"role": pl.String(), "answer_role": pl.String()})
    answered = pl.when(pl.col("answer_role") != ASKED_NOT_KNOWN).then(pl.col("answer_role"))
    people = people.hstack(roles).with_columns(role=pl.coalesce(answered, "role"))
    return Companies(
        activity=acts.join(people, on="lead")
        .select("domain", "person", "at", "role")
        .unique(maintain_order=True),
        known=people.group_by("domain").agg(leads=pl.col("person").n_unique().cast(pl.Int64)).sort("domain"),
    )


_PEOPLE_TYPES: Mapping[str, pl.DataType] = {
    "lead": pl.Int64(),
    "domain": pl.String(),
    "person": pl.String(),
    "facts": pl.String(),
}


def _people_query(domains: Collection[str]) -> Select[Any]:
    return (
        select(leads.c.id, leads.c.domain, _PERSON, leads.c.facts)
        .where(leads.c.domain.in_(domains), _HERE)
        .order_by(leads.c.id)
    )


def _acts_query(domains: Collection[str], as_of: datetime) -> Select[Any]:
    return (
        select(touches.c.lead, touches.c.at)
        .join(leads, touches.c.lead == leads.c.id)
        .where(
            leads.c.domain.in_(domains),
            _HERE,
            touches.c.kind.in_(ACTIVE_KINDS),
            touches.c.at > as_of - ACTIVITY_DAYS * DAY,
            touches.c.at <= as_of,
        )
    )


# --- what the CRM knows of the company ----------------------------------------------------------------------


def _fill_companies(tx: Connection, connection: str, facts: pl.DataFrame) -> pl.DataFrame:
    """Company facts where the lead has none of its own; won deals: 0 when the company is known and has none.

    The CRM's own link wins; without one the company of the same domain, of several the one that bought most.
    """
    linked = facts["company_id"].drop_nulls().unique().to_list()
    domains = facts.filter(pl.col("company_id").is_null())["domain"].drop_nulls().unique().to_list()
    found = _frame(
        tx,
        [
            *(_company_query(connection, companies.c.company_id.in_(ids)) for ids in chunks(linked)),
            *(_company_query(connection, companies.c.domain.in_(names)) for names in chunks(domains)),
        ],
        _COMPANY_TYPES,
    ).unique(subset="company_id", keep="first", maintain_order=True)
    found = found.drop("facts").hstack(decode(found["facts"], _COMPANY_FACT_TYPES))
    found = found.with_columns(
        employees_high=pl.when(pl.col("employees_low").is_not_null()).then(
            pl.col("employees_high").fill_null(math.inf)
        )
    ).rename({name: f"company_{name}" for name in ("name", "domain", *_COMPANY_FACT_TYPES)})
    best = found.sort("won_deals", "company_id", descending=[True, False]).unique(
        subset="company_domain", keep="first", maintain_order=True
    )
    by_link = facts.filter(pl.col("company_id").is_not_null()).join(found, on="company_id", how="left")
    by_domain = facts.filter(pl.col("company_id").is_null()).join(
        best.drop("company_id").with_columns(key="company_domain"),
        left_on="domain",
        right_on="key",
        how="left",
    )
    filled = pl.concat([by_link, by_domain.select(by_link.columns)]).sort("lead")
    return filled.with_columns(
        company=pl.coalesce("company", "company_name"),
        domain=pl.coalesce("domain", "company_domain"),
        industry=pl.coalesce("industry", "company_industry"),
        country=pl.coalesce("country", "company_country"),
        # A range is filled whole or not at all.
        employees_low=pl.coalesce("employees_low", "company_employees_low"),
        employees_high=pl.when(pl.col("employees_low").is_null())
        .then(pl.col("company_employees_high"))
        .otherwise(pl.col("employees_high")),
        won_deals=pl.col("won_deals_right").cast(pl.Float64),
        last_won_on=pl.col("last_won_on_right"),
    ).select(facts.columns)


_COMPANY_TYPES: Mapping[str, pl.DataType] = {
    "company_id": pl.String(),
    "name": pl.String(),
    "domain": pl.String(),
    "facts": pl.String(),
    "won_deals": pl.Int64(),
    "last_won_on": pl.Date(),
}
_COMPANY_FACT_TYPES: Mapping[str, pl.DataType] = {
    "industry": pl.String(),
    "country": pl.String(),
    "employees_low": pl.Float64(),
    "employees_high": pl.Float64(),
}


def _company_query(connection: str, where: ColumnElement[bool]) -> Select[Any]:
    won = deals.c.won.is_(True)
    return (
        select(
            companies.c.company_id,
            companies.c.name,
            companies.c.domain,
            companies.c.facts,
            func.count(deals.c.deal_id),
            func.max(deals.c.won_on),
        )
        .outerjoin(
            deals,
            (deals.c.connection == companies.c.connection)
            & (deals.c.company_id == companies.c.company_id)
            & won,
        )
        .where(companies.c.connection == connection, where)
        .group_by(companies.c.company_id, companies.c.name, companies.c.domain, companies.c.facts)
    )


def _without_lead(types: Mapping[str, pl.DataType]) -> dict[str, pl.DataType]:
    return {name: dtype for name, dtype in types.items() if name != "lead"}
