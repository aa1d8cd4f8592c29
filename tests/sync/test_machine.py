"""A stateful proof of the pass: whatever happens, at rest every lead carries the right verdict, written once.

Here a minute's worth, the same every time; tests/soak has the long run.
"""

import pytest
from hypothesis.stateful import run_state_machine_as_test

from tests.soak.machine import Machine
from tests.soak.plain_judge import judge
from tests.soak.settings import always_the_same


@pytest.mark.timeout(600)
def test_whatever_happens_the_leads_come_out_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.evaluate.qualify", judge)
    monkeypatch.setattr("tests.soak.truth.qualify", judge)
    run_state_machine_as_test(Machine, settings=always_the_same(stories=8, steps=20))


@pytest.mark.timeout(600)
def test_and_so_they_do_with_the_real_qualifier() -> None:
    run_state_machine_as_test(Machine, settings=always_the_same(stories=2, steps=8))
