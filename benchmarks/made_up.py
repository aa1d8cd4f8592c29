"""A CRM of any size that keeps nothing: its leads are made when they are read, always the same ones.

The sandbox holds every record of a portal in memory, a million leads would take it gigabytes and minutes;
and what is measured with this one is the worker beside it.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from connectors.base import Delivery, Keyset, LeadRecord, Outcome, Page, Stamps, TouchRecord, Value, Window
from connectors.memory import MemoryConnector
from qualifier.facts import HAND_RAISES, INDUSTRIES, OWN_ACTS, ROLES, SOLUTIONS, TIMINGS, TOUCH_KINDS

PAGE = 200
MOST_TOUCHES = 8
NEWEST_WITHIN = timedelta(days=60)
HAND_RAISE_SHARE = 0.2
"""1 to 8 touches a lead, the newest uniform over 60 days, 20 % hand-raises: the population of design.md."""
APART = timedelta(days=30)
"""The touches before the newest one lie at most so far apart."""
PEOPLE_A_COMPANY = 1
"""Everybody alone: colleagues who all fall silent on one day would turn each other's scores."""
_QUIET_KINDS = tuple(kind for kind in TOUCH_KINDS if kind not in HAND_RAISES)
_SIZES = ((1.0, 10.0), (11.0, 50.0), (50.0, 100.0), (120.0, 120.0), (500.0, 1000.0))
_COUNTRIES = ("US", "GB", "DE", "FR")


class MadeUpCrm(MemoryConnector):
    """`leads` leads, all created before `now`; what happens afterwards is only that time passes."""

    streams: tuple[str, ...] = ("lead",)
    lags = False

    def __init__(self, leads: int, *, now: datetime) -> None:
        super().__init__("made-up", now=now)
        self.leads = leads
        self.began = now
        self.delivered: list[Delivery] = []
        """What the last pass wrote; whoever reads it clears it."""
        self.keeps = False
        """Whether `delivered` is filled."""

    def changes(
        self,
        stream: str,  # noqa: ARG002  # the port's name; there is one stream
        window: Window,
        after: Keyset | None = None,
        own: Stamps | None = None,  # noqa: ARG002  # as above
    ) -> Iterator[Page]:
        """History holds everybody; nothing ever changes."""
        if not window.newest_first:
            self._call("changes")
            yield Page()
            return
        start = int(after.id) if after else 0
        while start < self.leads:
            self._call("changes")
            end = min(start + PAGE, self.leads)
            page = tuple(make_lead(number, self.began) for number in range(start, end))
            yield Page(leads=page, after=Keyset(self.began, str(end)) if end < self.leads else None)
            start = end

    def departures(self, window: Window) -> Iterator[Page]:  # noqa: ARG002  # as above
        """Nobody leaves."""
        yield Page()

    def deliver(self, batch: Sequence[Delivery]) -> list[Outcome]:
        """Everything is written."""
        self._call("deliver")
        if self.keeps:
            self.delivered += batch
        return [Outcome(one.lead_id, "written", stamped_at=self.now) for one in batch]


def make_lead(number: int, now: datetime) -> LeadRecord:
    """Lead `number`, the same for the same number, with its touches."""
    chance = Random(number)  # noqa: S311  # make-believe
    lead_id, company = f"{number:09}", number // PEOPLE_A_COMPANY
    touches = tuple(_touches(lead_id, now, chance))
    created = min(touch.at for touch in touches) - timedelta(hours=1)
    facts: dict[str, Value] = {
        "company": f"Company {company}",
        "industry": _perhaps(INDUSTRIES, chance),
        "employees": _perhaps(_SIZES, chance),
        "country": _perhaps(_COUNTRIES, chance),
        "title": _perhaps(("Head of Operations", "IT Manager", "Buyer"), chance),
        "role": _perhaps(ROLES, chance),
        "solution": _perhaps(SOLUTIONS, chance),
        "timing": _perhaps(TIMINGS, chance),
        "status": chance.choice(("open", "open", "open", "working", "nurture", "closed")),
    }
    domain = f"firm-{company}.example"
    return LeadRecord(
        lead_id,
        created,
        created,
        facts,
        created_by="integration",
        domains=(domain,),
        email=f"p{number}@{domain}",
        touches=touches,
    )


def _touches(lead_id: str, now: datetime, chance: Random) -> Iterator[TouchRecord]:
    at = now - NEWEST_WITHIN * chance.random()
    for place in range(chance.randint(1, MOST_TOUCHES)):
        raises_hand = chance.random() < HAND_RAISE_SHARE
        kind = chance.choice(tuple(HAND_RAISES) if raises_hand else _QUIET_KINDS)
        own = kind in OWN_ACTS
        yield TouchRecord(f"{lead_id}:{place}", lead_id, kind, at, human=own, conversation=own, logged_at=at)
        at -= APART * chance.random()


def _perhaps(values: Sequence[Value], chance: Random) -> Value:
    """Half of all values are unknown, as in life."""
    return chance.choice(values) if chance.random() < 0.5 else None  # noqa: PLR2004  # a share
