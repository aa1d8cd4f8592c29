"""What is wrong with a configuration: every fault at once, each with its file, line and key."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

KeyPath = tuple[str | int, ...]
"""Where a value stands: keys and list positions from the top, e.g. `("connections", 0, "auth", "flow")`."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `line` counts from 1, 0 where no file is to blame; `key` is dotted, empty for all of it."""

    file: Path
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        """`file:line: key: what is wrong, what is allowed`, on one line whatever the file holds."""
        line = f":{self.line}" if self.line else ""
        key = f"{self.key}: " if self.key else ""
        text = f"{self.file}{line}: {key}{self.message}"
        return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


class ConfigFault(Exception):
    """The configuration cannot be used. `faults` holds all of them, in the order of their lines."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: (str(fault.file), fault.line, fault.key)))
        super().__init__("\n".join(map(str, self.faults)))


def dotted(path: KeyPath) -> str:
    """Write a key path the way people do: `connections[0].auth.flow`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def suggestion(word: str, known: Sequence[str]) -> str:
    """Return `; did you mean …?` for the nearest known word, or nothing where none is near."""
    folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return f"; did you mean {folded[near[0]]!r}?" if near else ""
