"""SQL conditions over a lead's facts, compiled to one Polars expression each.

SQL's third value is the doctrine: TRUE, FALSE, or NULL for "nobody knows yet". The language is an allowlist:
what it does not name is refused with line, reason and the nearest alternative, because it would break purity
(clocks), batch independence (aggregates, windows, subqueries) or the three values (IS NULL, COALESCE, CASE).
Source: qualification rules, §2.
"""

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import polars as pl
from sqlglot import exp, parse_one
from sqlglot.errors import ParseError, TokenError

from qualifier.expressions import AS_OF, Scope, compile_node, known_name
from qualifier.facts import INSTANT, Fact, column_types
from qualifier.playbook import Playbook
from qualifier.refusals import ConditionFault, place

MAX_DEPTH = 30
"""Levels of brackets, NOT and sums; Python's parser of SQL gives up at some forty."""
MAX_POINTS = 400
"""At so many points of its ranges a condition may be looked at; more is a mistake."""
MAX_WORK = 3_000
"""Facts that a condition reads, times its points: Polars takes about a second to plan so much."""

_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)


@dataclass(frozen=True, slots=True)
class Condition:
    """A checked condition. `expr` is Boolean over the columns of `column_types` and `as_of`."""

    sql: str
    expr: pl.Expr
    facts: frozenset[str]
    """The facts it reads."""
    clocked: bool
    """Whether it reads `as_of`."""
    tree: exp.Expr
    """The parsed condition, for guardrails."""


def compile_condition(sql: str, facts: Mapping[str, Fact]) -> Condition:
    """Parse, check, compile and try out a condition; raise ConditionFault with line, column and remedy."""
    tree = _parse(sql)
    names = {known_name(column, facts, sql) for column in tree.find_all(exp.Column)}
    ranges = {
        name: _boundaries(tree, name, sql) for name in sorted(names - {AS_OF}) if facts[name].kind == "range"
    }
    columns = {name: pl.col(name) for name in names if name not in ranges}
    if ranges:
        expr = _over_ranges(tree, Scope(sql, facts, columns), ranges)
    else:
        expr = _boolean(tree, Scope(sql, facts, columns))
    if not names:
        # What reads no fact is one row high; with a column it is as high as the frame it is asked of.
        expr &= pl.col(AS_OF).is_not_null()
    _try_out(expr, facts, sql)
    return Condition(sql, expr, frozenset(names - {AS_OF}), AS_OF in names, tree)


@lru_cache(maxsize=16)
def conditions_of(playbook: Playbook) -> Mapping[str, Condition]:
    """SQL → condition, for every condition of a playbook, worked out once; raise ConditionFault."""
    return {sql: compile_condition(sql, playbook.facts_all) for _, sql in playbook.conditions()}


def _parse(sql: str) -> exp.Expr:
    try:
        tree = parse_one(sql, read="duckdb")
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        line, column = first.get("line") or 1, first.get("col") or 1
        raise ConditionFault(
            "is not a condition that can be read; check quotes, brackets and AND/OR", line, column
        ) from None
    except TokenError:
        raise ConditionFault(
            "is not a condition that can be read; a quote or bracket is never closed", 1, 1
        ) from None
    except RecursionError:
        raise ConditionFault(_TOO_DEEP, 1, 1) from None
    if not isinstance(tree, exp.Expr):
        raise ConditionFault("is not one condition", 1, 1)
    if _depth(tree) > MAX_DEPTH:
        raise ConditionFault(_TOO_DEEP, 1, 1)
    return tree


_TOO_DEEP = "has brackets, NOTs or sums nested too deeply; split it, or write a sum as one number"


def _depth(tree: exp.Expr) -> int:
    """How many levels a condition has; a chain of ANDs or ORs is one, however long."""
    deepest, rest = 0, [(tree, 1)]
    while rest:
        node, level = rest.pop()
        deepest = max(deepest, level)
        chained = isinstance(node, exp.Connector)
        below = node.flatten(unnest=False) if chained else node.iter_expressions()
        rest.extend((part, level + 1) for part in below)
    return deepest


def _boolean(tree: exp.Expr, scope: Scope) -> pl.Expr:
    value = compile_node(tree, scope)
    if value.kind != "flag":
        raise ConditionFault(
            f"is a {value.kind}, not true or false; compare it with something", *place(tree, scope.sql)
        )
    return value.expr


