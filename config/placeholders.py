"""`${NAME}` reads the environment, `${file:PATH}` a file (a mounted secret), `$${` is a plain `${`."""

import re
from collections.abc import Mapping
from pathlib import Path

from config.faults import Fault, KeyPath
from config.yaml_source import Data, Source, Unreadable, read_text

PLACEHOLDER = re.compile(r"\$\$\{|\$\{(?P<body>[^{}]*)(?P<close>\}?)")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Unresolved(Exception):
    """A placeholder has no value; the message names it and the next step."""


def resolve(text: str, environ: Mapping[str, str], folder: Path) -> str:
    """Replace every placeholder in `text`; raise Unresolved. What they bring is not looked at again."""

    def value(match: re.Match[str]) -> str:
        body, close = match["body"], match["close"]
        if body is None:
            return "${"
        if close and body.startswith("file:"):
            return file_content(body.removeprefix("file:"), folder)
        if not close or not NAME.fullmatch(body):
            raise Unresolved(
                "holds a ${ that is no placeholder; write ${NAME}, ${file:PATH}, or $${ for the two signs"
            )
        if body not in environ:
            raise Unresolved(
                f"environment variable {body} is not set; set it, or read a file with ${{file:PATH}}"
            )
        return environ[body]

    return PLACEHOLDER.sub(value, text)


def file_content(path: str, folder: Path) -> str:
    """The stripped text of a file named relative to `folder`; raise Unresolved."""
    try:
        return read_text(folder / path).strip()
    except Unreadable as error:
        raise Unresolved(f"file {folder / path} {error}; mount it, or correct the path") from None


def expand(source: Source, environ: Mapping[str, str]) -> tuple[Data, dict[KeyPath, Fault]]:
    """Return the data with every placeholder replaced, and a fault for each place where that failed."""
    faults: dict[KeyPath, Fault] = {}

    def expanded(data: Data, path: KeyPath) -> Data:
        if isinstance(data, dict):
            return {key: expanded(value, (*path, key)) for key, value in data.items()}
        if isinstance(data, list):
            return [expanded(value, (*path, position)) for position, value in enumerate(data)]
        try:
            return resolve(data, environ, source.file.parent)
        except Unresolved as error:
            faults[path] = source.fault(path, str(error))
            return data

    return expanded(source.data, ()), faults
