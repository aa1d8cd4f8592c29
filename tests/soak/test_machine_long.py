"""The stateful machine until every rule had its effect 500 times; for hours with `make soak HOURS=8`."""

import os
import random
import sys
import time

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.soak.machine import COUNTS, Machine
from tests.soak.plain_judge import judge

ENOUGH = 500
RULES = 40
"""Effects that are counted; fewer means that a rule never had one."""
BATCH = settings(
    max_examples=20,
    stateful_step_count=60,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


class Crowd(Machine):
    """With more leads than a page, a batch or a slice holds: 200 in both CRMs."""

    leads = 100


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_every_rule_five_hundred_times(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sync.evaluate.qualify", judge)
    monkeypatch.setattr("tests.soak.truth.qualify", judge)
    COUNTS.clear()
    until = time.monotonic() + 3600 * float(os.environ.get("LEADLINE_SOAK_HOURS", "0"))
    first = random.randrange(2**32)  # noqa: S311  # a new story each time; a failure prints how to repeat it
    batch = 0
    while time.monotonic() < until or len(COUNTS) < RULES or min(COUNTS.values()) < ENOUGH:
        machine = Crowd if batch % 10 == 0 else Machine
        run_state_machine_as_test(seed(first + batch)(machine), settings=BATCH)
        batch += 1
        capsys.readouterr()
    with capsys.disabled():
        lines = [f"{count:8} {name}" for name, count in sorted(COUNTS.items())]
        sys.stdout.write("\n".join(["", f"{batch} batches from seed {first}", *lines, ""]))
