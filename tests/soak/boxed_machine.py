"""What may happen to the sandbox's two CRMs and the worker between them, as rules of a stateful machine."""

import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from sandbox.faults import MAINTENANCE_PAGE, Fault
from tests.soak.boxed_world import CRMS, BoxedWorld
from tests.soak.people import empty, playbooks
from tests.stories.fire import Fire
from tests.stories.hubspot import world as hubspot
from tests.stories.salesforce import world as salesforce

COUNTS: Counter[str] = Counter()
"""How often each rule had an effect, over all runs of this process."""
WHERE: Counter[tuple[str, str]] = Counter()
"""The same by CRM."""
LEADS = 100
"""In each CRM at the beginning."""
READ: dict[str, dict[str, tuple[Any, ...]]] = {
    "salesforce": {
        "NumberOfEmployees": (2, 40, 500, None),
        "Industry": ("Technology", "Banking", "Agriculture", None),
        "Title": ("CEO", "Head of Sales", "Intern", None),
        "Status": ("Open - Not Contacted", "Working - Contacted"),
        "Country": ("Germany", "France", None),
    },
    "hubspot": {
        "numemployees": ("1-5", "25-50", "500-1000", ""),
        "jobtitle": ("CEO", "Head of Sales", "Intern", ""),
        "hs_lead_status": ("NEW", "IN_PROGRESS", ""),
        "country": ("Germany", "France", ""),
    },
}
"""Fields that the playbook reads, and what a person may set them to."""
TROUBLES: tuple[dict[str, Any], ...] = (
    {"status": 429, "body": "slow down"},
    {"status": 503, "body": MAINTENANCE_PAGE},
    {"status": 200, "body": MAINTENANCE_PAGE},
    {"status": 502, "body": "", "commit": True},
    {"drop": "before"},
    {"drop": "after"},
    {"cut": 20},
)
"""What a call may meet; `commit` and `after`: the CRM did it, and nobody is told."""

crms = st.sampled_from(CRMS)
picks = st.integers(0, 9_999)


