"""`leadline quarantine list|retry|drop`: records that the CRM refused, to be tried again or left alone."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from commands import console
from commands.exits import Exit
from commands.invocation import Invocation
from commands.typed import whole_id
from commands.workplace import workplace
from qualifier.phrases import counted
from sync import quarantine
from sync.outlook import list_quarantine

Act = Callable[[Connection, Sequence[str], Sequence[str]], int]


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
    now = datetime.now(UTC)
    for row in rows:
        console.out.print(f"{row['connection']} {row['lead_id']}", style="bold", markup=False)
        tries = f"{row['tries']}, {_again(row['next_try_at'], now)}"
        console.out.print(console.pairs([(row["code"], row["message"]), ("tries", tries)]))
    return Exit.OK


def _again(at: datetime | None, now: datetime) -> str:
    if at is None:
        return "dropped: not tried again until the verdict changes"
    return "next try with the next pass" if at <= now else f"next try {console.moment(at)} UTC"


def retry(invocation: Invocation, connection: str | None, lead_ids: Sequence[str]) -> Exit:
    """Refused records are tried again by the next pass."""
    return _act(invocation, connection, lead_ids, quarantine.retry, "will be tried again by the next pass")


def drop(invocation: Invocation, connection: str | None, lead_ids: Sequence[str]) -> Exit:
    """Refused records are left alone until their verdicts change."""
    said = "will not be tried again until the verdict changes"
    return _act(invocation, connection, lead_ids, quarantine.drop, said)


def _act(
    invocation: Invocation, connection: str | None, lead_ids: Sequence[str], act: Act, what_follows: str
) -> Exit:
    """Act on the records named; done in part when some of them are not in quarantine."""
    with workplace(invocation) as work:
        chosen = work.settings.chosen([connection] if connection else [])
        names = [one.name for one in chosen]
        if connection:
            lead_ids = [whole_id(chosen[0], lead_id) for lead_id in lead_ids]
        with work.store.write() as tx:
            missing = sorted(set(lead_ids) - quarantine.find(tx, names, lead_ids))
            count = act(tx, names, lead_ids)
    if invocation.json:
        console.print_json({"records": count, "not_found": missing})
    else:
        console.out.print(f"{counted(count, 'record')} {what_follows}.", markup=False)
        for lead_id in missing:
            console.out.print(
                f"{lead_id} is not in quarantine; see `leadline quarantine list`.", markup=False
            )
    return Exit.UNDONE if missing else Exit.OK
