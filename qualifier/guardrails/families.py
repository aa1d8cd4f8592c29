"""Which facts say the same kind of thing, by meaning and, for a customer's own facts, by name.

Only a name can be seen here: a fact called `group_b` that holds an age passes, and LL506 says so.
"""

from qualifier.facts import SINCE, Evidence
from qualifier.playbook import Playbook
from qualifier.scoring import TITLE_FACTS

_TITLE_WORDS = frozenset({"title", "jobtitle", "position", "seniority", "department"})
_MONEY_WORDS = frozenset(
    {"budget", "amount", "price", "spend", "spending", "revenue", "turnover", "income", "salary"}
)
_PRIVATE_WORDS = frozenset(
    {
        *("age", "birth", "birthday", "birthdate", "born", "gender", "sex", "pregnant", "pregnancy"),
        *("religion", "religious", "faith", "health", "disability", "disabled", "illness", "disease"),
        *("ethnicity", "ethnic", "race", "racial", "skin"),
    }
)
_ACT_WORDS = frozenset({"contacted", "called", "emailed", "mailed", "outreach", "attempts"})
_ACTS = frozenset({"call", "calls", "email", "emails", "mail", "mails", "meeting", "meetings"})
_DONE = frozenset({"made", "sent", "booked", "logged", "count", "last", "number", "num", "times"})
_PERSONAL_WORDS = frozenset(
    {"name", "firstname", "lastname", "email", "mail", "phone", "mobile", "address"}
    | {"message", "description", "comment", "comments", "note", "notes", "text"}
)
_WORDS_OF_PEOPLE = frozenset(
    {"status", "verdict", "feedback", "feedback_reason", "override", "override_until"}
)
_PIPELINE_WORDS = frozenset({"score", "status", "pipeline", "lifecycle", "stage", "probability", "rating"})


ANSWERS = frozenset({"answer_need", "answer_goal", "answer_role", "answer_capacity", "answer_timing"})
"""What reps answer in Leadline's own fields."""


def _named(playbook: Playbook, words: frozenset[str]) -> frozenset[str]:
    return frozenset(name for name in playbook.facts_all if words & set(name.split("_")))


def titles(playbook: Playbook) -> frozenset[str]:
    """Facts about a person's title."""
    return TITLE_FACTS | _named(playbook, _TITLE_WORDS)


def money(playbook: Playbook) -> frozenset[str]:
    """Facts that name a sum."""
    return _named(playbook, _MONEY_WORDS)


def private(playbook: Playbook) -> frozenset[str]:
    """Facts about age, gender, religion, health or ethnicity."""
    return _named(playbook, _PRIVATE_WORDS)


def own_acts(playbook: Playbook) -> frozenset[str]:
    """Facts that our own people make: their words, and counts and dates of their calls and mails."""
    counted = frozenset(
        name for name in playbook.facts if _ACTS & set(name.split("_")) and _DONE & set(name.split("_"))
    )
    return _WORDS_OF_PEOPLE | frozenset(SINCE.values()) | counted | _named(playbook, _ACT_WORDS)


def pipeline(playbook: Playbook) -> frozenset[str]:
    """Facts that hold a score, a status or a place in a pipeline."""
    return _WORDS_OF_PEOPLE | _named(playbook, _PIPELINE_WORDS)


def personal_texts(playbook: Playbook) -> frozenset[str]:
    """Facts that hold what a person is called or wrote: of the texts only the company's own are none."""
    texts = {
        name
        for name, fact in playbook.facts_all.items()
        if fact.kind == "text" and name not in {"company", "domain", "source"}
    }
    return _named(playbook, _PERSONAL_WORDS) | texts


def of_evidence(playbook: Playbook, *kinds: Evidence) -> frozenset[str]:
    """Facts that belong to these parts of a verdict."""
    return frozenset(name for name, fact in playbook.facts_all.items() if fact.evidence in kinds)
