"""What a rep sees over real HTTP: the list by respond rank, the record, and answers that are saved."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import requests

from sandbox.box import Box
from sandbox.hubspot.schema import Definition, Option

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
CRMS = ("salesforce", "hubspot")
NEEDS = ("reactive", "growth")
TEXTS = ("Why", "Ask_Next", "Breakdown")


class Rep:
    """One CRM of a box and its pages, seen by a rep."""

    def __init__(self, box: Box, crm: str) -> None:
        self.box, self.crm = box, crm
        self.home = f"{box.salesforce_url if crm == 'salesforce' else box.hubspot_url}/rep"
        self.ids = box.lead_ids if crm == "salesforce" else box.contact_ids

    def write(self, place: int, **values: Any) -> None:
        """Fill in fields of Leadline as a delivery would."""
        if self.crm == "salesforce":
            named = {f"Leadline_{name}__c": value for name, value in values.items()}
            self.box.org.update("Lead", self.ids[place], named)
        else:
            named = {f"leadline_{name.lower()}": value for name, value in values.items()}
            self.box.portal.update("contacts", self.ids[place], named)

    def read(self, place: int, name: str) -> Any:
        """One field of Leadline as the CRM holds it; None where it is empty."""
        if self.crm == "salesforce":
            return self.box.org.get("Lead", self.ids[place])[f"Leadline_{name}__c"]
        return self.box.portal.get("contacts", self.ids[place]).get(f"leadline_{name.lower()}")

    def page(self, path: str = "", status: int = 200) -> str:
        """A page as a browser gets it."""
        answer = requests.get(self.home + path, timeout=10)
        assert answer.status_code == status
        assert "charset=utf-8" in answer.headers["content-type"]
        return answer.text

    def save(self, place: int, **answers: str) -> requests.Response:
        """Send the record's form."""
        return requests.post(
            f"{self.home}/{self.ids[place]}", data=answers, timeout=10, allow_redirects=False
        )


def set_up(box: Box) -> None:
    """A few of Leadline's fields, as its set-up makes them."""
    for name, salesforce, hubspot in (
        ("Score", "double", ("number", "number")),
        ("Respond_Rank", "double", ("number", "number")),
        ("Respond_By", "datetime", ("datetime", "date")),
        ("Override_Until", "date", ("date", "date")),
        *((name, "string", ("string", "text")) for name in TEXTS),
    ):
        label = name.replace("_", " ")
        box.org.add_custom_field("Lead", f"Leadline_{name}__c", salesforce, label=f"Leadline {label}")
        box.portal.add_property(
            "contacts", Definition(f"leadline_{name.lower()}", *hubspot, label, "leadline")
        )
    for name, values in (
        ("Segment", ("hot", "warm", "cold", "excluded")),
        ("SLA", ("due", "at_risk")),
        ("Answer_Need", NEEDS),
    ):
        box.org.add_custom_field("Lead", f"Leadline_{name}__c", "picklist", label=name, values=values)
        options = tuple(Option(value, value) for value in values)
        property_name = f"leadline_{name.lower()}"
        box.portal.add_property(
            "contacts", Definition(property_name, "enumeration", "select", name, "leadline", options=options)
        )


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    with Box(generate=120, seed=2, now=NOW) as box:
        set_up(box)
        yield box


@pytest.fixture(params=CRMS)
def rep(box: Box, request: pytest.FixtureRequest) -> Rep:
    return Rep(box, request.param)


def ids_in(page: str) -> list[str]:
    return re.findall(r'<a href="/rep/([^"]+)"', page)


def test_the_root_leads_to_the_list(rep: Rep) -> None:
    answer = requests.get(rep.home.removesuffix("/rep"), timeout=10)
    assert answer.url == rep.home


def test_the_list_is_in_the_order_of_respond_ranks_and_unscored_leads_come_last(rep: Rep) -> None:
    for place, rank in ((3, 1010), (1, 1002), (2, 8050)):
        rep.write(place, Respond_Rank=rank, Score=50, Segment="warm")
    assert ids_in(rep.page())[:3] == [rep.ids[1], rep.ids[3], rep.ids[2]]
    for place in (1, 2, 3):
        rep.write(place, Respond_Rank=None, Score=None, Segment=None)


def test_the_list_shows_what_leadline_wrote(rep: Rep) -> None:
    rep.write(
        5,
        Respond_Rank=1,
        Score=88,
        Segment="hot",
        Why="+ demo request 20 Nov; ? company size",
        Ask_Next="What made you look now? · Who else is involved?",
        Respond_By=datetime(2026, 11, 20, 10, 15, tzinfo=UTC),
        SLA="at_risk",
    )
    row = rep.page("?segment=hot").partition("<tbody>")[2]
    for text in ("88", "Hot", "demo request 20 Nov", "What made you look now?", "today 10:15", "At risk"):
        assert text in row
    assert "Who else is involved?" not in re.sub(r'title="[^"]*"', "", row)
    assert ids_in(row) == [rep.ids[5]]
    rep.write(5, Respond_Rank=None, Score=None, Segment=None, Why=None, Ask_Next=None, SLA=None)


def test_pages_of_fifty_hold_everybody_once(rep: Rep) -> None:
    found = [one for page in (1, 2, 3) for one in ids_in(rep.page(f"?page={page}"))]
    assert sorted(found) == sorted(rep.ids)


def test_search_finds_a_name(rep: Rep) -> None:
    name = rep.box.org.get("Lead", rep.box.lead_ids[0])["LastName"]
    assert rep.ids[0] in ids_in(rep.page(f"?q={name}"))
    assert "No lead matches" in rep.page("?q=nobody-is-called-so")


