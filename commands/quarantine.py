"""`leadline quarantine list`: which records the CRM refused, why, and when they are tried again."""

from commands import console
from commands.exits import Exit
from commands.invocation import Invocation
from sync.outlook import list_quarantine


def show(invocation: Invocation, connection: str | None) -> Exit:
    """List refused records of one or all connections."""
    with invocation.workplace() as work:
        work.settings.chosen([connection] if connection else [])
        with work.store.read() as tx:
            rows = list_quarantine(tx, connection)
    if invocation.json:
        for row in rows:
            console.print_json(row)
    else:
        columns = ("connection", "lead_id", "code", "message", "tries", "next_try_at")
        cells = [tuple(row[column] for column in columns) for row in rows]
        console.out.print(console.table(f"{len(rows)} refused records", columns, cells))
    return Exit.OK
