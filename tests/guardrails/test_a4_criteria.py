"""A4, too many criteria."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from qualifier.guardrails import guardrails
from qualifier.guardrails.evidence import Evidence, Polling
from tests.guardrails.harness import Case, Edit, each, edited, holds

PROFILE = ("criteria", "company-profile", "signals", "+")


def country(code: str) -> Mapping[str, Any]:
    return {"id": f"from-{code.lower()}", "when": f"country = '{code}'", "points": 1, "because": "from there"}


def goal(number: int) -> Mapping[str, Any]:
    return {
        "id": f"part-{number}",
        "axis": "fit",
        "cap": 4,
        "signals": [{"id": "goal", "when": "goal = 'grow'", "points": 4, "because": "wants to grow"}],
    }


COUNTRIES = [country(code) for code in ("CZ", "SK", "HU", "RO", "BG", "GR", "HR", "SI", "EE", "LV", "LT")]


def touch_signals(criterion: str, count: int, start: int = 0) -> list[Edit]:
    place = ("criteria", criterion, "signals", "+")
    kind = "webinar" if criterion == "interest" else "meeting_held"
    signal = {"touches": [kind], "points": 1, "half_life_days": 30, "because": "a touch"}
    return [(place, {**signal, "id": f"more-{number}"}) for number in range(start, count)]


def polling(seconds: float) -> Evidence:
    return Evidence(polling={"acme": Polling(timedelta(seconds=seconds), calls=3)})


def net(hot: float, share: float) -> Evidence:
    return Evidence(hot_per_week=hot, hot_or_warm=share)


TAKES = [(("agreement", "hot_per_week"), 20)]
CASES = [
    Case("LL401", [(("criteria", "+"), goal(1))]),
    Case(
        "LL401",
        [(PROFILE, signal) for signal in COUNTRIES[:10]],
        sound=[(PROFILE, signal) for signal in COUNTRIES[:9]],
    ),
    Case(
        "LL402",
        evidence=Evidence(filled={"employees": 0.29}),
        sound_evidence=Evidence(filled={"employees": 0.30}),
    ),
    Case("LL403", evidence=polling(181), sound_evidence=polling(180)),
    Case(
        "LL403",
        [(("agreement", "respond", "hot"), "5m")],
        evidence=polling(61),
        sound=[(("agreement", "respond", "hot"), "5m")],
        sound_evidence=polling(60),
    ),
    Case(
        "LL405",
        evidence=Evidence(true={"people.role": 0.009}),
        sound_evidence=Evidence(true={"people.role": 0.01}),
    ),
    Case(
        "LL405",
        evidence=Evidence(true={"interest.visit": 0.951}),
        sound_evidence=Evidence(true={"interest.visit": 0.95}),
    ),
    Case("LL406", TAKES, evidence=net(21, 0.5), sound=TAKES, sound_evidence=net(20, 0.5)),
    Case("LL406", evidence=net(5, 0.29), sound_evidence=net(5, 0.30)),
]


@each(CASES)
def test_the_mistake_is_found(case: Case) -> None:
    holds(case)


def test_forty_signals_are_enough() -> None:
    more = [*((PROFILE, signal) for signal in COUNTRIES[:9]), *touch_signals("interest", 6)]
    more += touch_signals("hand-raise", 3)
    assert sum(len(criterion.signals) for criterion in edited(more).criteria) == 40
    assert "LL401" not in {one.id for one in guardrails(edited(more))}
    one_more = [*more, *touch_signals("hand-raise", 4, start=3)]
    assert "LL401" in {one.id for one in guardrails(edited(one_more))}


def test_the_price_of_a_shorter_interval_is_named_in_calls() -> None:
    finding = next(one for one in guardrails(edited([]), polling(600)) if one.id == "LL403")
    assert "acme polls every 10 min" in finding.found
    assert "every 3 min costs about 1,008 calls a day more" in finding.found  # (480 − 144 polls) · 3 calls
