"""One node of a SQL condition → a typed Polars expression; everything not named here is refused."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import reduce
from operator import and_, or_
from typing import Literal

import polars as pl
from sqlglot import exp

from qualifier.countries import COUNTRIES, check_country
from qualifier.facts import INSTANT, Fact, parse_instant
from qualifier.refusals import CLOCKS, ConditionFault, near, place, refusal

AS_OF = "as_of"
"""The instant at which a lead is looked at; a column of the frame, never a clock."""

Type = Literal["text", "number", "flag", "words", "date", "instant", "span"]


@dataclass(frozen=True, slots=True)
class Value:
    """A typed expression. `words`: its closed vocabulary; `literal`: its text if written as one."""

    kind: Type
    expr: pl.Expr
    words: tuple[str, ...] = ()
    literal: str | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What a condition may see: its text, the facts, and the column that stands for each."""

    sql: str
    facts: Mapping[str, Fact]
    columns: Mapping[str, pl.Expr]

    def with_columns(self, columns: Mapping[str, pl.Expr]) -> "Scope":
        """The same with more columns."""
        return replace(self, columns={**self.columns, **columns})


def known_name(column: exp.Column, facts: Mapping[str, Fact], sql: str) -> str:
    """The fact that a column names, in lower case; raise ConditionFault for any other."""
    name = column.name.lower()
    if column.this.args.get("quoted"):
        raise ConditionFault(f"text stands in single quotes: '{column.name}'", *place(column, sql))
    if len(column.parts) > 1:
        raise ConditionFault(f"facts have no dots; write {name}", *place(column, sql))
    if name in facts or name == AS_OF:
        return name
    if name in CLOCKS:
        raise ConditionFault(f"{name} reads a clock; write as_of", *place(column, sql))
    raise ConditionFault(f"{name} is no fact{near(name, [*facts, AS_OF])}", *place(column, sql))


def compile_node(node: exp.Expr, scope: Scope) -> Value:
    """A node with everything below it; raise ConditionFault where it is not on the allowlist."""
    for kind, build in _ALLOWED.items():
        if type(node) is kind:
            value = build(node, scope)
            return _flag(~value.expr) if node.args.get("negate") else value
    raise refusal(node, scope.sql)


# --- leaves -------------------------------------------------------------------------------------------------

_COLUMN_TYPES: Mapping[str, Type] = {"word": "text", "range": "number"}


def _column(node: exp.Expr, scope: Scope) -> Value:
    name = node.name.lower()
    if name == AS_OF:
        return Value("instant", pl.col(AS_OF))
    fact = scope.facts[name]
    kind: Type = _COLUMN_TYPES.get(fact.kind) or fact.kind  # type: ignore[assignment] # the rest are the same words
    return Value(kind, scope.columns[name], fact.values)


def _literal(node: exp.Expr, scope: Scope) -> Value:
    if node.is_string:
        return Value("text", pl.lit(node.this), literal=node.this)
    number = float(node.this)
    if math.isinf(number):
        raise ConditionFault(f"{node.this} is too large a number", *place(node, scope.sql))
    return Value("number", pl.lit(number), literal=node.this)


def _truth(node: exp.Expr, scope: Scope) -> Value:
    del scope
    return _flag(pl.lit(bool(node.this)))


def _interval(node: exp.Expr, scope: Scope) -> Value:
    unit = str(node.args.get("unit") or "").upper().removesuffix("S")
    amount = node.this.name if isinstance(node.this, exp.Literal) else ""
    if unit not in {"DAY", "HOUR"} or not re.fullmatch(r"\d{1,6}", amount):
        raise ConditionFault(
            "an interval is a whole number of days or hours: INTERVAL 30 DAY", *place(node, scope.sql)
        )
    span = timedelta(days=int(amount)) if unit == "DAY" else timedelta(hours=int(amount))
    if span > _LONGEST:
        raise ConditionFault("an interval is at most 36500 days long", *place(node, scope.sql))
    return Value("span", pl.lit(span))


