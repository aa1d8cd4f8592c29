"""Make-believe people, companies and what happened between them and us: seeded, realistic, full of gaps.

`generate` says what is true in the world; the `fill_…` modules say it in each CRM's own words. With
`shape="both"` it says only what Salesforce and HubSpot can both express exactly: whole seconds, at most two
form conversions a person, no page views. With `shape="rich"` each CRM also gets what only it knows.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sandbox import names
from sandbox.journeys import Shape, Touch, journey
from sandbox.luck import Luck

SIZES = ("1-5", "5-25", "25-50", "50-100", "100-500", "500-1000", "1000+")
"""What a form lets people pick for the number of employees (hubspot.md §3.1, numemployees)."""
OLDEST_RECORD_DAYS = 355
"""When the seller moved into this CRM: nothing in it is older, though deals were won before."""


@dataclass(frozen=True, slots=True)
class Web:
    """Running totals of a website and of marketing mail, as only HubSpot keeps them."""

    visits: int
    views: int
    last_url: str
    last_visit: datetime
    opens: int = 0
    clicks: int = 0
    last_open: datetime | None = None
    last_click: datetime | None = None


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal with a company; `closed_on` is the day on which it was won or lost."""

    name: str
    amount: int
    closed_on: date
    won: bool


@dataclass(frozen=True, slots=True)
class Company:
    """A company that the CRM keeps a record of; None where nobody filled the field in."""

    name: str
    domain: str
    industry: str | None
    """A canonical word, e.g. `financial_services`."""
    employees: int | None
    country: str | None
    created_at: datetime
    deals: tuple[Deal, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """A lead. Words are canonical (`decider`, `working`); each CRM's own words are the filler's affair."""

    first: str
    last: str
    email: str | None
    title: str | None
    company: int | None
    """Its place in `Population.companies`; None where the CRM knows no company."""
    company_name: str | None
    country: str | None
    role: str | None
    solution: str | None
    timing: str | None
    status: str
    source: str
    message: str | None
    email_optout: bool
    call_optout: bool
    profiling_optout: bool
    bounced_at: datetime | None
    created_at: datetime
    owner: int
    """A rep, by place in `Population.reps`."""
    touches: tuple[Touch, ...] = ()
    web: Web | None = None
    employees_between: str | None = None
    """What the person picked on a form: `50-100`; only in rich shape, only without a company."""


@dataclass(frozen=True, slots=True)
class Population:
    """Everybody, as of `now`. The same seed, size, shape and now give the same population."""

    now: datetime
    seed: int
    shape: Shape
    reps: tuple[str, ...]
    companies: tuple[Company, ...]
    people: tuple[Person, ...]


def generate(n: int, *, seed: int, now: datetime, shape: Shape = "both") -> Population:
    """Invent `n` people and the companies of some, as they stand at `now` (aware; taken to the second).

    Raises ValueError for a negative `n` or a `now` without a zone.
    """
    if n < 0:
        raise ValueError(f"Cannot generate {n} people: give a number from 0 up.")
    if now.tzinfo is None:
        raise ValueError(f"Cannot generate people as of {now.isoformat()}: the time has no zone; add one.")
    now = now.replace(microsecond=0)
    luck = Luck(f"{seed}/{shape}")
    companies = _companies(max(1, n // 9), luck, now) if n else ()
    people = tuple(_person(number, companies, luck, now, shape) for number in range(n))
    return Population(now, seed, shape, names.REPS, companies, people)


def _companies(count: int, luck: Luck, now: datetime) -> tuple[Company, ...]:
    taken: set[str] = set()
    return tuple(_company(luck, now, taken) for _ in range(count))


def _company(luck: Luck, now: datetime, taken: set[str]) -> Company:
    written, latin = _spellings(luck.choice(names.COMPANY_STEMS))
    kind = luck.choice(tuple(names.INDUSTRY_OF_KIND))
    mark = luck.choice(names.COMPANY_MARKS) if luck.strikes(0.04) else ""
    domain = _free_domain(f"{_slug(latin)}-{_slug(kind)}", taken)
    created_at = now - timedelta(days=luck.randint(20, OLDEST_RECORD_DAYS), seconds=luck.randint(0, 86_399))
    return Company(
        name=f"{written} {kind}{mark}",
        domain=domain,
        industry=names.INDUSTRY_OF_KIND[kind] if luck.strikes(0.85) else None,
        employees=_headcount(luck) if luck.strikes(0.82) else None,
        country=_country(luck) if luck.strikes(0.92) else None,
        created_at=created_at,
        deals=_deals(f"{written} {kind}", luck, now),
    )


def _free_domain(stem: str, taken: set[str]) -> str:
    domain, number = f"{stem}.example", 1
    while domain in taken:
        number += 1
        domain = f"{stem}-{number}.example"
    taken.add(domain)
    return domain


def _deals(name: str, luck: Luck, now: datetime) -> tuple[Deal, ...]:
    """One company in five has bought before; some have only ever said no."""
    history = luck.choices((0, 1, 2, 3), weights=(70, 18, 8, 4))[0]
    return tuple(
        Deal(
            name=f"{name} – {luck.choice(('licence', 'roll-out', 'renewal', 'pilot'))}",
            amount=luck.randint(4, 90) * 1_000,
            closed_on=(now - timedelta(days=luck.randint(20, 900))).date(),
            won=luck.strikes(0.7),
        )
        for _ in range(history)
    )


def _person(number: int, companies: Sequence[Company], luck: Luck, now: datetime, shape: Shape) -> Person:
    first, last, local = _name(luck)
    place = _workplace(companies, luck)
    company = None if place is None else companies[place]
    company_name, email = _address(company, local, number, luck)
    created_at, touches = journey(luck, now, shape)
    email_optout, call_optout = _optouts(luck)
    return Person(
        first=first,
        last=last,
        email=email,
        title=luck.choice(names.TITLES) if luck.strikes(0.7) else None,
        company=place,
        company_name=company_name,
        country=company.country if company else (_country(luck) if luck.strikes(0.6) else None),
        role=_maybe(luck, 0.35, {"decider": 3, "champion": 2, "user": 3, "influencer": 2, "none": 1}),
        solution=_maybe(luck, 0.28, {"competitor": 4, "similar": 2, "none": 4}),
        timing=_maybe(luck, 0.06, {"now": 1, "quarter": 2, "half_year": 2, "later": 2}),
        status=luck.pick({"open": 68, "working": 20, "nurture": 7, "closed": 5}),
        source=_source(luck, shape),
        message=_message(luck) if any(touch.channel == "form" for touch in touches) else None,
        email_optout=email_optout,
        call_optout=call_optout,
        profiling_optout=luck.strikes(0.004),
        bounced_at=luck.moment(created_at, now) if luck.strikes(0.008) else None,
        created_at=created_at,
        owner=luck.randrange(len(names.REPS)),
        touches=tuple(touches),
        web=_web(created_at, luck, now) if shape == "rich" and luck.strikes(0.5) else None,
        employees_between=_picked_size(luck) if shape == "rich" and company is None else None,
    )


def _workplace(companies: Sequence[Company], luck: Luck) -> int | None:
    """A place among the companies; the square makes a few of them crowded, as in life."""
    if not companies or not luck.strikes(0.4):
        return None
    return int(len(companies) * luck.random() ** 2)


def _name(luck: Luck) -> tuple[str, str, str]:
    """First and last name as written, and a Latin local part for the address."""
    culture = luck.choices(names.CULTURES, weights=[one.weight for one in names.CULTURES])[0]
    first, first_latin = _spellings(luck.choice(culture.given))
    last, last_latin = _spellings(luck.choice(culture.family))
    return first, last, f"{_slug(first_latin)}.{_slug(last_latin)}"


def _address(company: Company | None, local: str, number: int, luck: Luck) -> tuple[str | None, str | None]:
    """Company name and e-mail address: at work, at a firm that the CRM has no record of, or private.

    The running number keeps private addresses unlike anybody's real one.
    """
    if company is not None:
        return company.name, f"{local}.{number}@{company.domain}"
    if luck.strikes(0.4):
        written, latin = _spellings(luck.choice(names.COMPANY_STEMS))
        kind = luck.choice(names.COMPANY_KINDS)
        return f"{written} {kind}", f"{local}@{_slug(latin)}-{_slug(kind)}-{number}.example"
    if luck.strikes(0.95):
        return None, f"{local}.{luck.randint(10**7, 10**8 - 1)}.{number}@{luck.choice(names.FREE_MAIL)}"
    return None, None


def _optouts(luck: Luck) -> tuple[bool, bool]:
    """Opted out of e-mail, of calls; one in seventy of both."""
    choice = luck.pick({"none": 900, "email": 56, "call": 30, "both": 14})
    return choice in ("email", "both"), choice in ("call", "both")


def _message(luck: Luck) -> str | None:
    if luck.strikes(0.45):
        return None
    need = luck.pick({"reactive": 5, "preventive": 4, "growth": 8, "compliance": 3, "": 6})
    return luck.choice(names.MESSAGES[need])


def _source(luck: Luck, shape: Shape) -> str:
    if shape == "rich" and luck.strikes(0.12):
        return luck.choice(names.TELLING_SOURCES)
    return luck.choice(names.SOURCES)


def _web(created_at: datetime, luck: Luck, now: datetime) -> Web:
    visits = 1 + int(luck.expovariate(0.35))
    opens = luck.choices((0, 1, 3, 9), weights=(50, 25, 15, 10))[0]
    clicks = min(opens, luck.choice((0, 0, 1, 2)))
    return Web(
        visits=visits,
        views=visits * luck.randint(1, 5),
        last_url=f"https://www.our-own-shop.example{luck.choice(names.PAGES)}",
        last_visit=luck.moment(created_at, now),
        opens=opens,
        clicks=clicks,
        last_open=luck.moment(created_at, now) if opens else None,
        last_click=luck.moment(created_at, now) if clicks else None,
    )


def _picked_size(luck: Luck) -> str | None:
    return luck.choice(SIZES) if luck.strikes(0.5) else None


def _maybe(luck: Luck, share: float, words: Mapping[str, float]) -> str | None:
    return luck.pick(words) if luck.strikes(share) else None


def _headcount(luck: Luck) -> int:
    """Log-normal: the median company has 120 people."""
    return max(1, min(60_000, round(luck.lognormvariate(4.8, 1.6))))


def _country(luck: Luck) -> str:
    return luck.pick(names.COUNTRIES)


def _spellings(name: str) -> tuple[str, str]:
    written, _, latin = name.partition("/")
    return written, latin or written


_LATIN = str.maketrans({"ł": "l", "ø": "o", "æ": "ae", "ı": "i", "ß": "ss", "đ": "d"})
"""Letters that Unicode does not take apart."""


def _slug(text: str) -> str:
    """Lower-case ASCII letters and digits: `Müßigbrodt` → `mussigbrodt`, `D'Arcy-Holt` → `darcyholt`."""
    folded = text.lower().translate(_LATIN)
    ascii_only = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", ascii_only) or "x"
