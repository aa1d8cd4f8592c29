"""What a pass reads: the poll of every stream, what is left of history, and two healing reads.

- *poll*: `[mark − overlap, now)`, once a pass; the overlap costs reads, not writes.
- *look*: what is new meanwhile, where a pass goes on: newest first (at HubSpot the newest contacts), without
  the echo of what was just scored, five pages at most. It keeps no mark: the next poll has all of it anyway.
- *history*: the first sync sets the mark to now and walks back, newest first.
- *second look*: where the CRM's index lags, every moment once more, an hour later.
- *healing*: once a day what changed since the last one, our own echoes included, and who left.

Whatever is longer than a few pages is read in slices, so that news need not wait for it. A stream that was
read in another way, by another mapping or by other patterns, begins anew.
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
from sync.ingest.rows import chunks, lead_rows
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
from sync.schema import EPOCH
from sync.store import Fence, Store

log = structlog.get_logger(__name__)

LEADS = "lead"
DEALS = "deal"
"""Left out of looks: nobody is called sooner for a deal that was won a moment ago."""
NO_TOUCHES = frozenset({LEADS, DEALS, "company"})
"""All other streams bring touches."""
AT_ONCE = 5
"""Pages of a poll before the rest is left to slices, and of a look in all: a thousand changes at HubSpot."""
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
    touched: set[str] = field(default_factory=set)
    """Those of the news of whom only a touch was read."""
    began: datetime = EPOCH
    """When this pass polled."""
    looked_until: datetime = EPOCH
    """Up to when it has seen what is new."""
    cut: set[str] = field(default_factory=set)
    """Streams whose poll is still open, and of which no look has seen all that is new either."""

    def poll(self, now: datetime, pages: int | None) -> None:
        """What changed up to now, and the healing reads that are due. Only this moves marks; once a pass.

        `pages`: None reads all of it, else `read_on` reads the rest in slices of so many.
        """
        self._meet_scope()
        self.began = now
        intake = self._intake(now)
        at_once = None if pages is None else AT_ONCE
        polls = [walk for stream in self.connector.streams for walk in self._polls(stream, now)]
        self.connector.announce({walk.stream: walk.window for walk in polls})
        self._read_walks(polls, intake, at_once)
        if self.lasting:  # one that was cut short ends where its pass began; what came since is read now
            ended = [walk.stream for walk in polls if walk.after and walk.stream not in self.cut]
            self._read_walks([walk for one in ended for walk in self._polls(one, now)], intake, at_once)
        self._read_walks(self._looks(now, among=self.cut), intake, AT_ONCE)
        self.looked_until = now
        self._read_walks(self._healing_walks(now), intake, pages)

    def look(self, now: datetime, pages: int | None) -> None:
        """What is new since the last poll or look. Who edits a lead that this pass scored, the next finds."""
        intake = self._intake(now)
        looks = self._looks(now, among=self.connector.streams)
        self.connector.announce({walk.stream: walk.window for walk in looks})
        self._read_walks(looks, intake, AT_ONCE)
        self.looked_until = now
        self._read_walks(self._healing_walks(now), intake, pages)

    def take_news(self, now: datetime) -> set[str]:
        """Leads that polls and looks read, or read a touch of, each told once: they go before what is left.

        None while touches are unread, or a lead would be judged on half of what is known, and again later.
        """
        if self.cut - NO_TOUCHES:
            return set()
        if self.touched:
            self._read_touched(self._intake(now))
        news, self.news = self.news, set()
        return news

    def read_on(self, now: datetime, pages: int | None) -> Walk | None:
        """Up to so many pages of what is left to read (None: all); returns what comes next, if anything."""
        intake = self._intake(now)
        closed: set[str] = set()
        while (walk := self._next_open(closed)) is not None and pages != 0:
            read = self._read_walk(walk, intake, pages)
            if not read:  # a stream that may not be read yet: what is left of it waits until it may
                closed.add(walk.stream)
            elif pages is not None:
                pages -= read
        return walk

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

    def _looks(self, now: datetime, among: Collection[str]) -> list[Walk]:
        streams = [stream for stream in self.connector.streams if stream in among and stream != DEALS]
        return [self._look_at(stream, now) for stream in streams]

    def _look_at(self, stream: str, now: datetime) -> Walk:
        overlap = self.settings.overlap
        with self.store.read() as tx:
            covered = covered_until(tx, self.settings.name, stream)
        since = max(covered, self.looked_until) - overlap
        # While the poll of leads is open, it may be the echo of the pass before that makes it long.
        echo_since = self.began if covered >= self.began else covered - overlap
        scored_before = echo_since if stream == LEADS else None
        return Walk(stream, LOOK, Window(since, now, newest_first=True, scored_before=scored_before))

    def _next_open(self, closed: Collection[str]) -> Walk | None:
        """What to read on first."""
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

    def _healing_walks(self, now: datetime) -> list[Walk]:
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

    def _read_walks(self, walks: Sequence[Walk], intake: Intake, pages: int | None) -> None:
        for walk in walks:
            self._read_walk(walk, intake, pages)

    def _read_touched(self, intake: Intake) -> None:
        """While leads are read anew, what is stored of one may be of another mapping or other patterns."""
        with self.store.read() as tx:
            walks = open_walks(tx, self.settings.name)
            rows = lead_rows(tx, self.settings.name, self.touched)
        if any(walk.stream == LEADS and walk.kind == HISTORY for walk in walks):
            # Each look shows the touches of the overlap again; only what is dirty will be judged.
            self._read_again([lead_id for lead_id, row in rows.items() if row.dirty], intake)
        self.touched.clear()

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
                self._note_news(walk, page)
            read += 1
            self.progress(page.size)
            if self.stop.is_set():
                raise Stopped(STOPPED)
            if read == pages:
                break
        return read

    def _note_news(self, walk: Walk, page: Page) -> None:
        leads = {lead.id for lead in page.leads}
        touched = {touch.lead_id for touch in page.touches}
        self.touched = (self.touched | (touched - self.news)) - leads
        self.news |= leads | touched
        if page.after is None:
            self.cut.discard(walk.stream)
        elif walk.kind == POLL:
            self.cut.add(walk.stream)

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
