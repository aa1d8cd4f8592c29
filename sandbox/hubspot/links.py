"""Who is associated with whom, under which association types (hubspot.md §3.3, §3.4)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTACT_TO_PRIMARY_COMPANY = 1
CONTACT_TO_COMPANY = 279
DEAL_TO_PRIMARY_COMPANY = 5
DEAL_TO_COMPANY = 341


@dataclass(frozen=True)
class LinkType:
    """One direction of an association type."""

    type_id: int
    source: str
    target: str
    reverse: int
    label: str | None = None

    @property
    def is_primary(self) -> bool:
        """Whether a record has at most one of these."""
        return self.label == "Primary"


def _pairs() -> Iterator[LinkType]:
    for there, back, source, target, label in (
        (1, 2, "contacts", "companies", "Primary"),
        (279, 280, "contacts", "companies", None),
        (3, 4, "deals", "contacts", None),
        (5, 6, "deals", "companies", "Primary"),
        (341, 342, "deals", "companies", None),
        (194, 193, "calls", "contacts", None),
        (182, 181, "calls", "companies", None),
        (206, 205, "calls", "deals", None),
        (200, 199, "meetings", "contacts", None),
        (188, 187, "meetings", "companies", None),
        (212, 211, "meetings", "deals", None),
        (198, 197, "emails", "contacts", None),
        (186, 185, "emails", "companies", None),
        (210, 209, "emails", "deals", None),
        (578, 579, "leads", "contacts", "Primary"),
        (580, 581, "leads", "companies", "Primary"),
        (582, 583, "leads", "deals", "Primary"),
    ):
        yield LinkType(there, source, target, back, label)
        yield LinkType(back, target, source, there, label)


LINK_TYPES: dict[int, LinkType] = {one.type_id: one for one in _pairs()}


@cache
def unlabelled(source: str, target: str) -> LinkType | None:
    """The plain association type between two object types; None where there is none."""
    found = [one for one in LINK_TYPES.values() if (one.source, one.target) == (source, target)]
    return next((one for one in found if one.label is None), found[0] if found else None)


class Links:
    """All associations, kept in both directions."""

    def __init__(self) -> None:
        self._ends: dict[tuple[str, int], dict[str, dict[int, tuple[int, ...]]]] = {}
        """(type, id) → other type → other id → association type ids"""

    def between(self, source: str, source_id: int, target: str) -> dict[int, tuple[int, ...]]:
        """The associated ids of one other type, with the type ids of each."""
        return self._ends.get((source, source_id), {}).get(target, {})

    def ids(self, source: str, source_id: int, target: str) -> list[int]:
        """The associated ids of one other type."""
        return list(self.between(source, source_id, target))

    def primary(self, source: str, source_id: int, target: str) -> int | None:
        """The one target under a Primary type, or None."""
        for target_id, type_ids in self.between(source, source_id, target).items():
            if any(LINK_TYPES[one].is_primary for one in type_ids):
                return target_id
        return None

    def neighbours(self, source: str, source_id: int) -> list[tuple[str, int]]:
        """Every record associated with this one."""
        return [(other, one) for other, ids in self._ends.get((source, source_id), {}).items() for one in ids]

    def every(self) -> Iterator[tuple[int, int, int]]:
        """Each association once, as (type id, source id, target id)."""
        for (_, source_id), others in self._ends.items():
            for ids in others.values():
                for target_id, type_ids in ids.items():
                    forward = _FORWARD.intersection(type_ids)
                    yield from ((type_id, source_id, target_id) for type_id in sorted(forward))

    def add(self, kind: LinkType, source_id: int, target_id: int) -> None:
        """Associate two records; a new Primary takes the place of the old one, and implies the plain type."""
        plain = unlabelled(kind.source, kind.target)
        if kind.is_primary:
            side = kind if kind.type_id in _ONE_PER_SOURCE else LINK_TYPES[kind.reverse]
            owner = source_id if side is kind else target_id
            old = self.primary(side.source, owner, side.target)
            if old is not None:
                self._drop_type(side, owner, old)
        for one in (kind, plain):
            if one is not None:
                self._put(one, source_id, target_id)
                self._put(LINK_TYPES[one.reverse], target_id, source_id)

    def remove(self, source: str, source_id: int, target: str, target_id: int) -> None:
        """End every association between two records."""
        self._ends.get((source, source_id), {}).get(target, {}).pop(target_id, None)
        self._ends.get((target, target_id), {}).get(source, {}).pop(source_id, None)

    def move(self, source: str, old: int, new: int) -> None:
        """Give all associations of one record to another, as a merge does; `new` keeps its Primary."""
        for other, ids in list(self._ends.get((source, old), {}).items()):
            for other_id, type_ids in list(ids.items()):
                self.remove(source, old, other, other_id)
                for type_id in type_ids:
                    kind = LINK_TYPES[type_id]
                    if not (kind.is_primary and self.primary(source, new, other) is not None):
                        self.add(kind, new, other_id)
        self._ends.pop((source, old), None)

    def _put(self, kind: LinkType, source_id: int, target_id: int) -> None:
        ids = self._ends.setdefault((kind.source, source_id), {}).setdefault(kind.target, {})
        held = ids.get(target_id, ())
        if kind.type_id not in held:
            ids[target_id] = tuple(sorted((*held, kind.type_id)))

    def _drop_type(self, kind: LinkType, source_id: int, target_id: int) -> None:
        for one, here, there in (
            (kind, source_id, target_id),
            (LINK_TYPES[kind.reverse], target_id, source_id),
        ):
            ids = self.between(one.source, here, one.target)
            kept = tuple(type_id for type_id in ids[there] if type_id != one.type_id)
            if kept:
                ids[there] = kept
            else:
                ids.pop(there)


_FORWARD = frozenset(list(LINK_TYPES)[::2])
"""One direction of each association type: the table's first."""
_ONE_PER_SOURCE = frozenset({1, 5, 578, 580, 582})
"""Primary types whose source has one target; their reverses may have many."""
