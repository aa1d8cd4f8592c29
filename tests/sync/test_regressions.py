"""What the stateful machine found, each as the short story that it shrank to."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from connectors.base import Gone, TouchRecord
from sync.cycle import Mode, Pace
from sync.schema import leads
from sync.store import LeaseLost
from tests.soak.plain_judge import judge
from tests.sync.office import Office

TINY = Pace(pages=1, leads=4, writes=3, poll_seconds=0)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("mode", [Mode(dry_run=True), Mode(full=True)], ids=["dry run", "full"])
def test_a_pass_in_rounds_ends_though_it_looks_at_everything(office: Office, mode: Mode) -> None:
    """Each round took the same first slice again, for ever: `write: off` under `run`, from 2,000 leads on."""
    for number in range(9):
        office.crm.put_lead(f"L{number}", {"industry": "software"})
    office.sync()
    office.crm.edit("L3", role="decider")
    report = office.sync(mode, pace=TINY)
    assert (report.outcome, report.qualified) == ("ok", 1 if mode.dry_run else 9)


@pytest.mark.timeout(30)
def test_a_connection_that_may_not_write_yet_ends_its_passes(make_office: Callable[..., Office]) -> None:
    office = make_office(write={"mode": "off"})
    for number in range(9):
        office.crm.put_lead(f"L{number}", {"industry": "software"})
    assert office.sync(pace=TINY).qualified == 9
    assert office.sync(pace=TINY).qualified == 9


def test_a_pass_whose_lease_is_taken_at_once_reports_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between taking the lease and noting the pass another worker may come; that is no crash."""

    def taken(*_: object) -> int:
        message = "memory: another worker holds this connection now; this pass ends here"
        raise LeaseLost(message)

    monkeypatch.setattr("sync.cycle.open_pass", taken)
    report = office.sync()
    assert (report.outcome, report.written) == ("failed", 0)
    assert "another worker" in (report.error or "")


def test_who_leaves_a_company_is_no_colleague_any_more(office: Office) -> None:
    """The others were told so only when time made them due, up to an hour later."""
    for lead_id in ("A", "B"):
        office.crm.put_lead(lead_id, {"industry": "software"}, domains=("acme.example",))
    office.crm.put_touch(TouchRecord("T1", "A", "demo_request", office.crm.now))
    office.sync()
    office.crm.lose(Gone("A", "deleted"))
    assert office.sync().qualified == 1


def test_who_moves_to_another_company_concerns_both(office: Office) -> None:
    for lead_id, company in (("A", "acme"), ("B", "acme"), ("C", "birch")):
        office.crm.put_lead(lead_id, {"industry": "software"}, domains=(f"{company}.example",))
    office.sync()
    office.crm.put_lead("A", {"industry": "software"}, domains=("birch.example",))
    assert office.sync().qualified == 3


def test_a_field_that_may_not_be_read_any_more_keeps_what_was_read(office: Office) -> None:
    """A permission set withdrawn by mistake must not rewrite a whole org; `--full` takes it as meant."""
    office.crm.put_lead("A", {"industry": "software", "employees": (80.0, 80.0), "role": "decider"})
    office.sync()
    record = office.crm.read(["A"]).leads[0]
    hidden = {name: value for name, value in record.facts.items() if name not in {"industry", "employees"}}
    office.crm._store("lead", "A", replace(record, facts=hidden | {"timing": "now"}))
    assert office.sync().written == 1
    assert stored_facts(office)["industry"] == "software"
    assert stored_facts(office)["employees_low"] == 80.0
    office.sync(Mode(full=True))
    assert {"industry", "employees_low"}.isdisjoint(stored_facts(office))
    assert stored_facts(office)["timing"] == "now"


def test_a_point_that_waits_is_not_hurried_by_a_fact_that_moves_nothing(office: Office) -> None:
    """Mails opened moved the Score by a point or two; whatever else a person then edited sent it at once."""
    office.crm.put_lead("A", {"industry": "software"})
    office.sync()
    told = office.crm.written["A"]["Score"]
    office.crm.put_touch(TouchRecord("T1", "A", "email_open", office.crm.now))
    assert office.sync().written == 0
    office.crm.edit("A", annual_revenue=5.0)
    report = office.sync()
    assert (report.read["changed"], report.written) == (1, 0)
    office.crm.edit("A", role="decider")
    assert office.sync().written == 1
    assert office.crm.written["A"]["Score"] != told


def test_what_a_pass_at_another_time_dated_is_set_right_a_day_later(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It leaves no trace but what it wrote: for the next pass the lead is still new, its stage as well."""
    monkeypatch.setattr("sync.evaluate.qualify", judge)  # it dates every stage
    office.crm.put_lead("A", {"industry": "software"})
    long_ago = office.crm.now - timedelta(days=8)
    office.sync(Mode(as_of=long_ago))
    assert office.crm.written["A"]["Stage_Since"] == long_ago.date()
    assert office.sync().written == 0
    first_seen = office.crm.now.date()
    office.crm.advance(86_400)
    assert office.sync().written == 1
    assert office.crm.written["A"]["Stage_Since"] == first_seen


def stored_facts(office: Office) -> dict[str, Any]:
    with office.store.read() as tx:
        return dict(json.loads(tx.scalars(select(leads.c.facts)).one()))
