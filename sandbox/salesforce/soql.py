"""SOQL text to a tree; what the grammar does not know is MALFORMED_QUERY (salesforce.md §7.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any
from typing import Literal as OneOf

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError

from sandbox.salesforce.errors import RequestError
from sandbox.salesforce.stamps import parse_stamp

MAX_QUERY_LENGTH = 100_000
MAX_STRING_LENGTH = 4_000
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)


@dataclass(frozen=True)
class Path:
    """`Owner.Name`, and the column where it stands."""

    parts: tuple[str, ...]
    column: int = 1

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True)
class Function:
    """`COUNT(Id)`; COUNT() has no path."""

    name: str
    path: Path | None
    column: int = 1


@dataclass(frozen=True)
class Value:
    """A literal; `like` keeps a string's escapes of % and _."""

    kind: OneOf["string", "number", "boolean", "date", "datetime", "null", "named"]
    value: Any = None
    like: str = ""
    count: int | None = None


@dataclass(frozen=True)
class Comparison:
    """`path = literal`; LIKE is an operator too, and <> is spelt !=."""

    path: Path
    operator: str
    value: Value


@dataclass(frozen=True)
class Membership:
    """`path IN (literal, …)`."""

    path: Path
    negated: bool
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Subquery:
    """The inner query of a semi-join."""

    path: Path
    source: Source
    where: Condition | None


@dataclass(frozen=True)
class Semijoin:
    """`path IN (SELECT …)`."""

    path: Path
    negated: bool
    query: Subquery


@dataclass(frozen=True)
class Inclusion:
    """`path INCLUDES ('a;b', 'c')`; negated is EXCLUDES."""

    path: Path
    negated: bool
    values: tuple[str, ...]