_LONGEST = timedelta(days=36_500)


def _moment(node: exp.Expr, scope: Scope) -> Value:
    """DATE '…' or TIMESTAMP '…': sqlglot reads both as casts of a literal."""
    kind = node.args["to"].this
    wanted: Type | None = "date" if kind == exp.DType.DATE else "instant" if kind in _INSTANTS else None
    if wanted is None or not (isinstance(node.this, exp.Literal) and node.this.is_string):
        raise ConditionFault(
            "facts have their types already; a cast is only DATE '2026-01-31'", *place(node, scope.sql)
        )
    return _as_moment(node.this.this, wanted, node, scope)


_INSTANTS = (exp.DType.TIMESTAMP, exp.DType.TIMESTAMPNTZ, exp.DType.TIMESTAMPTZ)


def _as_moment(text: str, kind: Type, node: exp.Expr, scope: Scope) -> Value:
    try:
        if kind == "date":
            return Value("date", pl.lit(date.fromisoformat(text)))
        return Value("instant", pl.lit(parse_instant(text), dtype=INSTANT))
    except ValueError:
        raise ConditionFault(f"{text!r} is no date; write '2026-01-31'", *place(node, scope.sql)) from None


# --- logic --------------------------------------------------------------------------------------------------


def _flag(expr: pl.Expr) -> Value:
    return Value("flag", expr)


def _operand(node: exp.Expr, scope: Scope) -> pl.Expr:
    value = compile_node(node, scope)
    if value.kind != "flag":
        raise ConditionFault(
            f"AND, OR and NOT join conditions; this is a {value.kind}, compare it first",
            *place(node, scope.sql),
        )
    return value.expr


def _and(node: exp.Expr, scope: Scope) -> Value:
    return _flag(reduce(and_, [_operand(part, scope) for part in node.flatten(unnest=False)]))


def _or(node: exp.Expr, scope: Scope) -> Value:
    return _flag(reduce(or_, [_operand(part, scope) for part in node.flatten(unnest=False)]))


def _not(node: exp.Expr, scope: Scope) -> Value:
    return _flag(~_operand(node.this, scope))


def _paren(node: exp.Expr, scope: Scope) -> Value:
    return compile_node(node.this, scope)


# --- comparisons --------------------------------------------------------------------------------------------

_OPERATORS: Mapping[type[exp.Expr], Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    exp.EQ: lambda left, right: left == right,
    exp.NEQ: lambda left, right: left != right,
    exp.LT: lambda left, right: left < right,
    exp.LTE: lambda left, right: left <= right,
    exp.GT: lambda left, right: left > right,
    exp.GTE: lambda left, right: left >= right,
}


_MIRRORED: Mapping[type[exp.Expr], type[exp.Expr]] = {
    exp.EQ: exp.EQ,
    exp.NEQ: exp.NEQ,
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
}


def _comparison(node: exp.Expr, scope: Scope) -> Value:
    return _compared(type(node), node.this, node.expression, scope)


def _compared(operator: type[exp.Expr], one: exp.Expr, other: exp.Expr, scope: Scope) -> Value:
    # The fact goes to the left: Polars makes one row of a literal compared with a column of one value.
    if other.find(exp.Column) and not one.find(exp.Column):
        operator, one, other = _MIRRORED[operator], other, one
    left, right = _alike(one, other, scope)
    if left.kind == "flag" and operator not in (exp.EQ, exp.NEQ):
        raise ConditionFault(
            "true and false have no order; write the flag itself, or NOT", *place(one, scope.sql)
        )
    return _flag(_OPERATORS[operator](left.expr, right.expr))


def _between(node: exp.Expr, scope: Scope) -> Value:
    if node.args.get("symmetric"):
        raise ConditionFault(
            "BETWEEN takes the smaller value first, without SYMMETRIC", *place(node, scope.sql)
        )
    low = _compared(exp.GTE, node.this, node.args["low"], scope)
    high = _compared(exp.LTE, node.this, node.args["high"], scope)
    return _flag(low.expr & high.expr)


