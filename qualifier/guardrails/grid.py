"""The values around which conditions change their minds, so that a rule tries instead of guessing.

For each fact that a condition reads: unknown, every literal and its neighbours, and a value that no literal
names. Their product is a grid of points; what holds on the grid is what "can happen" means here.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import polars as pl
from sqlglot import exp

from qualifier.conditions import Condition
from qualifier.expressions import AS_OF
from qualifier.facts import FACTS, INSTANT, Fact, column_types, parse_instant

NOW = datetime(2026, 1, 7, 12, 0, tzinfo=UTC)
"""Any instant: a Wednesday at noon, in working hours everywhere west of Asia."""
MOST = 20_000
"""Points of a grid; a larger one is thinned out evenly."""
Point = Mapping[str, Any]
"""Columns of a facts frame → value; a range takes two columns."""
_OTHER = "something else"
_FAR = timedelta(days=3650)
_LONGEST_TEXT = 300
_FEW = 5


@dataclass(frozen=True, slots=True)
class Literals:
    """Everything that conditions compare facts with."""

    texts: frozenset[str]
    numbers: frozenset[float]
    moments: frozenset[datetime]

    @classmethod
    def of(cls, conditions: Sequence[Condition]) -> "Literals":
        """All literals of all conditions; intervals count back and forth from `NOW`."""
        nodes = [node for condition in conditions for node in condition.tree.find_all(exp.Literal)]
        texts = {node.this for node in nodes if node.is_string}
        spans = [
            span
            for condition in conditions
            for node in condition.tree.find_all(exp.Interval)
            for span in _span(node)
        ]
        dated = [moment for text in texts for moment in _moment(text)]
        return cls(
            frozenset(texts),
            frozenset(float(node.this) for node in nodes if not node.is_string),
            frozenset([*dated, *(NOW - span for span in spans), *(NOW + span for span in spans)]),
        )


def _span(node: exp.Interval) -> Iterator[timedelta]:
    hours = str(node.args.get("unit") or "").upper().startswith("HOUR")
    amount = int(node.this.name)
    yield timedelta(hours=amount) if hours else timedelta(days=amount)


def _moment(text: str) -> Iterator[datetime]:
    with suppress(ValueError):
        yield parse_instant(text)


def _neighbours(moment: datetime, step: timedelta) -> Iterator[datetime]:
    """The moment and those a step away, as far as the calendar goes."""
    for number in (-1, 0, 1):
        with suppress(OverflowError):
            yield moment + number * step


def grid(conditions: Sequence[Condition], facts: Mapping[str, Fact]) -> list[dict[str, Any]]:
    """The points around which these conditions change, at most `MOST`; all-unknown is the first."""
    literals = Literals.of(conditions)
    names = sorted(frozenset[str]().union(*(condition.facts for condition in conditions)))
    choices = [list(_choices(name, facts[name], literals)) for name in names]
    total = math.prod(map(len, choices))
    if total <= MOST:
        return [_merged(parts) for parts in product(*choices)]
    step = (total // MOST) | 1
    return [_numbered(choices, number) for number in range(0, total, step)]


def complete(conditions: Sequence[Condition], facts: Mapping[str, Fact]) -> bool:
    """Whether the grid holds every point: only then "never" and "always" can be said."""
    literals = Literals.of(conditions)
    names = frozenset[str]().union(*(condition.facts for condition in conditions))
    return math.prod(len(list(_choices(name, facts[name], literals))) for name in names) <= MOST


def truths(condition: Condition, points: Sequence[Point], facts: Mapping[str, Fact]) -> pl.Series:
    """What a condition says at each point."""
    return framed(points, facts).with_columns(truth=condition.expr).get_column("truth")


def framed(points: Sequence[Point], facts: Mapping[str, Fact]) -> pl.DataFrame:
    """Points as a frame of the facts that they speak of, with `as_of`."""
    types = column_types(facts)
    columns = {name: pl.Series([point[name] for point in points], dtype=types[name]) for name in points[0]}
    moment = pl.repeat(NOW, len(points), dtype=INSTANT, eager=True)
    return pl.DataFrame({AS_OF: moment, **columns})


def cases(conditions: Sequence[Condition], facts: Mapping[str, Fact]) -> dict[tuple[int, ...], Point]:
    """What these conditions can say together (0 FALSE, 1 NULL, 2 TRUE), each with a point where they do."""
    points: list[Point] = [*grid(conditions, facts)]
    if not complete(conditions, facts):
        points += [_greedy(conditions, facts, wanted=wanted) for wanted in (True, False)]
    said = [truths(condition, points, facts).cast(pl.Int8) * 2 for condition in conditions]
    return dict(zip(zip(*(truth.fill_null(1) for truth in said), strict=True), points, strict=True))


def _greedy(conditions: Sequence[Condition], facts: Mapping[str, Fact], *, wanted: bool) -> dict[str, Any]:
    """A point where as many of these conditions as one finds in passing are TRUE, or FALSE."""
    names = column_types({name: facts[name] for condition in conditions for name in condition.facts})
    chosen: dict[str, Any] = {}
    for condition in conditions:
        points = grid([condition], facts)
        for point, truth in zip(points, truths(condition, points, facts), strict=True):
            if truth is wanted and all(chosen.get(name, value) == value for name, value in point.items()):
                chosen |= point
                break
    return {name: chosen.get(name) for name in names if name != "lead"}


def known(point: Point) -> bool:
    """Whether nothing about a point is unknown."""
    return all(value is not None for value in point.values())


def fact_of(column: str) -> str:
    """The fact that a column of a point belongs to."""
    return column.removesuffix("_low").removesuffix("_high")


def hinges(condition: Condition, names: frozenset[str], facts: Mapping[str, Fact]) -> bool:
    """Whether these facts alone can decide if a condition is TRUE."""
    if not condition.facts & names:
        return False
    points = grid([condition], facts)
    said: dict[str, set[bool]] = {}
    for point, truth in zip(points, truths(condition, points, facts), strict=True):
        rest = {name: value for name, value in point.items() if fact_of(name) not in names}
        said.setdefault(repr(rest), set()).add(truth is True)
    return any(len(outcomes) > 1 for outcomes in said.values())


def _merged(parts: Sequence[Point]) -> dict[str, Any]:
    return {name: value for part in parts for name, value in part.items()}


def _numbered(choices: Sequence[Sequence[Point]], number: int) -> dict[str, Any]:
    """The point with this number, counted like the digits of a clock."""
    parts = []
    for values in choices:
        number, place = divmod(number, len(values))
        parts.append(values[place])
    return _merged(parts)


# --- the values of one fact ---------------------------------------------------------------------------------


def _choices(name: str, fact: Fact, literals: Literals) -> Iterator[Point]:
    """One fact's values, the unknown first."""
    match fact.kind:
        case "range":
            yield {f"{name}_low": None, f"{name}_high": None}
            for number in _numbers(name, literals):
                yield {f"{name}_low": number, f"{name}_high": number}
        case _:
            yield {name: None}
            for value in _values(name, fact, literals):
                yield {name: value}


