"""A small sandbox, and commands within this process for what needs no process of its own."""

import logging
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
import time_machine
from typer.testing import CliRunner

import worker
from connectors.memory import MemoryConnector
from sandbox.box import Box
from sync.store import open_store
from tests.commands.office import Answer, memory_settings, settings_of, write_settings
from tests.sync.office import NOW, Office, connection


@pytest.fixture
def box() -> Iterator[Box]:
    """Both CRMs with forty people; time runs."""
    with Box(generate=40, seed=7, shape="rich") as opened:
        yield opened


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A CRM in memory and a store in the test's folder; the machine's clock stands two hours later."""
    write_settings(tmp_path, memory_settings())
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        store = open_store(f"sqlite:///{tmp_path}/leadline.db")
        yield Office(MemoryConnector(now=NOW - timedelta(hours=1)), store, connection())
        store.close()


@pytest.fixture
def desk(tmp_path: Path, box: Box) -> Path:
    """A folder whose leadline.yaml knows both CRMs of the box."""
    write_settings(tmp_path, settings_of(box))
    return tmp_path


Call = Callable[..., Answer]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    """Run a command within this process, in the test's folder; logging and signals are put back after."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LEADLINE_CONFIG", raising=False)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]

    def run(*args: str) -> Answer:
        result = CliRunner().invoke(worker.app, list(args), catch_exceptions=False)
        return Answer(result.exit_code, result.stdout, result.stderr)

    yield run
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)
