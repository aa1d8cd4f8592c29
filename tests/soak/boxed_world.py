"""Both CRMs of the sandbox behind their real clients, one store, and one worker that may die at any moment.

What an in-memory CRM cannot show: that the clients, too, lose nothing when calls fail and processes die.
"""

import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

from qualifier.playbook import Playbook
from sandbox.box import Box
from sync.cycle import Mode, Pass, run_pass
from sync.leases import hold
from sync.report import Report
from tests.soak.mortal import Killed, MortalStore
from tests.soak.truth import doubted_leads
from tests.stories.fire import NOW, Fire

CRMS = ("salesforce", "hubspot")
A_DAY_LATER = timedelta(hours=26)
"""When every healing look is due and what was delivered today may be delivered again."""


class BoxedWorld:
    """`sync()` is a pass that somebody started; `rest()` lets everything calm down and looks at all of it."""

    def __init__(self, folder: Path, empty: Path, playbook: Playbook) -> None:
        """Open two empty CRMs with our fields and an empty store."""
        self.file = folder / "store.db"
        shutil.copy(empty, self.file)
        self.box = Box(now=NOW).start()
        self.store = self._open()
        self._tick: Callable[[str], None] = lambda _: None
        self.fires = {crm: self._light(crm, folder, playbook) for crm in CRMS}
        self.saves_seen = dict.fromkeys(CRMS, 0)
        self.written: dict[str, set[str]] = defaultdict(set)
        self.maybe_twice: dict[str, set[str]] = defaultdict(set)
        """CRM → leads whose last write may have taken place or not, as far as the store can know."""
        self.excused = 0
        """Writes that told nothing new and that such a doubt explains."""
        self.give_back: dict[str, list[Callable[[], None]]] = defaultdict(list)
        """CRM → what gives fields back that were withdrawn."""
        self.read_anew: set[str] = set()

    def _light(self, crm: str, folder: Path, playbook: Playbook) -> Fire:
        return Fire(
            crm, self.box, folder, playbook=playbook, on_call=lambda *_: self._tick("call"), shared=self.store
        )

    def _open(self) -> MortalStore:
        return MortalStore(f"sqlite:///{self.file}")

    def close(self) -> None:
        """Give everything back."""
        for fire in self.fires.values():
            fire.close()
        self.store.close()
        self.box.stop()

    def adopt(self, playbook: Playbook) -> None:
        """An admin changes the playbook; the next pass takes it over."""
        for fire in self.fires.values():
            fire.playbook = playbook

    def advance(self, by: timedelta) -> None:
        """Time passes in both CRMs."""
        self.box.clock.advance(by.total_seconds())
        self.box.org.settle()

    # --- passes -------------------------------------------------------------------------------------------

    def sync(self, crm: str, mode: Mode | None = None, **parts: Any) -> Report:
        """One pass, and a look at what it wrote."""
        fire = self.fires[crm]
        try:
            report = fire.sync(7, mode, **parts)
        except Killed:
            self._restart()
            raise
        finally:
            self._account(crm)
        return report

    def _account(self, crm: str) -> None:
        """Every save told the CRM something new, but those whose lead was in doubt before.

        Who was never written to may have got the same values from a lead that was merged into it.
        """
        fire = self.fires[crm]
        new = fire.saves[self.saves_seen[crm] :]
        self.saves_seen[crm] = len(fire.saves)
        for save in new:
            is_first = save.lead_id not in self.written[crm]
            self.written[crm].add(save.lead_id)
            if is_first or save.changed - {"scored_at"}:
                continue
            if save.sent == {"scored_at"} and self.give_back[crm]:
                continue  # the field that it was for went while it was sent
            assert save.lead_id in self.maybe_twice[crm], f"{crm}: needless write {save}"
            if not self.give_back[crm]:  # else the rest of what was in doubt follows with the field
                self.maybe_twice[crm].discard(save.lead_id)
            self.excused += 1
        self._note_doubts(crm)

    def _note_doubts(self, crm: str) -> None:
        self.maybe_twice[crm] |= {lead for name, lead in doubted_leads(self.store) if name == crm}

    def _restart(self) -> None:
        """Another process opens the same file when the dead one's lease has run out."""
        self._tick = lambda _: None
        self.store.close()
        self.expire_leases()
        self.store = self._open()
        for fire in self.fires.values():
            fire.store = self.store
            fire.connectors.pop().close()
            fire.restart()

    def expire_leases(self) -> None:
        """The time that a lease lives is over."""
        with closing(sqlite3.connect(self.file, timeout=30)) as raw, raw:
            raw.execute("UPDATE leases SET expires_at = 0")

    def kill(self, crm: str, steps: int) -> bool:
        """A pass whose process dies after so many calls and steps of transactions; whether it came so far."""
        self._at_step(steps, self._die)
        try:
            self.sync(crm)
        except Killed:
            return True
        finally:
            self._at_step(0, self._die)
        return False

    def _die(self) -> None:
        def dead(_: str) -> None:
            raise Killed

        self._tick = self.store.tick = dead
        raise Killed

    def _at_step(self, steps: int, then: Callable[[], None], *, outside: bool = False) -> None:
        left = [steps]

        def tick(step: str) -> None:
            if outside and step == "uncommitted":
                return
            left[0] -= 1
            if left[0] == 0:
                then()

        self._tick = self.store.tick = tick if steps > 0 else lambda _: None

    def second_worker(self, crm: str) -> None:
        """While one worker holds the lease another one keeps its hands off."""
        fire = self.fires[crm]
        with hold(self.store, crm, "first") as fence:
            assert fence is not None
            calls = fire.connector.calls
            assert self.sync(crm).outcome == "skipped"
            assert fire.connector.calls == calls

    def take_over(self, crm: str, steps: int) -> bool:
        """In mid-pass the lease runs out and another worker makes a whole pass; the first one goes on."""
        fire, taken = self.fires[crm], []

        def other() -> None:
            self._at_step(0, other)
            self.expire_leases()
            self._note_doubts(crm)
            connector = fire.connect()
            with closing(self._open()) as store:
                taken.append(run_pass(Pass(fire.settings, connector, store, fire.playbook, "other")))
            fire.connectors.pop().close()
            self.maybe_twice[crm] |= {save.lead_id for save in fire.saves[self.saves_seen[crm] :]}

        self._at_step(steps, other, outside=True)
        try:
            self.sync(crm)
        finally:
            self._at_step(0, other)
        return bool(taken)

    # --- what must hold -----------------------------------------------------------------------------------

    def rest(self) -> None:
        """Everything that went wrong is over; a day later all must be right, and quiet."""
        for crm, fire in self.fires.items():
            fire.faults.clear()
            for give_back in self.give_back.pop(crm, []):
                give_back()
                self.read_anew.add(crm)
            fire.connectors.pop().close()
            fire.restart()  # a client forgets after an hour, but by a clock that is not the box's
        self.advance(A_DAY_LATER)
        for crm in CRMS:
            self._clean(crm, Mode(full=crm in self.read_anew))
        self.read_anew.clear()
        for crm in CRMS * 2:  # what is new in one concerns a company's leads in the other
            self.fires[crm].settle()
            self._account(crm)
        for fire in self.fires.values():
            fire.assert_at_rest(repeats=True)

    def _clean(self, crm: str, mode: Mode) -> None:
        report = self.sync(crm, mode)
        assert report.outcome == "ok", f"{crm}: {report.outcome}: {report.error}"
