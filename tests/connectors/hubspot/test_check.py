"""The doctor: what is wrong has a line, with a remedy."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.base import Finding
from sandbox.hubspot import Tier
from sandbox.hubspot.access import ALL_SCOPES
from tests.connectors.hubspot.world import World


def findings(world: World, **settings: Any) -> dict[str, Finding]:
    return {finding.what: finding for finding in world.connector(**settings).check()}


def test_a_healthy_portal_has_no_cross(world: World) -> None:
    world.portal.limits.tier = Tier(search_per_second=None, burst=None)
    world.clock.set(datetime.now(UTC))
    world.ready()
    found = findings(world)
    assert {finding.level for finding in found.values()} == {"ok"}
    assert "portal 4711000" in found["login"].evidence
    assert "250000" in found["quota"].evidence
    assert found["fact title"].evidence == "contact.jobtitle"
    assert "Add view" in found["lists"].remedy


def test_facts_that_nothing_feeds_are_named(world: World) -> None:
    found = findings(world)["no field"]
    assert found.level == "ok"
    assert set(found.evidence.partition(";")[0].split(", ")) == {
        "goal",
        "solution",
        "budget",
        "timing",
        "call_optout",
        "profiling_optout",
        "test_record",
    }
    assert "solution" not in findings(world, fields={"solution": "jobtitle"})["no field"].evidence


def test_it_writes_nothing(world: World) -> None:
    world.ready()
    world.journal.clear()
    findings(world)
    assert {one.method for one in world.journal if not one.path.endswith("/search")} == {"GET"}


def test_a_dead_token_is_the_only_line(world: World) -> None:
    found = findings(world, auth={"flow": "token", "token": "pat-na1-dead"})
    assert list(found) == ["login"]
    assert found["login"].level == "fail"


def test_a_missing_scope_is_named(world: World) -> None:
    world.ready()
    token = world.portal.access.issue(ALL_SCOPES - {"crm.objects.deals.read"})
    found = findings(world, auth={"flow": "token", "token": token})
    assert found["scope crm.objects.deals.read"].level == "fail"
    assert "crm.objects.deals.read" in found["scope crm.objects.deals.read"].remedy
    assert found["scope crm.objects.companies.read"].level == "ok"


def test_a_portal_that_is_not_set_up_is_one_line_with_the_command(world: World) -> None:
    found = findings(world, write={"rename": {"Score": "jobtitle"}})
    wrong = {what for what, finding in found.items() if finding.level == "fail"}
    assert wrong == {"own fields", "property jobtitle"}
    assert "none of Leadline's 40 properties" in found["own fields"].evidence
    assert "`leadline setup acme --apply`" in found["own fields"].remedy
    assert not any("answer" in what for what in found), "set-up brings what reps answer in"


def test_one_missing_property_is_named_with_the_command(world: World) -> None:
    world.ready()
    world.portal.schemas["contacts"].archive("leadline_answer_need", 0)
    found = findings(world, write={"rename": {"Score": "our_score"}})
    wrong = {what: finding.remedy for what, finding in found.items() if finding.level == "fail"}
    assert set(wrong) == {"property leadline_answer_need", "property our_score"}
    assert "`leadline setup acme --apply`" in wrong["property leadline_answer_need"]
    assert "write.rename" in wrong["property our_score"]


def test_a_mapped_property_that_is_not_there_is_named(world: World) -> None:
    world.ready()
    found = findings(world, fields={"budget": "no_such_thing"})
    assert found["fact budget"].level == "fail"
    assert "no_such_thing" in found["fact budget"].evidence


def test_a_clock_that_is_off_and_a_quota_that_is_nearly_used_up(world: World) -> None:
    world.ready()
    world.portal.limits.tier = Tier(search_per_second=None, burst=None, daily=100)
    world.portal.limits.used_today = 85
    found = findings(world)
    assert found["clock"].level == "warn"
    assert found["quota"].level == "warn"
    assert "of 100 calls" in found["quota"].evidence


@pytest.mark.parametrize(
    ("fact", "field", "level", "says"),
    [
        (
            "call_optout",
            "hs_lead_status",
            "fail",
            "of type enumeration; call_optout needs a checkbox, and nothing",
        ),
        ("call_optout", "jobtitle", "fail", "jobtitle is of type string; call_optout needs a checkbox"),
        ("profiling_optout", "hs_email_optout", "ok", "hs_email_optout"),
        ("budget", "createdate", "fail", "createdate is of type datetime; budget needs a number field"),
        ("budget", "jobtitle", "warn", "jobtitle is of type string; budget needs a number field"),
        ("employees", "jobtitle", "ok", "jobtitle"),
        ("last_won_on", "createdate", "ok", "createdate"),
        ("title", "hs_email_optout", "ok", "hs_email_optout"),
    ],
)
def test_a_property_of_another_type_is_named(
    world: World, fact: str, field: str, level: str, says: str
) -> None:
    found = findings(world, fields={fact: field})[f"fact {fact}"]
    assert (found.level, says in found.evidence) == (level, True), found
    if level != "ok":
        assert f"fields.{fact}" in found.remedy


def test_a_status_that_the_portal_lacks_is_named(world: World) -> None:
    found = findings(world, statuses={"closed": ["UNQUALIFED", "Unqualified"], "nurture": ["subscriber"]})
    assert found["statuses.closed"].level == "warn"
    assert "has no value 'UNQUALIFED'; did you mean 'UNQUALIFIED'?" in found["statuses.closed"].evidence
    assert "statuses.nurture" not in found


def test_words_that_nobody_translates_are_counted(world: World) -> None:
    world.contacts(3, hs_analytics_source="OFFLINE", country="Atlantis", lifecyclestage="customer")
    world.contacts(1, hs_analytics_source="PAID_SEARCH", country="Germany", hs_lead_status="NEW")
    world.clock.advance(300)  # the index has caught up
    found = findings(world, fields={"solution": "hs_analytics_source"})
    said = found["values of hs_analytics_source"]
    assert said.level == "warn"
    assert said.evidence == (
        "4 contacts of the newest 200 with 2 unknown values: 'OFFLINE' 3, 'PAID_SEARCH' 1"
    )
    assert said.remedy == "Translate them under values.solution."
    assert "'Atlantis' 3" in found["values of hs_country_region_code or country"].evidence
    assert not [what for what in found if "hs_lead_status" in what]
    words = {"solution": {"OFFLINE": "none", "PAID_SEARCH": "none"}}
    found = findings(world, fields={"solution": "hs_analytics_source"}, values=words)
    assert "values of hs_analytics_source" not in found


def test_a_picklist_is_a_flag_by_what_its_words_mean(world: World) -> None:
    def maps(*refused: str, fine: tuple[str, ...] = ()) -> dict[str, Any]:
        words = dict.fromkeys(refused, "true") | dict.fromkeys(fine, "false")
        return {"fields": {"call_optout": "hs_lead_status"}, "values": {"call_optout": words}}

    schema = world.portal.schemas["contacts"]
    first, *others = options = list(schema["hs_lead_status"].allowed)
    assert findings(world, **maps(first))["fact call_optout"].level == "warn"
    assert findings(world, **maps(fine=tuple(options)))["fact call_optout"].level == "fail"
    assert findings(world, **maps(first, fine=tuple(others)))["fact call_optout"].level == "ok"
    (contact,) = world.contacts(1, hs_lead_status=first)
    (record,) = world.connector(**maps(first)).read([contact]).leads
    assert record.facts["call_optout"] is True
