"""Which leads must be looked at again, and why."""

from collections.abc import Collection

from sqlalchemy import Connection, select, update

from sync.ingest.rows import chunks
from sync.schema import leads

FACT, TOUCH, WEAK = "fact", "touch", "weak"
"""Why a lead is dirty, strongest first; sync.worth weighs a changed score by it."""


def mark_dirty(tx: Connection, keys: Collection[int], cause: str) -> None:
    """Mark leads to be looked at again; a stronger cause replaces a weaker one."""
    weaker = {FACT: (TOUCH, WEAK), TOUCH: (WEAK,), WEAK: ()}[cause]
    for ids in chunks(list(keys)):
        tx.execute(
            update(leads)
            .where(leads.c.id.in_(ids), leads.c.dirty.is_(None) | leads.c.dirty.in_(weaker))
            .values(dirty=cause)
        )


def mark_colleagues(tx: Connection, keys: Collection[int]) -> None:
    """Somebody of a company did something: whoever else is known there, in any CRM, is looked at again."""
    for ids in chunks(list(keys)):
        domains = select(leads.c.domain).where(leads.c.id.in_(ids), leads.c.domain.is_not(None))
        tx.execute(
            update(leads)
            .where(leads.c.domain.in_(domains), leads.c.dirty.is_(None), leads.c.gone.is_(None))
            .values(dirty=WEAK)
        )
