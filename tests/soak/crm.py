"""A CRM in memory that behaves badly in every way a real one does, and that notes what is written to it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connectors.base import Delivery, Gone, Keyset, LeadRecord, Outcome, Page, Stamps, Transient, Window
from connectors.memory import MemoryConnector, Record


@dataclass(frozen=True)
class Save:
    """A write that took place. `changed`: output names whose value became another one."""

    at: datetime
    lead_id: str
    changed: frozenset[str]
    before: Mapping[str, Any]


class Crm(MemoryConnector):
    """Late commits, locked rows, lost answers, withdrawn fields; `tick` is called at every step of a pass."""

    def __init__(self, name: str, *, now: datetime, page_size: int) -> None:
        """Start empty."""
        super().__init__(name, now=now, page_size=page_size)
        self.tick: Callable[[str], None] = lambda _: None
        self.before_write: Callable[[Sequence[Delivery]], None] = lambda _: None
        self.on_save: Callable[[Save], None] = lambda _: None
        self.withdrawn: set[str] = set()
        self.locked: set[str] = set()
        """Leads whose next write is to be tried again."""
        self.tells_who_left = True
        """Whether a poll shows that a lead left; else only `departures` does."""
        self.lost_answers = 0
        """So many next batches are written and then not answered."""
        self.own: set[tuple[str, datetime]] = set()
        """Versions that our own writes made."""

    def commit(self, stream: str, record_id: str, record: Record, stamp: datetime) -> None:
        """A transaction that was stamped earlier becomes visible now."""
        now, self.now = self.now, stamp
        try:
            self._store(stream, record_id, record)
        finally:
            self.now = now
        versions = self._streams[stream][record_id]
        versions[-1] = replace(versions[-1], visible_at=now)

    def latest(self, stream: str) -> dict[str, Record]:
        """Every record as it stands, gone leads included."""
        return {record_id: versions[-1].record for record_id, versions in self._streams[stream].items()}

    def converted(self, lead_ids: Iterable[str]) -> list[LeadRecord]:
        """Leads as they were before they left."""
        found = []
        for lead_id in sorted(lead_ids):
            records = [one.record for one in self._streams["lead"][lead_id]]
            if isinstance(records[-1], Gone):
                found.append(next(one for one in reversed(records) if isinstance(one, LeadRecord)))
        return found

    def seen_by_index(self, lead_id: str) -> tuple[datetime, datetime, Record]:
        """Stamp, first moment in the index, and record of the newest version that a person made."""
        version = next(
            one for one in reversed(self._streams["lead"][lead_id]) if (lead_id, one.at) not in self.own
        )
        return version.at, version.visible_at, version.record

    def changes(
        self,
        stream: str,
        window: Window,
        after: Keyset | None = None,
        own: Stamps | None = None,
    ) -> Iterator[Page]:
        """As the index shows it, without what our user may not read."""
        for page in super().changes(stream, window, after, own):
            self.tick("page")
            yield self._readable(page)

    def read(self, lead_ids: Sequence[str]) -> Page:
        """As the primary store has it, without what our user may not read."""
        page = super().read(lead_ids)
        self.tick("read")
        return replace(self._readable(page), gone=page.gone)

    def _readable(self, page: Page) -> Page:
        gone = page.gone if self.tells_who_left else ()
        return replace(page, gone=gone, leads=tuple(self._without_withdrawn(lead) for lead in page.leads))

    def _without_withdrawn(self, lead: LeadRecord) -> LeadRecord:
        kept = {name: value for name, value in lead.facts.items() if name not in self.withdrawn}
        return replace(lead, facts=kept)

    def deliver(self, batch: Sequence[Delivery]) -> list[Outcome]:
        """Write each, in order; the answer may get lost, and its ids are spelt in the CRM's longer form."""
        self.before_write(batch)
        outcomes = super().deliver(batch)
        self.tick("committed")
        if self.lost_answers:
            self.lost_answers -= 1
            raise Transient(f"{self.name}: the connection broke before the answer came.")
        return [replace(outcome, lead_id=f"{outcome.lead_id}AAA") for outcome in outcomes]

    def _write(self, delivery: Delivery) -> Outcome:
        if delivery.lead_id in self.locked:
            self.locked.discard(delivery.lead_id)
            return Outcome(delivery.lead_id, "retry", "UNABLE_TO_LOCK_ROW", "Somebody is saving this record.")
        before = dict(self.written.get(delivery.lead_id, {}))
        outcome = super()._write(delivery)
        if outcome.status == "written":
            self.own.add((delivery.lead_id, self.now))
            changed = {
                name for name, value in delivery.values.items() if name not in before or before[name] != value
            }
            self.on_save(Save(self.now, delivery.lead_id, frozenset(changed), before))
        return outcome
