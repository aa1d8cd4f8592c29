"""B5, ignoring timing."""

from tests.guardrails.harness import GONE, Case, each, holds

LADDER = ("stages", "ladder")
SIGNALS = ("criteria", "interest", "signals")
CASES = [
    Case("LL901", [(("stages", "otherwise"), "awareness")], at="otherwise"),
    Case("LL901", [((*LADDER, "awareness"), GONE)], at="ladder"),
    Case("LL902", [((*LADDER, "consideration", "stated"), {"status": ["working"]})], at="status"),
    Case("LL903", [((*SIGNALS, "live", "half_life_days"), GONE)]),
    Case(
        "LL904",
        [((*SIGNALS, "visit", "half_life_days"), 1.9)],
        sound=[((*SIGNALS, "visit", "half_life_days"), 2)],
    ),
    Case("LL905", [(("tracks", "compare", "stage"), ["decision", "consideration", "awareness"])]),
    Case("LL905", [(("tracks", "educate", "content"), ["guide", "price_offer"])]),
    Case("LL907", [((*LADDER, "decision", "within_days"), GONE)]),
]


@each(CASES)
def test_the_mistake_is_found(case: Case) -> None:
    holds(case)