# --- ranges -------------------------------------------------------------------------------------------------


def _boundaries(tree: exp.Expr, name: str, sql: str) -> tuple[float, ...]:
    """The literals a range is compared with; a range in any other place is refused."""
    found: set[float] = set()
    for column in tree.find_all(exp.Column):
        if column.name.lower() != name:
            continue
        inner: exp.Expr = column
        while isinstance(inner.parent, exp.Paren):
            inner = inner.parent
        literals = _compared_with(inner.parent, inner)
        if not literals or any(number is None for number in literals):
            reason = f"{name} is a range (low to high); compare it directly with numbers, as in {name} >= 50"
            raise ConditionFault(reason, *place(column, sql))
        found.update(number for number in literals if number is not None)
    return tuple(sorted(found))


def _compared_with(parent: exp.Expr | None, column: exp.Expr) -> list[float | None]:
    match parent:
        case exp.Between() if parent.this is column:
            others: Iterable[exp.Expr] = (parent.args["low"], parent.args["high"])
        case exp.In() if parent.this is column:
            others = parent.expressions
        case exp.Binary() if isinstance(parent, _COMPARISONS):
            others = (parent.expression if parent.this is column else parent.this,)
        case _:
            others = ()
    return [_number(node) for node in others]


def _number(node: exp.Expr) -> float | None:
    if isinstance(node, exp.Paren):
        return _number(node.this)
    if isinstance(node, exp.Neg):
        inner = _number(node.this)
        return None if inner is None else -inner
    return float(node.this) if isinstance(node, exp.Literal) and not node.is_string else None


def _over_ranges(tree: exp.Expr, scope: Scope, ranges: Mapping[str, tuple[float, ...]]) -> pl.Expr:
    """TRUE or FALSE only where the condition says so at both ends and around every boundary inside."""
    points = {name: list(_points(name, literals)) for name, literals in ranges.items()}
    number, reads = math.prod(map(len, points.values())), len(list(tree.find_all(exp.Column)))
    if number > MAX_POINTS or number * reads > MAX_WORK:
        told = f"compares {' and '.join(points)} with too many numbers at once"
        raise ConditionFault(f"{told}; write IN or BETWEEN, or split it into several", 1, 1)
    said = [
        _boolean(tree, scope.with_columns(dict(zip(points, combination, strict=True))))
        for combination in itertools.product(*points.values())
    ]
    # The number of points that say TRUE (null if one says nothing) finds the answer in a table.
    held = pl.sum_horizontal([part.cast(pl.Int32) for part in said], ignore_nulls=False)
    return pl.lit(pl.Series([False, *[None] * (len(said) - 1), True])).gather(held)


def _points(name: str, literals: Iterable[float]) -> Iterable[pl.Expr]:
    low, high = pl.col(f"{name}_low"), pl.col(f"{name}_high")
    yield low
    yield high
    around = sorted({literal + step for literal in literals for step in (-1.0, 0.0, 1.0)})
    for point in around:
        # Outside the range the point says nothing new: look at the nearer end once more.
        yield pl.min_horizontal(pl.max_horizontal(low, pl.lit(point)), high)


# --- trial --------------------------------------------------------------------------------------------------

_SAMPLES: Mapping[type[pl.DataType], object] = {pl.String: "x", pl.Float64: 1.0, pl.Boolean: True}


def _try_out(expr: pl.Expr, facts: Mapping[str, Fact], sql: str) -> None:
    """Run on an empty and on a small typed frame: what Polars cannot do fails here and not in a pass."""
    schema = {**column_types(facts), AS_OF: INSTANT}
    empty = pl.DataFrame(schema=schema)
    one = {name: _SAMPLES.get(type(dtype)) for name, dtype in schema.items()}
    for frame in (empty, pl.DataFrame([dict.fromkeys(schema), one], schema=schema)):
        try:
            result = frame.select(pl.lit(0), truth=expr).get_column("truth")
        except pl.exceptions.PolarsError:
            raise ConditionFault(f"cannot be worked out: {sql!r}; write it more simply", 1, 1) from None
        if result.dtype != pl.Boolean:
            raise ConditionFault(f"is {result.dtype}, not true or false", 1, 1)


__all__ = ["Condition", "ConditionFault", "compile_condition", "conditions_of"]
