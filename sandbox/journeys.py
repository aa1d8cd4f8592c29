"""When make-believe people act, and when our reps answer: one journey per person.

Visitors act mostly in office hours. One person in six is fresh: the last act lies a drawn number of *office
minutes* back, so that a list always shows answers that are due, nearly late and late, on a Sunday as well.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Literal

from sandbox import names
from sandbox.luck import Luck

Shape = Literal["both", "rich"]
Channel = Literal["form", "call", "meeting", "email"]


@dataclass(frozen=True, slots=True)
class Touch:
    """Something that happened. `at`: when it took place (a meeting: its start), UTC, whole seconds."""

    channel: Channel
    name: str
    at: datetime
    logged_at: datetime
    """When the CRM learned of it; a meeting is booked before it takes place."""
    direction: Literal["in", "out"] = "in"
    seconds: int | None = None
    """How long a call or meeting lasted."""
    connected: bool = False
    """Whether a call reached somebody."""
    by: int | None = None
    """The rep who took part, by place in `Population.reps`; None for the person's own acts."""


OFFICE_OPENS = time(9)
OFFICE_CLOSES = time(18)
OFFICE_NIGHT = timedelta(hours=15)
FRIDAY = 4
A_MINUTE = timedelta(minutes=1)

FRESH_BANDS = ((1, 9), (12, 14), (16, 170), (185, 235), (245, 400), (410, 530), (560, 2_400))
"""Office minutes back, from–to. With the usual agreement (15 minutes, four hours, one day of nine hours) an
answer that is still missing is then due, at risk or late."""
FRESH_WISHES = {"demo": 9, "contact": 7, "quote": 4, "trial": 4, "webinar": 3, "event": 3, "content": 8}
WISHES = {**FRESH_WISHES, "webinar": 12, "event": 9, "content": 28, "careers": 4, "pitch": 3}
"""What people want when they fill in a form, with weights."""
HAND_RAISES = ("demo", "contact", "quote", "trial")


def journey(luck: Luck, now: datetime, shape: Shape) -> tuple[datetime, list[Touch]]:
    """When the person's record was made, and what has happened since, oldest first."""
    created_at, touches = _fresh(luck, now) if luck.strikes(0.17) else _settled(luck, now)
    if shape == "rich" and luck.strikes(0.05):
        touches = [_logged_late(touch, now) for touch in touches]
    return created_at, sorted(touches, key=lambda touch: touch.at)


def _fresh(luck: Luck, now: datetime) -> tuple[datetime, list[Touch]]:
    """Somebody who came, or came back, within days; most of them wait for an answer."""
    came = office_minutes_before(now, luck.uniform(*luck.choice(FRESH_BANDS)))
    created_at = came if luck.strikes(0.6) else came - timedelta(seconds=luck.randint(86_400, 20_000_000))
    touches = [_form(luck.pick(FRESH_WISHES), came, luck)]
    if created_at != came and luck.strikes(0.5):
        touches.append(_form("careers" if luck.strikes(0.05) else "webinar", created_at, luck))
    if luck.strikes(0.4):
        touches += _answer(came, luck, now)
    return created_at, _one_form_each(touches)


def _settled(luck: Luck, now: datetime) -> tuple[datetime, list[Touch]]:
    """Somebody whose record is a day to a year old."""
    days = luck.choice((luck.uniform(0.5, 30), luck.uniform(7, 90), luck.uniform(30, 360)))
    created_at = (now - timedelta(days=days)).replace(microsecond=0)
    if luck.strikes(0.4):  # nothing ever happened
        return created_at, []
    touches: list[Touch] = []
    for place in range(luck.choices((0, 1, 2), weights=(18, 55, 27))[0]):
        wish = luck.pick(WISHES)
        # Not at once: of two conversions in one second, HubSpot's dates could not tell which came first.
        at = luck.moment(created_at + A_MINUTE, now, early=1.5) if place else created_at
        touches.append(_form(wish, at, luck))
        if wish in HAND_RAISES and luck.strikes(0.75):
            touches += _answer(at, luck, now)
    return created_at, _one_form_each(touches + _further(created_at, luck, now))


