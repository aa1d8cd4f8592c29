"""What people do in two CRMs, and the time that passes, as rules of a stateful machine."""

import tempfile
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from config.playbook_file import load_playbook
from connectors.base import (
    CompanyRecord,
    Gone,
    LeadRecord,
    TouchRecord,
    Value,
)
from qualifier.playbook import Playbook
from tests.soak.crm import Crm
from tests.soak.mortal import empty_store
from tests.soak.truth import living
from tests.soak.world import NAMES, World

COUNTS: Counter[str] = Counter()
"""How often each rule had an effect, over all runs of this process."""

READ: dict[str, tuple[Value, ...]] = {
    "industry": ("software", "retail", "agriculture", None),
    "employees": ((80.0, 80.0), (2.0, 9.0), None),
    "role": ("decider", "user", "none", None),
    "goal": ("grow", "reduce_cost", None),
    "solution": ("competitor", "none", None),
    "timing": ("now", "later", None),
    "status": ("open", "working", "closed"),
    "answer_need": ("reactive", "asked_not_known", None),
    "answer_role": ("champion", "asked_not_known", None),
    "verdict": ("qualified", "not_now", None),
    "override": ("hot", "cold", None),
    "email_optout": (True, None),
    "bounced": (True, None),
}
"""Facts that the playbook reads, and what a person may set them to."""
UNREAD: dict[str, tuple[Value, ...]] = {"annual_revenue": (5.0, 7.0, None), "budget": (9.0, None)}
STRONG = ("demo_request", "contact_request", "pricing_page", "webinar", "inbound_reply", "content_download")
WEAK = ("email_open", "site_visit")
HUMAN = ("call_made", "meeting_held", "email_sent")
TEXTS = (None, "Our old system had an outage again.", "We need to be ready for the audit.")
DOMAINS = tuple(f"{one}.example" for one in ("acme", "birch", "cedar", "delta"))
PEOPLE = tuple(f"p{one}@mail.example" for one in range(9))

names = st.sampled_from(NAMES)
picks = st.integers(0, 9_999)
Gap = Literal["minutes", "hours", "days"]
FEWEST = 3
"""Leads that nobody makes leave."""


@cache
def playbooks() -> tuple[Playbook, ...]:
    """The built-in playbook and two others: one with other points, one with other needs as well."""
    plain = load_playbook()
    data = plain.model_dump()
    data |= {"version": "2.0"}
    data["criteria"][0]["signals"][0]["points"] = 2
    other = Playbook.model_validate(data)
    data |= {"version": "3.0"}
    data["needs"]["compliance"]["pattern"] = "outage"
    return plain, other, Playbook.model_validate(data)


@cache
def empty() -> Path:
    """A migrated store to copy."""
    return empty_store(Path(tempfile.mkdtemp(prefix="leadline-soak-")))


