"""A CSV and its mapping: both CRMs get the same leads, and a fault is named by file, row and column."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.clock import Clock
from sandbox.hubspot import Portal
from sandbox.leads_file import Leads, fill_org, fill_portal, load
from sandbox.mapping import LeadsFault, read_mapping
from sandbox.salesforce import Org

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CSV = """\
Nr,Source,Job,Visits,No mail,Copy,Result
103,Chat,Select,4,No,Yes,won
101,Search,Baker,,Yes,No,lost
102,Chat,"Nurse, night shift",2.5,No,No,lost
"""
MAPPING = """\
number: Nr
blank: ["", Select]
created: {invented: true, spread_days: 30, by: Nr}
ignore: [Result]
salesforce:
  declare:
    Job__c: {label: Job, type: pick}
    Visits__c: {label: Visits, type: number}
  constants: {LastName: "Lead {Nr}", Company: "[not provided]"}
  columns:
    Source: LeadSource
    Job: Job__c
    Visits: Visits__c
    No mail: {to: HasOptedOutOfEmail, values: {"Yes": true, "No": false}}
  facts: {job: Job__c}
hubspot:
  declare:
    job: {label: Job, type: pick}
    visits: {label: Visits, type: number}
  constants: {lastname: "Lead {Nr}"}
  columns:
    Job: job
    Visits: visits
    No mail: {to: hs_email_optout, values: {"Yes": true, "No": false}}
touches:
  - {channel: form, name: Free copy, when: {Copy: ["Yes"]}, minutes_after: 30}
  - {channel: form, name: Chat enquiry, when: {Source: [Chat]}}
