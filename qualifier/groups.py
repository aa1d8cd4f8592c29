"""The buying group: people of one company who were active lately, one view across both CRMs."""

from datetime import datetime, timedelta
from typing import NamedTuple

import polars as pl

from qualifier.columns import instant
from qualifier.facts import INSTANT, ROLES

ACTIVE = timedelta(days=30)
CROWD = 200
"""Known leads above which a domain is no company whose people know each other (a group, a provider)."""
GROUP_ROLES = tuple(role for role in ROLES if role != "none")

ACTIVITY_COLUMNS = {"domain": pl.String(), "person": pl.String(), "at": INSTANT, "role": pl.String()}
KNOWN_COLUMNS = {"domain": pl.String(), "leads": pl.Int64()}
_ROLE_COLUMNS = [f"group:{role}" for role in GROUP_ROLES]


class Companies(NamedTuple):
    """What is known of companies beside the leads being judged.

    `activity`: who of a company (`domain`) did something of `ACTIVE_KINDS`, at least the last 45 days;
    several rows per person; `person` is a keyed hash, the same in both CRMs. `known`: leads of a domain.
    """

    activity: pl.DataFrame
    known: pl.DataFrame

    @classmethod
    def none(cls) -> "Companies":
        """No activity known."""
        return cls(pl.DataFrame(schema=ACTIVITY_COLUMNS), pl.DataFrame(schema=KNOWN_COLUMNS))


def with_colleagues(
    facts: pl.DataFrame, companies: Companies, as_of: datetime, earlier: datetime
) -> pl.DataFrame:
    """`facts` with `colleague_active` and, for people active themselves, `group_size` and `group_line`.

    Reads `domain` and `person`. `colleague_active` is NULL without a domain and for a crowd;
    `colleague_active_earlier` is the same at an earlier instant. `group_until`: the last instant at which
    these are so by themselves, `group_until_earlier` for the earlier one (as seen then, and not too late).
    """
    people = (
        companies.activity.select("domain", "person", "role", "at", *_active(as_of, earlier))
        .filter(pl.col("now") | pl.col("earlier"))
        .group_by("domain", "person")
        .agg(_PERSON)
    )
    groups = people.group_by("domain").agg(_COUNTS, pl.col(_ROLE_COLUMNS).any(), *_LASTING)
    itself = people.select("domain", "person", itself_now="now", itself_earlier="earlier")
    known = companies.known.select("domain", "leads")
    found = (
        # Only what the joins need goes through them: a lead has a hundred columns.
        facts[["domain", "person"]]
        .join(
            groups.join(known, on="domain", how="full", coalesce=True),
            on="domain",
            how="left",
            maintain_order="left",
        )
        .join(itself, on=["domain", "person"], how="left", maintain_order="left")
        .with_columns(pl.col("itself_now", "itself_earlier").fill_null(value=False))
        .select(_FOUND)
    )
    return facts.with_columns(found)


def _active(as_of: datetime, earlier: datetime) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Whether something happened lately as seen now, and then, and whether it had happened by then."""
    now, then = (
        pl.col("at").is_between(instant(moment - ACTIVE), instant(moment)) for moment in (as_of, earlier)
    )
    return now.alias("now"), then.alias("earlier"), (pl.col("at") <= instant(earlier)).alias("before")


_PERSON = [
    pl.col("now", "earlier").any(),
    *((pl.col("now") & (pl.col("role") == role)).any().alias(f"group:{role}") for role in GROUP_ROLES),
    pl.col("at").max().alias("newest"),
    pl.col("at").filter("before").max().alias("newest_earlier"),
    # The first act after it of who was not active then.
    pl.when(~pl.col("earlier").any()).then(pl.col("at").filter(~pl.col("before")).min()).alias("arrives"),
]
_COUNTS = pl.col("now", "earlier").sum().cast(pl.Int64).name.prefix("members_")
_LASTING = [
    (pl.col("newest").filter("now").min() + ACTIVE).alias("first_leaves"),
    (pl.col("newest").filter("now").max() + ACTIVE).alias("last_leaves"),
    (pl.col("newest_earlier").filter("earlier").min() + ACTIVE).alias("first_leaves_earlier"),
    pl.col("arrives").min().alias("first_arrives"),
]


def _others(when: str) -> pl.Expr:
    """Whether somebody else of the company was active."""
    return pl.col(f"members_{when}").fill_null(0) > pl.col(f"itself_{when}").cast(pl.Int64)


def _group_line() -> pl.Expr:
    bits = [pl.when(role).then(1 << place).otherwise(0) for place, role in enumerate(_ROLE_COLUMNS)]
    return pl.lit(_LINES).gather(pl.sum_horizontal(bits))


def _line(mask: int) -> str:
    """`decider, user active; not seen yet: champion, influencer`."""
    seen = [role for place, role in enumerate(GROUP_ROLES) if mask >> place & 1]
    unseen = [role for role in GROUP_ROLES if role not in seen]
    if not seen:
        return "active people, roles not known yet"
    return "; ".join(
        [f"{', '.join(seen)} active", *([f"not seen yet: {', '.join(unseen)}"] if unseen else [])]
    )


_LINES = pl.Series([_line(mask) for mask in range(2 ** len(GROUP_ROLES))])


_COMPANY = pl.col("domain").is_not_null() & (pl.col("leads").fill_null(0) <= CROWD)
_FOUND = [
    pl.when(_COMPANY).then(_others("now")).alias("colleague_active"),
    pl.when(_COMPANY).then(_others("earlier")).alias("colleague_active_earlier"),
    pl.when("itself_now").then("members_now").alias("group_size"),
    pl.when("itself_now").then(_group_line()).alias("group_line"),
    pl.when("itself_now").then("first_leaves").otherwise("last_leaves").alias("group_until"),
    pl.min_horizontal("first_leaves_earlier", "first_arrives").alias("group_until_earlier"),
]
