"""Tracks: the first that fits with a channel that is open; a next touch stays when it has passed."""

from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from config.playbook_file import load_playbook
from qualifier.facts import INSTANT
from qualifier.playbook import Track
from qualifier.tracks import TRACK_COLUMNS, assign
from qualifier.verdict import CAPACITIES, NEED_KINDS, STAGES

AS_OF = datetime(2026, 11, 20, 10, tzinfo=UTC)
PLAYBOOK = load_playbook()
COLUMNS: dict[str, Any] = {
    "lead": pl.Int64,
    "segment": pl.String,
    "stage": pl.String,
    "need": pl.List(pl.String),
    "capacity": pl.String,
    "closed": pl.Boolean,
    "channel:email": pl.Boolean,
    "channel:call": pl.Boolean,
    "last_human_touch_at": INSTANT,
    "previous_track": pl.String,
    "previous_track_since": INSTANT,
}
USUAL: dict[str, Any] = {"segment": "warm", "stage": "unknown", "need": ["unknown"], "capacity": "unknown"}


def assigned(*rows: dict[str, Any], playbook: Any = PLAYBOOK) -> list[dict[str, Any]]:
    frame = pl.DataFrame([{"lead": at, **USUAL, **row} for at, row in enumerate(rows)], schema=COLUMNS)
    return assign(frame, playbook, AS_OF).select(TRACK_COLUMNS).rows(named=True)


def test_the_first_track_that_fits_from_the_top() -> None:
    rows: list[dict[str, Any]] = [
        {"segment": "hot", "capacity": "first_time"},
        {"stage": "decision", "capacity": "first_time"},
        {"stage": "consideration"},
        {"stage": "awareness", "capacity": "first_time", "need": ["growth"]},
        {"segment": "cold", "stage": "decision", "need": ["growth", "preventive"]},
        {"segment": "cold", "need": ["growth", "reactive"]},
        {"need": ["reactive"]},
        {"segment": "cold"},
    ]
    found = [row["track"] for row in assigned(*rows)]
    assert found == [
        "call",
        "compare",
        "compare",
        "category-education",
        "preventive",
        "growth",
        "educate",
        "stay-in-touch",
    ]


def test_the_next_touch_is_the_last_human_one_plus_the_cadence() -> None:
    touched, untouched = assigned({"last_human_touch_at": AS_OF - timedelta(days=3)}, {})
    assert touched["next_touch"] == date(2026, 12, 1)
    assert untouched["next_touch"] == date(2026, 12, 4)


def test_an_overdue_touch_stays_where_it_was() -> None:
    (late,) = assigned({"last_human_touch_at": AS_OF - timedelta(days=90)})
    assert late["next_touch"] == date(2026, 9, 5)


def test_the_entry_is_kept_while_the_track_stays() -> None:
    since = AS_OF - timedelta(days=20)
    stays, moves = assigned(
        {"previous_track": "educate", "previous_track_since": since},
        {"previous_track": "stay-in-touch", "previous_track_since": since},
    )
    assert (stays["track_since"], stays["next_touch"]) == (since, date(2026, 11, 14))
    assert moves["track_since"] == AS_OF


def test_closed_and_excluded_leads_are_on_no_track() -> None:
    for row in assigned({"closed": True}, {"segment": "excluded"}):
        assert row == dict.fromkeys(TRACK_COLUMNS)


def test_a_track_needs_an_open_channel() -> None:
    by_mail = Track(id="letters", cadence_days=30, goal="g", exit="e", channels=("email",))
    by_any = Track(id="any", cadence_days=30, goal="g", exit="e")
    playbook = PLAYBOOK.model_copy(update={"tracks": (by_mail, by_any)})
    rows = [
        {},
        {"channel:email": False},
        {"channel:call": False},
        {"channel:email": False, "channel:call": False},
    ]
    assert [row["track"] for row in assigned(*rows, playbook=playbook)] == ["letters", "any", "letters", None]


def test_only_the_verdicts_own_columns_are_needed() -> None:
    frame = pl.DataFrame([{"lead": 1, **USUAL}], schema={name: COLUMNS[name] for name in ("lead", *USUAL)})
    found = assign(frame, PLAYBOOK, AS_OF)
    assert found.columns == ["lead", *USUAL, *TRACK_COLUMNS]
    assert assign(frame.clear(), PLAYBOOK, AS_OF).schema == found.schema


def test_nobody_stays_without_a_track() -> None:
    """Mistake B2, no nurturing: every cell of the grid has a track and a next touch."""
    cells = product(("hot", "warm", "cold"), STAGES, NEED_KINDS, CAPACITIES)
    rows = [
        {"segment": segment, "stage": stage, "need": [need], "capacity": capacity}
        for segment, stage, need, capacity in cells
    ]
    assert all(value is not None for row in assigned(*rows) for value in row.values())


LEADS = [
    {"segment": segment, "need": [need], "stage": stage}
    for segment, need, stage in product(("hot", "warm", "cold"), NEED_KINDS, STAGES)
]
TOGETHER = assigned(*LEADS)


@settings(max_examples=25)
@given(st.lists(st.sampled_from(range(len(LEADS))), max_size=8))
def test_law_order_and_company_do_not_matter(chosen: list[int]) -> None:
    assert assigned(*(LEADS[at] for at in chosen)) == [TOGETHER[at] for at in chosen]
