"""The rules by which a written value fits its property (hubspot.md §4, value rules)."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING

from sandbox.hubspot.moments import DAY_MS, day_to_iso, iso_to_ms, ms_to_day, to_iso, to_ms

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.hubspot.schema import Definition

MAX_STRING_CHARS = 65_536

_NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)")
_INTEGER = re.compile(r"-?\d{1,15}")
_ISO_MS = re.compile(r"[12]\d{3}-(?:0\d|1[0-2])-(?:[0-2]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;.]+(\.[^@\s,;.]+)+")

Scalar = str | int | float | bool | date | datetime


class BadValue(ValueError):
    """A value that its property does not take. `code` as in §4, INVALID_OPTION for one."""

    def __init__(self, name: str, code: str, message: str) -> None:
        """Refuse a value of the property `name`."""
        super().__init__(message)
        self.name = name
        self.code = code
        self.message = message


def text_of(value: Scalar) -> str:
    """A Python value as the text that travels: `true`, `3039`, `2026-11-21`, `2026-11-21T08:00:00.000Z`."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return to_iso(to_ms(value))
    if isinstance(value, date):
        return day_to_iso(value)
    return repr(int(value)) if float(value).is_integer() else repr(value)


def normalise(definition: Definition, raw: str) -> str:
    """The text to store for a non-empty `raw`; BadValue where the property does not take it."""
    return _RULES[definition.type](definition, raw)


def append_parts(current: str | None, raw: str) -> str:
    """What a leading semicolon makes of a multiple choice: `a` and `;b` give `a;b` (§4)."""
    kept = [part for part in (current or "").split(";") if part]
    return ";".join(kept + [part for part in raw.split(";") if part and part not in kept])


def _string(definition: Definition, raw: str) -> str:
    if len(raw) > MAX_STRING_CHARS:
        message = f"{definition.name} is longer than the {MAX_STRING_CHARS} characters that a property holds."
        raise BadValue(definition.name, "PROPERTY_VALUE_TOO_LONG", message)
    if definition.name == "email" and not _EMAIL.fullmatch(raw.strip()):
        raise BadValue(definition.name, "INVALID_EMAIL", f"Email address {raw} is invalid")
    return raw.strip().lower() if definition.name == "email" else raw


def _number(definition: Definition, raw: str) -> str:
    if not _NUMBER.fullmatch(raw):
        raise BadValue(definition.name, "INVALID_INTEGER", f"{raw} was not a valid number.")
    return raw


def _bool(definition: Definition, raw: str) -> str:
    if raw not in ("true", "false"):
        raise BadValue(
            definition.name, "INVALID_OPTION", f"{raw} was not one of the allowed options: [true, false]"
        )
    return raw


def _datetime(definition: Definition, raw: str) -> str:
    if _ISO_MS.fullmatch(raw):  # already as stored, except for a day such as 30 February
        if raw[8:10] <= "28":
            return raw
    elif _INTEGER.fullmatch(raw):
        try:
            return to_iso(int(raw))
        except OverflowError:
            raise _bad_long(definition, raw) from None
    if "T" not in raw:
        raise _bad_long(definition, raw)
    try:
        return to_iso(iso_to_ms(raw))
    except ValueError:
        raise _bad_long(definition, raw) from None


def _date(definition: Definition, raw: str) -> str:
    if _DAY.fullmatch(raw):
        try:
            return day_to_iso(date.fromisoformat(raw))
        except ValueError:
            raise _bad_long(definition, raw) from None
    try:
        ms = int(raw) if _INTEGER.fullmatch(raw) else iso_to_ms(raw)
    except ValueError:
        raise _bad_long(definition, raw) from None
    if ms % DAY_MS:
        raise BadValue(definition.name, "INVALID_DATE", f"{raw} is at {to_iso(ms)[11:-1]} UTC, not midnight!")
    try:
        return ms_to_day(ms)
    except OverflowError:
        raise _bad_long(definition, raw) from None


def _bad_long(definition: Definition, raw: str) -> BadValue:
    return BadValue(definition.name, "INVALID_LONG", f"{raw} was not a valid long.")


def _choice(definition: Definition, raw: str) -> str:
    """One option, or several of a checkbox property; each part must match an option exactly (§4)."""
    if definition.external_options:
        return raw
    if raw in definition.allowed:
        return raw
    parts = [part for part in raw.split(";") if part] if definition.is_multiple else [raw]
    wrong = [part for part in parts if part not in definition.allowed]
    if wrong or not parts:
        listed = ", ".join(definition.allowed)
        message = f"{(wrong or [raw])[0]} was not one of the allowed options: [{listed}]"
        raise BadValue(definition.name, "INVALID_OPTION", message)
    return ";".join(dict.fromkeys(parts))


_RULES: dict[str, Callable[[Definition, str], str]] = {
    "string": _string,
    "number": _number,
    "bool": _bool,
    "datetime": _datetime,
    "date": _date,
    "enumeration": _choice,
    "phone_number": _string,
}
