"""The generated people reach every corner of the default playbook, and both CRMs tell the same of them.

5,000 people in Salesforce shape and in HubSpot shape, each through a real connector, store and pass, at one
`as_of`.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from config.playbook_file import load_playbook
from qualifier.facts import HAND_RAISES
from qualifier.playbook import Playbook
from qualifier.verdict import SEGMENTS, STAGES
from sandbox.box import Box
from sandbox.desk import Shown
from tests.boxed_crms import CRMS, Written, carry

PEOPLE = 5_000
NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
"""A Wednesday in working hours."""
SHARED_KINDS = {
    *HAND_RAISES,
    *("webinar", "event", "content_download", "careers_page", "sales_pitch"),
    *("inbound_reply", "inbound_call", "meeting_held", "call_made", "email_sent"),
}
"""Kinds of touch that both CRMs can know."""

Crowd = tuple[Box, dict[str, Written]]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def playbook() -> Playbook:
    """The default one, its agreement a week old."""
    default = load_playbook()
    terms = default.agreement.model_copy(update={"effective_from": NOW - timedelta(days=7)})
    return default.model_copy(update={"agreement": terms})


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    folder = tmp_path_factory.mktemp("stores")
    with Box(generate=PEOPLE, seed=2026, now=NOW) as box:
        box.clock.run()  # rate limits need time that passes
        yield box, {crm: carry(box, crm, playbook(), folder, NOW) for crm in CRMS}


def test_both_crms_got_the_same_values(crowd: Crowd) -> None:
    box, written = crowd
    pairs = zip(box.lead_ids, written["salesforce"].values, written["hubspot"].values, strict=True)
    differences = [
        (box.org.get("Lead", lead_id)["Name"], column, one.get(column), other.get(column))
        for lead_id, one, other in pairs
        for column in sorted({*one, *other} - {"scored_at"})
        if _comparable(one.get(column)) != _comparable(other.get(column))
    ]
    by_column = Counter(column for _, column, _, _ in differences)
    assert not differences, f"{dict(by_column)}; for example {differences[:5]}"


def _comparable(value: Shown | None) -> object:
    """A selection of several values has no order."""
    return sorted(value.split(";")) if isinstance(value, str) and ";" in value else value


@pytest.mark.parametrize("crm", CRMS)
def test_every_kind_of_touch_that_both_crms_know_occurs(crowd: Crowd, crm: str) -> None:
    assert not SHARED_KINDS - set(crowd[1][crm].kinds)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("segment", SEGMENTS),
        ("stage", STAGES),
        ("track", tuple(track.id for track in load_playbook().tracks)),
    ],
)
def test_every_value_is_reached_by_one_in_a_hundred(
    crowd: Crowd, column: str, values: tuple[str, ...]
) -> None:
    counts = Counter(one.get(column) for one in crowd[1]["salesforce"].values)
    shares = {value: counts[value] / PEOPLE for value in values}
    assert all(share >= 0.01 for share in shares.values()), shares


def test_every_state_of_the_response_is_on_show(crowd: Crowd) -> None:
    states = Counter(one.get("sla") for one in crowd[1]["salesforce"].values)
    assert all(states[state] >= 10 for state in ("none", "due", "at_risk", "met", "breached")), states
