"""A1, fixating on titles: each guardrail speaks about its own mistake and about nothing else."""

from qualifier.guardrails import guardrails
from tests.guardrails.harness import GONE, Case, each, edited, holds

SIZE = ("criteria", "company-profile", "signals", "size")
ROLE = ("criteria", "people", "signals", "role")
CHIEF = "title ILIKE '%chief%'"
LISTED = "a title is on no closed list of exclusions"
CASES = [
    Case(
        "LL101",
        [
            ((*SIZE, "when"), CHIEF),
            ((*SIZE, "points"), 16),
        ],
        sound=[((*SIZE, "when"), CHIEF), ((*SIZE, "points"), 15)],
        at="points",
    ),
    Case(
        "LL102",
        [(("exclusions", "rules", "test", "when"), "test_record OR title ILIKE '%student%'")],
        implied={"LL103": "an excluded lead has no track", "LL012": LISTED},
    ),
    Case(
        "LL103",
        [(("capacity", "first_time"), "solution = 'none' OR title ILIKE '%student%'")],
        at="first_time",
    ),
    Case("LL103", [(("channels", "call"), "NOT call_optout AND NOT seniority = 'intern'")], at="call"),
    Case("LL105", [(("criteria", "people", "ask"), GONE)]),
]


@each(CASES)
def test_the_mistake_is_found(case: Case) -> None:
    holds(case)


def test_a_title_that_takes_points_is_found_as_well() -> None:
    broken = edited([((*ROLE, "when"), "title ILIKE '%intern%'"), ((*ROLE, "points"), -3)])
    assert "LL102" in {finding.id for finding in guardrails(broken)}