"""


def written(folder: Path, csv: str = CSV, mapping: str = MAPPING) -> tuple[Path, Path]:
    (folder / "leads.csv").write_text(csv, "utf-8")
    (folder / "mapping.yaml").write_text(mapping, "utf-8")
    return folder / "leads.csv", folder / "mapping.yaml"


def loaded(folder: Path, csv: str = CSV, mapping: str = MAPPING) -> Leads:
    return load(*written(folder, csv, mapping), now=NOW)


def test_both_crms_get_every_lead_oldest_first(tmp_path: Path) -> None:
    leads, org, portal = loaded(tmp_path), Org(Clock(NOW)), Portal(Clock(NOW))
    lead_ids, contact_ids = fill_org(org, leads), fill_portal(portal, leads)
    assert [org.get("Lead", one)["LastName"] for one in lead_ids] == ["Lead 101", "Lead 102", "Lead 103"]
    assert [portal.get("contacts", one)["lastname"] for one in contact_ids] == [
        "Lead 101",
        "Lead 102",
        "Lead 103",
    ]


def test_blank_cells_stay_unknown_and_words_become_what_the_mapping_says(tmp_path: Path) -> None:
    leads, org, portal = loaded(tmp_path), Org(Clock(NOW)), Portal(Clock(NOW))
    first, second, third = (org.get("Lead", one) for one in fill_org(org, leads))
    assert (first["Visits__c"], second["Visits__c"], third["Job__c"]) == (None, 2.5, None)
    assert (first["HasOptedOutOfEmail"], second["HasOptedOutOfEmail"]) == (True, False)
    contacts = [portal.get("contacts", one) for one in fill_portal(portal, leads)]
    assert [one.get("visits") for one in contacts] == [None, "2.5", "4"]
    assert [one.get("job") for one in contacts] == ["Baker", "Nurse, night shift", None]


def test_times_are_spread_by_rank_and_lie_before_now(tmp_path: Path) -> None:
    times = [row.created_at for row in loaded(tmp_path).rows]
    assert times == [NOW - timedelta(days=days) for days in (25, 15, 5)]


def test_touches_are_made_where_every_condition_holds(tmp_path: Path) -> None:
    leads, org, portal = loaded(tmp_path), Org(Clock(NOW)), Portal(Clock(NOW))
    lead_ids, contact_ids = fill_org(org, leads), fill_portal(portal, leads)
    names = {row["Id"]: row["Name"] for row in org.rows("Campaign")}
    members = [(row["LeadId"], names[row["CampaignId"]]) for row in org.rows("CampaignMember")]
    assert sorted(members) == sorted(
        [
            (lead_ids[1], "Chat enquiry"),
            (lead_ids[2], "Chat enquiry"),
            (lead_ids[2], "Free copy"),
        ]
    )
    newest = portal.get("contacts", contact_ids[2])
    assert (newest["first_conversion_event_name"], newest["recent_conversion_event_name"]) == (
        "Chat enquiry",
        "Free copy",
    )
    assert "first_conversion_event_name" not in portal.get("contacts", contact_ids[0])


def test_an_ignored_column_reaches_no_crm(tmp_path: Path) -> None:
    leads, org, portal = loaded(tmp_path), Org(Clock(NOW)), Portal(Clock(NOW))
    fill_org(org, leads)
    fill_portal(portal, leads)
    everything = repr(org.rows("Lead")) + repr(list(portal.rows("contacts")))
    assert "lost" not in everything


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("4,No,Yes", "four,No,Yes"), "leads.csv, row 2, column Visits: 'four' is not a number"),
        (("102,Chat", "101,Chat"), "row 4, column Nr: '101' stands in row 3 already"),
        (("102,Chat", ",Chat"), "row 4, column Nr: is empty"),
        (('"Nurse, night shift"', "Nurse, night shift"), "row 4: has 8 cells, and the header 7"),
        (("Nr,Source", "Nr,Nr"), "row 1: names Nr twice"),
        (("No mail,Copy", "No mails,Copy"), "did you mean 'No mails'?"),
        (("Result\n", "Result,Extra\n"), "row 2: has 7 cells"),
    ],
)
def test_a_fault_of_the_list_is_named(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    with pytest.raises(LeadsFault) as caught:
        fill_org(Org(Clock(NOW)), loaded(tmp_path, CSV.replace(*change)))
    assert said in str(caught.value)


def test_a_column_nobody_decided_about_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(LeadsFault, match="has a column 'Result' that the mapping does not name"):
        loaded(tmp_path, mapping=MAPPING.replace("ignore: [Result]", "ignore: []"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("invented: true", "invented: false"), ":3: created.invented:"),
        (("spread_days: 30", "spread_days: soon"), ":3: created.spread_days:"),
        (("touches:", "touchs:"), ":25: touchs: is no key of a mapping"),
        (("number: Nr\n", ""), "number: is missing"),
        (("type: pick", "type: colour"), "salesforce.declare.Job__c.type:"),
        (("{created", "created"), "is not YAML"),
        (("channel: form, name: Free", "channel: fax, name: Free"), ":26: touches.0.channel:"),
    ],
)
def test_a_fault_of_the_mapping_is_named_with_its_line(
    tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    broken = MAPPING.replace(change[0], change[1], 1) if change[0] != "{created" else MAPPING + "\n: [}"
    assert broken != MAPPING
    with pytest.raises(LeadsFault) as caught:
        loaded(tmp_path, mapping=broken)
    assert said in str(caught.value)


def test_a_field_that_the_crm_does_not_have_is_a_fault(tmp_path: Path) -> None:
    leads = loaded(tmp_path, mapping=MAPPING.replace("Source: LeadSource", "Source: LeadSorce"))
    with pytest.raises(LeadsFault, match="there is no field LeadSorce; did you mean LeadSource"):
        fill_org(Org(Clock(NOW)), leads)


def test_a_value_that_hubspot_refuses_is_named_by_row_and_column(tmp_path: Path) -> None:
    narrow = MAPPING.replace(
        "job: {label: Job, type: pick}", "job: {label: Job, type: pick, values: [Baker]}"
    )
    with pytest.raises(LeadsFault) as caught:
        fill_portal(Portal(Clock(NOW)), loaded(tmp_path, mapping=narrow))
    assert "leads.csv, row 4, column Job: job: Nurse, night shift was not one of" in str(caught.value)


@pytest.mark.parametrize("missing", ["leads.csv", "mapping.yaml"])
def test_a_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    leads, mapping = written(tmp_path)
    (tmp_path / missing).unlink()
    with pytest.raises(LeadsFault, match=f"{missing}: cannot be read"):
        load(leads, mapping, now=NOW)


def test_many_faults_are_cut_short(tmp_path: Path) -> None:
    rows = "".join(f"{number},a,b,oops,No,No,x\n" for number in range(500))
    with pytest.raises(LeadsFault) as caught:
        fill_org(Org(Clock(NOW)), loaded(tmp_path, CSV.splitlines()[0] + "\n" + rows))
    assert len(str(caught.value).splitlines()) == 21
    assert len(caught.value.faults) == 500


def test_the_example_mapping_keeps_the_outcome_and_the_leaks_from_leadline() -> None:
    example = Path(__file__).parents[2] / "config" / "examples" / "education" / "mapping.yaml"
    mapping = read_mapping(example).mapping
    leaks = {"Tags", "Lead Quality", "Lead Profile", "Last Notable Activity"}
    assert leaks <= set(mapping.ignore)
    for half in (mapping.salesforce, mapping.hubspot):
        assert not leaks & set(half.columns)
        outcome = {target.to for target in half.targets("Converted")}
        assert len(outcome) == 1
        assert not outcome & set(half.facts.values())
    assert not any(leaks & set(rule.when) or "Converted" in rule.when for rule in mapping.touches)
