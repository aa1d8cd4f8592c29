"""What a pass reads: the poll of every stream, what is left of history, and two healing reads.

- *poll*: `[mark − overlap, now)`; the overlap costs reads, not writes.
- *look*: the same while a pass has much to do, newest first and without the echo of what was just scored; it
  keeps no mark.
- *history*: the first sync sets the mark to now and walks back, newest first.
- *second look*: where the CRM's index lags, every moment once more, an hour later.
- *healing*: once a day what changed since the last one, our own echoes included, and who left.

All but looks may be long and are read in slices, so that news never waits for them. A stream that was read in
another way, by another mapping or by other patterns, begins anew.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import structlog
from sqlalchemy import Connection

from config.connections import AnyConnection
from connectors.base import Connector, Keyset, Page, Stopped, Window
from qualifier.playbook import Playbook
from sync import scope
from sync.deliver import own_stamps
from sync.ingest import Intake, ingest
from sync.ingest.rows import chunks
from sync.marks import (
    HEALING,
    HISTORY,
    LOOK,
    POLL,
    READ_ON,
    SECOND,
    Walk,
    advance,
    begin,
    covered_until,
    disown,
    forget,
    is_read_by,
    open_walks,
    poll_walk,
    slow_walk,
)
from sync.needs import needs_finder
from sync.store import Fence, Store

log = structlog.get_logger(__name__)

LEADS = "lead"
DEALS = "deal"
"""No pass looks at them twice: nobody is called sooner for a deal that was won a moment ago."""
LOOK_PAGES = 5
"""A look ends here, newest first; where more changed at once, the next poll has the rest."""
READ_AGAIN = 200
"""Ids per `read` of leads that a touch named or that the search index showed differently."""
SECOND_LOOK_EVERY = timedelta(minutes=10)
SECOND_LOOK_BEHIND = timedelta(hours=1)
"""How late an index entry may come and still be found the same hour."""
HEAL_EVERY = timedelta(days=1)
HEAL_BACK = timedelta(hours=1)
"""A healing read begins so long before the end of the last one."""
HOW_READ = frozenset({"fields", "values", "touches", "statuses", "automation_users", "history"})
"""Settings of a connection that decide what its records say."""
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
STOPPED = "stopped as asked; what was read and written so far is kept, the next pass goes on from there"


@dataclass(slots=True)
class Reading:
    """Reads one connection into the store. `lasting`: marks are kept; else everything is read as if anew."""

    settings: AnyConnection
    connector: Connector
    store: Store
    playbook: Playbook
    fence: Fence
    counts: Counter[str]
    stop: Event
    progress: Callable[[int], None]
    lasting: bool
    full: bool
    news: set[str] = field(default_factory=set)
    """Leads that polls read, or read a touch of, until somebody takes them: they go before what is left."""
    looked_until: datetime | None = None
    """Up to when this pass has seen what is new; None before its first poll."""
    scored_before: datetime | None = None
    """Looks leave out leads that were scored then or later: their change is most likely our own."""

    def poll(self, now: datetime, pages: int | None) -> None:
        """What changed up to now, and the healing reads that are due.

        `pages`: at most so many of each walk (None: all); `read_on` has the rest. Only the first poll of a
        pass moves marks, later ones look: who edits a lead that it has scored, the next pass finds.
        """
        intake = self._intake(now)
        streams = self.connector.streams
        if self.looked_until is None:
            self._meet_scope()
            polls = [walk for stream in streams for walk in self._polls(stream, now)]
            looks = self._looks_ahead(self._read_walks(polls, intake, pages), now)
        else:
            looks = [self._look(stream, self.looked_until, now) for stream in streams if stream != DEALS]
        self._read_walks(looks, intake, LOOK_PAGES)
        self.looked_until = now
        for walk in self._slow_walks(now):
            self._read_walk(walk, intake, pages)

    def read_on(self, now: datetime, pages: int | None) -> bool:
        """Up to so many pages of what is left to read (None: all); returns whether there is more."""
        intake = self._intake(now)
        closed: set[str] = set()
        while (walk := self._next_open(closed)) is not None:
            read = self._read_walk(walk, intake, pages)
            if not read:  # a stream that may not be read yet: what is left of it waits until it may
                closed.add(walk.stream)
            elif pages is not None and (pages := pages - read) <= 0:
                return True
        return False

    def _intake(self, now: datetime) -> Intake:
        return Intake(
            connection=self.settings.name,
            facts=self.playbook.facts_all,
            needs_in=needs_finder(self.playbook),
            key=self.store.key,
            seen_at=now,
            mapped_facts=self.connector.mapped,
            owners=self.playbook.agreement.by_owner,
            full=self.full,
            counts=self.counts,
        )

    def _meet_scope(self) -> None:
        """Under a new scope every stream begins anew, as under no mark at all."""
        with self.store.read() as tx:
            if not self.lasting or scope.is_met(tx, self.settings):
                return
        with self.store.write(self.fence) as tx:
            scope.meet(tx, self.settings)
            for stream in self.connector.streams:
                forget(tx, self.settings.name, stream)

    # --- which windows ------------------------------------------------------------------------------------

    def _polls(self, stream: str, now: datetime) -> list[Walk]:
        """The poll of a stream; none where this pass begins it anew, for history has everything then."""
        name, since = self.settings.name, self._history_start(stream, now)
        read_by = self._read_by(stream)
        with self.store.write(self.fence) as tx:
            alike = is_read_by(tx, name, stream, read_by)
            if self.lasting and (self.full or not alike):
                log.info("stream_begins_anew", connection=name, stream=stream)
                forget(tx, name, stream)
            elif not alike:  # it keeps no mark, but what it reads stays
                disown(tx, name, stream)
            poll = poll_walk(tx, name, stream, now, self.settings.overlap)
            if not self.lasting:
                everything = Walk(stream, HISTORY, Window(since, now, newest_first=True))
                return [everything if poll is None or self.full else poll]
            if poll is None:
                begin(tx, name, stream, now, min(since, scope.oldest_lead(tx, name) or since), read_by)
        return [] if poll is None else [poll]

    def _read_by(self, stream: str) -> str:
        """A hash of what decides which facts and touches the stream's records bring."""
        decides = _sorted(self.settings.model_dump(mode="json", include=set(HOW_READ)))
        facts = self.playbook.facts_all.items()
        decides["facts"] = {name: (fact.kind, *fact.values) for name, fact in facts}
        if stream == LEADS:  # the text of leads shows their needs
            decides["needs"] = {kind: need.pattern for kind, need in self.playbook.needs.kinds().items()}
        return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()

    def _looks_ahead(self, streams: Sequence[str], now: datetime) -> list[Walk]:
        """Looks at those streams whose poll was too long to be read at once, or only ended one cut short.

        What is new must not wait for it. Such looks leave out whom we scored since where the poll begins.
        """
        self.scored_before = now
        if not self.lasting:
            return []
        with self.store.read() as tx:
            covered = covered_until(tx, self.settings.name)
        if covered[LEADS] < now:
            self.scored_before = covered[LEADS] - self.settings.overlap
        return [self._look(stream, covered[stream], now) for stream in streams if covered[stream] < now]

    def _look(self, stream: str, since: datetime, now: datetime) -> Walk:
        scored_before = self.scored_before if stream == LEADS else None
        window = Window(since - self.settings.overlap, now, newest_first=True, scored_before=scored_before)
        return Walk(stream, LOOK, window)

    def _next_open(self, closed: Collection[str]) -> Walk | None:
        """What to read on first: polls before the healing reads, and those before history."""
        if not self.lasting:
            return None
        streams = [stream for stream in self.connector.streams if stream not in closed]
        with self.store.read() as tx:
            walks = [walk for walk in open_walks(tx, self.settings.name) if walk.stream in streams]
        return min(
            walks,
            key=lambda walk: (READ_ON.index(walk.kind), streams.index(walk.stream)),
            default=None,
        )

    def _history_start(self, stream: str, now: datetime) -> datetime:
        """Leads and touches as far back as asked; what a company bought counts however long ago it was."""
        return BEGINNING if stream in {"company", DEALS} else now - self.settings.history

    def _slow_walks(self, now: datetime) -> list[Walk]:
        """The healing read of leads and the second look at every stream, where they are due."""
        if not self.lasting:
            return []
        reads = [(LEADS, HEALING, HEAL_EVERY, now, HEAL_BACK)]
        if self.connector.lags:
            until = now - SECOND_LOOK_BEHIND
            reads += [
                (stream, SECOND, SECOND_LOOK_EVERY, until, timedelta(0)) for stream in self.connector.streams
            ]
        with self.store.write(self.fence) as tx:
            walks = [
                slow_walk(tx, self.settings.name, stream, kind, until, every=every, back=back)
                for stream, kind, every, until, back in reads
            ]
        return [walk for walk in walks if walk is not None]

    # --- reading them -------------------------------------------------------------------------------------

    def _read_walks(self, walks: Sequence[Walk], intake: Intake, pages: int | None) -> list[str]:
        """Returns the streams of which a page was read."""
        self.connector.announce({walk.stream: walk.window for walk in walks})
        return [walk.stream for walk in walks if self._read_walk(walk, intake, pages)]

    def _read_walk(self, walk: Walk, intake: Intake, pages: int | None) -> int:
        """Read a walk's pages, at most so many; returns how many were read."""
        # Healing trusts no echo: a person may have edited between our read and our write.
        own = None if walk.kind == HEALING else self._own_stamps
        read = 0
        for page in self.connector.changes(walk.stream, walk.window, walk.after, own):
            ends_healing = walk.kind == HEALING and page.after is None
            with self.store.write(self.fence) as tx:
                ingest(page, intake, tx)
                is_whole = not (intake.unsure or intake.unknown or ends_healing)
                if is_whole:
                    self._advance(tx, walk, page.after)
            if not is_whole:
                self._complete(page, intake)
                if ends_healing:
                    self._read_departures(walk.window, intake)
                with self.store.write(self.fence) as tx:
                    self._advance(tx, walk, page.after)
            if walk.kind in {POLL, LOOK}:
                self.news.update(lead.id for lead in page.leads)
                self.news.update(touch.lead_id for touch in page.touches)
            read += 1
            self.progress(page.size)
            if self.stop.is_set():
                raise Stopped(STOPPED)
            if read == pages:
                break
        return read

    def _complete(self, page: Page, intake: Intake) -> None:
        """What a page leaves open: leads that the index shows differently, and touches of unknown leads.

        The mark waits for it: a touch whose lead is not there yet is stored once the lead is.
        """
        self._read_again([*intake.unsure, *sorted(intake.unknown)], intake)
        intake.unsure = []
        if intake.unknown:
            with self.store.write(self.fence) as tx:
                ingest(Page(touches=page.touches), intake, tx)
            intake.unknown.clear()

    def _own_stamps(self, lead_ids: Collection[str]) -> Mapping[str, datetime]:
        with self.store.read() as tx:
            return own_stamps(tx, self.settings.name, lead_ids)

    def _advance(self, tx: Connection, walk: Walk, after: Keyset | None) -> None:
        if self.lasting and walk.kind != LOOK:
            advance(tx, self.settings.name, walk, after)

    def _read_departures(self, window: Window, intake: Intake) -> None:
        for page in self.connector.departures(window):
            with self.store.write(self.fence) as tx:
                ingest(page, intake, tx)

    def _read_again(self, lead_ids: Sequence[str], intake: Intake) -> None:
        """Leads by id from the primary store, where a touch named them or the search index may be stale."""
        for ids in chunks(list(lead_ids), READ_AGAIN):
            page = self.connector.read(ids)
            with self.store.write(self.fence) as tx:
                ingest(page, intake, tx)


def _sorted(setting: Any) -> Any:
    """The words of every list in order: none of them means another thing elsewhere in its list."""
    if isinstance(setting, dict):
        return {name: _sorted(value) for name, value in setting.items()}
    return sorted(setting) if isinstance(setting, list) else setting
