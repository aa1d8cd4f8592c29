"""Which leads must be looked at again, and why."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, case, select, update

from sync.ingest.rows import chunks
from sync.schema import leads

FACT, TOUCH, WEAK = "fact", "touch", "weak"
"""Why a lead is dirty, strongest first; sync.worth weighs a changed score by it."""


def mark_dirty(tx: Connection, keys: Collection[int], cause: str) -> None:
    """Mark leads to be looked at again; a stronger cause replaces a weaker one."""
    for ids in chunks(list(keys)):
        mark(tx, leads.c.id.in_(ids), cause)


def mark_colleagues(tx: Connection, keys: Collection[int]) -> None:
    """Somebody of a company did something: whoever else is known there, in any CRM, is looked at again."""
    for ids in chunks(list(keys)):
        domains = select(leads.c.domain).where(leads.c.id.in_(ids), leads.c.domain.is_not(None))
        mark(tx, leads.c.domain.in_(domains), WEAK)


def mark(tx: Connection, where: ColumnElement[bool], cause: str) -> None:
    """Mark those that `where` finds and that are still in the CRM."""
    stronger = {FACT: (FACT,), TOUCH: (FACT, TOUCH), WEAK: (FACT, TOUCH, WEAK)}[cause]
    kept = case((leads.c.dirty.in_(stronger), leads.c.dirty), else_=cause)
    tx.execute(update(leads).where(where, leads.c.gone.is_(None)).values(dirty=kept, news=leads.c.news + 1))