@dataclass(frozen=True)
class All:
    """Terms joined by AND."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Either:
    """Terms joined by OR."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    """A term denied."""

    part: Condition


Condition = Comparison | Membership | Semijoin | Inclusion | All | Either | Not


@dataclass(frozen=True)
class Source:
    """What stands behind FROM."""

    name: str
    alias: str | None
    column: int


@dataclass(frozen=True)
class Item:
    """Something selected: a path, a function, FIELDS(…), or the children of a record."""

    what: Path | Function | FieldSet | Query
    alias: str | None = None


@dataclass(frozen=True)
class FieldSet:
    """FIELDS(ALL), FIELDS(STANDARD), FIELDS(CUSTOM)."""

    kind: str


@dataclass(frozen=True)
class Sorting:
    """One key of ORDER BY; nulls come first unless told otherwise."""

    key: Path | Function
    descending: bool
    nulls_last: bool


@dataclass(frozen=True)
class GroupTest:
    """One test of HAVING."""

    key: Path | Function
    operator: str
    value: Value


@dataclass(frozen=True)
class Having:
    """The tests of a group: every one must hold, or any."""

    tests: tuple[GroupTest, ...]
    every: bool


@dataclass(frozen=True)
class Query:
    """A whole query."""

    items: tuple[Item, ...]
    source: Source
    where: Condition | None = None
    group: tuple[Path, ...] = ()
    having: Having | None = None
    order: tuple[Sorting, ...] = ()
    limit: int | None = None
    offset: int = 0


@lru_cache(maxsize=256)
def parse(text: str) -> Query:
    """The tree of a query; RequestError 400 MALFORMED_QUERY where it is none."""
    if len(text) > MAX_QUERY_LENGTH:
        raise RequestError(
            400, "QUERY_TOO_COMPLICATED", "SOQL statements must be shorter than 100,000 characters."
        )
    try:
        query: Query = _ToQuery().transform(_grammar().parse(text))
    except UnexpectedInput as unexpected:
        raise malformed(text, _column(text, unexpected), _complaint(unexpected)) from None
    except VisitError as wrapped:
        if isinstance(wrapped.orig_exc, RequestError):
            raise wrapped.orig_exc from None
        raise
    return query


def malformed(text: str, column: int, complaint: str) -> RequestError:
    """400 MALFORMED_QUERY with the excerpt and the place, as §4.4 describes."""
    return RequestError(400, "MALFORMED_QUERY", at_place(text, column, complaint))


def at_place(text: str, column: int, complaint: str) -> str:
    """The complaint behind a caret excerpt and `ERROR at Row:1:Column:n`."""
    one_line = text.replace("\n", " ")
    start = max(0, column - 40)
    excerpt = one_line[start : column + 20]
    return f"\n{excerpt}\n{' ' * (column - 1 - start)}^\nERROR at Row:1:Column:{column}\n{complaint}"


@lru_cache(maxsize=1)
def _grammar() -> Lark:
    text = FilePath(__file__).with_name("soql.lark").read_text(encoding="utf-8")
    return Lark(text, start="query", parser="lalr", maybe_placeholders=False)


def _column(text: str, unexpected: UnexpectedInput) -> int:
    place: int | None = unexpected.pos_in_stream  # None at the end of the text, whatever lark's stubs say
    return len(text) if place is None or place < 0 else place + 1


def _complaint(unexpected: UnexpectedInput) -> str:
    if isinstance(unexpected, UnexpectedToken):
        token = unexpected.token
        return "unexpected token: '<EOF>'" if token.type == "$END" else f"unexpected token: '{token}'"
    if isinstance(unexpected, UnexpectedCharacters):
        return f"unexpected token: '{unexpected.char}'"
    return "unexpected token: '<EOF>'"


def _unescape(token: Token, *, keep_wildcards: bool = False) -> str:
    """The text between the quotes; a pattern for LIKE keeps its escaped % and _."""

    def one(match: re.Match[str]) -> str:
        code = match[1]
        if code[0] == "u" and len(code) > 1:
            return chr(int(code[1:], 16))
        if code in _ESCAPES:
            return _ESCAPES[code]
        if code in "'\"\\":
            return "\\\\" if keep_wildcards and code == "\\" else code
        if code in "%_":
            return f"\\{code}" if keep_wildcards else code
        raise malformed(str(token), 1, f"Illegal character sequence: \\{code}")

    plain = _ESCAPE.sub(one, token[1:-1])
    if len(plain) > MAX_STRING_LENGTH:
        raise malformed(str(token)[:40], 1, "A quoted string may hold at most 4,000 characters.")
    return plain


@v_args(inline=True)
class _ToQuery(Transformer[Token, Query]):
    """Tree to dataclasses, bottom up; keyword tokens are dropped on the way."""

    def path(self, *names: Token) -> Path:
        return Path(tuple(map(str, names)), (names[0].start_pos or 0) + 1)

    def function(self, name: Token, path: Path | None = None) -> Function:
        return Function(str(name).upper(), path, (name.start_pos or 0) + 1)

    def alias(self, name: Token) -> str:
        return str(name)

    def plain(self, path: Path, alias: str | None = None) -> Item:
        return Item(path, alias)

    def computed(self, function: Function, alias: str | None = None) -> Item:
        return Item(function, alias)

    def all_fields(self, _keyword: Token, kind: Token) -> Item:
        return Item(FieldSet(str(kind).upper()))

    def child(self, *parts: Any) -> Item:
        return Item(_query(parts))

    def source(self, name: Token, alias: Token | None = None) -> Source:
        return Source(str(name), str(alias) if alias else None, (name.start_pos or 0) + 1)

    def where(self, _keyword: Token, condition: Condition) -> _Clause:
        return _Clause("where", condition)

    def conjunction(self, *parts: Any) -> All:
        return All(tuple(part for part in parts if not isinstance(part, Token)))

    def disjunction(self, *parts: Any) -> Either:
        return Either(tuple(part for part in parts if not isinstance(part, Token)))

    def negation(self, _keyword: Token, part: Condition) -> Not:
        return Not(part)

    def comparison(self, path: Path, operator: Token, value: Value) -> Comparison:
        return Comparison(path, "!=" if operator == "<>" else str(operator), value)

    def like(self, path: Path, _keyword: Token, value: Value) -> Comparison:
        return Comparison(path, "LIKE", value)

    def membership(self, path: Path, *rest: Any) -> Membership:
        values = tuple(part for part in rest if isinstance(part, Value))
        return Membership(path, _has(rest, "NOT"), values)

    def subquery(self, *parts: Any) -> Subquery:
        path, source, *clauses = [part for part in parts if not isinstance(part, Token)]
        return Subquery(path, source, clauses[0].value if clauses else None)

    def semijoin(self, path: Path, *rest: Any) -> Semijoin:
        return Semijoin(path, _has(rest, "NOT"), rest[-1])

    def inclusion(self, path: Path, keyword: Token, *values: Token) -> Inclusion:
        return Inclusion(path, keyword.type == "EXCLUDES", tuple(map(_unescape, values)))

    def group(self, *parts: Any) -> _Clause:
        return _Clause("group", tuple(part for part in parts if isinstance(part, Path)))

    def group_comparison(self, key: Path | Function, operator: Token, value: Value) -> GroupTest:
        return GroupTest(key, "!=" if operator == "<>" else str(operator), value)

    def having_all(self, *parts: Any) -> Having:
        return Having(tuple(part for part in parts if isinstance(part, GroupTest)), every=True)

    def having_any(self, *parts: Any) -> Having:
        return Having(tuple(part for part in parts if isinstance(part, GroupTest)), every=False)

    def having(self, _keyword: Token, test: GroupTest | Having) -> _Clause:
        return _Clause("having", test if isinstance(test, Having) else Having((test,), every=True))

    def sorting(self, key: Path | Function, *words: Token) -> Sorting:
        return Sorting(key, _has(words, "DESC"), _has(words, "LAST"))

    def order(self, *parts: Any) -> _Clause:
        return _Clause("order", tuple(part for part in parts if isinstance(part, Sorting)))

    def limit(self, _keyword: Token, count: Token) -> _Clause:
        return _Clause("limit", int(count))

    def offset(self, _keyword: Token, count: Token) -> _Clause:
        return _Clause("offset", int(count))

    def string(self, token: Token) -> Value:
        return Value("string", _unescape(token), like=_unescape(token, keep_wildcards=True))

    def datetime(self, token: Token) -> Value:
        try:
            return Value("datetime", parse_stamp(str(token).upper()))
        except ValueError:
            raise malformed(str(token), 1, f"Invalid date: {token}") from None

    def date(self, token: Token) -> Value:
        try:
            return Value("date", date.fromisoformat(str(token)))
        except ValueError:
            raise malformed(str(token), 1, f"Invalid date: {token}") from None

    def number(self, token: Token) -> Value:
        return Value("number", float(token))

    def true(self, _token: Token) -> Value:
        return Value("boolean", value=True)

    def false(self, _token: Token) -> Value:
        return Value("boolean", value=False)

    def null(self, _token: Token) -> Value:
        return Value("null")

    def named_date(self, name: Token, count: Token | None = None) -> Value:
        return Value("named", str(name).upper(), count=int(count) if count is not None else None)

    def query(self, *parts: Any) -> Query:
        return _query(parts)


@dataclass(frozen=True)
class _Clause:
    name: str
    value: Any


def _query(parts: tuple[Any, ...]) -> Query:
    items = tuple(part for part in parts if isinstance(part, Item))
    source = next(part for part in parts if isinstance(part, Source))
    clauses = {part.name: part.value for part in parts if isinstance(part, _Clause)}
    return Query(items, source, **clauses)


def _has(tokens: tuple[Any, ...], kind: str) -> bool:
    return any(isinstance(token, Token) and token.type == kind for token in tokens)