def test_the_record_shows_reasons_questions_points_and_history(rep: Rep) -> None:
    rep.write(
        7,
        Score=61,
        Segment="warm",
        Why="+ uses a rival product; − careers page 2 Nov; ? need",
        Ask_Next="First? · Second?",
        Breakdown="uses a rival product +15\ncareers page 2 Nov −5",
    )
    page = rep.page(f"/{rep.ids[7]}")
    for text in ("uses a rival product", "careers page 2 Nov", "First?", "Second?", "Record created"):
        assert text in page
    assert '<td class="up">+15</td><td>uses a rival product</td>' in page
    assert '<td class="down">−5</td><td>careers page 2 Nov</td>' in page


def test_saving_an_answer_changes_the_record(rep: Rep) -> None:
    answer = rep.save(9, answer_need="growth", override_until="2026-12-24")
    assert answer.status_code == 303
    assert (rep.read(9, "Answer_Need"), rep.read(9, "Override_Until")) == ("growth", "2026-12-24")
    page = rep.page(f"/{rep.ids[9]}?saved")
    assert "Saved." in page
    assert '<option value="growth" selected>' in page
    rep.save(9, answer_need="")
    assert rep.read(9, "Answer_Need") in (None, "")
    assert rep.read(9, "Override_Until") == "2026-12-24"


def test_an_equal_answer_is_no_change(rep: Rep) -> None:
    stamp = {"salesforce": "SystemModstamp", "hubspot": "lastmodifieddate"}[rep.crm]

    def modified() -> str:
        if rep.crm == "salesforce":
            return str(rep.box.org.get("Lead", rep.ids[11])[stamp])
        return rep.box.portal.get("contacts", rep.ids[11])[stamp]

    before = modified()
    rep.save(11, answer_need="")
    assert modified() == before
    rep.save(11, answer_need="reactive")
    assert modified() > before


@pytest.mark.parametrize("answers", [{"answer_need": "world peace"}, {"override_until": "tomorrow"}])
def test_an_answer_that_does_not_fit_is_refused_in_words(rep: Rep, answers: dict[str, str]) -> None:
    refused = rep.save(13, **answers)
    assert refused.status_code == 422
    assert "is no " in refused.text
    assert rep.read(13, "Answer_Need") is None


def test_only_the_reps_own_fields_can_be_saved(rep: Rep) -> None:
    rep.save(15, score="99", Leadline_Score__c="99", leadline_score="99", segment="hot", email="x@y.example")
    assert rep.read(15, "Score") is None
    assert rep.read(15, "Segment") is None


def test_text_of_leads_is_never_markup(rep: Rep) -> None:
    rep.write(17, Respond_Rank=0, Segment="hot", Why='+ <script>alert("1")</script> & more')
    for page in (rep.page(), rep.page(f"/{rep.ids[17]}"), rep.page("?q=<script>")):
        assert "<script" not in page
    rep.write(17, Respond_Rank=None, Segment=None, Why=None)


def test_unicode_arrives_unharmed(rep: Rep) -> None:
    whole = "".join(rep.page(f"?page={page}") for page in (1, 2, 3))
    for row in rep.box.org.rows("Lead"):
        assert row["LastName"].replace("'", "&#39;") in whole


def test_nothing_is_loaded_from_elsewhere(rep: Rep) -> None:
    for page in (rep.page(), rep.page(f"/{rep.ids[0]}")):
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page)
        assert "@import" not in page
        assert "url(" not in page


def test_pages_are_no_api_calls(rep: Rep) -> None:
    before = rep.box.calls()
    rep.page()
    rep.page(f"/{rep.ids[0]}")
    assert rep.box.calls() == before


def test_a_lead_that_is_not_there_says_so(rep: Rep) -> None:
    assert "There is no such" in rep.page("/00Qnothing", status=404)
    assert requests.post(f"{rep.home}/00Qnothing", data={"verdict": "x"}, timeout=10).status_code == 404


def test_before_set_up_the_pages_say_what_to_do() -> None:
    with Box(generate=3, seed=1, now=NOW) as bare:
        for crm in CRMS:
            rep = Rep(bare, crm)
            assert len(ids_in(rep.page())) == 3
            assert "leadline setup --apply" in rep.page(f"/{rep.ids[0]}")


def test_a_record_shows_everything_that_happened(box: Box) -> None:
    for place, lead_id in enumerate(box.lead_ids[:40]):
        tasks = sum(row["WhoId"] == lead_id for row in box.org.rows("Task"))
        forms = sum(row["LeadId"] == lead_id for row in box.org.rows("CampaignMember"))
        events = sum(row["WhoId"] == lead_id for row in box.org.rows("Event"))
        replies = sum(row["RelationId"] == lead_id for row in box.org.rows("EmailMessageRelation"))
        for crm in CRMS:
            rep = Rep(box, crm)
            lines = rep.page(f"/{rep.ids[place]}").count('<li><span class="when">')
            assert lines == tasks + forms + events + replies + 1  # the record itself


def test_a_date_is_shown_as_people_write_it(rep: Rep) -> None:
    rep.write(19, Override_Until=date(2026, 12, 24))
    assert 'type="date" name="override_until" value="2026-12-24"' in rep.page(f"/{rep.ids[19]}")


def test_labels_leave_out_what_the_page_says_anyway(rep: Rep) -> None:
    page = rep.page(f"/{rep.ids[0]}")
    assert re.search(r"<label><span title=\"[^\"]*\">Override Until</span>", page)
    assert "Leadline Override" not in page
