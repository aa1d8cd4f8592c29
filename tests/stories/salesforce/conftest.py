"""An org under fire, under both settings of what nobody could confirm without a real org."""

from collections.abc import Callable

import pytest

from sandbox.salesforce.switches import SalesforceSwitches
from tests.stories.fire import Fire

RIVALS = {
    "unknown_field": "record",
    "unknown_field_code": "INVALID_FIELD_FOR_INSERT_UPDATE",
    "type_mismatch": "record",
    "duplicate_id": "request",
    "id_on_failure": True,
    "limit_info_on_errors": True,
    "limit_info_app": "Leadline",
    "html_401": True,
    "multi_order": "sent",
    "filter_type_error": "MALFORMED_QUERY",
    "bulk_assignment": "header",
    "bulk_charset": False,
}


@pytest.fixture(params=["usual", "rival"])
def fire(request: pytest.FixtureRequest, light: Callable[..., Fire]) -> Fire:
    """A plain connection to an empty org."""
    made = light("salesforce")
    if request.param == "rival":
        turn_switches(made.box.org.switches)
    return made


def turn_switches(switches: SalesforceSwitches) -> None:
    """Every unconfirmed behaviour that writes or errors meet, the other way round."""
    for name, value in RIVALS.items():
        assert hasattr(switches, name), name
        setattr(switches, name, value)
