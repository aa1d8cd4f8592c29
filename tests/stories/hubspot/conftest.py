"""A portal under fire, under both settings of what nobody could confirm without a real portal."""

from collections.abc import Callable

import pytest

from sandbox.hubspot.switches import HubSpotSwitches
from tests.stories.fire import Fire

RIVALS = {
    "trace_ids_save_the_batch": False,
    "equal_write_bumps": False,
    "association_bumps": False,
    "null_write": "clear",
    "retry_after": True,
    "search_accepts_iso_dates": True,
    "negations_match_unset": True,
    "batch_read_follows_merges": True,
    "archived_property_name": "recreate",
    "property_in_list_stays": False,
    "full_group_stays": False,
    "list_name_conflict_status": 409,
    "no_associations_status": 200,
    "read_only_code": "PROPERTY_READ_ONLY",
    "expired_category": "INVALID_AUTHENTICATION",
    "malformed_token_status": 530,
}


@pytest.fixture(params=["usual", "rival"])
def fire(request: pytest.FixtureRequest, light: Callable[..., Fire]) -> Fire:
    """A plain connection to an empty portal."""
    made = light("hubspot")
    if request.param == "rival":
        turn_switches(made.box.portal.switches)
    return made


def turn_switches(switches: HubSpotSwitches) -> None:
    """Every unconfirmed behaviour the other way round."""
    for name, value in RIVALS.items():
        assert hasattr(switches, name), name
        setattr(switches, name, value)
