"""What a pass tells: to the operator who waits for it, to the log, and to the store's list of passes."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import insert, update

from sync.schema import EPOCH, passes
from sync.store import Fence, Store


@dataclass(slots=True)
class Report:
    """What a pass did. `outcome`: ok, partial (records refused or left over), failed, skipped, stopped."""

    connection: str
    outcome: str = "ok"
    started_at: datetime = EPOCH
    as_of: datetime = EPOCH
    seconds: float = 0.0
    read: Counter[str] = field(default_factory=Counter)
    qualified: int = 0
    segments: Counter[str] = field(default_factory=Counter)
    waiting: int = 0
    """Leads that a delivery would write (all of them in a dry run, what is left after a real one)."""
    deliveries: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    quota_used: int | None = None
    quota_limit: int | None = None
    dry_run: bool = False
    error: str | None = None

    @property
    def written(self) -> int:
        """Leads written to the CRM."""
        return self.deliveries["written"]


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a pass tells how far it is; each takes how many more are done."""

    read: Callable[[int], None] = lambda _: None
    qualified: Callable[[int], None] = lambda _: None
    written: Callable[[int], None] = lambda _: None


def open_pass(store: Store, fence: Fence, report: Report) -> int:
    """Note that a pass began; returns its number."""
    began = insert(passes).values(
        connection=report.connection,
        started_at=report.started_at,
        outcome="running",
        read=0,
        qualified=0,
        written=0,
        rejected=0,
        calls=0,
    )
    with store.write(fence) as tx:
        return int(tx.execute(began.returning(passes.c.id)).scalar_one())


def close_pass(store: Store, number: int, report: Report) -> None:
    """Note how it ended. Without a fence: also a pass that lost its lease tells its end."""
    outcome = "dry" if report.dry_run and report.outcome == "ok" else report.outcome
    with store.write() as tx:
        tx.execute(
            update(passes)
            .where(passes.c.id == number)
            .values(
                ended_at=datetime.now(UTC),
                outcome=outcome,
                read=report.read["leads"],
                qualified=report.qualified,
                written=report.written,
                rejected=report.deliveries["rejected"],
                calls=report.calls,
                quota_used=report.quota_used,
                quota_limit=report.quota_limit,
                error=report.error,
            )
        )


def log_fields(report: Report) -> dict[str, object]:
    """The one line of a pass; counts and ids only."""
    return {
        "connection": report.connection,
        "outcome": report.outcome,
        "duration_seconds": round(report.seconds, 3),
        "read": dict(report.read),
        "qualified": report.qualified,
        **{name: report.deliveries[name] for name in ("written", "rejected", "retry", "gone")},
        "waiting": report.waiting,
        "calls": report.calls,
        "dry_run": report.dry_run,
        "error": report.error,
    }
