"""What an operator asks of the store: how passes went, what waits, what is refused. Reads only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from sync.deliver import Moment, count_pending
from sync.schema import leads, leases, marks, passes, quarantine, verdicts


@dataclass(frozen=True, slots=True)
class Outlook:
    """One connection at a glance. Times are UTC."""

    connection: str
    leads: int
    segments: Mapping[str, int]
    dirty: int
    pending: int
    """Leads that a delivery would write now."""
    unjudged: int
    """Others in scope with news that no kept verdict reflects yet; a pass that keeps none leaves them so."""
    out_of_scope: int
    quarantined: int
    """Refused records that are tried again."""
    dropped: int
    """Refused records that a person has put to rest."""
    covered_until: datetime | None
    """Up to where leads are read; the lag is now less this."""
    backlog: bool
    """Whether history is still being walked."""
    holder: str | None
    last_pass: Mapping[str, Any] | None
    last_success: datetime | None


def look(tx: Connection, connection: str, now: datetime, *, quiet: bool = False) -> Outlook:
    """The state of one connection. `quiet`: whether its quiet hours hold writes back now."""
    mine = (leads.c.connection == connection, leads.c.gone.is_(None))
    inside = (*mine, leads.c.in_scope.is_(True))
    moment, dirty = Moment(now, now, quiet), leads.c.dirty.is_not(None)
    refused = quarantine.c.connection == connection
    poll = tx.execute(
        select(marks.c.covered_until).where(
            marks.c.connection == connection, marks.c.stream == "lead", marks.c.walk == "poll"
        )
    ).one_or_none()
    unfinished = tx.scalar(
        select(func.count())
        .select_from(marks)
        .where(marks.c.connection == connection, marks.c.walk == "history", marks.c.until.is_not(None))
    )
    last = tx.execute(
        select(passes).where(passes.c.connection == connection).order_by(passes.c.id.desc()).limit(1)
    ).one_or_none()
    return Outlook(
        connection=connection,
        leads=_count(tx, leads, *mine),
        segments=_segments(tx, connection),
        dirty=_count(tx, leads, *mine, dirty),
        pending=count_pending(tx, connection, moment),
        unjudged=_count(tx, leads, *inside, dirty) - count_pending(tx, connection, moment, dirty),
        out_of_scope=_count(tx, leads, *mine, leads.c.in_scope.is_(False)),
        quarantined=_count(tx, quarantine, refused, quarantine.c.next_try_at.is_not(None)),
        dropped=_count(tx, quarantine, refused, quarantine.c.next_try_at.is_(None)),
        covered_until=poll.covered_until if poll else None,
        backlog=bool(unfinished),
        holder=tx.scalar(
            select(leases.c.owner).where(leases.c.connection == connection, leases.c.expires_at > now)
        ),
        last_pass=dict(last._mapping) if last else None,  # noqa: SLF001  # SQLAlchemy's documented name
        last_success=tx.scalar(
            select(func.max(passes.c.ended_at)).where(
                passes.c.connection == connection, passes.c.outcome.in_(["ok", "partial"])
            )
        ),
    )


def _count(tx: Connection, table: Any, *where: Any) -> int:
    return tx.scalar(select(func.count()).select_from(table).where(*where)) or 0


def _segments(tx: Connection, connection: str) -> dict[str, int]:
    """Leads in scope per segment, read off the thousands of Respond_Rank as the contract counts them."""
    names = {1: "hot", 2: "warm", 3: "cold", 8: "closed", 9: "excluded"}
    thousand = func.floor(verdicts.c.rank / 1000.0)
    rows = tx.execute(
        select(thousand, func.count())
        .join(leads, leads.c.id == verdicts.c.lead)
        .where(
            verdicts.c.connection == connection,
            leads.c.gone.is_(None),
            leads.c.in_scope.is_(True),
            verdicts.c.rank.is_not(None),
        )
        .group_by(thousand)
    )
    counts: dict[str, int] = dict.fromkeys(names.values(), 0)
    for group, count in rows:
        counts[names[int(group)]] += count
    return counts


def list_quarantine(tx: Connection, connection: str | None = None) -> list[dict[str, Any]]:
    """Records that the CRM refused, newest first."""
    query = (
        select(
            quarantine.c.connection,
            leads.c.lead_id,
            quarantine.c.code,
            quarantine.c.message,
            quarantine.c.tries,
            quarantine.c.first_at,
            quarantine.c.last_at,
            quarantine.c.next_try_at,
        )
        .join(leads, leads.c.id == quarantine.c.lead)
        .order_by(quarantine.c.last_at.desc(), leads.c.lead_id)
    )
    if connection:
        query = query.where(quarantine.c.connection == connection)
    return [dict(row._mapping) for row in tx.execute(query)]  # noqa: SLF001  # SQLAlchemy's documented name