def _in(node: exp.Expr, scope: Scope) -> Value:
    if not node.expressions or node.args.get("query") or node.args.get("unnest"):
        raise ConditionFault("IN takes a list of values: IN ('a', 'b')", *place(node, scope.sql))
    pairs = [_alike(node.this, item, scope) for item in node.expressions]
    subject, literals = pairs[0][0], [item.literal for _, item in pairs]
    if subject.kind in {"text", "number"} and None not in literals:
        # One look-up and not a comparison each: of a hundred numbers a range asks at three hundred points.
        values = pl.Series(literals).cast(pl.String if subject.kind == "text" else pl.Float64)
        return _flag(subject.expr.is_in(values.implode()))
    return _flag(reduce(or_, [_compared(exp.EQ, node.this, item, scope).expr for item in node.expressions]))


def _alike(one: exp.Expr, other: exp.Expr, scope: Scope) -> tuple[Value, Value]:
    """Two values of one type: a literal becomes what stands beside it, a date its midnight."""
    left, right = compile_node(one, scope), compile_node(other, scope)
    for value, node in ((left, one), (right, other)):
        if value.kind == "words":
            raise ConditionFault("a set is asked by ARRAY_CONTAINS(set, 'word')", *place(node, scope.sql))
    left, right = _fitted(left, right, one, scope), _fitted(right, left, other, scope)
    if left.kind != right.kind:
        raise ConditionFault(f"compares a {left.kind} with a {right.kind}", *place(one, scope.sql))
    return left, right


def _fitted(value: Value, beside: Value, node: exp.Expr, scope: Scope) -> Value:
    if value.literal is not None and value.kind == "text":
        if beside.kind in {"date", "instant"}:
            is_date = beside.kind == "date" and len(value.literal) <= len("2026-01-31")
            return _as_moment(value.literal, "date" if is_date else "instant", node, scope)
        _check_word(value.literal, beside.words, node, scope)
    if value.kind == "date" and beside.kind == "instant":
        return Value("instant", value.expr.cast(pl.Datetime("us")).dt.replace_time_zone("UTC"))
    return value


def _check_word(word: str, words: tuple[str, ...], node: exp.Expr, scope: Scope) -> None:
    if words == COUNTRIES:
        try:
            check_country(word)
        except ValueError as error:
            raise ConditionFault(str(error), *place(node, scope.sql)) from None
    elif words and word not in words:
        allowed = "" if len(words) > _LISTABLE else f"; allowed: {', '.join(words)}"
        raise ConditionFault(
            f"{word!r} is no word of this fact{near(word, words) or allowed}", *place(node, scope.sql)
        )


_LISTABLE = 24


# --- text and sets ------------------------------------------------------------------------------------------


def _like(node: exp.Expr, scope: Scope, escape: str = "") -> Value:
    text = compile_node(node.this, scope)
    if text.kind != "text":
        raise ConditionFault(f"LIKE searches text; this is a {text.kind}", *place(node, scope.sql))
    if not (isinstance(node.expression, exp.Literal) and node.expression.is_string):
        raise ConditionFault("LIKE takes a pattern in single quotes: LIKE '%guide%'", *place(node, scope.sql))
    pattern: str = node.expression.this
    subject = text.expr
    if isinstance(node, exp.ILike):
        # Lower case on both sides, as databases do it; a regex' own folding knows other pairs (ſ and s).
        subject, pattern = subject.str.to_lowercase(), pattern.lower()
    found = subject.str.contains(_regex(pattern, escape, node, scope))
    return _flag(found)


def _regex(pattern: str, escape: str, node: exp.Expr, scope: Scope) -> str:
    out, rest = "", iter(pattern)
    for letter in rest:
        if letter == escape:
            following = next(rest, None)
            if following is None:
                raise ConditionFault("the pattern ends in its escape character", *place(node, scope.sql))
            out += re.escape(following)
        else:
            out += {"%": ".*", "_": "."}.get(letter) or re.escape(letter)
    return f"(?s)^{out}$"


