"""The box: both CRMs up at once, filled with the same people, and open to the credentials that it names."""

import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from sandbox.box import Box
from sandbox.mapping import LeadsFault

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def salesforce_token(box: Box) -> str:
    answer = requests.post(
        f"{box.salesforce_url}/services/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=(box.client_id, box.client_secret),
        timeout=10,
    )
    assert answer.status_code == 200
    return str(answer.json()["access_token"])


def test_both_crms_answer_with_the_boxs_credentials_and_the_calls_are_counted() -> None:
    with Box(generate=30, seed=1, now=NOW) as box:
        salesforce = requests.get(
            f"{box.salesforce_url}/services/data/v66.0/query",
            params={"q": "SELECT COUNT() FROM Lead"},
            headers={"Authorization": f"Bearer {salesforce_token(box)}"},
            timeout=10,
        )
        hubspot = requests.post(
            f"{box.hubspot_url}/crm/v3/objects/contacts/search",
            json={},
            headers={"Authorization": f"Bearer {box.token}"},
            timeout=10,
        )
        assert salesforce.json()["totalSize"] == hubspot.json()["total"] == 30
        assert (box.journal_salesforce.calls(), box.journal_hubspot.calls()) == (2, 1)
        assert box.calls() == 3


def test_people_stand_in_the_same_order_in_both_crms() -> None:
    box = Box(generate=40, seed=9, now=NOW)
    for lead_id, contact_id in zip(box.lead_ids, box.contact_ids, strict=True):
        email = box.org.get("Lead", lead_id)["Email"]
        assert box.portal.get("contacts", contact_id).get("email") == email


def test_an_empty_box_is_possible() -> None:
    with Box(now=NOW) as box:
        assert "There are no leads" in requests.get(f"{box.hubspot_url}/rep", timeout=10).text


def test_after_the_context_nobody_answers() -> None:
    with Box(now=NOW) as box:
        url = box.salesforce_url
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=2)
    assert box.org.rows("Lead") == []


def test_a_taken_port_is_an_error_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(OSError, match="in use"):
        Box(now=NOW, ports=(0, other.getsockname()[1])).start()


def test_a_box_that_is_not_open_has_no_address() -> None:
    with pytest.raises(RuntimeError, match="enter it"):
        _ = Box(now=NOW).hubspot_url


def test_a_list_without_a_mapping_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a mapping file"):
        Box(leads=Path("leads.csv"))


def test_a_list_that_is_not_there_is_named(tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("number: Nr\ncreated: {invented: true, spread_days: 1, by: Nr}\n")
    with pytest.raises(LeadsFault, match=r"leads\.csv: cannot be read"):
        Box(leads=tmp_path / "leads.csv", mapping=mapping, now=NOW)
    (tmp_path / "leads.csv").write_text("Nr\n1\n")
    assert len(Box(leads=tmp_path / "leads.csv", mapping=mapping, now=NOW).contact_ids) == 1


def test_one_clock_rules_both_crms() -> None:
    with Box(now=NOW) as box:
        box.clock.advance(3_600)
        for url in (box.salesforce_url, box.hubspot_url):
            assert (
                requests.get(f"{url}/nothing", timeout=10).headers["date"] == "Fri, 20 Nov 2026 11:00:00 GMT"
            )


def test_a_box_goes_on_where_it_stopped(tmp_path: Path) -> None:
    state = tmp_path / "box.zip"
    with Box(generate=20, seed=3, now=NOW, state=state) as first:
        first.org.update("Lead", first.lead_ids[0], {"Title": "Owner"})
        first.portal.archive("contacts", first.contact_ids[1])
    with Box(generate=500, state=state) as second:
        assert second.lead_ids == first.lead_ids
        assert second.contact_ids == [one for one in first.contact_ids if one != first.contact_ids[1]]
        assert second.org.get("Lead", first.lead_ids[0])["Title"] == "Owner"


@pytest.mark.parametrize("content", [b"", b"PK not really", b"{}"])
def test_a_file_that_is_no_state_is_named(tmp_path: Path, content: bytes) -> None:
    state = tmp_path / "box.zip"
    state.write_bytes(content)
    with pytest.raises(ValueError, match=r"box.zip is no state of a sandbox: .* delete it"):
        Box(state=state)
    assert state.read_bytes() == content
