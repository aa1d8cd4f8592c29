"""The stateful machine over the sandbox's two CRMs with the real clients: a short run, always the same."""

import pytest
from hypothesis.stateful import run_state_machine_as_test

from tests.soak.boxed_machine import BoxedMachine
from tests.soak.settings import always_the_same


@pytest.mark.timeout(600)
def test_whatever_happens_to_real_clients_the_leads_come_out_right() -> None:
    run_state_machine_as_test(BoxedMachine, settings=always_the_same(stories=3, steps=40))
