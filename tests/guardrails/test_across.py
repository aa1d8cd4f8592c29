"""What cuts across the nine mistakes."""

from qualifier.guardrails.evidence import Calls, Evidence
from tests.guardrails.harness import Case, each, edited, holds

PROFILE = ("criteria", "company-profile", "signals")
WHEN = (*PROFILE, "size", "when")
RULES_OF_EXCLUSION = ("exclusions", "rules")
HASH = edited([]).content_hash
OTHER = "0" * 64


def fed(field: str) -> Evidence:
    return Evidence(fields={"acme": {"industry": field}}, written={"acme": frozenset({"leadline_score__c"})})


FACTS = frozenset().union(
    *(
        set(one.split())
        for one in (
            "industry employees country won_deals solution role needs test_record bounced profiling_optout",
            "email_optout call_optout",
        )
    )
)
CASES = [
    Case("LL002", [(WHEN, "employees BETWEEN 2000 AND 50")], at="when"),
    Case("LL002", [(WHEN, "employees >= 0")]),
    Case("LL002", [(WHEN, "employees > 50 OR employees <= 50")]),
    Case("LL002", [(WHEN, "employees > 50 AND NOT (employees > 20 OR country = 'DE')")]),
    Case("LL002", [(("tags",), [{"id": "mine", "when": "TRUE"}])], at="when"),
    Case("LL002", [(WHEN, "created_at > '9999-12-31T23:59:00' OR last_won_on < DATE '0001-01-01'")]),
    Case("LL002", [((*PROFILE, "size", "points"), 0)], at="points"),
    Case("LL003", [((*PROFILE, "country", "points"), -4)], at="points"),
    Case("LL003", [(("minus", "careers", "touches"), ["careers_page", "product_page"])], at="points"),
    Case("LL003", [(("minus", "careers", "points"), 5)], at="points"),
    Case("LL004", evidence=fed("Leadline_Score__c"), sound_evidence=fed("Industry")),
    Case(
        "LL005",
        evidence=Evidence(known_facts={"acme": FACTS - {"solution"}}),
        sound_evidence=Evidence(known_facts={"acme": FACTS}),
    ),
    Case("LL006", [((*PROFILE, "size", "because"), "{title} there")], at="because"),
    Case(
        "LL007",
        evidence=Evidence(calls={"acme": Calls(1001, 1000)}),
        sound_evidence=Evidence(calls={"acme": Calls(1000, 1000)}),
    ),
    Case(
        "LL008",
        evidence=Evidence(stored={"1.0": OTHER}),
        sound_evidence=Evidence(stored={"1.0": HASH, "0.9": OTHER}),
        at="version",
    ),
    Case("LL009", [(("score", "high"), 100)], at="score"),
    Case("LL009", [(("score", "low"), 0)]),
    Case(
        "LL010",
        evidence=Evidence(outcomes={"people.role": 19}),
        sound_evidence=Evidence(outcomes={"people.role": 20}),
    ),
    Case("LL012", [((*RULES_OF_EXCLUSION, "bounced", "reason"), "too-small")], at="reason"),
    Case("LL012", [((*RULES_OF_EXCLUSION, "unreachable", "when"), "email_optout OR call_optout")], at="when"),
    Case("LL012", [((*RULES_OF_EXCLUSION, "test", "when"), "test_record OR employees < 5")], at="when"),
]


@each(CASES)
def test_the_mistake_is_found(case: Case) -> None:
    holds(case)
