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
_ROLE_BIT = pl.lit(pl.Series([1 << place for place in range(len(GROUP_ROLES))])).gather(
    pl.col("role").cast(pl.Enum(GROUP_ROLES), strict=False).to_physical()
)
"""A number for each role, so that many add up to one; null for none."""


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
        companies.activity.filter(pl.col("at").is_between(instant(earlier - ACTIVE), instant(as_of)))
        .select("domain", "person", *_seen(as_of, earlier))
        .group_by("domain", "person")
        .agg(_PERSON)
    )
    groups = people.group_by("domain").agg(_GROUP)
    crowds = companies.known.filter(pl.col("leads") > CROWD).get_column("domain")
    company = pl.col("domain").is_not_null() & ~pl.col("domain").is_in(crowds.implode())
    found = (
        # Only what the joins need goes through them: a lead has a hundred columns.
        facts[["domain", "person"]]
        .join(groups, on="domain", how="left", maintain_order="left")
        .join(people[_ITSELF], on=["domain", "person"], how="left", maintain_order="left")
        .with_columns(company.alias("company"), pl.col("now", "earlier").is_not_null())
        .select(_FOUND)
    )
    return facts.with_columns(found)


def _seen(as_of: datetime, earlier: datetime) -> tuple[pl.Expr, ...]:
    """When something happened that counts now, and that counted then, or that was still to come then."""
    at = pl.col("at")
    now, then = at >= instant(as_of - ACTIVE), at <= instant(earlier)
    return (
        pl.when(now).then(at).alias("now"),
        pl.when(then).then(at).alias("earlier"),
        pl.when(~then).then(at).alias("arrives"),
        pl.when(now).then(_ROLE_BIT).alias("roles"),
    )


_PERSON = [pl.col("now", "earlier").max(), pl.col("arrives").min(), pl.col("roles").bitwise_or()]
_GROUP = [
    pl.col("now", "earlier").count().cast(pl.Int64).name.prefix("members_"),
    (pl.col("now").min() + ACTIVE).alias("first_leaves"),
    (pl.col("now").max() + ACTIVE).alias("last_leaves"),
    (pl.col("earlier").min() + ACTIVE).alias("first_leaves_earlier"),
    # The first act of who was not active before.
    pl.col("arrives").filter(pl.col("earlier").is_null()).min().alias("first_arrives"),
    pl.col("roles").bitwise_or(),
]
_ITSELF = ["domain", "person", "now", "earlier"]


def _others(when: str) -> pl.Expr:
    """Whether somebody else of the company was active."""
    return pl.col(f"members_{when}").fill_null(0) > pl.col(when).cast(pl.Int64)


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
_GROUP_LINE = pl.lit(_LINES).gather(pl.col("roles").fill_null(0))
_FOUND = [
    pl.when("company").then(_others("now")).alias("colleague_active"),
    pl.when("company").then(_others("earlier")).alias("colleague_active_earlier"),
    pl.when("now").then("members_now").alias("group_size"),
    pl.when("now").then(_GROUP_LINE).alias("group_line"),
    pl.when("now").then("first_leaves").otherwise("last_leaves").alias("group_until"),
    pl.min_horizontal("first_leaves_earlier", "first_arrives").alias("group_until_earlier"),
]
