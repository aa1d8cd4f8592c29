"""Search over one object type's index: typed comparison, one order, and the shortest way to the answer.

Comparison follows hubspot.md §2.1: numbers and times by value, text without regard to case,
enumerations with it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sandbox.hubspot.errors import invalid
from sandbox.hubspot.moments import iso_to_ms
from sandbox.hubspot.query import ASSOCIATIONS, Filter, Query, Sort

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sandbox.hubspot.index import Key, Predicate, SearchIndex
    from sandbox.hubspot.records import Shelf, Version
    from sandbox.hubspot.schema import Definition, Schema
    from sandbox.hubspot.switches import HubSpotSwitches

    Groups = tuple[tuple[Filter, ...], ...]
    Linked = Callable[[str, int], Iterable[int]]

RANGE_OPERATORS = frozenset({"EQ", "LT", "LTE", "GT", "GTE", "BETWEEN"})
NEGATIONS = frozenset({"NEQ", "NOT_IN", "NOT_CONTAINS_TOKEN"})
FAR = 1 << 62
_TOKEN = re.compile(r"[^\W_]+")
_INTEGER = re.compile(r"-?\d+")


class Search:
    """Answers queries over one object type."""

    def __init__(
        self,
        shelf: Shelf,
        schema: Schema,
        index: SearchIndex,
        linked: Linked,
        switches: HubSpotSwitches,
    ) -> None:
        """`linked(other_type, id)` gives the ids of this type's records that are associated with that one."""
        self.shelf = shelf
        self.schema = schema
        self.index = index
        self.linked = linked
        self.switches = switches

    def find(self, query: Query, now: int) -> tuple[int, list[Version]]:
        """How many match, and those of the page as indexed. Refusal on unknown properties and bad values."""
        self.index.settle(now)
        matches = self._matches(query)
        key = self._key(query.sort)
        descending = query.sort is not None and query.sort.descending
        rows, low, high = self._rows(query, matches, key)
        total = high - low
        size = max(0, min(query.limit, total - query.offset))
        if descending:
            stop = high - query.offset
            page = list(rows[stop - size : stop])[::-1] if size else []
        else:
            page = list(rows[low + query.offset : low + query.offset + size])
        ids = [row if isinstance(row, int) else row[-1] for row in page]
        return total, [self.index.seen[record_id] for record_id in ids]

    # ------------------------------------------------------------ the way to the answer

    def _rows(self, query: Query, matches: Predicate, key: Key) -> tuple[Any, int, int]:
        """An ordered sequence of rows and the part of it that answers the query.

        In the order of id or date, bounds on that property cut a part out of an order that is kept anyway, or
        out of a kept scan of the other conditions: so all pages of a keyset walk share one scan.
        """
        if any(one.name.startswith(ASSOCIATIONS) for group in query.groups for one in group):
            found = sorted(key(one) for one in self._candidates(query.groups) if matches(one))
            return found, 0, len(found)
        walked = self._walked(query)
        if walked is None:
            rows = self._scan(query, query.groups, matches, key)
            return rows, 0, len(rows)
        group = query.groups[0] if query.groups else ()
        bounds = [one for one in group if one.name == walked and one.operator in RANGE_OPERATORS]
        rest = tuple(one for one in group if one not in bounds)
        lo, hi = self._range(bounds, walked)
        if rest:
            rows = self._scan(query, (rest,), self._all_of(rest), key)
            flag = int(query.sort is not None and query.sort.descending)
            edges: list[Any] = [(flag, lo, -FAR), (flag, hi + 1, -FAR)]
        elif walked == "hs_object_id":
            rows, edges = self.index.by_id, [lo, hi + 1]
        else:
            rows, edges = self.index.by_modified, [(lo, -1), (hi + 1, -1)]
        first, last = map(rows.bisect_left, edges)
        return rows, first, max(first, last)

    def _walked(self, query: Query) -> str | None:
        """The property in whose order a keyset walk goes; None for any other query."""
        if query.sort is None or query.text or len(query.groups) > 1:
            return None
        return (
            query.sort.name if query.sort.name in ("hs_object_id", self.shelf.object_type.modified) else None
        )

    def _scan(self, query: Query, groups: Groups, matches: Predicate, key: Key) -> Any:
        """The rows of a scan that is kept up to date."""
        name = (groups, query.text, query.sort, self.switches.negations_match_unset)
        return self.index.standing(name, matches, key, lambda: self._candidates(groups)).rows

    def _candidates(self, groups: Groups) -> Iterator[Version]:
        """Versions that may match, by the narrowest range that a filter gives."""
        if len(groups) <= 1:
            return self._of_group(groups[0] if groups else ())
        ids = {version.id for group in groups for version in self._of_group(group)}
        return (self.index.seen[record_id] for record_id in ids)

    def _of_group(self, group: tuple[Filter, ...]) -> Iterator[Version]:
        seen = self.index.seen
        links = [one for one in group if one.name.startswith(ASSOCIATIONS)]
        if links:
            return (seen[one] for one in sorted(self._linked_ids(links[0])) if one in seen)
        modified = self.shelf.object_type.modified
        if any(one.name == modified and one.operator in RANGE_OPERATORS for one in group):
            lo, hi = self._range(group, modified)
            return (seen[pair[1]] for pair in self.index.by_modified.irange((lo, -1), (hi, FAR)))
        if any(one.name == "hs_object_id" and one.operator in RANGE_OPERATORS for one in group):
            lo, hi = self._range(group, "hs_object_id")
            return (seen[one] for one in self.index.by_id.irange(lo, hi))
        return iter(seen.values())

    def _range(self, filters: Iterable[Filter], name: str) -> tuple[int, int]:
        """The closed range that the range filters on a whole-number property leave."""
        lo, hi = -FAR, FAR
        for one in filters:
            if one.name != name or one.operator not in RANGE_OPERATORS:
                continue
            value = _whole_bound(self._operand(self.schema[name], one.value or ""), one.operator)
            if one.operator in ("EQ", "GTE", "GT", "BETWEEN"):
                lo = max(lo, value + (one.operator == "GT"))
            if one.operator == "LT":
                hi = min(hi, value - 1)
            elif one.operator in ("EQ", "LTE", "BETWEEN"):
                upper = one.high if one.operator == "BETWEEN" else one.value
                hi = min(hi, _whole_bound(self._operand(self.schema[name], upper or ""), "LTE"))
        return lo, hi

    # ------------------------------------------------------------ conditions

    def _matches(self, query: Query) -> Predicate:
        groups = [self._all_of(group) for group in query.groups]
        text = self._text_match(query.text) if query.text else None
        if not groups:
            return text or (lambda _: True)
        if len(groups) == 1 and text is None:
            return groups[0]
        return lambda version: (text is None or text(version)) and any(group(version) for group in groups)

    def _all_of(self, group: tuple[Filter, ...]) -> Predicate:
        conditions = [self._condition(one) for one in group]
        if len(conditions) == 1:
            return conditions[0]
        return lambda version: all(condition(version) for condition in conditions)

    def _condition(self, one: Filter) -> Predicate:
        if one.name.startswith(ASSOCIATIONS):
            ids = set(self._linked_ids(one))
            return lambda version: version.id in ids
        definition = self.schema.get(one.name)
        if definition is None:
            raise invalid(f"There was a problem with the request: no property named {one.name!r} exists.")
        read = self._reader(definition)
        if one.operator == "HAS_PROPERTY":
            return lambda version: read(version) is not None
        if one.operator == "NOT_HAS_PROPERTY":
            return lambda version: read(version) is None
        test = self._test(definition, one)
        unset = one.operator in NEGATIONS and self.switches.negations_match_unset

        def condition(version: Version) -> bool:
            value = read(version)
            return unset if value is None else test(value)

        return condition

    def _reader(self, definition: Definition) -> Callable[[Version], Any]:
        """How a version's value is read for comparison."""
        name = definition.name
        if name == "hs_object_id":
            return lambda version: version.id
        if name == self.shelf.object_type.modified:
            return lambda version: version.modified
        if name in (self.shelf.object_type.created, "hs_createdate"):
            return lambda version: version.created
        typed = TYPED[definition.type]

        def read(version: Version) -> Any:
            text = version.properties.get(name)
            return None if text is None else typed(text)

        return read

    def _test(self, definition: Definition, one: Filter) -> Callable[[Any], bool]:
        """The comparison of one operator, its operands typed once."""
        if one.operator in ("IN", "NOT_IN"):
            return self._membership(definition, one)
        if one.operator in ("CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"):
            return _token_test(one)
        operand = self._operand(definition, one.value or "")
        if one.operator in ("EQ", "NEQ") and definition.is_multiple:
            wanted = one.operator == "EQ"
            return lambda value: (value == operand or operand in value.split(";")) is wanted
        if one.operator == "BETWEEN":
            high = self._operand(definition, one.high or "")
            return lambda value: bool(operand <= value <= high)
        return _COMPARE[one.operator](operand)

    def _membership(self, definition: Definition, one: Filter) -> Callable[[Any], bool]:
        """IN and NOT_IN; text values must be sent in lower case, or they find nothing (§2.1)."""
        is_text = TYPED[definition.type] is str.lower
        operands = {value if is_text else self._operand(definition, value) for value in one.values or ()}
        wanted = one.operator == "IN"
        if definition.is_multiple:
            return lambda value: (not operands.isdisjoint(value.split(";"))) is wanted
        return lambda value: (value in operands) is wanted

    def _operand(self, definition: Definition, text: str) -> Any:
        """A filter's value in the property's type; 400 where it is none."""
        try:
            if definition.type not in ("datetime", "date"):
                return TYPED[definition.type](text)
            is_iso = self.switches.search_accepts_iso_dates and not _INTEGER.fullmatch(text)
            return iso_to_ms(text) if is_iso else int(text)
        except ValueError:
            kind = "epoch milliseconds" if definition.type in ("datetime", "date") else f"a {definition.type}"
            raise invalid(f"The value {text!r} of the filter on {definition.name} is not {kind}.") from None

    def _linked_ids(self, one: Filter) -> Iterable[int]:
        """`associations.company` EQ or IN ids (§2.1)."""
        values = one.values if one.operator == "IN" else (one.value or "",)
        if one.operator not in ("EQ", "IN") or not all(value.isdecimal() for value in values or ()):
            raise invalid(f"The filter on {one.name} takes EQ or IN with record ids.")
        other = one.name.removeprefix(ASSOCIATIONS)
        return {found for value in values or () for found in self.linked(other, int(value))}

    def _text_match(self, text: str) -> Predicate:
        """Every word of `query` begins a word of the searchable properties."""
        words = [word.lower() for word in _TOKEN.findall(text)]
        names = self.shelf.object_type.searchable

        def match(version: Version) -> bool:
            found = " ".join(version.properties.get(name, "") for name in names).lower()
            tokens = _TOKEN.findall(found)
            return all(any(token.startswith(word) for token in tokens) for word in words)

        return match

    # ------------------------------------------------------------ order

    def _key(self, sort: Sort | None) -> Key:
        """The row that a version sorts by; records without the value come last in either direction."""
        if sort is None:
            return lambda version: (version.created, version.id)
        definition = self.schema.get(sort.name)
        if definition is None:
            raise invalid(
                f"There was a problem with the request: no property named {sort.name!r} to sort by exists."
            )
        read = self._reader(definition)
        with_value, without = (1, 0) if sort.descending else (0, 1)

        def key(version: Version) -> tuple[Any, ...]:
            value = read(version)
            return (without, version.id) if value is None else (with_value, value, version.id)

        return key


