"""A guardrail may be set aside by somebody, for a reason and a time; those that protect the lead may not."""

from datetime import date

import pytest

from qualifier.guardrails import NEVER_WAIVED, Evidence, guardrails
from tests.guardrails.harness import Edit, edited

LATE: Edit = (("criteria", "interest", "signals", "live", "half_life_days"), 1)
TOO_HIGH: Edit = (("score", "high"), 100)


def waiver(rule: str, until: str = "2026-06-30") -> Edit:
    line = {"id": rule, "reason": "our list is small", "by": "Head of sales", "until": until}
    return (("waive",), [line])


def test_a_waived_error_stays_to_be_read_and_stops_nothing() -> None:
    found = {one.id: one for one in guardrails(edited([TOO_HIGH, waiver("LL009")]))}
    assert found["LL009"].severity == "error"
    assert found["LL009"].waiver is not None
    assert not any(one.stops for one in found.values())
    assert any(one.stops for one in guardrails(edited([TOO_HIGH])))


@pytest.mark.parametrize(("day", "stops"), [(date(2026, 6, 30), False), (date(2026, 7, 1), True)])
def test_a_waiver_ends_with_its_last_day(day: date, *, stops: bool) -> None:
    findings = guardrails(edited([TOO_HIGH, waiver("LL009")]), Evidence(today=day))
    assert any(one.stops for one in findings if one.id == "LL009") is stops


@pytest.mark.parametrize("rule", sorted(NEVER_WAIVED))
def test_what_protects_the_lead_is_never_waived(rule: str) -> None:
    findings = [one for one in guardrails(edited([waiver(rule)])) if one.id == rule]
    assert [one.path for one in findings] == [("waive", 0)]
    assert findings[0].stops


def test_the_error_itself_stands_beside_the_waiver_that_may_not_be() -> None:
    findings = guardrails(edited([(("proposal", "needs_conversation"), False), waiver("LL701")]))
    assert [one.path for one in findings if one.stops] == [("proposal", "needs_conversation"), ("waive", 0)]


def test_a_waiver_of_nothing_is_a_mistake() -> None:
    findings = guardrails(edited([waiver("LL999")]))
    assert [(one.id, one.stops) for one in findings if one.stops] == [("LL999", True)]


def test_a_waiver_sets_one_rule_aside_and_no_other() -> None:
    findings = guardrails(edited([TOO_HIGH, LATE, waiver("LL009")]))
    assert [one.id for one in findings if one.waiver is None and one.id != "LL804"] == ["LL904"]
