"""Needs in free text, found at ingest: the text is read once and never stored."""

from collections.abc import Callable, Sequence
from functools import lru_cache

from qualifier.patterns import WholeWords
from qualifier.playbook import Playbook

NeedsFinder = Callable[[Sequence[str | None]], list[set[str]]]
"""The kinds of need that each of a page's texts shows; none where there is no text."""


@lru_cache(maxsize=16)
def needs_finder(playbook: Playbook) -> NeedsFinder:
    """A function that names the kinds of need in texts, by the playbook's patterns on whole words."""
    patterns = {kind: WholeWords(need.pattern) for kind, need in playbook.needs.kinds().items()}

    def find(texts: Sequence[str | None]) -> list[set[str]]:
        found = {kind: words.among(texts) for kind, words in patterns.items()}
        return [{kind for kind in found if found[kind][place]} for place in range(len(texts))]

    return find
