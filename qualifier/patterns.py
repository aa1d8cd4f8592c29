"""A customer's own patterns over texts, searched in a time that grows with the text and never explodes.

The engine is Rust's, which Polars brings along: no look-around, no back-references. Python's own goes back
and forth in a text: `(a+)+$` over sixty letters is more than a lifetime, and no signal interrupts it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

_REASON = re.compile(r"^error: (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class WholeWords:
    """A pattern that is searched for on whole words, in capitals or not.

    Raises ValueError with what is wrong with the pattern.
    """

    pattern: str

    def __post_init__(self) -> None:
        # By itself first: `a)|(b` closes and opens the brackets that we put around it.
        for text in (self.pattern, self._bounded):
            try:
                pl.Series([""]).str.contains(text)
            except pl.exceptions.ComputeError as error:
                reason = _REASON.search(str(error))
                raise ValueError(reason[1].rstrip(".") if reason else "too large") from None

    @property
    def _bounded(self) -> str:
        return rf"(?i)\b{{start-half}}(?:{self.pattern})\b{{end-half}}"

    def among(self, texts: Sequence[str | None]) -> list[bool | None]:
        """Which of these texts it is found in; None for None. Half a character of a CRM's is no letter."""
        whole = [None if text is None else text.encode(errors="replace").decode() for text in texts]
        return pl.Series(whole, dtype=pl.String).str.contains(self._bounded).to_list()

    def search(self, text: str) -> bool:
        """Whether it is found in a text; names of forms and campaigns come again and again."""
        return _search(self, text)


@lru_cache(maxsize=4096)
def _search(words: WholeWords, text: str) -> bool:
    return words.among([text]) == [True]
