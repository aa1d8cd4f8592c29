"""A text that is no YAML: the line where the mistake begins, and what is usually wrong there.

The parser notices a mistake where it can go on no longer, often lines below the one to mend. Of the file at
most a single sign is quoted: a value may be a secret.
"""

import re
from contextlib import suppress

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.tokens import ScalarToken

NO_SPACE = "this line is no `key: value`; usually the space after its colon is missing"
TOUCHING = re.compile(r"\s*(- +)*[A-Za-z_][\w-]*:[^\s/]")
"""A key whose value touches its colon; an address with its `://` is none."""
AT_CONTEXT = {
    "simple key": NO_SPACE,
    "quoted scalar found unexpected": "the quote that opens here is never closed",
    "flow": "the bracket that opens here is not closed, or a comma is missing in it (noticed on line {line})",
}
"""What the parser says → our sentence, where the mistake begins at the line of its context."""
AT_PROBLEM = {
    r"\\t": "a tab stands where YAML wants spaces",
    r"found character '(?P<sign>.)'": "a value that begins with {sign} must stand in quotes",
    "alias": "a value that begins with * must stand in quotes",
    "mapping values": "a colon too many: put the value in quotes, or indent this line like its neighbours",
    "block (mapping|sequence) start": "this line is indented differently from those it belongs to",
    "<scalar>": "text follows where a quote or bracket has closed; put the whole value in quotes",
    "another document": "a second document begins here (`---`); a file holds one",
}
"""The same, where the line of its problem is the one to mend."""


def explain(error: MarkedYAMLError, text: str) -> tuple[int, str]:
    """The line to mend, from 1, and the end of a sentence about it."""
    noticed = _line(error.problem_mark) or _line(error.context_mark) or 1
    begun = _line(error.context_mark) or noticed
    said = f"{error.context or ''} {error.problem or ''}".strip()
    if opened := _quote_closed_on(noticed, text):
        return opened, f"the quote that opens here closes only on line {noticed}; close it on its own line"
    if "mapping values" in said and (above := _touching_above(noticed, text)):
        return above, NO_SPACE
    for pattern, sentence in AT_CONTEXT.items():
        if re.search(pattern, said):
            return begun, sentence.format(line=noticed)
    for pattern, sentence in AT_PROBLEM.items():
        if found := re.search(pattern, said):
            return noticed, sentence.format(**found.groupdict())
    return noticed, str(error.problem or "cannot be parsed")


def _line(mark: object) -> int | None:
    line = getattr(mark, "line", None)
    return None if line is None else line + 1


def _quote_closed_on(line: int, text: str) -> int | None:
    """Where the quoted text opened that runs over several lines and ends on this one."""
    with suppress(YAMLError, ValueError):
        for token in YAML(typ="safe", pure=True).scan(text):
            if isinstance(token, ScalarToken) and token.style in {'"', "'"}:
                opened, closed = token.start_mark.line + 1, token.end_mark.line + 1
                if opened < closed == line:
                    return opened
    return None


def _touching_above(line: int, text: str) -> int | None:
    """The line before this one, blank ones and comments aside, where its key touches its value."""
    lines = text.splitlines()[: line - 1]
    while lines and not lines[-1].partition("#")[0].strip():
        lines.pop()
    return len(lines) if lines and TOUCHING.match(lines[-1]) else None
