"""Exclusions: all that the machine may say against a lead, for a closed list, naming the field it read."""

from collections.abc import Iterator
from functools import lru_cache

import polars as pl

from qualifier.columns import asked, first_true
from qualifier.conditions import conditions_of
from qualifier.playbook import Playbook
from qualifier.verdict import EXCLUSIONS


def with_exclusion(frame: pl.DataFrame, playbook: Playbook) -> pl.DataFrame:
    """`frame` with `excluded` (the reason, mostly NULL) and `excluded_why` (the field read, in words).

    Where several apply, the first of the closed list is named.
    """
    place, named = _excluded(playbook)
    return frame.hstack(asked(asked(frame, [place]), named))


@lru_cache(maxsize=16)
def _excluded(playbook: Playbook) -> tuple[pl.Expr, list[pl.Expr]]:
    """The place of the first rule that holds; and what that rule says."""
    rules = sorted(_rules(playbook), key=lambda rule: _order(rule[0]))
    holds = [(rule, pl.lit(place)) for place, (_, rule, _) in enumerate(rules)]
    said = {"excluded": [reason for reason, _, _ in rules], "excluded_why": [why for _, _, why in rules]}
    tables = {name: pl.lit(pl.Series(words, dtype=pl.String)) for name, words in said.items()}
    return (
        first_true(holds, pl.lit(None, pl.Int32)).alias("place"),
        [table.gather("place").alias(name) for name, table in tables.items()],
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
