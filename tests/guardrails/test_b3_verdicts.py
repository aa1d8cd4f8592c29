"""B3, qualifying too early."""

from tests.guardrails.harness import Case, each, holds

CASES = [
    Case("LL701", [(("proposal", "needs_conversation"), False)], at="needs_conversation"),
    Case("LL702", [(("proposal", "min_slots"), 2)], at="min_slots"),
    Case(
        "LL703",  # the kind of several questions: one alone never makes four in ten
        [(("questions", number, "kind"), "closed") for number in (0, 2, 3, 4)],
        sound=[(("questions", number, "kind"), "closed") for number in (0, 2, 3)],
    ),
    Case("LL704", [(("criteria", "capacity", "ask", "slot"), "timing")], at="slot"),
    Case(
        "LL705",
        [(("questions", 2, "text"), "What " * 32 + "?")],
        sound=[(("questions", 2, "text"), "What " * 31 + "else?")],
    ),
    Case(
        "LL705",
        [(("questions", 2, "text"), "Who? What? When? Why?")],
        sound=[(("questions", 2, "text"), "Who? What? Why?")],
    ),
    Case("LL706", [(("tracks", "stay-in-touch", "id"), "unqualified")], at="id"),
    Case(
        "LL706",
        [(("tags",), [{"id": "bad-fit", "when": "employees < 10"}])],
        sound=[(("tags",), [{"id": "badge", "when": "employees < 10"}])],
    ),
]


@each(CASES)
def test_the_mistake_is_found(case: Case) -> None:
    holds(case)
