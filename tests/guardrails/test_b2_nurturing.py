"""B2, too little nurturing."""

from qualifier.guardrails import guardrails
from tests.guardrails.harness import GONE, Case, each, edited, holds

LAST = ("tracks", "stay-in-touch")
EDUCATE = ("tracks", "educate")
CASES = [
    Case("LL601", [((*LAST, "capacity"), "unknown")]),
    Case("LL601", [((*LAST, "channels"), ["email"])]),
    Case("LL602", [((*EDUCATE, "exit"), GONE)]),
    Case("LL602", [((*EDUCATE, "goal"), GONE)]),
    Case("LL602", [((*EDUCATE, "cadence_days"), GONE)]),
    Case("LL603", [(("tracks", "call", "capacity"), "proven")]),
    Case("LL605", [((*LAST, "cadence_days"), 46)], sound=[((*LAST, "cadence_days"), 45)], at="cadence_days"),
    Case("LL605", [((*EDUCATE, "cadence_days"), 2)], sound=[((*EDUCATE, "cadence_days"), 3)]),
    Case("LL607", [(("channels", "email"), "NOT bounced")], at="email"),
    Case("LL607", [(("channels", "call"), "NOT call_optout OR won_deals >= 1")], at="call"),
]


@each(CASES)
def test_the_mistake_is_found(case: Case) -> None:
    holds(case)


def test_two_kinds_of_content_are_too_few() -> None:
    names = [track.id for track in edited([]).tracks]
    poor = edited([(("tracks", name, "content"), ["newsletter", "guide"]) for name in names])
    assert "LL605" in {finding.id for finding in guardrails(poor)}


def test_one_track_for_all_is_found_wherever_it_stands() -> None:
    alone = edited([(("tracks",), [edited([]).tracks[-1].model_dump(mode="json")])])
    assert {"LL603", "LL605"} <= {finding.id for finding in guardrails(alone)}
