"""What a fact's words may be: asked of `values:` in the settings and of facts that a playbook names."""

from collections.abc import Iterator, Mapping

from config.faults import KeyPath, suggestion
from qualifier.countries import COUNTRIES, check_country
from qualifier.facts import Fact, Kind

YES_OR_NO = ("true", "false")
UNTRANSLATED: Mapping[Kind, str] = {
    "text": "a text, which is taken as it stands",
    "number": "a number",
    "range": "a number or a range of numbers",
    "date": "a day",
    "instant": "a time",
}
"""Kinds that no word of a CRM is translated for → what they are read from."""


def translation_faults(values: object, facts: Mapping[str, Fact]) -> Iterator[tuple[KeyPath, str]]:
    """What is wrong with a connection's `values:`, plain data, as far as it is about `facts`.

    Yields places below `values`.
    """
    for name, words in values.items() if isinstance(values, Mapping) else ():
        if name not in facts or not isinstance(words, Mapping):
            continue
        if kind := UNTRANSLATED.get(facts[name].kind):
            yield (name,), f"translates words, and {name} is {kind}; take it out, or map another field"
            continue
        for crm_value, word in words.items():
            if isinstance(word, str) and (problem := word_fault(facts[name], word)):
                yield (name, crm_value), f"is not mapped to a value of {name}{problem}"


def word_fault(fact: Fact, word: str) -> str:
    """Why `word` is none of the fact's, as the end of a sentence; empty where it is one, or any may be."""
    allowed = YES_OR_NO if fact.kind == "flag" else fact.values
    if not allowed or word in allowed:
        return ""
    if allowed == COUNTRIES:
        try:
            check_country(word)
        except ValueError as error:
            return f": {error}"
    return f"{suggestion(word, allowed)} (allowed: {', '.join(allowed)})"
