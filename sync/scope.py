"""A scope that was changed holds at once: no lead counts as within it before it was read under it."""

from datetime import datetime

from sqlalchemy import Connection, func, select, update

from config.connections import AnyConnection, Scope
from sync.ingest.rows import replace
from sync.schema import leads, scopes


def meet_scope(tx: Connection, settings: AnyConnection) -> bool:
    """Note the scope; where it is another than before no lead is in it, and True: read everything again."""
    name, wanted = settings.name, settings.scope.model_dump_json()
    row = tx.scalar(select(scopes.c.scope).where(scopes.c.connection == name))
    before = Scope().model_dump_json() if row is None else row
    if row != wanted:
        replace(tx, scopes, ("connection",), [{"connection": name, "scope": wanted}])
    if before == wanted:
        return False
    tx.execute(update(leads).where(leads.c.connection == name).values(in_scope=False))
    return True


def oldest_lead(tx: Connection, connection: str) -> datetime | None:
    """When the lead that nobody has changed for longest was changed: who reads anew must go back so far."""
    found: datetime | None = tx.scalar(
        select(func.min(leads.c.modified_at)).where(leads.c.connection == connection)
    )
    return found
