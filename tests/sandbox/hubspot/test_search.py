"""Search over HTTP with the real client."""

import pytest
from hubspot.crm.contacts.exceptions import ApiException

from tests.sandbox.hubspot.world import World, where


def refused(world: World, **body: object) -> tuple[int, str]:
    """Status and body of a search that must fail."""
    with pytest.raises(ApiException) as caught:
        world.find(**body)
    return caught.value.status, caught.value.body


def test_answer_has_total_results_and_equal_dates(world: World) -> None:
    """§2.1 answer, §2.2: the envelope's updatedAt equals the property."""
    contact = world.contact(email="ada@acme.example")
    response = world.call("POST", "/crm/v3/objects/contacts/search", {}).json()
    row = response["results"][0]
    assert response["total"] == 1
    assert "paging" not in response
    assert row["id"] == contact
    assert row["updatedAt"] == row["properties"]["lastmodifieddate"] == "2026-11-21T12:00:00.250Z"
    assert row["archived"] is False
    assert set(row["properties"]) == {
        "createdate",
        "email",
        "firstname",
        "hs_object_id",
        "lastmodifieddate",
        "lastname",
    }


def test_asked_but_unset_is_null_and_unknown_is_left_out(world: World) -> None:
    """§2.1 asked but unset, asked but unknown."""
    world.contact(email="ada@acme.example")
    data, _, _ = world.find(properties=["jobtitle", "no_such_property"])
    assert data.results[0].properties["jobtitle"] is None
    assert set(data.results[0].properties) == {"jobtitle", "createdate", "hs_object_id", "lastmodifieddate"}


def test_default_page_is_ten_and_after_walks_on(world: World) -> None:
    """§2.1 limit, after: absent on the last page; default order is creation, oldest first."""
    made = world.contacts(25)
    seen, after = [], None
    while True:
        data, _, _ = world.find(**({"after": after} if after else {}))
        assert data.total == 25
        seen += [row.id for row in data.results]
        if data.paging is None:
            break
        after = data.paging.next.after
    assert seen == made


def test_limit_is_200_at_most(world: World) -> None:
    """§2.1 limit."""
    world.contacts(201)
    assert len(world.ids(limit=200)) == 200
    assert refused(world, limit=201)[0] == 400


def test_query_shows_ten_thousand_results_and_no_more(world: World) -> None:
    """§2.1 cap: asking past 10,000 is a 400, the total is not capped."""
    world.contacts(10_050)
    data, _, _ = world.find(limit=200, after="9800")
    assert len(data.results) == 200
    assert data.total == 10_050
    assert data.paging.next.after == "10000"
    status, body = refused(world, limit=200, after="9801")
    assert status == 400
    assert "VALIDATION_ERROR" in body


def test_the_wall_can_be_lowered(world: World) -> None:
    world.contacts(30)
    world.switches.search_wall = 20
    assert len(world.ids(limit=20)) == 20
    status, _ = refused(world, limit=20, after="1")
    assert status == 400


