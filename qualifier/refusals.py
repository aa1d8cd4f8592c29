"""What a condition may not say, and why: every refusal names the reason and the nearest alternative."""

import difflib
from collections.abc import Iterable

from sqlglot import exp


class ConditionFault(Exception):
    """A condition says what it may not: the reason and the nearest alternative, and where in the SQL."""

    def __init__(self, reason: str, line: int, column: int) -> None:
        super().__init__(f"{reason} (line {line}, column {column} of the condition)")
        self.reason, self.line, self.column = reason, line, column


def place(node: exp.Expr, sql: str) -> tuple[int, int]:
    """Line and column of a node in its SQL, from 1; the tree keeps offsets of names and literals only."""
    starts = [part.meta["start"] for part in node.walk() if "start" in part.meta]
    before = sql[: min(starts, default=0)]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


CLOCKS = {
    "now",
    "today",
    "current_date",
    "current_time",
    "current_timestamp",
    "localtimestamp",
    "get_current_timestamp",
}
_ALLOWED = (
    "comparisons, AND, OR, NOT, IN, BETWEEN, LIKE, ILIKE, ARRAY_CONTAINS, LOWER, LENGTH, + - * /, INTERVAL"
)
_THREE_VALUES = "breaks the three values"
_REFUSED: tuple[tuple[tuple[type[exp.Expr], ...], str], ...] = (
    (
        (exp.Is, exp.NullSafeEQ, exp.NullSafeNEQ),
        f"IS {_THREE_VALUES}: what nobody knows is weighed by benefit_of_doubt; write the condition itself",
    ),
    ((exp.Null,), f"NULL {_THREE_VALUES}: nothing equals it; leave it out"),
    (
        (exp.Coalesce, exp.Nullif),
        f"a default for the unknown {_THREE_VALUES}; leave it out and set benefit_of_doubt",
    ),
    ((exp.Case, exp.If), f"CASE {_THREE_VALUES}; write one signal per case, with AND and OR"),
    (
        (exp.Window, exp.RowNumber),
        "a window looks at other leads; a condition sees one lead; compare a fact with a number",
    ),
    (
        (exp.Query, exp.Subquery, exp.Exists),
        "a subquery looks at other leads; a condition sees one lead's facts",
    ),
    (
        (exp.AggFunc, exp.Star),
        "an aggregate looks at other leads; a condition sees one lead; compare a fact with a number",
    ),
    (
        (exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime),
        "a clock gives another answer each time; write as_of",
    ),
    ((exp.RegexpLike, exp.SimilarTo, exp.Glob), "patterns are LIKE or ILIKE, with % and _"),
    ((exp.DPipe, exp.Concat), "texts are compared as they are; write one comparison per fact, joined by AND"),
    ((exp.Upper,), "UPPER is not needed; write LOWER(…) = 'lower case' or ILIKE"),
    ((exp.Block,), "one condition at a time; join them by AND or OR"),
)


def refusal(node: exp.Expr, sql: str) -> ConditionFault:
    """Why this node is not on the allowlist."""
    for kinds, reason in _REFUSED:
        if isinstance(node, kinds):
            return ConditionFault(reason, *place(node, sql))
    name = (node.name if isinstance(node, exp.Anonymous) else node.key).lower()
    if name in CLOCKS:
        return ConditionFault(f"{name} reads a clock; write as_of", *place(node, sql))
    return ConditionFault(f"{name.upper()} is not allowed; allowed: {_ALLOWED}", *place(node, sql))


def near(word: str, known: Iterable[str]) -> str:
    """`; did you mean …?` for the nearest known word, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""