def _one_form_each(touches: list[Touch]) -> list[Touch]:
    """Nobody fills in one form twice: a campaign has one member per lead (salesforce.md §3.2)."""
    first = {touch.name: touch for touch in reversed(touches) if touch.channel == "form"}
    return [touch for touch in touches if touch.channel != "form" or first[touch.name] is touch]


def _further(since: datetime, luck: Luck, now: datetime) -> list[Touch]:
    """What else went on: calls in and out, mails, meetings held and booked."""
    makers: tuple[tuple[float, Callable[[datetime, Luck], Touch]], ...] = (
        (0.07, _inbound_call),
        (0.30, _outbound_call),
        (0.09, _reply),
        (0.25, _mail),
        (0.12, _meeting),
    )
    made = [make(luck.moment(since, now, early=1.5), luck) for share, make in makers if luck.strikes(share)]
    if luck.strikes(0.03):
        made.append(_booked(since, luck, now))
    known = [replace(touch, logged_at=max(touch.logged_at, since)) for touch in made]
    return [touch for touch in known if not _is_under_way(touch, now)]


def _answer(at: datetime, luck: Luck, now: datetime) -> list[Touch]:
    """Our call or mail after a hand-raise: some in minutes, some in hours; none from the future."""
    answered = at + timedelta(minutes=luck.choice((4, 8, 13, 22, 60, 200, 600)), seconds=luck.randint(0, 59))
    make = _outbound_call if luck.strikes(0.7) else _mail
    return [make(answered, luck)] if answered <= now - A_MINUTE else []


def _form(wish: str, at: datetime, luck: Luck) -> Touch:
    return Touch("form", luck.choice(names.FORMS[wish]), at, logged_at=at)


def _outbound_call(at: datetime, luck: Luck) -> Touch:
    reached = luck.strikes(0.45)
    seconds = luck.randint(60, 1_500) if reached else luck.randint(0, 40)
    return Touch("call", "Call", at, at, "out", seconds, reached, _rep(luck))


def _inbound_call(at: datetime, luck: Luck) -> Touch:
    return Touch("call", "Call from the lead", at, at, "in", luck.randint(70, 1_500), True, _rep(luck))  # noqa: FBT003  # `connected`, in the order of the fields


def _mail(at: datetime, luck: Luck) -> Touch:
    return Touch("email", "Following up", at, at, "out", by=_rep(luck))


def _reply(at: datetime, luck: Luck) -> Touch:
    return Touch("email", "Re: Following up", at, at, "in", by=_rep(luck))


def _meeting(at: datetime, luck: Luck) -> Touch:
    booked = at - timedelta(minutes=luck.randint(60, 8_000))
    return Touch("meeting", "Meeting", at, booked, "out", luck.choice((1_800, 2_700, 3_600)), by=_rep(luck))


def _booked(since: datetime, luck: Luck, now: datetime) -> Touch:
    booked = luck.moment(max(since, now - timedelta(days=10)), now)
    ahead = now.replace(minute=0, second=0) + timedelta(days=luck.randint(1, 12))
    return Touch("meeting", "Meeting", ahead, booked, "out", 1_800, by=_rep(luck))


def _rep(luck: Luck) -> int:
    return luck.randrange(len(names.REPS))


def _is_under_way(touch: Touch, now: datetime) -> bool:
    """Whether a meeting was held would depend on the second of the poll: there are none at `now`."""
    ends_at = touch.at + timedelta(seconds=touch.seconds or 0)
    return touch.channel == "meeting" and touch.at <= now <= ends_at


def _logged_late(touch: Touch, now: datetime) -> Touch:
    """A call that the rep wrote down the next day."""
    if touch.channel != "call":
        return touch
    return replace(touch, logged_at=min(touch.at + timedelta(hours=20), now))


def office_minutes_before(now: datetime, minutes: float) -> datetime:
    """The moment that lies so many minutes of an office week (Monday to Friday, 9 to 18 UTC) before `now`."""
    moment, left = now.astimezone(UTC), timedelta(minutes=minutes)
    while True:
        opens = datetime.combine(moment.date(), OFFICE_OPENS, UTC)
        closes = datetime.combine(moment.date(), OFFICE_CLOSES, UTC)
        if moment.weekday() <= FRIDAY and moment > opens:
            end = min(moment, closes)
            if end - left >= opens:
                return (end - left).replace(microsecond=0)
            left -= end - opens
        moment = opens - OFFICE_NIGHT
