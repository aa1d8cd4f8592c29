"""Whether a CRM's field can feed a fact: kinds beside types, its words beside ours. Data, pure functions."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from config.faults import suggestion
from connectors.base import Finding
from connectors.readers import Read
from connectors.words import key
from qualifier.facts import SINCE, Fact, Kind
from qualifier.guardrails.across import COMPUTED
from qualifier.phrases import counted

Holds = Literal["flag", "number", "date", "instant", "text", "choice", "other"]
MOST_SHOWN = 5
_FROM_ELSEWHERE = COMPUTED | {"won_deals", "last_won_on"} | frozenset(SINCE.values())
"""Facts that need no field of a lead: worked out, read from deals, or answered by reps."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field as the CRM describes it: name and type in its own words, what it `holds` in ours.

    `choices`: the values of a picklist.
    """

    name: str
    type: str
    holds: Holds
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Need:
    """What a kind of fact is read from. `partly`: also from texts, as far as they look like it."""

    holds: tuple[Holds, ...]
    expected: str
    partly: bool = True


_NEEDS: Mapping[Kind, _Need] = {
    "flag": _Need(("flag",), "a checkbox", partly=False),
    "number": _Need(("number",), "a number field"),
    "range": _Need(("number", "text"), "a number field, or ranges such as 50-250"),
    "date": _Need(("date", "instant"), "a date field"),
    "instant": _Need(("instant", "date"), "a field of date and time"),
}
"""Texts and words may be read from anything."""


def mismatch(name: str, fact: Fact, field: Field, read: Read, *, translated: bool) -> Finding | None:
    """What is wrong with reading the fact `name` from `field`; None where they fit.

    `read`: how one value of the field becomes the fact's. `translated`: `values:` says what its words mean.
    """
    need = _NEEDS.get(fact.kind)
    if need is None or field.holds in need.holds:
        return None
    if field.holds == "choice":
        return _unread_choices(name, fact, field, read, need)
    if field.holds == "text" and translated:
        return None
    evidence = f"{field.name} is of type {field.type}; {name} needs {need.expected}"
    if field.holds == "text" and need.partly:
        return Finding("warn", f"fact {name}", f"{evidence}: other texts say nothing", _other_field(name))
    remedy = _translated(name) if field.holds == "text" else _other_field(name)
    return Finding("fail", f"fact {name}", evidence, remedy)


def unfed(facts: Iterable[str], fed: Collection[str]) -> Iterator[Finding]:
    """A line with the facts that no field of the CRM is asked for, if there are any."""
    names = [name for name in facts if name not in fed and name not in _FROM_ELSEWHERE]
    if names:
        yield Finding("ok", "no field", f"{', '.join(names)}; map under fields: what this CRM keeps of them")


def absent_statuses(
    statuses: Mapping[str, Sequence[str]], field: str, known: Sequence[str]
) -> Iterator[Finding]:
    """A line for each word of `statuses:` with values that `field` does not have."""
    keys = {key(value) for value in known}
    for word, values in statuses.items():
        absent = [f"{value!r}{suggestion(value, known)}" for value in values if key(value) not in keys]
        if absent:
            evidence = f"{field} has no value {', '.join(absent)}"
            yield Finding("warn", f"statuses.{word}", evidence, f"Correct statuses.{word}.")


def unknown_words(name: str, field: str, unknown: Mapping[str, int], holders: str) -> Finding:
    """Values of `field` that mean nothing for the fact `name`, with counts. `holders`: how many have one."""
    largest = sorted(unknown.items(), key=lambda item: (-item[1], item[0]))[:MOST_SHOWN]
    shown = ", ".join(f"{value!r} {amount}" for value, amount in largest)
    several = counted(len(unknown), "unknown value")
    evidence = f"{holders} with {several}: {shown}"
    place = "Put each under a word of statuses" if name == "status" else f"Translate them under values.{name}"
    return Finding("warn", f"values of {field}", evidence, f"{place}.")


def _unread_choices(name: str, fact: Fact, field: Field, read: Read, need: _Need) -> Finding | None:
    """A picklist is as good as what is understood of its values; a flag that is never true is no good."""
    meanings = {choice: read(choice) for choice in field.choices}
    unread = [choice for choice, meaning in meanings.items() if meaning is None]
    is_of_use = any(meaning is True if fact.kind == "flag" else meaning for meaning in meanings.values())
    if is_of_use and not unread:
        return None
    shown = ", ".join(map(repr, unread[:MOST_SHOWN])) + (", …" if len(unread) > MOST_SHOWN else "")
    evidence = f"{field.name} is of type {field.type}; {name} needs {need.expected}"
    evidence += f", and nothing is made of {shown}" if unread else ", and none of its values means true"
    remedy = _translated(name) if fact.kind == "flag" else _other_field(name)
    return Finding("warn" if is_of_use else "fail", f"fact {name}", evidence, remedy)


def _other_field(name: str) -> str:
    return f"Map another field under fields.{name}."


def _translated(name: str) -> str:
    return (
        f"Map a checkbox under fields.{name}, or say under values.{name} which words mean true, which false."
    )
