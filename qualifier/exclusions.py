"""Exclusions: all that the machine may say against a lead, for a closed list, naming the field it read."""

from collections.abc import Iterator
from functools import lru_cache

import polars as pl

from qualifier.columns import first_true
from qualifier.conditions import conditions_of
from qualifier.playbook import Playbook
from qualifier.verdict import EXCLUSIONS


def with_exclusion(frame: pl.DataFrame, playbook: Playbook) -> pl.DataFrame:
    """`frame` with `excluded` (the reason, mostly NULL) and `excluded_why` (the field read, in words).

    Where several apply, the first of the closed list is named.
    """
    return frame.hstack(frame.select(_excluded(playbook)))


@lru_cache(maxsize=16)
def _excluded(playbook: Playbook) -> tuple[pl.Expr, pl.Expr]:
    rules = sorted(_rules(playbook), key=lambda rule: _order(rule[0]))
    nothing = pl.lit(None, pl.String)
    return (
        first_true([(holds, pl.lit(reason)) for reason, holds, _ in rules], nothing).alias("excluded"),
        first_true([(holds, pl.lit(why)) for _, holds, why in rules], nothing).alias("excluded_why"),
    )


def _order(reason: str) -> int:
    return EXCLUSIONS.index(reason) if reason in EXCLUSIONS else len(EXCLUSIONS)


def _rules(playbook: Playbook) -> Iterator[tuple[str, pl.Expr, str]]:
    conditions, lists = conditions_of(playbook), playbook.exclusions
    for rule in lists.rules:
        yield rule.reason, conditions[rule.when].expr, f"excluded: {rule.because}"
    domain = pl.col("domain").str.to_lowercase()
    if lists.own_domains:
        yield "employee", domain.is_in(_lower(lists.own_domains)), "excluded: own employee (company domain)"
    if lists.competitor_domains:
        yield (
            "competitor",
            domain.is_in(_lower(lists.competitor_domains)),
            "excluded: competitor (company domain)",
        )
    if lists.embargo_countries:
        yield (
            "embargo",
            pl.col("country").is_in(lists.embargo_countries),
            "excluded: country on the embargo list (country)",
        )


def _lower(domains: tuple[str, ...]) -> list[str]:
    return [domain.lower() for domain in domains]