def _values(name: str, fact: Fact, literals: Literals) -> Sequence[Any]:
    match fact.kind:
        case "flag":
            return (True, False)
        case "number":
            return _numbers(name, literals)
        case "word":
            return _words(fact, literals)
        case "words":
            mentioned = _words(fact, literals)
            return ([], *([word] for word in mentioned), list(mentioned))
        case "date":
            days = (_neighbours(moment, timedelta(days=1)) for moment in _moments(literals))
            return sorted({near.date() for around in days for near in around})
        case "instant":
            hours = (_neighbours(moment, timedelta(hours=1)) for moment in _moments(literals))
            return sorted({near for around in hours for near in around})
        case _:
            return _texts(literals)


def _words(fact: Fact, literals: Literals) -> tuple[str, ...]:
    """The words mentioned, and one that is not: all the others behave like it."""
    if not fact.values:
        return (*sorted(literals.texts), _OTHER)
    mentioned = [word for word in fact.values if word in literals.texts]
    return (*mentioned, *[word for word in fact.values if word not in literals.texts][:1])


def _numbers(name: str, literals: Literals) -> list[float]:
    """Each number and its neighbours, what one reaches by reckoning with two, and the extremes."""
    found = literals.numbers | {0.0}
    near = {number + step for number in found | _reckoned(found) for step in (-1.0, 0.0, 1.0)} | {1e12}
    # People, deals and sums are never fewer than none; what a customer's own number may be nobody knows.
    least = 0.0 if name in FACTS else min(-1.0, *(-abs(number) - 1 for number in found))
    return sorted(number for number in near if number >= least)


def _reckoned(numbers: frozenset[float]) -> set[float]:
    """Where a sum, product or quotient of a fact with one of few numbers meets another."""
    if len(numbers) > _FEW:
        return set()
    return {
        result
        for one, other in product(numbers, repeat=2)
        for result in (one + other, one * other, one / other if other else one)
    }


def _moments(literals: Literals) -> frozenset[datetime]:
    return literals.moments | {NOW, NOW - _FAR, NOW + _FAR}


def _texts(literals: Literals) -> tuple[str, ...]:
    """Each text as written and as a LIKE pattern would want it, and texts of the lengths asked for."""
    plain = {text.replace("%", "").replace("_", "x") for text in literals.texts}
    lengths = {int(number) + step for number in literals.numbers for step in (-1, 0, 1)}
    long = {"x" * length for length in lengths if 0 < length <= _LONGEST_TEXT}
    return (*sorted(literals.texts | plain | long | {text.lower() for text in plain}), _OTHER)
