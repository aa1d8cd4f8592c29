"""Values that an API user sends, checked against the field and turned into what the org stores."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.salesforce.errors import RecordError
from sandbox.salesforce.schema import Field
from sandbox.salesforce.stamps import parse_stamp, stamp

_EMAIL = re.compile(r"[^@\s,;<>()]+@[^@\s,;<>()]+\.[^@\s,;<>().]+")
_JSON_NAMES = {
    bool: "VALUE_BOOLEAN",
    int: "VALUE_NUMBER_INT",
    float: "VALUE_NUMBER_FLOAT",
    str: "VALUE_STRING",
}


class TypeMismatch(Exception):
    """JSON of the wrong type for the field: JSON_PARSER_ERROR for the whole request (salesforce.md §4.4)."""

    def __init__(self, field: Field, value: Any) -> None:
        kind = _JSON_NAMES.get(type(value), "START_OBJECT" if isinstance(value, dict) else "START_ARRAY")
        super().__init__(
            f"Cannot deserialize instance of {field.type} from {kind} value {value} "
            "or request may be missing a required field",
        )
        self.field = field


def store_value(field: Field, value: Any, *, multi_order: str = "defined") -> Any:
    """The value as stored, None where it clears the field.

    Raises TypeMismatch for the wrong JSON type, RecordError for what the field refuses.
    """
    if value is None:
        return None
    if field.type == "multipicklist":
        return _multi(field, value, multi_order)
    check: Callable[[Field, Any], Any] = _CHECKS.get(field.type, _text)
    return check(field, value)


def _text(field: Field, value: Any) -> str | None:
    if isinstance(value, (bool, list, dict)):
        raise TypeMismatch(field, value)
    text = str(value).strip() if field.type != "textarea" else str(value)
    if len(text) > field.length:
        message = f"{field.label}: data value too large: {text} (max length={field.length})"
        raise RecordError("STRING_TOO_LONG", message, [field.name])
    return text or None


def _email(field: Field, value: Any) -> str | None:
    text = _text(field, value)
    if text is not None and not _EMAIL.fullmatch(text):
        raise RecordError(
            "INVALID_EMAIL_ADDRESS", f"{field.label}: invalid email address: {text}", [field.name]
        )
    return text


def _picklist(field: Field, value: Any) -> str | None:
    text = _text(field, value)
    if text is not None and field.restricted and text not in field.values:
        raise _bad_choice(field, text)
    return text


def _multi(field: Field, value: Any, order: str) -> str | None:
    if not isinstance(value, str):
        raise TypeMismatch(field, value)
    chosen = list(dict.fromkeys(part.strip() for part in value.split(";") if part.strip()))
    for one in chosen:
        if field.restricted and one not in field.values:
            raise _bad_choice(field, one)
    if order == "defined":
        places = {one: place for place, one in enumerate(field.values)}
        chosen.sort(key=lambda one: places.get(one, len(places)))
    return ";".join(chosen) or None


def _bad_choice(field: Field, text: str) -> RecordError:
    message = f"{field.label}: bad value for restricted picklist field: {text}"
    return RecordError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, [field.name])


def _whole(field: Field, value: Any) -> int:
    number = _finite(field, value)
    if number != int(number):
        raise TypeMismatch(field, value)
    return int(_in_range(field, Decimal(int(number))))


def _decimal(field: Field, value: Any) -> float:
    number = _finite(field, value)
    rounded = Decimal(str(number))
    if number != int(number):
        rounded = rounded.quantize(Decimal(1).scaleb(-field.scale), rounding=ROUND_HALF_UP)
    return float(_in_range(field, rounded))


def _finite(field: Field, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise TypeMismatch(field, value)
    return value


def _in_range(field: Field, number: Decimal) -> Decimal:
    if abs(number) >= Decimal(10) ** (field.precision - field.scale):
        message = f"{field.label}: value outside of valid range on numeric field: {number}"
        raise RecordError("NUMBER_OUTSIDE_VALID_RANGE", message, [field.name])
    return number


def _checkbox(field: Field, value: Any) -> bool | None:
    if not isinstance(value, bool):
        raise TypeMismatch(field, value)
    return value or None


def _day(field: Field, value: Any) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise TypeMismatch(field, value) from None


def _moment(field: Field, value: Any) -> str:
    try:
        return stamp(parse_stamp(value))
    except (TypeError, ValueError):
        raise TypeMismatch(field, value) from None


_CHECKS: dict[str, Callable[[Field, Any], Any]] = {
    "email": _email,
    "picklist": _picklist,
    "int": _whole,
    "double": _decimal,
    "currency": _decimal,
    "percent": _decimal,
    "boolean": _checkbox,
    "date": _day,
    "datetime": _moment,
}