def number(text: str) -> int | float:
    """A number property's value; ValueError for anything but digits, a sign and a dot."""
    if _INTEGER.fullmatch(text):
        return int(text)
    if not text.strip("-.0123456789"):
        return float(text)
    raise ValueError(text)


TYPED: dict[str, Callable[[str], Any]] = {
    "string": str.lower,
    "phone_number": str.lower,
    "number": number,
    "bool": str.lower,
    "enumeration": str,
    "datetime": iso_to_ms,
    "date": iso_to_ms,
}
"""How a stored text becomes the value that comparison and order go by."""

_COMPARE: dict[str, Callable[[Any], Callable[[Any], bool]]] = {
    "EQ": lambda operand: lambda value: bool(value == operand),
    "NEQ": lambda operand: lambda value: bool(value != operand),
    "LT": lambda operand: lambda value: bool(value < operand),
    "LTE": lambda operand: lambda value: bool(value <= operand),
    "GT": lambda operand: lambda value: bool(value > operand),
    "GTE": lambda operand: lambda value: bool(value >= operand),
}


def _token_test(one: Filter) -> Callable[[Any], bool]:
    """Whole words, `*` for any part of one; several words must stand side by side."""
    parts = [re.escape(part).replace(r"\*", r"\w*") for part in (one.value or "").lower().split()]
    pattern = re.compile(r"(?<![^\W_])" + r"[\W_]+".join(parts) + r"(?![^\W_])")
    wanted = one.operator == "CONTAINS_TOKEN"
    return lambda value: (pattern.search(str(value).lower()) is not None) is wanted


def _whole_bound(operand: Any, operator: str) -> int:
    """A bound on whole numbers: 3.5 as a lower one is 4, as an upper one 3."""
    floor = int(operand // 1)
    if operand == floor:
        return floor
    return floor if operator in ("LTE", "GT") else floor + 1
