"""Two CRMs, one store, one worker that may die at any step; and what must hold when all is quiet again."""

import shutil
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select

from config.playbook_file import load_playbook
from connectors.base import Delivery
from qualifier.playbook import Playbook
from qualifier.verdict import OUTPUTS
from sync.cycle import Mode, Pace, Pass, run_pass
from sync.documents import encode_facts
from sync.leases import hold
from sync.report import Report
from sync.schema import leads, marks, metadata, quarantine, verdicts
from tests.soak.crm import Crm, Save
from tests.soak.mortal import Killed, MortalStore
from tests.soak.truth import doubted_leads, half, judged_score, known_leads, living, plain, right_verdicts
from tests.sync.office import NOW, connection

NAMES = ("north", "south")
FIELDS = {one.name: one for one in OUTPUTS}
AT_ONCE = {one.name for one in OUTPUTS if one.weight == "at_once"} - {"Score", "Respond_Rank"}
RIDERS = {one.name for one in OUTPUTS if one.weight == "rider"}
DAY = timedelta(days=1)
STEP = 3
"""Points from which a score that only time moved is delivered."""
OVERLAP = timedelta(minutes=14)
"""How late a commit may be for the next poll to find it, the 15 minutes of the settings less a pass."""
INDEX_LATE = timedelta(hours=2, minutes=10)
"""When the second look has found what the index showed too late."""