class BoxedMachine(RuleBasedStateMachine):
    """Rules over a `BoxedWorld`."""

    def __init__(self) -> None:
        """A new world in a folder of its own."""
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="leadline-boxed-")
        self.world = BoxedWorld(Path(self.folder.name), empty(), playbooks()[0])
        salesforce.add_leads(self.fire("salesforce"), LEADS)
        hubspot.add_contacts(self.fire("hubspot"), LEADS)

    @initialize(synced=st.booleans())
    def begin(self, *, synced: bool) -> None:
        """Half of all stories begin before the first sync."""
        if synced:
            for crm in CRMS:
                self.world.sync(crm)

    def teardown(self) -> None:
        """However the story went, it must come to rest."""
        try:
            self.world.rest()
        finally:
            self.world.close()
            self.folder.cleanup()

    # --- picking ------------------------------------------------------------------------------------------

    def fire(self, crm: str) -> Fire:
        """One of the two."""
        return self.world.fires[crm]

    def lead(self, crm: str, pick: int) -> str:
        """A living lead that no transaction holds."""
        locked = self.world.box.org.locked
        free = sorted(one.id for one in self.fire(crm).desk.leads() if one.id not in locked)
        return free[pick % len(free)]

    def change(self, crm: str, lead_id: str, pick: int) -> None:
        """A person gives one of the fields that the playbook reads another value."""
        name, values = sorted(READ[crm].items())[pick % len(READ[crm])]
        value = values[(pick // 7) % len(values)]
        if crm == "salesforce":
            self.world.box.org.update("Lead", lead_id, {name: value})
        else:
            hubspot.edit(self.fire(crm), lead_id, **{name: value})

    def done(self, rule_name: str, crm: str = "") -> None:
        """Count an effect; where it was is told beside."""
        COUNTS[rule_name] += 1
        WHERE[rule_name, crm or "both"] += 1

    # --- people at work -----------------------------------------------------------------------------------

    @rule(crm=crms)
    def create(self, crm: str) -> None:
        """A lead comes in."""
        (salesforce.add_leads if crm == "salesforce" else hubspot.add_contacts)(self.fire(crm), 1)
        self.done("create", crm)

    @rule(crm=crms, pick=picks, how=picks)
    def edit(self, crm: str, pick: int, how: int) -> None:
        """A person changes what the playbook reads."""
        self.change(crm, self.lead(crm, pick), how)
        self.done("edit", crm)

    @rule(crm=crms, pick=picks, kind=st.sampled_from(["hand", "call", "reply"]))
    def touch(self, crm: str, pick: int, kind: str) -> None:
        """A lead asks for a demo or writes, or one of our people calls."""
        own = salesforce if crm == "salesforce" else hubspot
        does: dict[str, Callable[[Fire, str], object]] = {
            "hand": own.raise_hand,
            "call": own.log_call,
            "reply": hubspot.log_reply if crm == "hubspot" else salesforce.raise_hand,
        }
        does[kind](self.fire(crm), self.lead(crm, pick))
        self.done("touch", crm)

    @rule(crm=crms, pick=picks, how=picks, minutes=st.integers(1, 50), new=st.booleans())
    def commit_late(self, crm: str, pick: int, how: int, minutes: int, *, new: bool) -> None:
        """A transaction stamped now shows itself later; in HubSpot it is the search index that lags."""
        if crm == "hubspot":
            switches = self.world.box.portal.switches
            switches.index_lag_seconds = 60 * minutes
            if new:
                hubspot.add_contacts(self.fire(crm), 1)
            else:
                self.change(crm, self.lead(crm, pick), how)
            switches.index_lag_seconds = 0
        else:
            transaction = self.world.box.org.begin(visible_in=60 * minutes)
            if new:
                transaction.insert("Lead", {"LastName": "Late", "Company": "Late"})
            else:
                size = READ[crm]["NumberOfEmployees"][how % 3]
                transaction.update("Lead", self.lead(crm, pick), {"NumberOfEmployees": size})
        self.done("late commit", crm)

    @rule(crm=crms, pick=picks)
    def delete(self, crm: str, pick: int) -> None:
        """A lead is deleted."""
        if crm == "salesforce":
            self.world.box.org.delete("Lead", self.lead(crm, pick))
        else:
            self.world.box.portal.archive("contacts", self.lead(crm, pick))
        self.done("delete", crm)

    @rule(crm=crms, pick=picks, other=picks)
    def merge(self, crm: str, pick: int, other: int) -> None:
        """Two leads turn out to be one."""
        winner, loser = self.lead(crm, pick), self.lead(crm, other)
        if winner == loser:
            return
        if crm == "salesforce":
            self.world.box.org.merge_leads(winner, [loser])
        else:
            self.world.box.portal.merge("contacts", winner, loser)
            # A value that we could not write so far may have come from the other one.
            self.world.maybe_twice[crm].add(winner)
        self.done("merge", crm)

    @rule(pick=picks, opportunity=st.booleans())
    def convert(self, pick: int, *, opportunity: bool) -> None:
        """A lead becomes a contact; HubSpot knows no such thing."""
        self.world.box.org.convert_lead(self.lead("salesforce", pick), opportunity=opportunity)
        self.done("convert", "salesforce")

    @rule(minutes=st.integers(1, 50), by=st.sampled_from([1, 11, 144]))
    def advance(self, minutes: int, by: int) -> None:
        """Minutes, hours or days pass."""
        self.world.advance(timedelta(minutes=by * minutes))
        self.done("advance clock")

    @rule(pick=picks)
    def change_playbook(self, pick: int) -> None:
        """An admin changes the playbook."""
        self.world.adopt(playbooks()[pick % len(playbooks())])
        self.done("change playbook")

    # --- what goes wrong ----------------------------------------------------------------------------------

    @rule(crm=crms, how=st.sampled_from(TROUBLES), skip=st.integers(0, 6), times=st.integers(1, 4))
    def fault(self, crm: str, how: dict[str, Any], skip: int, times: int) -> None:
        """Some of the next calls fail."""
        self.fire(crm).faults.add(Fault(skip=skip, times=times, **how))
        self.done("fault on", crm)

    @rule(crm=crms)
    def calm(self, crm: str) -> None:
        """Whatever failed works again."""
        self.fire(crm).faults.clear()
        self.done("fault off", crm)

    @rule(crm=crms, own=st.booleans())
    def withdraw(self, crm: str, *, own: bool) -> None:
        """Our user may no longer read a field, or no longer write one of ours."""
        taken = self.world.give_back[crm]
        if taken:
            return
        if crm == "salesforce":
            name, access = "Leadline_Grade__c" if own else "NumberOfEmployees", self.world.box.org.access
            access.withdraw_field("Lead", name, read=not own)
            taken.append(partial(access.restore_field, "Lead", name))
        else:
            schema = self.world.box.portal.schemas["contacts"]
            definition = schema["leadline_grade"]
            schema.archive("leadline_grade", self.world.box.portal.now())
            taken.append(partial(schema.put, definition))
        self.done("withdraw field", crm)

    @rule(crm=crms, own=st.booleans())
    def give_back(self, crm: str, *, own: bool) -> None:
        """Our user has its rights again, where they were never gone after a pass without them."""
        if not self.world.give_back[crm]:
            self.withdraw(crm, own=own)
            self.sync(crm)
        self.world.give_back[crm].pop()()
        self.world.read_anew.add(crm)
        self.done("give field back", crm)

    @rule(crm=crms, steps=st.integers(1, 70))
    def kill(self, crm: str, steps: int) -> None:
        """The process is killed in mid-pass and started again."""
        if self.world.kill(crm, steps):
            self.done("kill and restart", crm)

    @rule(crm=crms)
    def second_worker(self, crm: str) -> None:
        """Two workers at once."""
        self.world.second_worker(crm)
        self.done("second worker", crm)

    @rule(crm=crms, steps=st.integers(1, 40))
    def take_over(self, crm: str, steps: int) -> None:
        """A worker falls asleep in mid-pass; another one takes over."""
        if self.world.take_over(crm, steps):
            self.done("take over", crm)

    # --- passes -------------------------------------------------------------------------------------------

    @rule(crm=crms)
    def sync(self, crm: str) -> None:
        """A pass."""
        self.world.sync(crm)
        self.done("pass", crm)

    @rule(crm=crms, pick=picks, how=picks)
    def edit_between(self, crm: str, pick: int, how: int) -> None:
        """A person edits a lead after the pass has read it and before it writes it."""
        lead_id, edited = self.lead(crm, pick), []

        def meanwhile() -> None:
            self.change(crm, lead_id, how // 3)
            edited.append(lead_id)

        self.change(crm, lead_id, how)
        self.world.sync(crm, meet=meanwhile)
        if edited:
            self.done("edit between read and write", crm)
