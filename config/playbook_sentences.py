"""Pydantic's findings about a playbook in an admin's words: what is written, and what is expected instead.

A playbook holds no secrets, so that what is written may be quoted; settings go by `config/sentences.py`.
"""

import re
from collections.abc import Mapping
from typing import Any

from pydantic_core import ErrorDetails

from config.faults import suggestion
from config.sentences import SENTENCES

MOST_QUOTED = 60

EXPECTED: Mapping[str, str] = {
    **SENTENCES,
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "date_type": "must be a day such as 2026-01-31",
    "date_parsing": "must be a day such as 2026-01-31",
    "date_from_datetime_parsing": "must be a day such as 2026-01-31",
    "date_from_datetime_inexact": "must be a day such as 2026-01-31, without a time",
    "datetime_type": "must be a time such as 2026-01-31T09:00:00Z",
    "datetime_parsing": "must be a time such as 2026-01-31T09:00:00Z",
    "datetime_from_date_parsing": "must be a time such as 2026-01-31T09:00:00Z",
    "greater_than": "must be more than {gt:g}",
    "less_than": "must be less than {lt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
    "string_too_long": "must be at most {max_length} characters long",
    "too_short": "must have at least {min_length} of them",
    "too_long": "must have at most {max_length} of them",
    "missing": "is missing; the built-in playbook shows one",
}
"""Pydantic's error type → what it expects; braces are filled from the error's context."""

SHAPES: Mapping[str, str] = {
    r"^[a-z][a-z0-9-]{0,39}$": "a name of small letters, digits and hyphens, a letter first, 40 at most",
    r"^[a-z][a-z0-9_]{0,39}$": "a name of small letters, digits and _, a letter first, 40 at most",
    r"^[1-9][0-9]{0,3}(m|h|d)$": "business time such as 15m, 4h or 1d",
    r"^LL\d{3}$": "a guardrail's number such as LL405",
    r"^[0-9a-f]{12,64}$": "a content hash, as `leadline lint` prints it",
    r"^[0-9A-Za-z._-]{1,12}$": "up to 12 letters, digits, dots, hyphens and underscores",
}
"""What a text has to look like → the same in words."""


def sentence(detail: ErrorDetails) -> str:
    """`is 'eight', must be a whole number`; of what is missing or no text only what is expected."""
    written, expected = detail["input"], _expected(detail)
    if detail["type"] == "missing" or not isinstance(written, str):
        return expected
    quoted = written if len(written) <= MOST_QUOTED else f"{written[:MOST_QUOTED]}…"
    return f"is {quoted!r}, {expected}"


def _expected(detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "literal_error":
        return _choice(detail["input"], str(context["expected"]))
    if kind == "string_pattern_mismatch":
        pattern = str(context["pattern"])
        return f"must be {SHAPES.get(pattern, f'a text that matches {pattern}')}"
    if kind in EXPECTED:
        return EXPECTED[kind].format(**context)
    return "is not valid here; the built-in playbook shows what is"


def _choice(written: Any, expected: str) -> str:
    words = re.findall(r"'([^']*)'", expected)
    listed = " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)
    return f"must be {listed}{suggestion(written, words) if isinstance(written, str) else ''}"
