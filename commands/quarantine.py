"""`leadline quarantine list`: which records the CRM refused, why, and when they are tried again."""

from commands import console
from commands.exits import Exit
from commands.invocation import Invocation
from commands.workplace import workplace
from sync.outlook import list_quarantine


def show(invocation: Invocation, connection: str | None) -> Exit:
    """List refused records of one or all connections."""
    with workplace(invocation) as work:
        work.settings.chosen([connection] if connection else [])
        with work.store.read() as tx:
            rows = list_quarantine(tx, connection)
    if invocation.json:
        for row in rows:
            console.print_json(row)
        return Exit.OK
    if not rows:
        console.out.print("No record is refused.")
    for row in rows:
        console.out.print(f"{row['connection']} {row['lead_id']}", style="bold", markup=False)
        again = (
            f"next try {console.moment(row['next_try_at'])} UTC" if row["next_try_at"] else "not tried again"
        )
        console.out.print(
            console.pairs([(row["code"], row["message"]), ("tries", f"{row['tries']}, {again}")])
        )
    return Exit.OK