class World:
    """`sync()` is a pass that somebody started; `rest()` lets everything calm down and looks at all of it."""

    def __init__(self, file: Path, empty: Path, playbooks: Sequence[Playbook] = ()) -> None:
        """Open two empty CRMs and an empty store at `file`."""
        shutil.copy(empty, file)
        self.file = file
        self.crms = {name: Crm(name, now=NOW - timedelta(hours=1), page_size=9) for name in NAMES}
        self.settings = {name: connection(name=name, history="3650d") for name in NAMES}
        self.playbooks = playbooks or (load_playbook(),)
        self.playbook = self.playbooks[0]
        self.store = MortalStore(f"sqlite:///{file}")
        self.late: list[tuple[datetime, Callable[[], None]]] = []
        """Transactions under way in a CRM: when they commit, and what they do."""
        self.moving: set[tuple[str, str]] = set()
        """Leads that such a transaction holds."""
        self.causes: dict[tuple[str, str], datetime] = {}
        """Lead → until when its last strong cause may be seen for the first time."""
        self.fresh: dict[tuple[str, str], datetime] = {}
        """Lead → when its last own fact or touch came that every poll sees at once."""
        self.judged: dict[tuple[str, str], int | None] = {}
        """Lead → the score of its last verdict when that came; what did not move it need not travel."""
        self.unread: dict[tuple[str, str], datetime] = {}
        """Lead → when a fact that no verdict reads was last edited; the worker takes it for a fact."""
        self.in_flight: set[tuple[str, str]] = set()
        self.maybe_twice: set[tuple[str, str]] = set()
        self.refused: set[tuple[str, str]] = set()
        self.loose: set[str] = set()
        """CRMs whose fields came and went: what is a cause there cannot be told from outside."""
        self.read_anew: set[str] = set()
        self.last_write: dict[tuple[str, str], datetime] = {}
        self.last_look: dict[str, datetime] = {}
        self.last_whole: dict[str, datetime] = {}
        """CRM → start of the last pass that came to its end: what was there then was judged."""
        self.as_of_pass = False
        self.needless: list[str] = []
        for name in NAMES:
            self._wire(name)

    def _wire(self, name: str) -> None:
        crm = self.crms[name]
        crm.before_write = lambda batch: self._before_write(name, batch)
        crm.on_save = lambda save: self._saved(name, save)

    @property
    def now(self) -> datetime:
        """The CRMs' time."""
        return self.crms[NAMES[0]].now

    def close(self) -> None:
        """Give the file back."""
        self.store.close()

    # --- time and causes ----------------------------------------------------------------------------------

    def advance(self, by: timedelta) -> None:
        """Time passes; transactions that were under way commit at their moment."""
        until = self.now + by
        for at, commit in sorted(self.late, key=lambda one: one[0]):
            if at <= until:
                self._set(max(at, self.now))
                commit()
                self.late = [one for one in self.late if one[1] is not commit]
        self._set(until)

    def _set(self, now: datetime) -> None:
        for crm in self.crms.values():
            crm.now = now

    def cause(self, name: str, lead_id: str, until: datetime | None = None, *, news: bool = True) -> None:
        """Something strong happened to a lead, to be seen at the next pass or, at the latest, `until`.

        Not `news`: it may be that nothing which is read became another.
        """
        key = name, lead_id
        self.causes[key] = max(until or self.now, self.causes.get(key, self.now))
        if until is None and news:
            self.fresh[key] = self.now
            self.judged[key] = judged_score(self.store, *key)

    def cause_all(self, name: str) -> None:
        """Something happened that may concern every lead; which ones it does is not told here."""
        for lead_id in self.crms[name].latest("lead"):
            self.cause(name, lead_id, self.now)

    # --- passes -------------------------------------------------------------------------------------------

    def sync(self, name: str, mode: Mode | None = None, pace: Pace | None = None) -> Report:
        """One pass. What a mark may claim is checked after it, however it ended."""
        crm, mode = self.crms[name], mode or Mode()
        started = self.now
        self.as_of_pass = mode.as_of is not None
        self.in_flight.clear()
        work = Pass(self.settings[name], crm, self.store, self.playbook, "me", mode=mode, pace=pace or Pace())
        try:
            report = run_pass(work)
        except Killed:
            self._restart()
            raise
        finally:
            self.maybe_twice |= doubted_leads(self.store)
            self.as_of_pass = False
            if not mode.dry_run and mode.as_of is None:
                self.last_look[name] = started
            self.check_marks(name, self.now)
        if report.outcome in {"ok", "partial"} and not mode.dry_run and mode.as_of is None:
            self.last_whole[name] = started
        return report

    def _restart(self) -> None:
        """Another process opens the same file, a minute later when the dead one's lease has run out."""
        self.store.close()
        for crm in self.crms.values():
            crm.tick = lambda _: None
        self.expire_leases()
        self.store = MortalStore(f"sqlite:///{self.file}")

    def expire_leases(self) -> None:
        """The time that a lease lives is over."""
        with sqlite3.connect(self.file, timeout=30) as raw:
            raw.execute("UPDATE leases SET expires_at = 0")
        raw.close()

    def kill(self, name: str, steps: int, pace: Pace | None) -> bool:
        """A pass whose process dies after so many steps; returns whether it came so far."""
        self._at_step(name, steps, self._die)
        try:
            self.sync(name, pace=pace)
        except Killed:
            return True
        finally:
            self._at_step(name, -1, self._die)
        return False

    def _die(self) -> None:
        def dead(_: str) -> None:
            raise Killed

        self.store.tick = dead
        raise Killed

    def _at_step(self, name: str, steps: int, then: Callable[[], None], *, outside: bool = False) -> None:
        left = [steps]

        def tick(step: str) -> None:
            if outside and step == "uncommitted":
                return
            left[0] -= 1
            if left[0] == 0:
                then()

        chosen = tick if steps > 0 else lambda _: None
        self.store.tick = self.crms[name].tick = chosen

    def take_over(self, name: str, steps: int, pace: Pace | None) -> bool:
        """In mid-pass the lease runs out and another worker makes a whole pass; the first one goes on."""
        after: list[dict[str, Any]] = []

        def other() -> None:
            self._at_step(name, -1, other)
            self.maybe_twice |= self.in_flight | doubted_leads(self.store)
            self.expire_leases()
            self.advance(timedelta(minutes=1))
            store = MortalStore(f"sqlite:///{self.file}")
            run_pass(Pass(self.settings[name], self.crms[name], store, self.playbook, "other"))
            store.close()
            self.maybe_twice |= self.in_flight
            after.append(self.dump())

        self._at_step(name, steps, other, outside=True)
        report = self.sync(name, pace=pace)
        self._at_step(name, -1, other)
        if after and report.outcome != "skipped":
            assert self.dump() == after[0], "a worker whose lease was taken over wrote to the store"
        return bool(after)

    def second_worker(self, name: str) -> None:
        """While one worker holds the lease another one keeps its hands off."""
        crm = self.crms[name]
        with hold(self.store, name, "first") as fence:
            assert fence is not None
            before, calls = self.dump(), crm.calls
            assert self.sync(name).outcome == "skipped"
            assert (self.dump(), crm.calls) == (before, calls)

    def dump(self) -> dict[str, Any]:
        """All rows of all tables but the log of passes and the leases."""
        with self.store.read() as tx:
            return {
                table.name: sorted(map(repr, tx.execute(select(table))))
                for table in metadata.sorted_tables
                if table.name not in {"passes", "leases"}
            }

    # --- what is written ----------------------------------------------------------------------------------

    def _before_write(self, name: str, batch: Sequence[Delivery]) -> None:
        self.in_flight = {(name, one.lead_id) for one in batch}
        known = known_leads(self.store, name)
        gone = [one.lead_id for one in batch if known[one.lead_id].gone]
        assert not gone, f"written though known to be gone: {gone}"
        other = {field for one in batch for field in one.values} - set(FIELDS)
        assert not other, f"written beside our own fields: {other}"

    def _saved(self, name: str, save: Save) -> None:
        key = name, save.lead_id
        before, self.last_write[key] = self.last_write.get(key), save.at
        caused = key in self.causes and (before is None or self.causes[key] >= before)
        if caused and self.as_of_pass:  # a pass at another time uses no cause up
            self.causes[key] = max(self.causes[key], save.at)
        news = save.changed - {"Scored_At"}
        if key in self.maybe_twice:
            self.maybe_twice.discard(key)
            return
        assert news, f"{key} was written without need at {save.at}"
        if before is None or self.as_of_pass or name in self.loose or caused:
            return
        waited = save.at - before >= DAY
        edited = self.unread.get(key)
        if edited and (edited >= self.last_whole.get(name, edited) or (waited and edited >= before)):
            return  # what moved the score meanwhile cannot be told from it; alone it lets riders travel
        assert not news <= RIDERS, (
            f"{key}: {sorted(news)} at {save.at}, though only time passed since {before}"
        )
        old: Mapping[str, Any] = save.before
        new: Mapping[str, Any] = self.crms[name].written[save.lead_id]
        if news <= RIDERS | {"Score", "Respond_Rank"} and half(old) == half(new):
            moved = abs(int(old["Score"] or 0) - int(new["Score"] or 0))
            told = f"{key}: {moved} points of time alone after {save.at - before}"
            assert moved >= STEP, told
            assert waited, told

    # --- what must hold -----------------------------------------------------------------------------------

    def check_marks(self, name: str, started: datetime) -> None:
        """No mark passes the start of its pass; what a finished poll covers is in the store."""
        with self.store.read() as tx:
            rows = {
                row.walk: row
                for row in tx.execute(
                    select(marks).where(marks.c.connection == name, marks.c.stream == "lead")
                )
            }
            here = (leads.c.connection == name, leads.c.gone.is_(None))
            stored = set(tx.scalars(select(leads.c.lead_id).where(*here)))
        if "poll" not in rows or rows["history"].until is not None:
            return
        covered = rows["poll"].covered_until
        assert covered <= started, f"{name}: the mark {covered} is past the start {started} of its pass"
        crm = self.crms[name]
        lost = [
            record.id
            for record in living(crm)
            if record.id not in stored
            and (seen := crm.seen_by_index(record.id))[0] < covered
            and seen[1] <= covered
            and seen[1] - seen[0] <= OVERLAP
        ]
        assert not lost, f"{name}: the mark covers {lost}, which the store does not hold"

    def rest(self, *, hours: bool) -> None:
        """Everything that went wrong is over; after clean passes all must be right, and quiet.

        `hours`: time passes until every lead is looked at again. Otherwise a minute, and only what just
        happened to a lead itself must be there to the letter.
        """
        for crm in self.crms.values():
            crm._faults.clear()
            crm.refusals.clear()
            crm.locked.clear()
            crm.lost_answers = 0
            crm.before_write = partial(self._before_write, crm.name)
        looked = dict(self.last_look)
        self.advance(INDEX_LATE + DAY + timedelta(minutes=1) if hours else timedelta(seconds=61))
        for name in NAMES:  # both are read before either is judged: one's companies concern the other's leads
            self._clean(name, Mode(dry_run=True, full=name in self.read_anew))
            self.read_anew.discard(name)
        for name in NAMES:
            self._clean(name)
        for name in NAMES:
            report = self._clean(name)
            assert report.written == 0, f"{name}: a pass with nothing new wrote {report.written}"
            self._check_verdicts(name, looked.get(name, NOW - 90 * DAY), everything=hours)
            self._check_quarantine(name, empty=hours)
        if hours:
            self.refused.clear()

    def _clean(self, name: str, mode: Mode | None = None) -> Report:
        report = self.sync(name, mode)
        assert report.outcome == "ok", f"{name}: {report.outcome}: {report.error}"
        return report

    def _check_quarantine(self, name: str, *, empty: bool) -> None:
        with self.store.read() as tx:
            query = select(leads.c.lead_id).join(quarantine, quarantine.c.lead == leads.c.id)
            held = {(name, one) for one in tx.scalars(query.where(leads.c.connection == name))}
        assert held <= self.refused, f"in quarantine though never refused: {held - self.refused}"
        assert not (empty and held), f"still in quarantine a day later: {held}"

    def _check_verdicts(self, name: str, looked: datetime, *, everything: bool) -> None:
        crm = self.crms[name]
        known = known_leads(self.store, name)
        alive = {record.id for record in living(crm)}
        if everything:
            assert {one for one, row in known.items() if row.gone is None} == alive, f"{name}: leads"
            self._check_facts(name)
        right = right_verdicts(list(self.crms.values()), name, self.store, self.playbook, self.now)
        with self.store.read() as tx:
            held = set(tx.scalars(select(leads.c.lead_id).join(quarantine, quarantine.c.lead == leads.c.id)))
            query = select(leads.c.lead_id, verdicts.c.pending).join(leads, leads.c.id == verdicts.c.lead)
            rows = tx.execute(query.where(leads.c.connection == name))
            pending = {row.lead_id: row.pending for row in rows}
        for lead_id, verdict in right.items():
            key = name, lead_id
            fresh = self.fresh.get(key, looked - DAY) >= looked
            if lead_id in held or key in self.moving or not (everything or fresh):
                continue
            there = crm.written.get(lead_id)
            assert there is not None, f"{key} was never written"
            assert pending.get(lead_id) in {None, "daily", "owed"}, f"{key}: {pending.get(lead_id)} at rest"
            self._compare(key, there, verdict, exact=fresh)

    def _compare(
        self, key: tuple[str, str], there: dict[str, Any], verdict: dict[str, Any], *, exact: bool
    ) -> None:
        wrong = {
            one: (there.get(one), verdict[FIELDS[one].column])
            for one in AT_ONCE
            if plain(there.get(one)) != plain(verdict[FIELDS[one].column])
        }
        assert not wrong, f"{key} carries (first) what it ought not (second): {wrong}"
        wanted = {"Score": verdict["score"], "Respond_Rank": verdict["respond_rank"]}
        assert half(there) == half(wanted), f"{key}: rank {there['Respond_Rank']}, not {wanted}"
        moved = abs(int(there.get("Score") or 0) - int(wanted["Score"] or 0))
        exact = exact and self.judged.get(key) != wanted["Score"]
        bound = 0 if exact else STEP - 1
        recent = self.now - self.last_write[key] < DAY
        assert moved <= bound or (recent and not exact), f"{key}: {there['Score']}, not {wanted['Score']}"

    def _check_facts(self, name: str) -> None:
        """The store holds what the CRM's own records say."""
        crm = self.crms[name]
        known = known_leads(self.store, name)
        for record in living(crm):
            facts = {one: value for one, value in record.facts.items() if one not in crm.withdrawn}
            wanted = encode_facts(facts, self.playbook.facts_all)
            stored = known[record.id].facts
            wrong = {
                one: (stored.get(one), value) for one, value in wanted.items() if stored.get(one) != value
            }
            assert not wrong, f"{name} {record.id}: stored (first) is not what the CRM says: {wrong}"
