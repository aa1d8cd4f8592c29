"""Record ids: 15 case-sensitive characters, and three more that protect them where case is lost."""

from __future__ import annotations

import re
from functools import lru_cache

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
"""In ASCII order, so that ids grow with time and sort as text (salesforce.md §2.4)."""
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")
_SERIAL_LENGTH = 10


def checksum(short: str) -> str:
    """The three characters that follow a 15-character id: one bit for each capital letter."""
    return _capitals(short[0:5]) + _capitals(short[5:10]) + _capitals(short[10:15])


@lru_cache(maxsize=8192)
def _capitals(chunk: str) -> str:
    return _SUFFIX[sum(1 << place for place, letter in enumerate(chunk) if "A" <= letter <= "Z")]


def long_id(value: str) -> str | None:
    """The 18-character form of a 15- or 18-character id; None where it is no id or its suffix is wrong."""
    if not _SHAPE.fullmatch(value):
        return None
    short = value[:15]
    whole = short + checksum(short)
    return whole if len(value) == len(short) or value == whole else None


def make_id(prefix: str, pod: str, serial: int) -> str:
    """The 18-character id number `serial` of an object with this three-character prefix, on this pod."""
    digits: list[str] = []
    while serial:
        serial, place = divmod(serial, len(ALPHABET))
        digits.append(ALPHABET[place])
    short = prefix + pod + "".join(reversed(digits)).rjust(_SERIAL_LENGTH, "0")
    return short + checksum(short)
