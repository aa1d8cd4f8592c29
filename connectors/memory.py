"""A CRM in plain Python: the port without HTTP, for everybody's tests and as the model of a third connector.

It keeps every version of every record, shows a new one only after `lag` (as a search index does), stamps each
edit and each delivery with its own clock `now`, and goes wrong on request (`fail`, `refuse`).
"""

import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from connectors.base import (
    DELIVERY_SIZE,
    CompanyRecord,
    ConnectorError,
    DealRecord,
    Delivery,
    Finding,
    Gone,
    Keyset,
    LeadRecord,
    Misconfigured,
    Outcome,
    Page,
    Quota,
    Stamps,
    Step,
    Stopped,
    TouchRecord,
    Value,
    Window,
)
from qualifier.facts import FACTS, SINCE
from qualifier.verdict import OUTPUTS

Record = LeadRecord | TouchRecord | CompanyRecord | DealRecord | Gone

UNMAPPED = frozenset({*SINCE.values(), "colleague_active", "needs", "won_deals", "last_won_on", "imported"})
"""Facts that no CRM field feeds: ingest or qualify() works them out."""


@dataclass(frozen=True, slots=True)
class _Version:
    """A record as it stands from `at` on, found by `changes` from `visible_at` on."""

    at: datetime
    visible_at: datetime
    record: Record


