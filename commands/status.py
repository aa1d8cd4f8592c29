"""`leadline status`: last passes, lag, quota, quarantine. From the store alone; asks no CRM."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from commands import console
from commands.exits import Exit
from commands.invocation import Invocation
from sync.outlook import Outlook, look


def status(invocation: Invocation, names: Sequence[str] = ()) -> Exit:
    """Show every connection; exit 1 when the last pass of one did not succeed."""
    now = datetime.now(UTC)
    with invocation.workplace() as work:
        chosen = work.settings.chosen(names)
        with work.store.read() as tx:
            outlooks = [look(tx, connection.name, now) for connection in chosen]
    if invocation.json:
        for outlook in outlooks:
            console.print_json(as_data(outlook, now))
    else:
        console.out.print(_table(outlooks, now))
        for outlook in outlooks:
            if outlook.last_pass and outlook.last_pass["error"]:
                console.out.print(f"{outlook.connection}: {outlook.last_pass['error']}", markup=False)
    failed = any(outlook.last_pass and outlook.last_pass["outcome"] == "failed" for outlook in outlooks)
    return Exit.UNDONE if failed else Exit.OK


def _table(outlooks: Sequence[Outlook], now: datetime) -> Any:
    return console.table(
        "Connections",
        (
            "connection",
            "last pass",
            "outcome",
            "read up to",
            "leads",
            "segments",
            "waiting",
            "refused",
            "quota",
            "running",
        ),
        [
            (
                outlook.connection,
                console.ago(outlook.last_pass["started_at"], now) if outlook.last_pass else "never",
                outlook.last_pass["outcome"] if outlook.last_pass else "",
                console.ago(outlook.covered_until, now) + (", history under way" if outlook.backlog else ""),
                f"{outlook.leads:,}",
                console.summary(outlook.segments),
                f"{outlook.pending:,}",
                f"{outlook.quarantined:,}",
                _quota(outlook),
                outlook.holder or "",
            )
            for outlook in outlooks
        ],
    )


def _quota(outlook: Outlook) -> str:
    last = outlook.last_pass
    if not last or not last["quota_limit"]:
        return ""
    return f"{last['quota_used']:,} of {last['quota_limit']:,}"


def as_data(outlook: Outlook, now: datetime) -> dict[str, Any]:
    """An outlook for `--json`, with the lag in seconds."""
    lag = (now - outlook.covered_until).total_seconds() if outlook.covered_until else None
    return {
        "connection": outlook.connection,
        "leads": outlook.leads,
        "segments": dict(outlook.segments),
        "dirty": outlook.dirty,
        "pending": outlook.pending,
        "quarantined": outlook.quarantined,
        "covered_until": outlook.covered_until,
        "lag_seconds": lag,
        "backlog": outlook.backlog,
        "holder": outlook.holder,
        "last_success": outlook.last_success,
        "last_pass": dict(outlook.last_pass) if outlook.last_pass else None,
    }
