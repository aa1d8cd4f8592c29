"""The one way into every command: global options may stand anywhere, and every fault leaves as a sentence."""

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import Any

import structlog
import typer
from typer.core import TyperGroup

from commands import console
from commands.exits import Exit
from commands.invocation import Invocation

FLAGS = ("--json",)
SETTINGS = ("--config", "--log-level")
"""Global options that no command has for itself (`--state` is also a file of `sandbox serve`)."""


class Entrance(TyperGroup):
    """The top of the command line."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """`leadline sync --json` means `leadline --json sync`."""
        return super().parse_args(ctx, globals_first(args))

    def invoke(self, ctx: Any) -> Any:
        """Run the command; what an admin can mend is told in a sentence, with the contract's exit code."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            from commands.refusals import told  # noqa: PLC0415  # `--help` must not wait for these rooms

            answer = told(error)
            if answer is None:
                raise
            code, lines = answer
            _tell(lines, code, as_json=isinstance(ctx.obj, Invocation) and ctx.obj.json)
            raise typer.Exit(code) from None


def globals_first(args: Sequence[str]) -> list[str]:
    """Move global options to the front; what follows `--` is left alone."""
    front: list[str] = []
    rest: list[str] = []
    tokens = iter(args)
    for token in tokens:
        if token == "--":  # noqa: S105  # the end of options, no secret
            rest += [token, *tokens]
        elif token in FLAGS or token.partition("=")[0] in SETTINGS:
            front += [token, *_value(token, tokens)]
        else:
            rest.append(token)
    return front + rest


def _value(option: str, tokens: Iterator[str]) -> list[str]:
    """The word after an option that wants one."""
    if option in FLAGS or "=" in option:
        return []
    word = next(tokens, None)
    return [] if word is None else [word]


def _tell(lines: Sequence[str], code: Exit, *, as_json: bool) -> None:
    if as_json:
        console.print_json({"exit": int(code), "faults": list(lines)})
    for line in lines:
        console.err.print(line, markup=False, soft_wrap=True)


def enter(app: typer.Typer) -> int:
    """Run the command line and return the exit code; no traceback of ours is all that an admin gets."""
    _forgive_signs()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    try:
        app(prog_name="leadline")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else Exit.UNDONE
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader left; there is nobody to tell
        return Exit.UNDONE
    except Exception:  # noqa: BLE001  # the last line of defence
        structlog.get_logger(__name__).exception("unexpected_error")
        console.err.print(
            "Leadline met an error it does not know; please report the log line above.", soft_wrap=True
        )
        return Exit.UNDONE
    return Exit.OK


def _leave(number: int, _frame: FrameType | None) -> None:
    """Commands that hold nothing open end here; the others ask for a clean stop (`stop_on_signal`)."""
    raise SystemExit(128 + number)


def _forgive_signs() -> None:
    """A terminal that lacks a sign shows a question mark; that is no reason to stop."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
