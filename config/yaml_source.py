"""A YAML file as plain data that remembers its lines.

Every scalar is text (YAML 1.2, so `on`, `off`, `yes` and `no` are words), except null, which reads as if the
key were not there. What a text means is the settings' own business; so a `0123` keeps its zero.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from config.faults import ConfigFault, Fault, KeyPath, dotted
from config.yaml_faults import explain

Data = str | list["Data"] | dict[str, "Data"]

MAX_BYTES = 1_000_000
"""No settings file, mounted secret or key is near this; a device or a dump given by mistake is."""
MAX_NODES = 20_000
"""Aliases that unfold to more than this are an attack or a mistake."""

PLACEHOLDER = re.compile(r"\$\{[^{}\n]*\}")
VEIL = re.compile("\ue000([0-9]+)\ue001")
"""Braces are YAML's own signs within `{…}`, so each placeholder waits behind a veil of two private-use
characters until the file is parsed: `{token: ${TOKEN}}` then means what it says."""


class Unreadable(Exception):
    """A file's text cannot be had; the message says why, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed file: its data, and the line on which each key or list item begins."""

    file: Path
    data: Data
    lines: dict[KeyPath, int]
    faults: list[Fault] = field(default_factory=list)

    def fault(self, path: KeyPath, message: str) -> Fault:
        """A fault at `path`, on its line or, where it is not in the file, on that of what surrounds it."""
        known = next((path[:end] for end in range(len(path), 0, -1) if path[:end] in self.lines), None)
        return Fault(self.file, self.lines[known] if known else 1, dotted(path), message)


def read_text(file: Path) -> str:
    """Return the file's UTF-8 text without a byte order mark; raise Unreadable."""
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise Unreadable(f"cannot be read ({(error.strerror or 'no such file').lower()})") from None
    except ValueError:
        raise Unreadable("cannot be read (not a possible path)") from None
    if len(content) > MAX_BYTES:
        raise Unreadable("is over 1 MB, so it is hardly the file you mean")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("is not UTF-8 text") from None


def read_source(file: Path) -> Source:
    """Parse a YAML file whose top level is a mapping; raise ConfigFault."""
    try:
        text = read_text(file)
    except Unreadable as error:
        raise ConfigFault([Fault(file, 1, "", f"this file {error}")]) from None
    if (at := text.find("\ue000")) >= 0:
        raise ConfigFault([Fault(file, line_at(text, at), "", "holds the private-use character U+E000")])
    placeholders = PLACEHOLDER.findall(text)
    numbers = count()
    return parse(file, PLACEHOLDER.sub(lambda _: f"\ue000{next(numbers)}\ue001", text), placeholders)


def line_at(text: str, position: int) -> int:
    """The line, from 1, of a position in a text."""
    return text.count("\n", 0, position) + 1


def parse(file: Path, veiled: str, placeholders: Sequence[str]) -> Source:
    """Parse a text whose placeholders are veiled; raise ConfigFault."""
    try:
        node = YAML(typ="safe", pure=True).compose(veiled)
    except MarkedYAMLError as error:
        line, wrong = explain(error, veiled)
        raise ConfigFault([Fault(file, line, "", f"is not YAML: {wrong}")]) from None
    except ReaderError as error:
        line = line_at(veiled, error.position)
        raise ConfigFault([Fault(file, line, "", "holds a control character that YAML forbids")]) from None
    except (YAMLError, RecursionError, ValueError):
        raise ConfigFault([Fault(file, 1, "", "is not YAML, or nested too deeply to be read")]) from None
    return source_of(file, node, placeholders)


def source_of(file: Path, node: Node | None, placeholders: Sequence[str]) -> Source:
    """Turn a node tree into plain data with lines and the faults that only the tree shows."""
    if node is None:
        raise ConfigFault([Fault(file, 1, "", "is empty; `leadline init` writes one to start from")])
    if not isinstance(node, MappingNode):
        message = "must hold keys and values (`connections: …`), not a list or a single value"
        raise ConfigFault([Fault(file, node.start_mark.line + 1, "", message)])
    reader = _Reader(file, placeholders)
    data = reader.mapping(node, ())
    return Source(file, data, reader.lines, reader.faults)


class _Reader:
    """Walks the nodes once, gathering lines and faults."""

    def __init__(self, file: Path, placeholders: Sequence[str]) -> None:
        self.file = file
        self.placeholders = placeholders
        self.lines: dict[KeyPath, int] = {}
        self.faults: list[Fault] = []
        self.open: list[Node] = []
        self.seen = 0

    def complain(self, node: Node, path: KeyPath, message: str) -> None:
        self.faults.append(Fault(self.file, node.start_mark.line + 1, dotted(path), message))

    def text(self, node: ScalarNode) -> str:
        """The scalar as written, placeholders unveiled."""
        return VEIL.sub(lambda match: self.placeholders[int(match[1])], str(node.value))

    def value(self, node: Node, path: KeyPath) -> Data | None:
        self.seen += 1
        if self.seen > MAX_NODES:
            raise ConfigFault([Fault(self.file, 1, "", f"unfolds to more than {MAX_NODES} values")])
        if not str(node.tag).startswith("tag:yaml.org,2002:"):
            self.complain(node, path, "carries a YAML tag; settings have none, remove it")
        if isinstance(node, ScalarNode):
            return None if str(node.tag).endswith(":null") else self.text(node)
        if any(node is outer for outer in self.open):
            self.complain(node, path, "contains itself through an alias")
            return None
        self.open.append(node)
        inner = self.sequence(node, path) if isinstance(node, SequenceNode) else self.mapping(node, path)
        self.open.pop()
        return inner

    def mapping(self, node: Node, path: KeyPath) -> dict[str, Data]:
        found: dict[str, Data] = {}
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self.complain(key_node, path, "a key must be a plain word")
                continue
            key = self.text(key_node)
            if key in first:
                self.complain(key_node, (*path, key), f"is given twice, first on line {first[key]}; keep one")
                continue
            first[key] = self.lines[*path, key] = line
            value = self.value(value_node, (*path, key))
            if value is not None:
                found[key] = value
        return found

    def sequence(self, node: SequenceNode, path: KeyPath) -> list[Data]:
        items: list[Data] = []
        for position, item in enumerate(node.value):
            self.lines[*path, position] = item.start_mark.line + 1
            value = self.value(item, (*path, position))
            if value is None:
                self.complain(item, (*path, position), "is empty; give a value or remove the item")
            else:
                items.append(value)
        return items