def _escape(node: exp.Expr, scope: Scope) -> Value:
    escape = node.expression.name
    if type(node.this) not in (exp.Like, exp.ILike) or len(escape) != 1:
        raise ConditionFault("ESCAPE names one character after a LIKE", *place(node, scope.sql))
    found = _like(node.this, scope, escape)
    return _flag(~found.expr) if node.this.args.get("negate") else found


def _contains(node: exp.Expr, scope: Scope) -> Value:
    words = compile_node(node.this, scope)
    if words.kind != "words":
        raise ConditionFault(
            f"ARRAY_CONTAINS asks a set; this is a {words.kind}, use =", *place(node, scope.sql)
        )
    item = node.expression
    if not (isinstance(item, exp.Literal) and item.is_string):
        raise ConditionFault("ARRAY_CONTAINS takes a word in single quotes", *place(node, scope.sql))
    _check_word(item.this, words.words, item, scope)
    return _flag(words.expr.list.contains(item.this))


def _text_function(node: exp.Expr, scope: Scope) -> Value:
    text = compile_node(node.this, scope)
    if text.kind != "text":
        raise ConditionFault(
            f"{node.key.upper()} takes a text; this is a {text.kind}", *place(node, scope.sql)
        )
    if isinstance(node, exp.Lower):
        return Value("text", text.expr.str.to_lowercase())
    return Value("number", text.expr.str.len_chars().cast(pl.Float64))


# --- arithmetic ---------------------------------------------------------------------------------------------


def _arithmetic(node: exp.Expr, scope: Scope) -> Value:
    left, right = compile_node(node.this, scope), compile_node(node.expression, scope)
    match type(node), left.kind, right.kind:
        case exp.Add, "number", "number":
            return Value("number", left.expr + right.expr)
        case exp.Sub, "number", "number":
            return Value("number", left.expr - right.expr)
        case exp.Mul, "number", "number":
            return Value("number", left.expr * right.expr)
        case exp.Div, "number", "number":
            # Divided by nothing is unknown, not infinite.
            return Value("number", pl.when(right.expr != 0).then(left.expr / right.expr))
        case (exp.Add | exp.Sub) as operator, "date" | "instant", "span":
            start = _fitted(left, Value("instant", pl.col(AS_OF)), node, scope).expr
            return Value("instant", start + right.expr if operator is exp.Add else start - right.expr)
        case exp.Sub, "date" | "instant", "date" | "instant":
            return Value(
                "span", _fitted(left, _NOW, node, scope).expr - _fitted(right, _NOW, node, scope).expr
            )
    raise ConditionFault(f"cannot reckon with a {left.kind} and a {right.kind}", *place(node, scope.sql))


_NOW = Value("instant", pl.col(AS_OF))


def _negative(node: exp.Expr, scope: Scope) -> Value:
    value = compile_node(node.this, scope)
    if value.kind != "number":
        raise ConditionFault(
            f"only a number can be negative; this is a {value.kind}", *place(node, scope.sql)
        )
    literal = None if value.literal is None or value.literal.startswith("-") else f"-{value.literal}"
    return Value("number", -value.expr, literal=literal)


# --- the allowlist ------------------------------------------------------------------------------------------

_ALLOWED: Mapping[type[exp.Expr], Callable[[exp.Expr, Scope], Value]] = {
    exp.Column: _column,
    exp.Literal: _literal,
    exp.Boolean: _truth,
    exp.Interval: _interval,
    exp.Cast: _moment,
    exp.And: _and,
    exp.Or: _or,
    exp.Not: _not,
    exp.Paren: _paren,
    **dict.fromkeys(_OPERATORS, _comparison),
    exp.Between: _between,
    exp.In: _in,
    exp.Like: _like,
    exp.ILike: _like,
    exp.Escape: _escape,
    exp.ArrayContains: _contains,
    exp.Lower: _text_function,
    exp.Length: _text_function,
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Div), _arithmetic),
    exp.Neg: _negative,
}
