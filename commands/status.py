"""`leadline status`: last passes, lag, quota, quarantine. From the store alone; asks no CRM."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.triggers.cron import CronTrigger

from commands import console
from commands.exits import Exit
from commands.invocation import Invocation
from commands.workplace import workplace
from config.connections import AnyConnection
from config.values import format_duration
from qualifier.phrases import counted
from sync.deliver import in_quiet_hours
from sync.outlook import Outlook, look

Row = tuple[AnyConnection, Outlook]


def status(invocation: Invocation, names: Sequence[str] = ()) -> Exit:
    """Show every connection; exit 1 when the last pass of one did not succeed."""
    now = datetime.now(UTC)
    with workplace(invocation) as work:
        zone = work.settings.timezone
        with work.store.read() as tx:
            rows = [
                (one, look(tx, one.name, now, quiet=in_quiet_hours(one.quiet_hours, zone, now)))
                for one in work.settings.chosen(names)
            ]
    if invocation.json:
        for connection, outlook in rows:
            due = next_pass(connection, outlook, now, zone)
            console.print_json(as_data(outlook, now) | {"schedule": schedule(connection), "next_pass": due})
    else:
        console.out.print(_table(rows, now))
        for connection, outlook in rows:
            due = next_pass(connection, outlook, now, zone)
            console.out.print(outlook.connection, style="bold", markup=False)
            console.out.print(console.pairs(_lines(connection, outlook, due, now)))
    failed = any(outlook.last_pass and outlook.last_pass["outcome"] == "failed" for _, outlook in rows)
    return Exit.UNDONE if failed else Exit.OK


def _table(rows: Sequence[Row], now: datetime) -> Any:
    return console.table(
        ("connection", "last pass", "outcome", "read up to", "leads", "waiting", "refused"),
        [
            (
                outlook.connection,
                console.ago(outlook.last_pass["started_at"], now) if outlook.last_pass else "never",
                outlook.last_pass["outcome"] if outlook.last_pass else "–",
                console.ago(outlook.covered_until, now),
                f"{outlook.leads:,}",
                f"{outlook.pending + outlook.unjudged:,}",
                f"{outlook.quarantined:,}",
            )
            for _, outlook in rows
        ],
    )


def _lines(
    connection: AnyConnection, outlook: Outlook, due: datetime | None, now: datetime
) -> list[tuple[str, str]]:
    """What has no room in the table, a line each; only what there is to say."""
    last = outlook.last_pass
    lines = [("segments", _segments(outlook))]
    if outlook.out_of_scope:
        lines.append(("scope", f"{counted(outlook.out_of_scope, 'lead')} out of it: not judged, not written"))
    if waiting := _waiting(connection, outlook):
        lines.append(("waiting", waiting))
    if outlook.covered_until and console.is_ahead(outlook.covered_until, now):
        ahead = console.span(outlook.covered_until - now)
        lines.append(("clock", f"the CRM's is {ahead} ahead of this machine's; see `leadline check`"))
    if outlook.backlog:
        lines.append(("history", "older leads are still being read"))
    if last and last["quota_limit"]:
        lines.append(
            ("quota", f"{last['quota_used']:,} of {last['quota_limit']:,} calls used today, all apps")
        )
    if outlook.quarantined or outlook.dropped:
        lines.append(("refused", _refused(outlook)))
    if last and last["error"]:
        lines.append(("last error", last["error"]))
    if outlook.holder:
        lines.append(("running", f"a pass by {outlook.holder}"))
    mode = connection.write.mode
    lines.append(
        ("writes", {"on": "on", "off": "off: nothing is written", "pilot": "pilot: its scope only"}[mode])
    )
    when = f"; next {console.moment(due)} UTC while `leadline run` is up" if due else ""
    lines.append(("schedule", schedule(connection) + when))
    return lines


def _segments(outlook: Outlook) -> str:
    """Open leads by segment; those that a person closed apart, whatever their segment."""
    counts = dict(outlook.segments)
    closed = counts.pop("closed", 0)
    if not closed and not any(counts.values()) and outlook.unjudged:
        dry_run = f"leadline sync --dry-run {outlook.connection}"
        return f"none kept: verdicts are kept once a pass may write; `{dry_run}` shows them"
    apart = f"; {closed:,} closed by a person, which a pass counts with their segment" if closed else ""
    return console.summary(counts) + apart


def _waiting(connection: AnyConnection, outlook: Outlook) -> str:
    """Why leads are not written yet, where time alone will not bring it about."""
    count = outlook.pending + outlook.unjudged
    if not count:
        return ""
    if connection.write.mode == "off":
        cause = "`write.mode` is off; with `pilot` or `on` in the configuration the next pass writes them"
    elif outlook.last_pass and outlook.last_pass["outcome"] == "dry":
        cause = f"the last pass was a dry run; `leadline sync {outlook.connection}` writes them"
    else:
        return ""
    return f"{counted(count, 'lead waits', 'leads wait')} to be written: {cause}"


def _refused(outlook: Outlook) -> str:
    dropped = f"{outlook.dropped:,} dropped until the verdict changes; " if outlook.dropped else ""
    return f"{dropped}see `leadline quarantine list {outlook.connection}`"


def schedule(connection: AnyConnection) -> str:
    """`every 2m`, or the cron line."""
    return (
        f"every {format_duration(connection.interval)}" if connection.interval else f"cron {connection.cron}"
    )


def next_pass(connection: AnyConnection, outlook: Outlook, now: datetime, zone: Any) -> datetime | None:
    """When a running worker would start the next pass; None before the first one of an interval."""
    if connection.cron:
        trigger = CronTrigger.from_crontab(connection.cron, timezone=zone)
        due: datetime | None = trigger.get_next_fire_time(None, now)
        return due
    if not outlook.last_pass:
        return None
    started: datetime = outlook.last_pass["started_at"]
    return max(now, started + (connection.interval or timedelta()))


def as_data(outlook: Outlook, now: datetime) -> dict[str, Any]:
    """An outlook for `--json`, with the lag in seconds."""
    lag = (now - outlook.covered_until).total_seconds() if outlook.covered_until else None
    return {
        "connection": outlook.connection,
        "leads": outlook.leads,
        "segments": dict(outlook.segments),
        "dirty": outlook.dirty,
        "pending": outlook.pending,
        "unjudged": outlook.unjudged,
        "out_of_scope": outlook.out_of_scope,
        "quarantined": outlook.quarantined,
        "dropped": outlook.dropped,
        "covered_until": outlook.covered_until,
        "lag_seconds": lag,
        "backlog": outlook.backlog,
        "holder": outlook.holder,
        "last_success": outlook.last_success,
        "last_pass": dict(outlook.last_pass) if outlook.last_pass else None,
    }
