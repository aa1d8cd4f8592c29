"""A3, obsessing over budget."""

from tests.guardrails.harness import GONE, Case, each, holds

CAPACITY = ("criteria", "capacity")
SIGNALS = (*CAPACITY, "signals")
CASES = [
    Case("LL301", [((*SIGNALS, "won-deals", "when"), "won_deals >= 1 OR budget >= 10000")], at="when"),
    Case(
        "LL301",
        [(("criteria", "company-profile", "signals", "size", "when"), "annual_revenue >= 1000000")],
    ),
    Case(
        "LL302",
        [(("criteria", "company-profile", "signals", "size", "when"), "employees >= 50 AND budget >= 1000")],
        at="when",
    ),
    Case("LL302", [(("capacity", "proven"), "won_deals >= 1 AND budget >= 10000")], at="proven"),
    Case("LL302", [(("channels", "call"), "NOT call_optout AND budget >= 1000")], at="call"),
    Case(
        "LL304",
        [(CAPACITY, GONE)],
        implied={"LL503": "capacity is one of the sides that a definition needs"},
    ),
    Case("LL305", [((*SIGNALS, "first-time", "points"), 5)]),
    Case("LL305", [((*CAPACITY, "benefit_of_doubt"), 0.5)]),
    Case("LL306", [((*CAPACITY, "ask", "text"), "What is your budget for this?")]),
    Case(
        "LL306",
        [(("questions", 5, "text"), "How much do you want to spend?")],
        sound=[
            (("questions", 5, "text"), "How much do you want to spend?"),
            (("questions", 5, "stages"), ["decision"]),
        ],
    ),
]


@each(CASES)
def test_the_mistake_is_found(case: Case) -> None:
    holds(case)
