"""A scope that was changed holds at once: no lead counts as within it before it was read under it."""

from datetime import datetime

from sqlalchemy import Connection, func, select, update

from config.connections import AnyConnection, Scope
from sync.ingest.rows import replace
from sync.schema import leads, scopes


def is_met(tx: Connection, settings: AnyConnection) -> bool:
    """Whether the leads were read under this scope; nothing noted means under none."""
    before = tx.scalar(select(scopes.c.scope).where(scopes.c.connection == settings.name))
    return settings.scope.model_dump_json() == (before or Scope().model_dump_json())


def meet(tx: Connection, settings: AnyConnection) -> None:
    """Note the scope; no lead is in it before it was read again."""
    row = {"connection": settings.name, "scope": settings.scope.model_dump_json()}
    replace(tx, scopes, ("connection",), [row])
    tx.execute(update(leads).where(leads.c.connection == settings.name).values(in_scope=False))


def oldest_lead(tx: Connection, connection: str) -> datetime | None:
    """When the lead that nobody has changed for longest was changed: who reads anew must go back so far."""
    found: datetime | None = tx.scalar(
        select(func.min(leads.c.modified_at)).where(leads.c.connection == connection)
    )
    return found
