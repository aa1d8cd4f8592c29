"""The buying group: people of one company who were active lately, one view across both CRMs."""

from datetime import datetime, timedelta
from typing import NamedTuple

import polars as pl

from qualifier.facts import INSTANT, ROLES

ACTIVE = timedelta(days=30)
CROWD = 200
"""Known leads above which a domain is no company whose people know each other (a group, a provider)."""
GROUP_ROLES = tuple(role for role in ROLES if role != "none")

ACTIVITY_COLUMNS = {"domain": pl.String(), "person": pl.String(), "at": INSTANT, "role": pl.String()}
KNOWN_COLUMNS = {"domain": pl.String(), "leads": pl.Int64()}


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


def with_colleagues(facts: pl.DataFrame, companies: Companies, as_of: datetime) -> pl.DataFrame:
    """`facts` with `colleague_active` and, for people active themselves, `group_size` and `group_line`.

    Reads `domain` and `person`. `colleague_active` is NULL without a domain and for a crowd.
    """
    roles = [(pl.col("role") == role).any().alias(f"group:{role}") for role in GROUP_ROLES]
    active = companies.activity.lazy().filter(pl.col("at").is_between(as_of - ACTIVE, as_of))
    groups = active.group_by("domain").agg(
        pl.col("person").n_unique().cast(pl.Int64).alias("members"), *roles
    )
    members = active.select("domain", "person", itself=pl.lit(value=True)).unique()
    known = companies.known.lazy().select("domain", "leads")
    company = pl.col("domain").is_not_null() & (pl.col("leads").fill_null(0) <= CROWD)
    # Only what the joins need goes through them: a lead has a hundred columns.
    found = (
        facts.lazy()
        .select("domain", "person")
        .join(groups, on="domain", how="left", maintain_order="left")
        .join(members, on=["domain", "person"], how="left", maintain_order="left")
        .join(known, on="domain", how="left", maintain_order="left")
        .with_columns(pl.col("members").fill_null(0), pl.col("itself").fill_null(value=False))
        .select(
            colleague_active=pl.when(company).then(pl.col("members") > pl.col("itself").cast(pl.Int64)),
            group_size=pl.when("itself").then("members"),
            group_line=pl.when("itself").then(_group_line()),
        )
    )
    return facts.with_columns(found.collect())


def _group_line() -> pl.Expr:
    bits = [pl.when(f"group:{role}").then(1 << place).otherwise(0) for place, role in enumerate(GROUP_ROLES)]
    return pl.lit(_LINES).gather(pl.sum_horizontal(bits))


def _line(mask: int) -> str:
    seen = [role for place, role in enumerate(GROUP_ROLES) if mask >> place & 1]
    missing = [role for role in GROUP_ROLES if role not in seen]
    parts = [f"{', '.join(seen)} active"] if seen else []
    parts += [f"{', '.join(missing)} missing"] if missing else []
    return "; ".join(parts)


_LINES = pl.Series([_line(mask) for mask in range(2 ** len(GROUP_ROLES))])
