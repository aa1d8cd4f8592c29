"""Companies and deals; what changes there concerns every lead of the company."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select

from connectors.base import CompanyRecord, DealRecord
from sync.documents import dump, encode_facts
from sync.identity import company_domain
from sync.ingest.dirty import FACT, mark
from sync.ingest.intake import Intake
from sync.ingest.rows import chunks, replace
from sync.schema import companies, deals, leads


def store_companies(records: Sequence[CompanyRecord], intake: Intake, tx: Connection) -> None:
    """Companies as they stand now; those that changed make their leads dirty."""
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
        for row in tx.execute(
            select(companies).where(
                companies.c.connection == intake.connection, companies.c.company_id.in_(ids)
            )
        )
    }
    new = [values for key, values in wanted.items() if old.get(key) != values]
    intake.counts["companies"] += len(wanted)
    replace(tx, companies, ("connection", "company_id"), new)
    domains = {values["domain"] for values in new} | {
        old[v["company_id"]]["domain"] for v in new if v["company_id"] in old
    }
    _mark_company_dirty(tx, intake.connection, [str(values["company_id"]) for values in new], domains)


def store_deals(records: Sequence[DealRecord], intake: Intake, tx: Connection) -> None:
    """Deals as they stand now; a deal won or lost again makes its company's leads dirty."""
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
        for row in tx.execute(
            select(deals).where(deals.c.connection == intake.connection, deals.c.deal_id.in_(ids))
        )
    }
    new = [values for key, values in wanted.items() if old.get(key) != values]
    intake.counts["deals"] += len(wanted)
    replace(tx, deals, ("connection", "deal_id"), new)
    sides = [*new, *(old[values["deal_id"]] for values in new if values["deal_id"] in old)]
    company_ids = {side["company_id"] for side in sides if side["company_id"] and side["won"]}
    domains = {
        row.domain
        for ids in chunks(list(company_ids))
        for row in tx.execute(
            select(companies.c.domain).where(
                companies.c.connection == intake.connection, companies.c.company_id.in_(ids)
            )
        )
    }
    _mark_company_dirty(tx, intake.connection, list(company_ids), domains)


def _mark_company_dirty(
    tx: Connection, name: str, company_ids: Sequence[str], domains: Iterable[str | None]
) -> None:
    mine = leads.c.connection == name
    for ids in chunks(company_ids):
        mark(tx, mine & leads.c.company_id.in_(ids), FACT)
    for names in chunks([domain for domain in domains if domain]):
        mark(tx, mine & leads.c.domain.in_(names) & leads.c.company_id.is_(None), FACT)
