"""Reading a part of a JSON object as the type that it must have; HubSpot's 400 where it has another (§4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.hubspot.errors import bad_json

if TYPE_CHECKING:
    from collections.abc import Mapping


def text(raw: Mapping[str, Any], key: str, default: str = "") -> str:
    """A text; numbers and Booleans are taken as the text that they spell."""
    value = raw.get(key)
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, str | int | float):
        return default if value is None else str(value)
    raise _wrong(key, "java.lang.String")


def whole(raw: Mapping[str, Any], key: str, default: int) -> int:
    """A whole number, also as text."""
    value = raw.get(key)
    if value is None:
        return default
    try:
        if isinstance(value, int | str) and not isinstance(value, bool):
            return int(value)
    except ValueError:
        pass
    raise _wrong(key, "int")


def flag(raw: Mapping[str, Any], key: str) -> bool:
    """A Boolean, False where it is missing."""
    value = raw.get(key)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise _wrong(key, "boolean")


def array(raw: Mapping[str, Any], key: str) -> list[Any]:
    """A list, empty where it is missing."""
    value = raw.get(key)
    if value is None or isinstance(value, list):
        return value or []
    raise _wrong(key, "java.util.List")


def texts(raw: Mapping[str, Any], key: str) -> list[str]:
    """A list of texts."""
    return [text({key: one}, key) for one in array(raw, key)]


def mapping(raw: Mapping[str, Any], key: str) -> dict[str, Any]:
    """An object, empty where it is missing."""
    value = raw.get(key)
    if value is None or isinstance(value, dict):
        return value or {}
    raise _wrong(key, "java.util.Map")


def mappings(raw: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """A list of objects."""
    return [mapping({key: one}, key) for one in array(raw, key)]


def _wrong(key: str, kind: str) -> Exception:
    return bad_json(f"Cannot deserialize value of type `{kind}` from `{key}`")
