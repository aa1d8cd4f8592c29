"""B4, sales and marketing not aligned."""

from datetime import date, timedelta

from qualifier.guardrails import guardrails
from qualifier.guardrails.evidence import Evidence
from tests.guardrails.harness import GONE, Case, Edit, each, edited, holds

AGREEMENT = ("agreement",)
OWNERS: Edit = ((*AGREEMENT, "owners"), {"sales": "Head of sales", "marketing": "Head of marketing"})


def signed(*sides: str, content: str | None = None) -> list[Edit]:
    """Owners named, and these sides' signatures under the content (or another one)."""
    digest = content or edited([OWNERS]).content_hash[:12]
    lines = [
        {"side": side, "name": f"Head of {side}", "on": "2026-01-01", "content": digest} for side in sides
    ]
    return [OWNERS, (("approved_by",), lines)]


REVIEWED: Edit = ((*AGREEMENT, "reviewed"), "2026-01-01")
MEDIAN = {"hot": timedelta(minutes=15)}
CASES = [
    Case("LL801", [((*AGREEMENT, "respond", "hot"), GONE)], at="hot"),
    Case("LL801", [((*AGREEMENT, "respond", "warm"), GONE)], at="warm"),
    Case("LL801", [((*AGREEMENT, "respond", "warm_hand_raise"), GONE)]),
    Case("LL802", [((*AGREEMENT, "calendar", "zone"), GONE)], at="zone"),
    Case("LL802", [((*AGREEMENT, "calendar", "hours"), GONE)], at="hours"),
    Case("LL802", [((*AGREEMENT, "calendar", "holidays"), GONE)], at="holidays"),
    Case("LL803", [((*AGREEMENT, "quality"), GONE)], at="quality"),
    Case("LL803", [((*AGREEMENT, "quality", "accepted"), 0)], at="accepted"),
    Case("LL804", [], sound=signed("sales", "marketing")),
    Case("LL804", signed("sales"), sound=signed("sales", "marketing")),
    Case("LL804", signed("sales", "marketing", content="0" * 12), sound=signed("sales", "marketing")),
    Case(
        "LL805",
        [REVIEWED],
        evidence=Evidence(today=date(2026, 4, 2)),
        sound=[REVIEWED],
        sound_evidence=Evidence(today=date(2026, 4, 1)),
    ),
    Case("LL806", [((*AGREEMENT, "clock"), "poll")], at="clock"),
    Case(
        "LL807",
        evidence=Evidence(answered_in={"hot": timedelta(minutes=15, seconds=1)}),
        sound_evidence=Evidence(answered_in=MEDIAN),
    ),
    Case(
        "LL807",
        evidence=Evidence(answered_in={"warm": timedelta(hours=9, seconds=1)}),
        sound_evidence=Evidence(answered_in={"warm": timedelta(hours=9)}),
    ),
]


@each(CASES)
def test_the_mistake_is_found(case: Case) -> None:
    holds(case)


def test_a_signed_playbook_shows_nothing_until_a_value_changes() -> None:
    both = signed("sales", "marketing")
    assert guardrails(edited(both)) == []
    changed = edited([*both, (("segments", "hot", "score"), 71)])
    assert [finding.id for finding in guardrails(changed)] == ["LL804"]


def test_somebody_elses_signature_counts_for_nobody() -> None:
    digest = edited([OWNERS]).content_hash
    lines = [
        {"side": side, "name": "An intern", "on": "2026-01-01", "content": digest}
        for side in ("sales", "marketing")
    ]
    assert [one.id for one in guardrails(edited([OWNERS, (("approved_by",), lines)]))] == ["LL804"]
