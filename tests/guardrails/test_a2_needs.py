"""A2, misunderstanding needs."""

from tests.guardrails.harness import GONE, Case, each, holds

SIGNALS = ("criteria", "need", "signals")
CASES = [
    Case(
        "LL201",
        [((*SIGNALS, "growth"), GONE), ((*SIGNALS, "compliance"), GONE)],
        implied={"LL202": "what earns nothing earns less than 80 % of the best"},
        sound=[((*SIGNALS, "compliance"), GONE)],
    ),
    Case(
        "LL202",
        [((*SIGNALS, "preventive", "points"), 9)],
        sound=[((*SIGNALS, "preventive", "points"), 10)],
    ),
    Case("LL202", [((*SIGNALS, "growth", "when"), "ARRAY_CONTAINS(needs, 'reactive')")]),
    Case(
        "LL203",
        [((*SIGNALS, "compliance", "points"), -5)],
        implied={
            "LL202": "less than nothing is less than 80 %",
            "LL003": "what is taken for good evidence is not monotone",
        },
        at="points",
    ),
    Case(
        "LL203",
        [(("exclusions", "rules", "test", "when"), "test_record OR ARRAY_CONTAINS(needs, 'preventive')")],
        implied={"LL012": "a need is on no closed list"},
    ),
    Case("LL205", [(("needs", "growth", "angle"), GONE)], at="growth"),
    Case("LL205", [(("needs", "preventive", "question"), GONE)], at="preventive"),
]


@each(CASES)
def test_the_mistake_is_found(case: Case) -> None:
    holds(case)
