"""Conditions over rows: names resolved for one user, literals checked by field type, then plain closures.

SOQL has two truth values: a null equals null, differs from everything else, and is neither less nor more.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.salesforce.errors import RequestError
from sandbox.salesforce.ids import long_id
from sandbox.salesforce.soql import (
    All,
    Comparison,
    Condition,
    Either,
    Inclusion,
    Membership,
    Not,
    Path,
    Semijoin,
    Subquery,
    Value,
)
from sandbox.salesforce.stamps import midnight, stamp

if TYPE_CHECKING:
    from sandbox.salesforce.names import Names, Resolved
    from sandbox.salesforce.table import Row

Predicate = Callable[["Row"], bool]
ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_KINDS = {
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
    "int": "number",
    "double": "number",
    "currency": "number",
    "percent": "number",
}
_NO_ORDER = {"boolean", "multipicklist"}
_DAYS_BACK = re.compile(r"(LAST|NEXT)_N_DAYS")


class Conditions:
    """Compiles the WHERE of one object for one user."""

    def __init__(self, names: Names, now: datetime, ids_of: Callable[[Subquery, Names], set[Any]]) -> None:
        """`ids_of` runs a semi-join's inner query and gives its values."""
        self.names = names
        self.now = now
        self.ids_of = ids_of

    def compile(self, condition: Condition) -> Predicate:
        """The condition as a function of a row; RequestError 400 where it does not fit the object."""
        match condition:
            case All(parts):
                return _every([self.compile(part) for part in parts])
            case Either(parts):
                return _some([self.compile(part) for part in parts])
            case Not(part):
                inner = self.compile(part)
                return lambda row: not inner(row)
            case Comparison():
                return self._comparison(condition)
            case Membership(path, negated, values):
                found = self._filterable(path)
                wanted = {self.constant(found, value) for value in values}
                return _member(found.key, wanted, negated=negated)
            case Semijoin(path, negated, query):
                found = self._filterable(path)
                return _member(found.key, self.ids_of(query, self.names), negated=negated)
            case Inclusion(path, negated, values):
                return self._inclusion(path, values, negated=negated)

    def constant(self, found: Resolved, value: Value) -> Any:
        """The literal as the field's rows spell it, ready to compare with `Resolved.key`."""
        if value.kind == "null":
            return None
        field = found.field
        if field.type in ("id", "reference"):
            return self._id(value)
        wanted = _KINDS.get(field.type, "string")
        if value.kind != wanted:
            raise self._wrong_type(found, wanted)
        if wanted == "datetime":
            return stamp(value.value)
        if wanted == "date":
            return value.value.isoformat()
        if wanted == "string":
            return value.value.casefold() or None
        return value.value

    @staticmethod
    def _id(value: Value) -> str:
        whole = long_id(value.value) if value.kind == "string" else None
        if whole is None:
            raise RequestError(400, "INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {value.value}")
        return whole

    def _wrong_type(self, found: Resolved, wanted: str) -> RequestError:
        name = "dateTime" if wanted == "datetime" else wanted
        quotes = "should be enclosed in quotes" if wanted == "string" else "should not be enclosed in quotes"
        return RequestError(
            400,
            self.names.org.switches.filter_type_error,
            self.names.place(
                found.path,
                f"value of filter criterion for field '{found.path}' must be of type {name} and {quotes}",
            ),
        )

    def _filterable(self, path: Path) -> Resolved:
        found = self.names.resolve(path)
        if not found.field.filterable:
            message = f"field '{path}' can not be filtered in a query call"
            raise RequestError(400, "INVALID_FIELD", self.names.place(path, message))
        return found

    def _comparison(self, one: Comparison) -> Predicate:
        found = self._filterable(one.path)
        if one.operator == "LIKE":
            return self._like(found, one.value)
        if one.operator in ORDERINGS and found.field.type in _NO_ORDER:
            message = self.names.place(one.path, "invalid operator")
            raise RequestError(400, "INVALID_QUERY_FILTER_OPERATOR", message)
        if one.value.kind == "named":
            return self._named(found, one.operator, one.value)
        constant = self.constant(found, one.value)
        key = found.key
        if one.operator == "=":
            return lambda row: bool(key(row) == constant)
        if one.operator == "!=":
            return lambda row: bool(key(row) != constant)
        if constant is None:
            return lambda _row: False
        compare = ORDERINGS[one.operator]

        def ordered(row: Row) -> bool:
            value = key(row)
            return value is not None and compare(value, constant)

        return ordered

    def _like(self, found: Resolved, value: Value) -> Predicate:
        if value.kind != "string" or not found.field.is_text or found.field.type == "multipicklist":
            message = self.names.place(found.path, "invalid operator")
            raise RequestError(400, "INVALID_QUERY_FILTER_OPERATOR", message)
        pattern = like_pattern(value.like)
        get = found.get

        def like(row: Row) -> bool:
            text = get(row)
            return text is not None and pattern.fullmatch(text) is not None

        return like

    def _inclusion(self, path: Path, values: tuple[str, ...], *, negated: bool) -> Predicate:
        found = self._filterable(path)
        if found.field.type != "multipicklist":
            message = self.names.place(path, "includes and excludes are for multi-select picklists only")
            raise RequestError(400, "INVALID_QUERY_FILTER_OPERATOR", message)
        wanted = [frozenset(value.split(";")) for value in values]
        get = found.get

        def includes(row: Row) -> bool:
            chosen = set((get(row) or "").split(";"))
            return any(group <= chosen for group in wanted) is not negated

        return includes

    def _named(self, found: Resolved, sign: str, value: Value) -> Predicate:
        """TODAY and its kin, as a half-open interval of days in UTC."""
        if found.field.type not in ("date", "datetime"):
            raise self._wrong_type(found, _KINDS.get(found.field.type, "string"))
        start, end = (self._spelt(found, one) for one in self._interval(found, value))
        key = found.key
        tests: dict[str, Callable[[str], bool]] = {
            "=": lambda text: start <= text < end,
            "!=": lambda text: not start <= text < end,
            "<": lambda text: text < start,
            "<=": lambda text: text < end,
            ">": lambda text: text >= end,
            ">=": lambda text: text >= start,
        }
        test = tests[sign]
        when_null = sign == "!="

        def named(row: Row) -> bool:
            text = key(row)
            return when_null if text is None else test(text)

        return named

    @staticmethod
    def _spelt(found: Resolved, moment: datetime) -> str:
        return stamp(moment) if found.field.type == "datetime" else moment.date().isoformat()

    def _interval(self, found: Resolved, value: Value) -> tuple[datetime, datetime]:
        today = midnight(self.now.date())
        one = timedelta(days=1)
        plain = {"YESTERDAY": today - one, "TODAY": today, "TOMORROW": today + one}
        if value.count is None and value.value in plain:
            return plain[value.value], plain[value.value] + one
        if value.count is not None and (match := _DAYS_BACK.fullmatch(value.value)):
            span = timedelta(days=value.count)
            return (today - span, today + one) if match[1] == "LAST" else (today + one, today + one + span)
        message = self.names.place(found.path, f"unexpected token: '{value.value}'")
        raise RequestError(400, "MALFORMED_QUERY", message)


def like_pattern(text: str) -> re.Pattern[str]:
    r"""% is any text, _ one character, \% and \_ themselves; without regard to case."""
    parts = re.findall(r"\\.|.", text, re.DOTALL)
    return re.compile("".join(_like_part(part) for part in parts), re.IGNORECASE | re.DOTALL)


def _like_part(part: str) -> str:
    if part == "%":
        return ".*"
    return "." if part == "_" else re.escape(part[-1])


def _every(parts: list[Predicate]) -> Predicate:
    return lambda row: all(part(row) for part in parts)


def _some(parts: list[Predicate]) -> Predicate:
    return lambda row: any(part(row) for part in parts)


def _member(key: Callable[[Row], Any], wanted: set[Any], *, negated: bool) -> Predicate:
    if negated:
        return lambda row: key(row) not in wanted
    return lambda row: key(row) in wanted
