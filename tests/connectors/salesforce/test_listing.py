"""`scope.list`: a list view bounds what is scored."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from connectors.base import Misconfigured, Page
from connectors.salesforce.listing import _QUERY

if TYPE_CHECKING:
    from tests.connectors.salesforce.conftest import Acme

ReadAll = Callable[..., Page]


def add_view(acme: "Acme", operator: str = "Equals", operands: tuple[str, ...] = ("Technology",)) -> str:
    """A view of the leads of an industry; its id."""
    part = {"fieldApiName": "Industry", "operator": operator, "operandLabels": list(operands)}
    view = {
        "label": "Ours",
        "displayColumns": ["Name"],
        "filteredByInfo": [part],
        "filterLogicString": None,
        "visibility": "Public",
    }
    acme.org.list_views.put("Lead", "Ours", view)
    return str(view["id"])


def test_the_leads_of_a_list_view_are_in_scope(acme: "Acme", read_all: ReadAll) -> None:
    ours = acme.lead(Industry="Technology")
    theirs = acme.lead(Industry="Retail")
    connector = acme.connector(scope={"list": add_view(acme)})
    page = read_all(connector, "lead")
    assert {lead.id: lead.in_scope for lead in page.leads} == {ours: True, theirs: False}
    acme.org.update("Lead", ours, {"Industry": "Retail"})
    acme.org.update("Lead", theirs, {"Industry": "Technology"})
    assert {lead.id: lead.in_scope for lead in connector.read([ours, theirs]).leads} == {
        ours: False,
        theirs: True,
    }


def test_the_other_bounds_hold_too(acme: "Acme", read_all: ReadAll) -> None:
    acme.lead(Industry="Technology")
    [mine] = [acme.lead(Industry="Technology", OwnerId=acme.org.reps[1])]
    scope = {"list": add_view(acme), "owners": [acme.org.reps[1]]}
    page = read_all(acme.connector(scope=scope), "lead")
    assert [lead.id for lead in page.leads if lead.in_scope] == [mine]


def test_a_thousand_leads_are_held_against_the_view_in_one_call(acme: "Acme", read_all: ReadAll) -> None:
    acme.leads(1_000)
    connector = acme.connector(scope={"list": add_view(acme, "NotEqual")})
    read_all(connector, "lead")
    acme.journal.clear()
    assert all(lead.in_scope for lead in read_all(connector, "lead").leads)
    assert acme.journal.calls() == 2


def test_an_unknown_list_view_is_named_by_sync_and_check(acme: "Acme", read_all: ReadAll) -> None:
    acme.lead()
    connector = acme.connector(scope={"list": "00B000000000001"})
    with pytest.raises(Misconfigured, match="00B000000000001"):
        read_all(connector, "lead")
    [finding] = [one for one in connector.check() if one.what == "scope.list"]
    assert finding.level == "fail"
    assert "00B000000000001" in finding.evidence
    good = acme.connector(scope={"list": add_view(acme)})
    assert [one.level for one in good.check() if one.what == "scope.list"] == ["ok"]


@pytest.mark.parametrize(
    ("query", "scope", "where"),
    [
        ("SELECT Name FROM Lead", None, None),
        ("SELECT Id FROM Lead USING SCOPE mine ORDER BY Name ASC NULLS FIRST, Id", "USING SCOPE mine", None),
        (
            "SELECT Id FROM Lead WHERE Title = 'where to order by' AND (A = 1 OR B = 'it\\'s') ORDER BY Id",
            None,
            "Title = 'where to order by' AND (A = 1 OR B = 'it\\'s')",
        ),
        ("SELECT Id FROM Lead WHERE Title LIKE '%order by%'", None, "Title LIKE '%order by%'"),
    ],
)
def test_the_filters_of_a_view_are_cut_out_of_its_query(
    query: str, scope: str | None, where: str | None
) -> None:
    match = _QUERY.search(query)
    assert match is not None
    assert (match["scope"], match["where"]) == (scope, where)
