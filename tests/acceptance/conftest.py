"""Customers, each with CRMs and a folder of their own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.box import Box
from tests.acceptance.customer import Customer

SUNDAY = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
"""Business hours stand still: no response clock turns while a test runs."""

Open = Callable[..., Customer]


@pytest.fixture(scope="module")
def open_customer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Open a customer on a Sunday, with as many people in both CRMs and Leadline's fields set up."""
    with ExitStack() as stack:

        def make(people: int = 0, seed: int = 5, now: datetime = SUNDAY, **parts: Any) -> Customer:
            box = Box(generate=people, seed=seed, now=now, **parts.pop("box", {}))
            box.clock.run()  # rate limits need time that passes
            customer = Customer(stack.enter_context(box), _folder(tmp_path_factory), **parts)
            customer.set_up()
            return customer

        yield make


def _folder(factory: pytest.TempPathFactory) -> Path:
    return factory.mktemp("customer")
