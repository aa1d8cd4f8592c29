"""Before the disasters: a calm day. Every lead is written once, its echo costs nothing."""

from collections.abc import Callable

from tests.stories.fire import Fire


def test_a_calm_day_writes_every_lead_once(light: Callable[..., Fire]) -> None:
    fire = light("salesforce")
    for number in range(20):
        fire.box.org.insert("Lead", {"LastName": f"L{number}", "Company": f"C{number}"})
    assert fire.sync().written == 20
    assert fire.settle().written == 0
    fire.assert_at_rest()
    assert set(fire.writes().values()) == {1}
