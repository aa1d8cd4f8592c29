"""A value that no store holds is unknown: it costs its fact and never the pass."""

from collections.abc import Callable

import pytest

from tests.stories.fire import Fire

NINES = "9" * 400
"""No finite number is so large."""
EMPLOYEES = {"salesforce": "Description", "hubspot": "message"}
"""A text that holds as many digits."""


def add(fire: Fire, name: str, employees: str) -> str:
    """A new lead; its id."""
    if fire.crm == "salesforce":
        fields = {"LastName": name, "Company": name, "Description": employees}
        return fire.box.org.insert("Lead", fields)
    return fire.box.portal.create("contacts", {"email": f"{name}@firm.example", "message": employees})


@pytest.mark.parametrize("crm", sorted(EMPLOYEES))
def test_employees_without_end_are_unknown(light: Callable[..., Fire], crm: str) -> None:
    fire = light(crm, fields={"employees": EMPLOYEES[crm]})
    endless, half, known = (add(fire, *one) for one in (("a", NINES), ("b", f"1-{NINES}"), ("c", "50-100")))
    report = fire.sync()
    assert (report.outcome, report.written) == ("ok", 3), report.error
    with fire.store.read() as tx:
        rows = tx.exec_driver_sql("SELECT lead_id, facts FROM leads").all()
    facts: dict[str, str] = {row.lead_id: row.facts for row in rows}
    assert "employees" not in facts[endless] + facts[half]
    assert '"employees_low":50.0' in facts[known]