def test_keyset_by_id_passes_the_wall_and_equal_times(world: World) -> None:
    """§2.3 recommended poll, §9 stories 1 and 2: 12,000 records of one timestamp, each seen once."""
    made = world.contacts(12_000)
    seen: list[str] = []
    while True:
        page = world.ids(
            where("lastmodifieddate", "GTE", world.ms(-60)),
            where("lastmodifieddate", "LTE", world.ms()),
            where("hs_object_id", "GT", seen[-1] if seen else "0"),
            sorts=[{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            limit=200,
        )
        if not page:
            break
        seen += page
    assert seen == made


def test_ids_sort_as_numbers(world: World) -> None:
    """§2.3: hs_object_id is a number property; as text 1000 would come before 999."""
    ids = [int(one) for one in world.contacts(400)]
    assert min(ids) < 1_000 < max(ids)
    ascending = world.ids(sorts=["hs_object_id"], limit=200)
    descending = world.ids(sorts=[{"propertyName": "hs_object_id", "direction": "DESCENDING"}], limit=200)
    assert [int(one) for one in ascending] == sorted(ids)[:200]
    assert [int(one) for one in descending] == sorted(ids, reverse=True)[:200]


@pytest.mark.parametrize("groups", [[1] * 6, [7], [6, 6, 6, 1]])
def test_group_and_filter_limits(world: World, groups: list[int]) -> None:
    """§2.1 groups and filters: 5, 6 and 18."""
    body = [{"filters": [where("email", "HAS_PROPERTY")] * count} for count in groups]
    status, text = refused(world, filterGroups=body)
    assert status == 400
    assert "VALIDATION_ERROR" in text


def test_most_groups_and_filters_pass(world: World) -> None:
    """§2.1: 18 filters in five groups are allowed; filters AND, groups OR."""
    wanted = world.contact(email="ada@acme.example", jobtitle="CEO")
    world.contact(email="bob@acme.example")
    never, always = where("email", "NOT_HAS_PROPERTY"), where("email", "HAS_PROPERTY")
    groups = [{"filters": [never, *[always] * 3]}] * 4 + [
        {"filters": [always, where("jobtitle", "EQ", "ceo")]}
    ]
    data, _, _ = world.find(filterGroups=groups)
    assert [row.id for row in data.results] == [wanted]


def test_second_sort_rule_is_refused(world: World) -> None:
    """§2.1 sorts: one rule only."""
    assert refused(world, sorts=["createdate", "hs_object_id"])[0] == 400


def test_unknown_properties_in_filter_and_sort_are_refused(world: World) -> None:
    """§2.1 filter on unknown property: 400."""
    assert refused(world, filterGroups=[{"filters": [where("no_such", "EQ", "1")]}])[0] == 400
    assert refused(world, sorts=["no_such"])[0] == 400


def test_dates_are_milliseconds_unless_the_switch_says_otherwise(world: World) -> None:
    """§2.1 date values: ISO in search is unconfirmed."""
    contact = world.contact()
    iso = where("createdate", "GTE", "2026-11-21T00:00:00Z")
    assert refused(world, filterGroups=[{"filters": [iso]}])[0] == 400
    world.switches.search_accepts_iso_dates = True
    assert world.ids(iso) == [contact]
    assert world.ids(where("createdate", "EQ", world.ms())) == [contact]


def test_contacts_have_nothing_under_the_other_date_property(world: World) -> None:
    """§2.2: hs_lastmodifieddate on contacts silently finds nothing."""
    world.contact()
    assert world.ids(where("hs_lastmodifieddate", "GTE", "0")) == []


def test_text_ignores_case_and_enumerations_do_not(world: World) -> None:
    """§2.1 values."""
    contact = world.contact(jobtitle="Head of Ops", hs_lead_status="NEW")
    assert world.ids(where("jobtitle", "EQ", "HEAD OF OPS")) == [contact]
    assert world.ids(where("hs_lead_status", "EQ", "NEW")) == [contact]
    assert world.ids(where("hs_lead_status", "EQ", "new")) == []
    assert world.ids(where("jobtitle", "IN", values=["head of ops"])) == [contact]
    assert world.ids(where("jobtitle", "IN", values=["Head of Ops"])) == []


def test_tokens_and_words(world: World) -> None:
    """§2.1 operators: CONTAINS_TOKEN with and without a star; `query` looks into the default fields."""
    contact = world.contact(email="ada@acme.example", firstname="Ada", jobtitle="Head of Sales Ops")
    world.contact(email="bob@other.example", firstname="Bob", jobtitle="Presales")
    assert world.ids(where("jobtitle", "CONTAINS_TOKEN", "sales")) == [contact]
    assert len(world.ids(where("jobtitle", "CONTAINS_TOKEN", "*sales"))) == 2
    assert len(world.ids(where("jobtitle", "NOT_CONTAINS_TOKEN", "sales"))) == 1
    assert world.ids(query="ada acme") == [contact]


def test_unset_values_match_negations_only_by_switch(world: World) -> None:
    """§2.1 operators: whether NEQ finds unset values is unconfirmed."""
    with_title, without = world.contact(jobtitle="CEO"), world.contact()
    negation = where("jobtitle", "NEQ", "CTO")
    assert world.ids(negation) == [with_title]
    world.switches.negations_match_unset = True
    assert world.ids(negation) == [with_title, without]


def test_archived_and_merged_are_hidden(world: World) -> None:
    """§2.1 archived: never returned."""
    kept, gone, lost = world.contacts(3)
    world.portal.archive("contacts", gone)
    world.portal.merge("contacts", kept, lost)
    assert world.ids() == [kept]


def test_associated_company_filter(world: World) -> None:
    """§2.1 associations: the pseudo filter `associations.company`."""
    company, inside, _ = world.portal.create("companies", {"name": "Acme"}), world.contact(), world.contact()
    world.portal.associate("contacts", inside, "companies", company)
    assert world.ids(where("associations.company", "EQ", company)) == [inside]


def test_broken_filters_are_json_errors_without_category(world: World) -> None:
    """§4 malformed JSON types: 400 without category."""
    for body in ('{"filterGroups": {}}', '{"filterGroups": [{"filters": [{"value": "1"}]}]}', "{", '["x"]'):
        response = world.call("POST", "/crm/v3/objects/contacts/search", body)
        assert response.status_code == 400
        assert response.json()["message"].startswith("Invalid input JSON on line 1, column")
        assert "category" not in response.json()


def test_operators_without_their_operands_are_refused(world: World) -> None:
    """§2.1 operators: IN wants values, BETWEEN two ends, comparison a value of the right type."""
    for broken in (
        where("jobtitle", "IN", "CEO"),
        where("createdate", "BETWEEN", "1"),
        where("jobtitle", "EQ"),
        where("hs_analytics_num_visits", "GT", "many"),
    ):
        assert refused(world, filterGroups=[{"filters": [broken]}])[0] == 400


def test_query_text_is_limited(world: World) -> None:
    """§2.1 query text: 3,000 characters."""
    assert refused(world, query="x" * 3_001)[0] == 400
