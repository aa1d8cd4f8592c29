"""Needs in free text, found at ingest: the text is read once and never stored."""

import re
from collections.abc import Callable

from qualifier.playbook import Playbook


def needs_finder(playbook: Playbook) -> Callable[[str], set[str]]:
    """A function that names the kinds of need a text shows, by the playbook's patterns on whole words."""
    patterns = {
        kind: re.compile(rf"(?<!\w)(?:{need.pattern})(?!\w)", re.IGNORECASE)
        for kind, need in playbook.needs.kinds().items()
    }
    return lambda text: {kind for kind, pattern in patterns.items() if pattern.search(text)}