class MemoryConnector:
    """`connectors.base.Connector` over dictionaries. Tests write with `put_…`, `edit` and `lose`."""

    crm = "memory"
    streams: tuple[str, ...] = ("company", "deal", "lead", "touch")
    lags = True
    mapped = frozenset(FACTS)

    def __init__(
        self,
        name: str = "memory",
        *,
        now: datetime,
        page_size: int = 200,
        lag: timedelta = timedelta(0),
        set_up: bool = True,
        stop: threading.Event | None = None,
    ) -> None:
        """Start empty. now: the CRM's clock (aware). set_up: whether all Leadline fields exist already."""
        self.name = name
        self.now = now
        self.page_size = page_size
        self.lag = lag
        self.fields = {output.name for output in OUTPUTS} if set_up else set()
        self.deliveries: list[Delivery] = []
        """Every write that took place, oldest first."""
        self.written: dict[str, dict[str, Value]] = {}
        """Lead id → what its Leadline fields hold now."""
        self.refusals: dict[str, Outcome] = {}
        self.quota = Quota(None, None)
        self.closed = False
        self._stop = stop or threading.Event()
        self._calls = 0
        self._faults: dict[str, deque[ConnectorError]] = {}
        self._streams: dict[str, dict[str, list[_Version]]] = {stream: {} for stream in self.streams}

    # --- the CRM's own users --------------------------------------------------------------------------------

    def advance(self, seconds: float) -> None:
        """Let the CRM's clock run on."""
        self.now += timedelta(seconds=seconds)

    def put_lead(self, lead_id: str, facts: Mapping[str, Value] | None = None, **parts: object) -> LeadRecord:
        """Create or replace a lead. parts: other fields of LeadRecord; facts not given are NULL."""
        unknown = set(facts or {}) & UNMAPPED
        if unknown:
            raise ValueError(f"No CRM field feeds {', '.join(sorted(unknown))}; ingest works them out.")
        blank: dict[str, Value] = {name: None for name in FACTS if name not in UNMAPPED}
        record = LeadRecord(lead_id, self.now, self.now, {**blank, "created_at": self.now, **(facts or {})})
        record = replace(record, **parts)  # type: ignore[arg-type]  # the caller names LeadRecord's own fields
        record = replace(record, facts={**record.facts, "created_at": record.created_at})
        self._store("lead", lead_id, record)
        return record

    def edit(self, lead_id: str, **facts: Value) -> None:
        """A person changes a lead: facts by name."""
        record = self._lead(lead_id)
        self._store("lead", lead_id, replace(record, facts={**record.facts, **facts}, modified_at=self.now))

    def put_touch(self, touch: TouchRecord) -> None:
        """Log a touch, or change the one with the same source."""
        self._store("touch", touch.source, touch)

    def put_company(self, company: CompanyRecord) -> None:
        """Create or change a company."""
        self._store("company", company.id, company)

    def put_deal(
        self, deal_id: str, company_id: str | None, *, won: bool = True, won_on: date | None = None
    ) -> None:
        """Create or change a deal; a won one without a date was won today."""
        won_on = (won_on or self.now.date()) if won else None
        self._store("deal", deal_id, DealRecord(deal_id, company_id, won, won_on))

    def lose(self, gone: Gone) -> None:
        """A lead is deleted, merged into another, or converted."""
        self._lead(gone.lead_id)
        self._store("lead", gone.lead_id, gone)

    def fail(self, method: str, *errors: ConnectorError) -> None:
        """The next calls of `changes`, `read`, `deliver` or `server_time` raise these, one each."""
        self._faults.setdefault(method, deque()).extend(errors)

    def refuse(self, outcome: Outcome) -> None:
        """Deliveries to this lead get this outcome and write nothing, until `refusals` forgets it."""
        self.refusals[outcome.lead_id] = outcome

    # --- the port -------------------------------------------------------------------------------------------

    def server_time(self) -> datetime:
        """`now`, for one call."""
        self._call("server_time")
        return self.now

    def changes(
        self,
        stream: str,
        window: Window,
        after: Keyset | None = None,
        own: Stamps | None = None,
    ) -> Iterator[Page]:
        """Pages of the index; leads come from the primary store unless the index shows our own stamp."""
        rows = self._walk(stream, window, after)
        for start in range(0, max(len(rows), 1), self.page_size):
            self._call("changes")
            shown = rows[start : start + self.page_size]
            written = own([record_id for record_id, _ in shown]) if own else {}
            is_last = start + self.page_size >= len(rows)
            yield _page(
                [self._seen(stream, record_id, row, written) for record_id, row in shown],
                None if is_last else Keyset(shown[-1][1].at, shown[-1][0]),
            )

    def announce(self, windows: Mapping[str, Window]) -> None:
        """Nothing to prepare."""

    def departures(self, window: Window) -> Iterator[Page]:
        """The leads that left, as the lead stream tells them too."""
        self._call("departures")
        rows = self._walk("lead", window, None)
        yield _page([row.record for _, row in rows if isinstance(row.record, Gone)])

    def read(self, lead_ids: Sequence[str]) -> Page:
        """The newest versions, whatever the index shows."""
        self._call("read")
        known = self._streams["lead"]
        return _page(
            [
                known[lead_id][-1].record if lead_id in known else Gone(lead_id, "deleted")
                for lead_id in lead_ids
            ]
        )

    def writable(self) -> frozenset[str]:
        """The fields that set-up made."""
        return frozenset(self.fields)

    def batch_size(self, waiting: int) -> int:  # noqa: ARG002  # the port's name
        """A thousand, however many wait."""
        return DELIVERY_SIZE

    def deliver(self, batch: Sequence[Delivery]) -> list[Outcome]:
        """Write at `now`; each write is a new version of the lead, as in a real CRM."""
        if len({delivery.lead_id for delivery in batch}) < len(batch):
            raise ValueError("A batch holds each lead once.")
        if missing := {name for delivery in batch for name in delivery.values} - self.fields:
            raise Misconfigured(
                f"{self.name}: there is no field {', '.join(sorted(missing))}; run `leadline setup --apply`."
            )
        self._call("deliver")
        return [self._write(delivery) for delivery in batch]

    def plan(self, vocabulary: Mapping[str, Sequence[str]]) -> list[Step]:  # noqa: ARG002  # the port's name; picklists have no options here
        """One step per output."""
        return [
            Step("field", output.name, "keep" if output.name in self.fields else "create")
            for output in OUTPUTS
        ]

    def apply(self, vocabulary: Mapping[str, Sequence[str]]) -> Iterator[Step]:
        """Make the missing fields."""
        for step in self.plan(vocabulary):
            self.fields.add(step.name)
            yield step

    def remove(self) -> Iterator[Step]:
        """Take all fields away."""
        for name in sorted(self.fields):
            self.fields.discard(name)
            yield Step("field", name, "remove")

    def check(self) -> Iterator[Finding]:
        """Whether all fields are there."""
        missing = sorted({output.name for output in OUTPUTS} - self.fields)
        if missing:
            yield Finding("fail", "fields", f"missing: {', '.join(missing)}", "run `leadline setup --apply`")
        else:
            yield Finding("ok", "fields", f"{len(self.fields)} present")

    @property
    def calls(self) -> int:
        """Calls of the port that a CRM would have been asked for; one per page."""
        return self._calls

    def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True

    # --- inside ---------------------------------------------------------------------------------------------

    def _call(self, method: str) -> None:
        if self._stop.is_set():
            raise Stopped(f"{self.name}: stopped on request.")
        self._calls += 1
        if waiting := self._faults.get(method):
            raise waiting.popleft()

    def _store(self, stream: str, record_id: str, record: Record) -> None:
        version = _Version(self.now, self.now + self.lag, record)
        self._streams[stream].setdefault(record_id, []).append(version)

    def _lead(self, lead_id: str) -> LeadRecord:
        """The newest version of a lead that is still there; KeyError for any other id."""
        record = self._streams["lead"][lead_id][-1].record
        if not isinstance(record, LeadRecord):
            raise KeyError(lead_id)
        return record

    def _walk(self, stream: str, window: Window, after: Keyset | None) -> list[tuple[str, _Version]]:
        """What the index shows now of a window, in the order of the walk, behind `after`."""
        if stream not in self._streams:
            raise Misconfigured(f"{self.name}: there is no stream {stream!r}; use {', '.join(self.streams)}.")
        latest = [
            (record_id, shown[-1])
            for record_id, versions in self._streams[stream].items()
            if (shown := [version for version in versions if version.visible_at <= self.now])
        ]
        rows = [(Keyset(row.at, record_id), record_id, row) for record_id, row in latest]
        rows = [row for row in rows if window.since <= row[2].at < window.until]
        rows.sort(key=lambda row: row[0], reverse=window.newest_first)
        if after is not None:
            rows = [row for row in rows if (row[0] < after if window.newest_first else row[0] > after)]
        return [(record_id, row) for _, record_id, row in rows]

    def _seen(self, stream: str, record_id: str, row: _Version, own: Mapping[str, datetime]) -> Record:
        """A lead with our own stamp as the index has it, any other record as the primary store has it."""
        if isinstance(row.record, LeadRecord) and own.get(record_id) == row.at:
            return replace(row.record, from_index=True)
        return self._streams[stream][record_id][-1].record

    def _write(self, delivery: Delivery) -> Outcome:
        lead_id = delivery.lead_id
        if refusal := self.refusals.get(lead_id):
            return refusal
        versions = self._streams["lead"].get(lead_id)
        record = versions[-1].record if versions else Gone(lead_id, "deleted")
        if isinstance(record, Gone):
            return Outcome(lead_id, "gone", "NOT_FOUND", "The lead is no longer there.", gone=record)
        self.deliveries.append(delivery)
        self.written.setdefault(lead_id, {}).update(delivery.values)
        self._store("lead", lead_id, replace(self._lead(lead_id), modified_at=self.now))
        return Outcome(lead_id, "written", stamped_at=self.now)


def _page(records: Sequence[Record], after: Keyset | None = None) -> Page:
    """Records of any kind, sorted into a page."""
    return Page(
        leads=tuple(record for record in records if isinstance(record, LeadRecord)),
        touches=tuple(record for record in records if isinstance(record, TouchRecord)),
        companies=tuple(record for record in records if isinstance(record, CompanyRecord)),
        deals=tuple(record for record in records if isinstance(record, DealRecord)),
        gone=tuple(record for record in records if isinstance(record, Gone)),
        after=after,
    )
