"""Everything that may happen to two CRMs and the worker between them, as rules of a stateful machine."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from connectors.base import ConnectorError, Delivery, Outcome, Parked, Refused, Transient
from sync.cycle import Mode, Pace
from tests.soak.people import COUNTS, READ, People, names, picks
from tests.soak.truth import living
from tests.soak.world import NAMES

TINY = Pace(pages=1, leads=4, writes=3, poll_seconds=0)
SMALL = Pace(pages=2, leads=30, writes=20, poll_seconds=0)
paces = st.sampled_from([None, SMALL, TINY])
readable = st.sampled_from(["industry", "role", "employees"])


class Machine(People):
    """People at work, everything that goes wrong, and passes."""

    # --- what goes wrong ----------------------------------------------------------------------------------

    @rule(
        name=names,
        method=st.sampled_from(["server_time", "changes", "read", "deliver", "departures"]),
        kind=st.sampled_from([Transient, Parked, Refused]),
        times=st.integers(1, 3),
    )
    def fault(self, name: str, method: str, kind: type[ConnectorError], times: int) -> None:
        """The next calls fail."""
        self._crm(name).fail(method, *[kind(f"{name}: made to fail.") for _ in range(times)])
        COUNTS["fault"] += 1

    @rule(name=names)
    def calm(self, name: str) -> None:
        """Whatever failed works again."""
        self._crm(name)._faults.clear()
        COUNTS["calm"] += 1

    @rule(name=names, pick=picks)
    def refuse(self, name: str, pick: int) -> None:
        """A rule of the CRM's admin refuses one record."""
        if lead := self._lead(name, pick):
            rule_of_the_admin = Outcome(
                lead.id, "rejected", "VALIDATION", "An admin's rule refuses this record."
            )
            self._crm(name).refuse(rule_of_the_admin)
            self.world.refused.add((name, lead.id))
            COUNTS["refuse"] += 1

    @rule(name=names, pick=picks)
    def allow(self, name: str, pick: int) -> None:
        """The CRM's admin takes such rules back, where there is none after one met a pass."""
        if not self._crm(name).refusals:
            self.refuse(name, pick)
            self._sync(name)
        self._crm(name).refusals.clear()
        COUNTS["allow"] += 1

    @rule(name=names, pick=picks)
    def lock(self, name: str, pick: int) -> None:
        """Somebody is saving this record just then."""
        if lead := self._lead(name, pick):
            self._crm(name).locked.add(lead.id)
            COUNTS["lock"] += 1

    @rule(name=names)
    def lose_answer(self, name: str) -> None:
        """The next batch is written, and its answer lost."""
        self._crm(name).lost_answers = 1
        COUNTS["lost answer"] += 1

    @rule(name=names, fact=readable)
    def withdraw(self, name: str, fact: str) -> None:
        """Our user may no longer read a field."""
        self._crm(name).withdrawn.add(fact)
        self.world.loose.add(name)
        COUNTS["withdraw"] += 1

    @rule(name=names, fact=readable)
    def grant(self, name: str, fact: str) -> None:
        """Our user may read everything again; what changed meanwhile needs a full read."""
        if not self._crm(name).withdrawn:
            self.withdraw(name, fact)
            self._sync(name)
        self._crm(name).withdrawn.clear()
        self.world.read_anew.add(name)
        COUNTS["grant"] += 1

    @rule(name=names, steps=st.integers(1, 45), pace=paces)
    def kill(self, name: str, steps: int, pace: Pace | None) -> None:
        """The process is killed in mid-pass and started again."""
        self._soon()
        COUNTS["kill"] += self.world.kill(name, steps, pace)

    @rule(name=names)
    def second_worker(self, name: str) -> None:
        """Two workers at once."""
        self._soon()
        self.world.second_worker(name)
        COUNTS["second worker"] += 1

    @rule(name=names, steps=st.integers(1, 30), pace=paces)
    def take_over(self, name: str, steps: int, pace: Pace | None) -> None:
        """A worker falls asleep in mid-pass; another one takes over."""
        self._soon()
        COUNTS["take over"] += self.world.take_over(name, steps, pace)

    @rule(pick=picks)
    def change_playbook(self, pick: int) -> None:
        """An admin changes the playbook; the next pass takes it over."""
        world = self.world
        world.playbook = world.playbooks[pick % len(world.playbooks)]
        for name in NAMES:
            world.cause_all(name)
        COUNTS["playbook"] += 1

    # --- passes -------------------------------------------------------------------------------------------

    def _soon(self) -> None:
        self.world.advance(timedelta(seconds=7))

    def _sync(self, name: str, mode: Mode | None = None, pace: Pace | None = None) -> None:
        self._soon()
        self.world.sync(name, mode, pace)

    @rule(name=names)
    def sync(self, name: str) -> None:
        """A pass."""
        self._sync(name)
        COUNTS["pass"] += 1

    @rule(name=names)
    def sync_in_rounds(self, name: str) -> None:
        """A pass that takes tiny slices."""
        self._sync(name, pace=TINY)
        COUNTS["pass in rounds"] += 1

    @rule(name=names, pace=paces)
    def dry_run(self, name: str, pace: Pace | None) -> None:
        """A pass that only looks."""
        before = len(self._crm(name).deliveries)
        self._sync(name, Mode(dry_run=True), pace)
        assert len(self._crm(name).deliveries) == before
        COUNTS["dry run"] += 1

    @rule(name=names, limit=st.integers(1, 5))
    def limited(self, name: str, limit: int) -> None:
        """A pass that may write only so many."""
        before = len(self._crm(name).deliveries)
        self._sync(name, Mode(limit=limit))
        assert len(self._crm(name).deliveries) <= before + limit
        COUNTS["limit"] += 1

    @rule(name=names, pace=paces)
    def full(self, name: str, pace: Pace | None) -> None:
        """A pass that reads everything anew."""
        self._sync(name, Mode(full=True), pace)
        COUNTS["full"] += 1

    @rule(name=names, days=st.integers(-40, 40))
    def as_of(self, name: str, days: int) -> None:
        """A pass at another time."""
        self._sync(name, Mode(as_of=self.world.now + timedelta(days=days)))
        COUNTS["as of"] += 1

    @rule(name=names, pick=picks, value=picks)
    def edit_between(self, name: str, pick: int, value: int) -> None:
        """A person edits a lead after the pass has read it and before it writes it."""
        world, crm = self.world, self._crm(name)
        edited: list[str] = []

        def hook(batch: list[Delivery]) -> None:
            world._before_write(name, batch)
            chosen = batch[pick % len(batch)].lead_id
            alive = {one.id: one for one in living(crm)}
            if not edited and (name, chosen) not in world.moving and chosen in alive:
                edited.append(chosen)
                self._edit(name, alive[chosen], "industry", READ["industry"][value % 4])

        crm.before_write = hook  # type: ignore[assignment]  # a batch is a list here
        self.edit(name, pick, "timing", value)
        self._sync(name)
        crm.before_write = lambda batch: world._before_write(name, batch)
        COUNTS["edit between"] += len(edited)

    @rule(hours=st.booleans())
    def rest(self, *, hours: bool) -> None:
        """All is calm; all must be right."""
        self.world.rest(hours=hours)
        COUNTS["rest"] += 1
