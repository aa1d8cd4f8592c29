"""Both stateful machines until every rule had its effect 500 times; for hours with `make soak HOURS=8`.

Each CRM begins with a hundred leads. The counts are printed at the end.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import seed
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from tests.soak import boxed_machine, people
from tests.soak.machine import Machine
from tests.soak.plain_judge import judge
from tests.soak.settings import new_each_time

ENOUGH = 500
"""Effects of each rule; of what only one CRM knows, in that CRM, else in both together."""
RULES_IN_MEMORY, RULES_BOXED = 38, 18
"""Rules that are counted; fewer means that a rule never had an effect."""
STORIES, STEPS = 5, 100
"""Of a batch; a seed repeats one."""
Record = Callable[[str, object], None]


class Crowd(Machine):
    """With more leads than a page, a batch or a slice holds: 200 in both CRMs."""

    leads = 100


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_every_rule_in_memory(monkeypatch: pytest.MonkeyPatch, record_property: Record) -> None:
    monkeypatch.setattr("sync.evaluate.qualify", judge)
    monkeypatch.setattr("tests.soak.truth.qualify", judge)

    run_until_enough(Crowd, people.COUNTS, RULES_IN_MEMORY, record_property)


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_every_rule_with_the_real_clients(record_property: Record) -> None:
    run_until_enough(boxed_machine.BoxedMachine, boxed_machine.COUNTS, RULES_BOXED, record_property)


def run_until_enough(
    machine: type[RuleBasedStateMachine], counts: Counter[str], rules: int, record_property: Record
) -> None:
    """Batch after batch, and at least as long as asked for; a failure prints how to repeat it."""
    counts.clear()
    until = time.monotonic() + 3600 * float(os.environ.get("LEADLINE_SOAK_HOURS", "0"))
    first = random.randrange(2**32)  # noqa: S311  # new stories each time
    batch = 0
    try:
        while time.monotonic() < until or len(counts) < rules or min(counts.values()) < ENOUGH:
            run_state_machine_as_test(seed(first + batch)(machine), settings=new_each_time(STORIES, STEPS))
            batch += 1
    finally:
        lines = [f"{count:8} {name}" for name, count in sorted(counts.items())]
        record_property("figures", "\n".join([f"{batch} batches from seed {first}", *lines]))
