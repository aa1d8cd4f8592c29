"""Bulk API 2.0 ingest: the life of a job, its files, and what becomes of each row (salesforce.md §4.3)."""

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.salesforce.conftest import Crm

INGEST = "/jobs/ingest"
LONG_ENOUGH = 60


def rows_of(text: str, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


def open_job(crm: "Crm", **changes: Any) -> str:
    body = {"object": "Lead", "operation": "update", "contentType": "CSV", "lineEnding": "LF"} | changes
    answer = crm.call("POST", INGEST, json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "Open"
    return str(answer.json()["id"])


def upload(crm: "Crm", job: str, text: str) -> int:
    headers = {"Content-Type": "text/csv; charset=UTF-8"}
    return crm.call("PUT", f"{INGEST}/{job}/batches", data=text.encode(), headers=headers).status_code


def set_state(crm: "Crm", job: str, state: str) -> Any:
    return crm.call("PATCH", f"{INGEST}/{job}", json={"state": state})


def run(crm: "Crm", text: str, **changes: Any) -> str:
    """A job over this file, run to its end."""
    job = open_job(crm, **changes)
    assert upload(crm, job, text) == 201
    assert set_state(crm, job, "UploadComplete").status_code == 200
    crm.clock.advance(LONG_ENOUGH)
    assert crm.call("GET", f"{INGEST}/{job}").json()["state"] in ("JobComplete", "Failed")
    return job


def results(crm: "Crm", job: str, kind: str, delimiter: str = ",") -> list[dict[str, str]]:
    answer = crm.call("GET", f"{INGEST}/{job}/{kind}")
    assert answer.status_code == 200, answer.text
    return rows_of(answer.content.decode(), delimiter)


def file_of(column: str, cells: Sequence[tuple[str, str]]) -> str:
    return "\n".join([f"Id,{column}", *(f"{row},{cell}" for row, cell in cells)]) + "\n"


def test_a_job_waits_works_and_ends_by_the_orgs_clock(crm: "Crm") -> None:
    crm.org.switches.bulk_rows_per_second = 200
    leads = [crm.add_lead() for _ in range(600)]
    job = open_job(crm)
    assert upload(crm, job, file_of("Rating", [(lead, "Hot") for lead in leads])) == 201
    set_state(crm, job, "UploadComplete")
    told = []
    for seconds in (1, 1.5, 1, 2):
        crm.clock.advance(seconds)
        info = crm.call("GET", f"{INGEST}/{job}").json()
        told.append((info["state"], info["numberRecordsProcessed"]))
    assert told == [("UploadComplete", 0), ("InProgress", 0), ("InProgress", 200), ("JobComplete", 600)]
    assert {row["Rating"] for row in crm.org.rows("Lead")} == {"Hot"}
    assert {row["sf__Id"] for row in results(crm, job, "successfulResults")} == set(leads)
    assert [row["sf__Id"] for row in results(crm, job, "successfulResults")] != leads


def test_each_row_has_its_own_result(crm: "Crm") -> None:
    good, deleted, wordy = crm.add_lead(), crm.add_lead(), crm.add_lead()
    crm.org.delete("Lead", deleted)
    text = file_of("Title", [(good, "Buyer"), (deleted, "Buyer"), (wordy, "x" * 200)])
    job = run(crm, text)
    [written] = results(crm, job, "successfulResults")
    assert written == {"sf__Id": good, "sf__Created": "false", "Id": good, "Title": "Buyer"}
    errors = {row["sf__Id"]: row["sf__Error"] for row in results(crm, job, "failedResults")}
    assert errors[deleted].startswith("ENTITY_IS_DELETED:")
    assert errors[wordy].startswith("STRING_TOO_LONG:")
    assert errors[wordy].endswith(":Title --")
    assert results(crm, job, "unprocessedrecords") == []
    info = crm.call("GET", f"{INGEST}/{job}").json()
    assert (info["numberRecordsProcessed"], info["numberRecordsFailed"]) == (3, 2)


def test_an_empty_cell_leaves_the_field_and_na_clears_it(crm: "Crm") -> None:
    kept, cleared = crm.add_lead(Title="Head"), crm.add_lead(Title="Head")
    run(crm, file_of("Title", [(kept, ""), (cleared, "#N/A")]))
    assert (crm.org.get("Lead", kept)["Title"], crm.org.get("Lead", cleared)["Title"]) == ("Head", None)


@pytest.mark.parametrize(("name", "delimiter"), [("COMMA", ","), ("BACKQUOTE", "`")])
def test_texts_survive_the_file(crm: "Crm", name: str, delimiter: str) -> None:
    lead = crm.add_lead()
    text = 'Zoë, "the" buyer`s\nsecond line 💡'
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows([["Id", "Description"], [lead, text]])
    job = run(crm, out.getvalue(), columnDelimiter=name)
    assert crm.org.get("Lead", lead)["Description"] == text
    assert results(crm, job, "successfulResults", delimiter)[0]["Description"] == text


def test_numbers_and_flags_are_read_by_their_fields(crm: "Crm") -> None:
    lead, bad = crm.add_lead(), crm.add_lead()
    text = f"Id,NumberOfEmployees,DoNotCall\n{lead},80,true\n{bad},many,false\n"
    job = run(crm, text)
    assert (crm.org.get("Lead", lead)["NumberOfEmployees"], crm.org.get("Lead", lead)["DoNotCall"]) == (
        80,
        True,
    )
    [failed] = results(crm, job, "failedResults")
    assert failed["sf__Error"].startswith("INVALID_TYPE_ON_FIELD_IN_RECORD:")


def test_a_column_that_is_hidden_fails_the_job(crm: "Crm") -> None:
    lead = crm.add_lead()
    crm.org.access.withdraw_field("Lead", "Title")
    job = run(crm, file_of("Title", [(lead, "Buyer")]))
    info = crm.call("GET", f"{INGEST}/{job}").json()
    assert (info["state"], info["errorMessage"]) == ("Failed", "InvalidBatch : Field name not found : Title")


def test_what_was_saved_before_an_abort_stays(crm: "Crm") -> None:
    crm.org.switches.bulk_rows_per_second = 100
    leads = [crm.add_lead() for _ in range(600)]
    job = open_job(crm)
    upload(crm, job, file_of("Rating", [(lead, "Hot") for lead in leads]))
    set_state(crm, job, "UploadComplete")
    crm.clock.advance(5)
    assert set_state(crm, job, "Aborted").json()["state"] == "Aborted"
    crm.clock.advance(LONG_ENOUGH)
    assert [row["Id"] for row in results(crm, job, "unprocessedrecords")] != []
    done = {row["sf__Id"] for row in results(crm, job, "successfulResults")}
    left = {row["Id"] for row in results(crm, job, "unprocessedRecords")}
    assert (done, left) == (set(leads[:200]), set(leads[200:]))
    assert {row["Id"] for row in crm.org.rows("Lead") if row.get("Rating") == "Hot"} == done


def test_a_job_may_fail_in_the_middle(crm: "Crm") -> None:
    crm.org.switches.bulk_fails_after = 200
    leads = [crm.add_lead() for _ in range(300)]
    job = run(crm, file_of("Rating", [(lead, "Hot") for lead in leads]))
    assert crm.call("GET", f"{INGEST}/{job}").json()["state"] == "Failed"
    assert len(results(crm, job, "successfulResults")) == 200
    assert len(results(crm, job, "unprocessedrecords")) == 100


@pytest.mark.parametrize("how", ["id", "header"])
def test_only_a_job_that_asks_for_it_runs_the_assignment_rule(crm: "Crm", how: Any) -> None:
    crm.org.switches.bulk_assignment = how
    crm.org.assignment_rule = lambda _: crm.org.queue
    lead = crm.add_lead()
    before = crm.org.get("Lead", lead)["OwnerId"]
    crm.http.headers["Sforce-Auto-Assign"] = "FALSE"
    run(crm, file_of("Rating", [(lead, "Hot")]))
    assert crm.org.get("Lead", lead)["OwnerId"] == before
    crm.http.headers.pop("Sforce-Auto-Assign")
    run(crm, file_of("Rating", [(lead, "Cold")]))
    moved = crm.org.get("Lead", lead)["OwnerId"] == crm.org.queue
    assert moved == (how == "header")


def test_steps_out_of_turn_are_refused(crm: "Crm") -> None:
    lead = crm.add_lead()
    job = open_job(crm)
    assert crm.call("GET", f"{INGEST}/{job}/successfulResults").json()[0]["errorCode"] == "INVALIDJOBSTATE"
    assert crm.call("DELETE", f"{INGEST}/{job}").json()[0]["errorCode"] == "INVALIDJOBSTATE"
    assert upload(crm, job, file_of("Title", [(lead, "a")])) == 201
    assert upload(crm, job, file_of("Title", [(lead, "b")])) == 400
    set_state(crm, job, "Aborted")
    assert set_state(crm, job, "Aborted").json()[0]["errorCode"] == "INVALIDJOBSTATE"
    assert [one["id"] for one in crm.call("GET", INGEST).json()["records"]] == [job]
    assert crm.call("DELETE", f"{INGEST}/{job}").status_code == 204
    assert crm.call("GET", f"{INGEST}/{job}").status_code == 404
    assert crm.call("GET", INGEST).json() == {"done": True, "records": [], "nextRecordsUrl": None}


def test_wrong_line_ends_fail_the_job(crm: "Crm") -> None:
    job = run(crm, "Id,Title\r\n", lineEnding="LF")
    assert "LineEnding is invalid" in crm.call("GET", f"{INGEST}/{job}").json()["errorMessage"]


def test_an_org_without_bulk_refuses(crm: "Crm") -> None:
    crm.org.switches.bulk_refusal = "API_DISABLED_FOR_ORG"
    answer = crm.call("POST", INGEST, json={})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (403, "API_DISABLED_FOR_ORG")


def test_every_request_counts_and_batches_have_a_limit_of_their_own(crm: "Crm") -> None:
    lead = crm.add_lead()
    before = crm.org.limits.used
    run(crm, file_of("Rating", [(lead, "Hot")]))
    assert crm.org.limits.used - before == 4
    report = crm.call("GET", "/limits").json()["DailyBulkApiBatches"]
    assert report["Max"] - report["Remaining"] == 1
    crm.org.limits.bulk_batches = 1
    assert crm.call("POST", INGEST, json={"object": "Lead"}).json()[0]["errorCode"] == "EXCEEDEDQUOTA"


@pytest.mark.parametrize("named", [True, False])
def test_the_real_clients_bulk_module_runs_a_job(crm: "Crm", named: bool) -> None:
    crm.org.switches.bulk_charset = named
    crm.org.switches.bulk_queue_seconds = 0
    crm.clock.run()
    lead = crm.add_lead()
    client: Any = crm.client()
    [told] = client.bulk2.Lead.update(records=[{"Id": lead, "Title": "Zoë"}], wait=0.01)
    assert (told["numberRecordsFailed"], told["numberRecordsProcessed"]) == (0, 1)
    assert crm.org.get("Lead", lead)["Title"] == "Zoë"
    text = client.bulk2.Lead.get_successful_records(told["job_id"])
    assert ("Zoë" in text) == named  # §1.5: without a charset the client reads Latin-1