class People(RuleBasedStateMachine):
    """Rules over a `World`. `leads`: how many each CRM holds at the start."""

    leads = 12

    def __init__(self) -> None:
        """A new world in a folder of its own."""
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="leadline-machine-")
        self.world = World(Path(self.folder.name) / "store.db", empty(), playbooks())
        self.made: Counter[str] = Counter()
        for name in NAMES:
            for number in range(self.leads):
                self._create(name, number * 7, ago=timedelta(hours=5 * number))

    @initialize(synced=st.booleans())
    def begin(self, *, synced: bool) -> None:
        """Half of all stories begin before the first sync."""
        if synced:
            self.world.rest(hours=False)

    def teardown(self) -> None:
        """However the story went, it must come to rest."""
        try:
            self.world.rest(hours=True)
        finally:
            self.world.close()
            self.folder.cleanup()

    # --- picking ------------------------------------------------------------------------------------------

    def _crm(self, name: str) -> Crm:
        return self.world.crms[name]

    def _lead(self, name: str, pick: int) -> LeadRecord | None:
        """A living lead that no transaction holds."""
        free = [one for one in living(self._crm(name)) if (name, one.id) not in self.world.moving]
        return free[pick % len(free)] if free else None

    def _edit(self, name: str, lead: LeadRecord, fact: str, value: Value) -> None:
        """A person saves a lead; it is news where a fact that may be read takes another value."""
        crm = self._crm(name)
        crm.edit(lead.id, **{fact: value})
        if lead.facts.get(fact) != value:
            self.world.cause(name, lead.id, news=fact not in crm.withdrawn)

    def _source(self, name: str) -> str:
        self.made[f"{name} touch"] += 1
        return f"T{self.made[f'{name} touch']}"

    # --- people at work -----------------------------------------------------------------------------------

    def _create(self, name: str, pick: int, ago: timedelta = timedelta(0)) -> str:
        crm = self._crm(name)
        self.made[name] += 1
        lead_id = f"L{self.made[name]:04}"
        facts = {fact: values[pick % len(values)] for fact, values in READ.items() if (pick >> 3) % 3 == 0}
        domain = DOMAINS[pick % len(DOMAINS)] if pick % 3 else None
        record = crm.put_lead(
            lead_id,
            facts,
            created_at=crm.now - ago,
            text=TEXTS[pick % len(TEXTS)],
            domains=(domain,) if domain else (),
            email=PEOPLE[pick % len(PEOPLE)] if pick % 4 else None,
            company_id=f"C{pick % 3}" if pick % 5 == 0 and domain else None,
        )
        self.world.cause(name, record.id)
        return lead_id

    @rule(name=names, pick=picks)
    def create(self, name: str, pick: int) -> None:
        """A lead comes in."""
        self._create(name, pick)
        COUNTS["create"] += 1

    @rule(name=names, pick=picks, fact=st.sampled_from(sorted(READ)), value=picks)
    def edit(self, name: str, pick: int, fact: str, value: int) -> None:
        """A person changes what the playbook reads."""
        if lead := self._lead(name, pick):
            self._edit(name, lead, fact, READ[fact][value % len(READ[fact])])
            COUNTS["edit"] += 1

    @rule(name=names, pick=picks, fact=st.sampled_from(sorted(UNREAD)), value=picks)
    def edit_unread(self, name: str, pick: int, fact: str, value: int) -> None:
        """A person changes what nobody reads."""
        if lead := self._lead(name, pick):
            self._crm(name).edit(lead.id, **{fact: UNREAD[fact][value % len(UNREAD[fact])]})
            self.world.unread[name, lead.id] = self.world.now
            COUNTS["edit unread"] += 1

    @rule(name=names, pick=picks, value=picks)
    def rewrite_text(self, name: str, pick: int, value: int) -> None:
        """The free text shows another need, or none."""
        if lead := self._lead(name, pick):
            self._put(name, replace(lead, text=TEXTS[value % len(TEXTS)]))
            COUNTS["text"] += 1

    @rule(name=names, pick=picks, value=picks)
    def move_company(self, name: str, pick: int, value: int) -> None:
        """A lead is found to work somewhere else."""
        if lead := self._lead(name, pick):
            self._put(name, replace(lead, domains=(DOMAINS[value % len(DOMAINS)],)))
            COUNTS["move company"] += 1

    @rule(name=names, pick=picks)
    def move_scope(self, name: str, pick: int) -> None:
        """A lead leaves the records that Leadline may write, or comes back."""
        if lead := self._lead(name, pick):
            self._put(name, replace(lead, in_scope=not lead.in_scope))
            COUNTS["scope"] += 1

    def _put(self, name: str, record: LeadRecord) -> None:
        crm = self._crm(name)
        crm._store("lead", record.id, replace(record, modified_at=crm.now))
        self.world.cause(name, record.id, news=False)

    def _touch(self, name: str, pick: int, kind: str, **parts: Any) -> LeadRecord | None:
        lead = self._lead(name, pick)
        if lead is not None:
            crm = self._crm(name)
            crm.put_touch(TouchRecord(self._source(name), lead.id, kind, crm.now, **parts))
        return lead

    @rule(name=names, pick=picks, kind=st.sampled_from(STRONG))
    def touch_strong(self, name: str, pick: int, kind: str) -> None:
        """A lead does something on purpose."""
        if lead := self._touch(name, pick, kind):
            self.world.cause(name, lead.id)
            COUNTS["touch strong"] += 1

    @rule(name=names, pick=picks, kind=st.sampled_from(WEAK), count=st.integers(1, 9))
    def touch_weak(self, name: str, pick: int, kind: str, count: int) -> None:
        """A lead opens a mail or visits the site."""
        if self._touch(name, pick, kind, count=count):
            COUNTS["touch weak"] += 1

    @rule(name=names, pick=picks, kind=st.sampled_from(HUMAN))
    def touch_human(self, name: str, pick: int, kind: str) -> None:
        """One of our people talks to a lead."""
        if lead := self._touch(name, pick, kind, human=True, conversation=kind == "meeting_held"):
            self.world.cause(name, lead.id)
            COUNTS["touch human"] += 1

    @rule(name=names, pick=picks, minutes=st.integers(1, 55), value=picks, new=st.booleans())
    def commit_late(self, name: str, pick: int, minutes: int, value: int, *, new: bool) -> None:
        """A transaction stamped now becomes visible within the overlap or, later, in the second look."""
        crm, world, stamp = self._crm(name), self.world, self._crm(name).now
        if new:
            self.made[name] += 1
            lead_id = f"L{self.made[name]:04}"
            like = living(crm)[pick % len(living(crm))]
            facts = {**like.facts, "created_at": stamp}
            record = replace(like, id=lead_id, created_at=stamp, modified_at=stamp, facts=facts)
        else:
            lead = self._lead(name, pick)
            facts = {"industry": READ["industry"][value % 4]}
            if lead is None:
                return
            record = replace(lead, facts={**lead.facts, **facts}, modified_at=stamp)
        key = name, record.id
        crm.locked.add(record.id)
        world.moving.add(key)

        def commit() -> None:
            crm.commit("lead", record.id, record, stamp)
            crm.locked.discard(record.id)
            world.moving.discard(key)
            world.causes[key] = max(world.causes.get(key, stamp), stamp + timedelta(minutes=130))

        world.late.append((stamp + timedelta(minutes=minutes), commit))
        COUNTS["late commit"] += 1

    @rule(name=names, pick=picks, minutes=st.integers(1, 55), value=picks)
    def index_late(self, name: str, pick: int, minutes: int, value: int) -> None:
        """The primary store has an edit at once, the index that polls read only later."""
        if lead := self._lead(name, pick):
            crm = self._crm(name)
            crm.lag = timedelta(minutes=minutes)
            crm.edit(lead.id, industry=READ["industry"][value % 4])
            crm.lag = timedelta(0)
            self.world.cause(name, lead.id, crm.now + timedelta(minutes=130))
            self.world.fresh.pop((name, lead.id), None)
            COUNTS["index late"] += 1

    def _leave(self, name: str, pick: int, why: Literal["deleted", "merged", "converted"]) -> None:
        living_here = living(self._crm(name))
        lead = self._lead(name, pick)
        if lead and len(living_here) > FEWEST:
            into = next(one.id for one in living_here if one.id != lead.id) if why == "merged" else None
            self._crm(name).lose(Gone(lead.id, why, into))
            self.world.fresh.pop((name, lead.id), None)
            COUNTS[why] += 1

    @rule(name=names, pick=picks)
    def delete(self, name: str, pick: int) -> None:
        """A lead is deleted."""
        self._leave(name, pick, "deleted")

    @rule(name=names, pick=picks)
    def merge(self, name: str, pick: int) -> None:
        """A lead is merged into another one."""
        self._leave(name, pick, "merged")

    @rule(name=names, pick=picks)
    def convert(self, name: str, pick: int) -> None:
        """A lead is converted."""
        self._leave(name, pick, "converted")

    @rule(name=names, pick=picks)
    def undelete(self, name: str, pick: int) -> None:
        """A lead comes back from the bin; out of an empty one, who has just been deleted."""
        if not self.bin(name):
            self.delete(name, pick)
        if binned := self.bin(name):
            lead_id = binned[pick % len(binned)]
            self._crm(name).put_lead(lead_id, {"industry": "software"})
            self.world.cause(name, lead_id)
            COUNTS["undelete"] += 1

    def bin(self, name: str) -> list[str]:
        """Ids of the leads that left a CRM."""
        records = self._crm(name).latest("lead").values()
        return [one.lead_id for one in records if isinstance(one, Gone)]

    @rule(name=names, pick=picks, won=st.booleans(), days=st.integers(0, 2000))
    def deal(self, name: str, pick: int, days: int, *, won: bool) -> None:
        """A deal with a company is won, or was no deal after all."""
        crm = self._crm(name)
        crm.put_deal(f"D{pick % 4}", f"C{pick % 3}", won=won, won_on=date(2026, 11, 1) - timedelta(days=days))
        self.world.cause_all(name)
        COUNTS["deal"] += 1

    @rule(name=names, pick=picks, value=picks)
    def company(self, name: str, pick: int, value: int) -> None:
        """A company's record changes."""
        facts = {"industry": READ["industry"][value % 4], "country": "DE" if value % 2 else None}
        domain = DOMAINS[pick % 3] if value % 3 else None
        self._crm(name).put_company(CompanyRecord(f"C{pick % 3}", f"Company {pick % 3}", domain, facts))
        self.world.cause_all(name)
        COUNTS["company"] += 1

    @rule(minutes=st.integers(1, 50), gap=st.sampled_from(["minutes", "hours", "days"]))
    def advance(self, minutes: int, gap: Gap) -> None:
        """Time passes."""
        by = {"minutes": minutes, "hours": 11 * minutes, "days": 144 * minutes}[gap]
        self.world.advance(timedelta(minutes=by))
        COUNTS["advance"] += 1
