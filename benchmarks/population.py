"""A make-believe crowd of leads, the same for the same seed: what benchmarks and the rep's test judge."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any, NamedTuple

import polars as pl

from qualifier.facts import (
    ACTIVE_KINDS,
    FACTS,
    INDUSTRIES,
    INSTANT,
    NEEDS,
    SOLUTIONS,
    TIMINGS,
    TOUCH_KINDS,
)
from qualifier.groups import Companies
from qualifier.qualify import PREVIOUS_COLUMNS

HISTORY_DAYS = 120
"""Touches lie so many days back; the newer, the more of them."""
PEOPLE_A_COMPANY = 4
_COUNTRIES = ("US", "GB", "DE", "FR", "SE", "BR", "IN", "JP")
_TITLES = ("Chief Executive", "Head of Operations", "IT Manager", "Buyer", "Engineer", "Working student")
_COMPANIES = (
    "Acorn Mills",
    "Brightwater",
    "Cobalt Works",
    "Dune & Sons",
    "Elmfield",
    "Fjord Lines",
    "Gannet",
)
_SIZES = ((1, 10), (11, 50), (50, 100), (120, 120), (500, 1000), (1000, float("inf")), (8000, 8000))
_MICROSECONDS_A_DAY = 86_400_000_000


class Crowd(NamedTuple):
    """The frames that `qualify()` takes."""

    facts: pl.DataFrame
    touches: pl.DataFrame
    companies: Companies
    previous: pl.DataFrame


def crowd(leads: int, touches_each: int, as_of: datetime, seed: int = 1) -> Crowd:
    """`leads` leads, each with so many touches before `as_of`; nobody was judged before."""
    draw = _Draw(leads, seed)
    facts = _facts(draw, as_of)
    touches = _touches(_Draw(leads * touches_each, seed + 1), leads, as_of)
    return Crowd(facts, touches, _companies(facts, touches), pl.DataFrame(schema=PREVIOUS_COLUMNS))


class _Draw:
    """Columns of chance; each drawing moves on to another seed."""

    def __init__(self, rows: int, seed: int) -> None:
        self.rows = rows
        self._seeds = count(seed * 1_000)

    def of(self, values: Sequence[Any], dtype: pl.DataType | None = None, *, known: float = 1.0) -> pl.Series:
        """One of `values` a row, evenly; NULL beyond the share `known`."""
        drawn = pl.Series(values, dtype=dtype).sample(
            self.rows, with_replacement=True, shuffle=True, seed=next(self._seeds)
        )
        return pl.select(pl.when(self.share() < known).then(drawn)).to_series()

    def share(self) -> pl.Series:
        """From 0 to 1, evenly."""
        steps = pl.int_range(1_000_000, eager=True)
        return steps.sample(self.rows, with_replacement=True, seed=next(self._seeds)) / 1_000_000

    def days_before(
        self, as_of: datetime, days: float, *, known: float = 1.0, bend: float = 1.0
    ) -> pl.Series:
        """Instants of the last days; the larger `bend`, the newer."""
        back = (self.share().pow(bend) * days * _MICROSECONDS_A_DAY).cast(pl.Int64).cast(pl.Duration("us"))
        instants = pl.repeat(as_of, self.rows, dtype=INSTANT, eager=True) - back
        return pl.select(pl.when(self.share() < known).then(instants)).to_series()


def _facts(draw: _Draw, as_of: datetime) -> pl.DataFrame:
    companies = max(1, draw.rows // PEOPLE_A_COMPANY)
    company = draw.of(range(companies), pl.Int64(), known=0.8)
    size = draw.of(range(len(_SIZES)), pl.Int64(), known=0.6)
    low, high = (pl.Series(values, dtype=pl.Float64) for values in zip(*_SIZES, strict=True))
    answered = {
        slot: draw.of(FACTS[f"answer_{slot}"].values, known=0.15)
        for slot in ("need", "goal", "role", "capacity", "timing")
    }
    return pl.DataFrame(
        {
            "lead": pl.int_range(1, draw.rows + 1, eager=True),
            "person": pl.int_range(1, draw.rows + 1, eager=True).cast(pl.String),
            "company": pl.Series(_COMPANIES).gather(company % len(_COMPANIES)),
            "domain": "firm-" + company.cast(pl.String) + ".example",
            "industry": draw.of(INDUSTRIES, known=0.7),
            "employees_low": low.gather(size),
            "employees_high": high.gather(size),
            "country": draw.of(_COUNTRIES, known=0.8),
            "title": draw.of(_TITLES, known=0.7),
            "role": draw.of(("decider", "champion", "influencer", "user"), known=0.2),
            "needs": draw.of([[need] for need in NEEDS] + [["growth", "reactive"]], known=0.3),
            "solution": draw.of(SOLUTIONS, known=0.3),
            "timing": draw.of(TIMINGS, known=0.2),
            "won_deals": draw.of((0.0, 0.0, 0.0, 1.0, 3.0), known=0.6),
            "email_optout": draw.of((False,) * 9 + (True,)),
            "bounced": draw.of((False,) * 49 + (True,)),
            "status": draw.of(("open", "open", "open", "working", "nurture", "closed")),
            "status_since": draw.days_before(as_of, 90),
            "created_at": draw.days_before(as_of, 300),
            "override": draw.of(("hot", "warm", "cold"), known=0.03),
            "override_since": draw.days_before(as_of, 40),
            **{f"answer_{slot}": words for slot, words in answered.items()},
            **{f"answer_{slot}_since": draw.days_before(as_of, 60) for slot in answered},
        }
    )


def _touches(draw: _Draw, leads: int, as_of: datetime) -> pl.DataFrame:
    kinds = draw.of(TOUCH_KINDS)
    at = draw.days_before(as_of, HISTORY_DAYS, bend=2)
    own = pl.DataFrame({"kind": kinds, "chance": draw.share()})
    flags = own.select(
        human=pl.col("kind").is_in(["call_made", "email_sent", "meeting_held"]) & (pl.col("chance") < 0.8),  # noqa: PLR2004 # a share
        conversation=pl.col("kind").is_in(["call_made", "meeting_held", "inbound_reply"])
        & (pl.col("chance") < 0.5),  # noqa: PLR2004 # a share
    )
    return pl.DataFrame(
        {
            "lead": pl.int_range(draw.rows, eager=True) % leads + 1,
            "kind": kinds,
            "at": at,
            "count": draw.of((1, 1, 1, 2), pl.Int64()),
            "name": pl.repeat(None, draw.rows, dtype=pl.String, eager=True),
            "human": flags["human"],
            "conversation": flags["conversation"],
            "logged_at": at + timedelta(minutes=1),
        }
    )


def _companies(facts: pl.DataFrame, touches: pl.DataFrame) -> Companies:
    people = facts.select("lead", "domain", "person", "role").filter(pl.col("domain").is_not_null())
    active = touches.filter(pl.col("kind").is_in(ACTIVE_KINDS)).select("lead", "at")
    known = people.group_by("domain").agg(leads=pl.col("person").n_unique().cast(pl.Int64))
    return Companies(active.join(people, on="lead").select("domain", "person", "at", "role"), known)
