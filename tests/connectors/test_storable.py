"""Text and numbers that no store can hold end where a CRM's answer is read, whatever field they stand in."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.storable import storable

_texts = st.text(st.characters(exclude_categories=()), max_size=8)
_scalars = st.none() | st.booleans() | st.integers() | st.floats() | _texts
_names = st.sampled_from(("id", "Email"))
_answers = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_names, inner, max_size=4),
    max_leaves=12,
)


@given(_answers)
def test_every_answer_can_be_stored(answer: Any) -> None:
    text = json.dumps(storable(answer), ensure_ascii=False, allow_nan=False)
    assert text.encode()
    assert "\\u0000" not in text.replace("\\\\", "")


@given(st.text(max_size=20).filter(lambda text: "\0" not in text))
def test_what_can_be_stored_stays_as_it_is(text: str) -> None:
    assert storable({"a": [text]}) == {"a": [text]}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ('"a\\ud83d@acme.example"', "a\ufffd@acme.example"),
        ('"\\ud83d\\ude00"', "\U0001f600"),
        ('"a\\u0000b"', "a\ufffdb"),
        ('{"score": 1e999, "name": "x"}', {"score": None, "name": "x"}),
    ],
)
def test_what_cannot_be_stored_is_marked_as_lost(sent: str, kept: object) -> None:
    assert storable(json.loads(sent)) == kept
