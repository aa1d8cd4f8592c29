"""Bulk API 2.0 ingest: jobs whose rows the org works off by itself, later (salesforce.md §4.3).

A job takes time of the org's clock: it waits in a queue, then its rows are saved in chunks of 200, in the
order of the file. What was saved before it failed or was aborted stays saved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from sandbox.salesforce.bulk_files import FileFault, column_names, read_file, typed_fields, write_file
from sandbox.salesforce.calls import NO_CONTENT, Answer, Call, Routes, json_object
from sandbox.salesforce.errors import RecordError, RequestError, not_found
from sandbox.salesforce.ids import make_id
from sandbox.salesforce.limits import WINDOW
from sandbox.salesforce.saving import Change, auto_assigns, find_object, save
from sandbox.salesforce.stamps import stamp
from sandbox.salesforce.triggers import CHUNK

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org
    from sandbox.salesforce.schema import SObject

OPERATIONS = {"insert": "create", "update": "update", "delete": "delete"}
DELIMITERS = {"BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
FIRST_VERSION = 41.0
ID_ON_FAILURE_VERSION = 53.0
"""From here on a failed row names its `sf__Id`."""
LIST_PAGE = 1_000
BATCH_ROWS = 10_000
"""Rows of an internal batch, of which an org has 15,000 a day."""
MAX_BYTES = 100 * 1024 * 1024
WAITING, WORKING = "UploadComplete", "InProgress"
OVER = ("JobComplete", "Failed", "Aborted")
_KEY_PREFIX, _POD = "750", "5e"
_ONE_UPLOAD = (
    "Found multiple contents for job: <{id}>, please 'Close' / 'Abort' / 'Delete' the current Job then "
    "create a new Job and make sure you only do 'PUT' once on a given Job."
)


@dataclass
class Job:
    """One ingest job, its file, and what became of its rows."""

    id: str
    object: SObject
    operation: str
    user: str
    version: str
    created_at: datetime
    delimiter: str
    line_ending: str
    assigns: bool
    """Whether it runs the assignment rule."""
    state: str = "Open"
    error: str = ""
    text: str | None = None
    closed_at: datetime | None = None
    header: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    """Of the rows that were tried, in the order of the file."""

    @property
    def failed(self) -> int:
        """How many of the rows that were tried failed."""
        return sum(change.error is not None for change in self.changes)

    def shown(self) -> dict[str, Any]:
        """The job's own description."""
        return {
            "id": self.id,
            "operation": self.operation,
            "object": self.object.name,
            "createdById": self.user,
            "createdDate": stamp(self.created_at),
            "systemModstamp": stamp(self.closed_at or self.created_at),
            "state": self.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(self.version),
            "jobType": "V2Ingest",
            "contentUrl": f"services/data/v{self.version}/jobs/ingest/{self.id}/batches",
            "lineEnding": self.line_ending,
            "columnDelimiter": self.delimiter,
        }

    def progress(self) -> dict[str, Any]:
        """What only the job's own path tells."""
        counts = {"numberRecordsProcessed": len(self.changes), "numberRecordsFailed": self.failed}
        return self.shown() | counts | {"retries": 0, "errorMessage": self.error}


class BulkJobs:
    """The ingest jobs of an org."""

    def __init__(self, org: Org) -> None:
        self.jobs: dict[str, Job] = {}
        """By id, oldest first; a deleted one is gone."""
        self.created = 0
        """How many jobs there ever were."""
        self._org = org

    def open(self, call: Call) -> Job:
        """A new job. RequestError for an operation or a format that does not exist."""
        body = json_object(call)
        found = find_object(self._org, call.user, body.get("object"))
        operation, delimiter = body.get("operation"), body.get("columnDelimiter", "COMMA")
        line_ending = body.get("lineEnding", "LF")
        known = operation in OPERATIONS and delimiter in DELIMITERS and line_ending in LINE_ENDINGS
        if not known or body.get("contentType", "CSV") != "CSV":
            raise RequestError(400, "INVALIDJOB", f"The job cannot be: {operation} {delimiter} {line_ending}")
        self.created += 1
        by_header = self._org.switches.bulk_assignment == "header"
        job = Job(
            id=make_id(_KEY_PREFIX, _POD, self.created),
            object=found,
            operation=str(operation),
            user=call.user,
            version=call.version,
            created_at=self._org.now(),
            delimiter=str(delimiter),
            line_ending=str(line_ending),
            assigns=auto_assigns(call.headers) if by_header else bool(body.get("assignmentRuleId")),
        )
        self.jobs[job.id] = job
        return job

    def close(self, job: Job) -> None:
        """Nothing more comes: the org reads the file, and its queue takes the job."""
        job.closed_at = self._org.now()
        job.state = WAITING
        try:
            job.header, job.rows = read_file(
                job.text or "", DELIMITERS[job.delimiter], LINE_ENDINGS[job.line_ending]
            )
            job.header = column_names(self._org, job.user, job.object, job.header, job.operation)
        except FileFault as fault:
            job.state, job.error = "Failed", str(fault)

    def advance(self) -> None:
        """Work off what the org's clock allows by now; every request calls this first."""
        for job in self.jobs.values():
            if job.state in (WAITING, WORKING) and job.closed_at is not None:
                self._work(job, self._org.now() - job.closed_at)

    def batches_since(self, moment: datetime) -> int:
        """Internal batches of jobs closed after `moment`."""
        recent = [job for job in self.jobs.values() if job.closed_at and job.closed_at > moment]
        return sum(-(-len(job.rows) // BATCH_ROWS) for job in recent)

    def _work(self, job: Job, age: timedelta) -> None:
        switches = self._org.switches
        seconds = age.total_seconds() - switches.bulk_queue_seconds
        if seconds < 0:
            return
        job.state = WORKING
        limit = switches.bulk_fails_after
        last = len(job.rows) if limit is None else min(limit, len(job.rows))
        due = min(int(seconds * switches.bulk_rows_per_second), last)
        while len(job.changes) < due:
            end = min(len(job.changes) + CHUNK, last)
            if end > due and due < last:
                return  # this chunk is not through yet
            self._save(job, job.rows[len(job.changes) : end])
        if len(job.changes) == last:
            job.state = "JobComplete" if limit is None else "Failed"
            job.error = "" if limit is None else "InternalServerError : the batch was tried too often"

    def _save(self, job: Job, rows: list[list[str]]) -> None:
        changes = [_change(job, row) for row in rows]
        headers = {"sforce-auto-assign": "TRUE" if job.assigns else "FALSE"}
        try:
            save(self._org, job.user, changes, headers=headers)
        except RequestError as refusal:
            for change in changes:
                change.error = RecordError(refusal.code, refusal.message)
        job.changes += changes


def add_routes(routes: Routes) -> None:
    """Everything below `/jobs/ingest`."""
    path = "/jobs/ingest/{job_id}"
    routes.add("/jobs/ingest", get=_guarded(index), post=_guarded(create))
    routes.add(path, get=_guarded(retrieve), patch=_guarded(set_state), delete=_guarded(delete))
    routes.add(path + "/batches", put=_guarded(upload))
    routes.add(path + "/successfulResults", get=_guarded(successful))
    routes.add(path + "/failedResults", get=_guarded(failed))
    routes.add(path + "/unprocessed[rR]ecords", get=_guarded(unprocessed))


def index(org: Org, call: Call) -> Answer:
    """The jobs of the org in no certain order, 1,000 at a time."""
    jobs = [job.shown() for job in reversed(org.bulk.jobs.values())]
    start = int(call.query.get("queryLocator", "0"))
    page, left = jobs[start : start + LIST_PAGE], jobs[start + LIST_PAGE :]
    path = f"/services/data/v{call.version}/jobs/ingest?queryLocator={start + LIST_PAGE}"
    return Answer(body={"done": not left, "records": page, "nextRecordsUrl": path if left else None})


def create(org: Org, call: Call) -> Answer:
    """A job that waits for its file."""
    left = org.limits.bulk_batches - org.bulk.batches_since(org.now() - WINDOW)
    if left <= 0:
        raise RequestError(400, "EXCEEDEDQUOTA", "ApiBatchItems Limit exceeded.")
    return Answer(body=org.bulk.open(call).shown())


def retrieve(org: Org, _call: Call, job_id: str) -> Answer:
    """The job and how far it is."""
    return Answer(body=_job(org, job_id).progress())


def upload(org: Org, call: Call, job_id: str) -> Answer:
    """The file, once: 201 without a body."""
    job = _job(org, job_id)
    _check_state(job, "Open")
    if job.text is not None:
        raise RequestError(400, "INVALIDJOB", _ONE_UPLOAD.format(id=job.id))
    if not isinstance(call.body, str):
        raise RequestError(415, "UNSUPPORTED_MEDIA_TYPE", "The file of a job is text/csv.")
    if len(call.body.encode()) > MAX_BYTES:
        raise RequestError(413, "REQUEST_TOO_LARGE", "The file is larger than 100 MB.")
    job.text = call.body
    return Answer(201)


def set_state(org: Org, call: Call, job_id: str) -> Answer:
    """`UploadComplete` closes the file, `Aborted` ends the job."""
    job, wanted = _job(org, job_id), json_object(call).get("state")
    if wanted == WAITING:
        _check_state(job, "Open")
        org.bulk.close(job)
    elif wanted == "Aborted":
        _check_state(job, "Open", WAITING, WORKING)
        job.state = "Aborted"
    else:
        raise RequestError(400, "INVALIDJOBSTATE", f"A job cannot be set to {wanted}.")
    return Answer(body=job.shown())


def delete(org: Org, _call: Call, job_id: str) -> Answer:
    """The job and its results are forgotten; 204."""
    job = _job(org, job_id)
    _check_state(job, WAITING, *OVER)
    del org.bulk.jobs[job.id]
    return Answer(NO_CONTENT)


def successful(org: Org, _call: Call, job_id: str) -> Answer:
    """`sf__Id`, `sf__Created` and the columns of the file, in no certain order."""
    job = _finished(org, job_id)
    tried = zip(job.changes, job.rows, strict=False)
    created = "true" if job.operation == "insert" else "false"
    rows = [[str(change.id), created, *row] for change, row in tried if change.error is None]
    return _file(org, job, ["sf__Id", "sf__Created"], rows)


def failed(org: Org, _call: Call, job_id: str) -> Answer:
    """`sf__Id`, `sf__Error` (`CODE:message:field --`) and the columns of the file."""
    job = _finished(org, job_id)
    names_id = float(job.version) >= ID_ON_FAILURE_VERSION
    rows = [
        [str(change.id or "") if names_id else "", _error_text(change.error), *row]
        for change, row in zip(job.changes, job.rows, strict=False)
        if change.error is not None
    ]
    return _file(org, job, ["sf__Id", "sf__Error"], rows)


def unprocessed(org: Org, _call: Call, job_id: str) -> Answer:
    """The rows that were never tried."""
    job = _finished(org, job_id)
    return _file(org, job, [], [list(row) for row in job.rows[len(job.changes) :]])


def _guarded(handler: Callable[..., Answer]) -> Callable[..., Answer]:
    """The handler, where the version has bulk jobs and the user may use them."""

    def guarded(org: Org, call: Call, **parts: str) -> Answer:
        if float(call.version) < FIRST_VERSION:
            raise not_found()
        if org.switches.bulk_refusal is not None:
            code = org.switches.bulk_refusal
            raise RequestError(403, code, "The Bulk API is not enabled for this organization or user.")
        return handler(org, call, **parts)

    return guarded


def _job(org: Org, job_id: str) -> Job:
    job = org.bulk.jobs.get(job_id)
    if job is None:
        raise not_found()
    return job


def _finished(org: Org, job_id: str) -> Job:
    if org.switches.read_only:  # bulk reads are blocked too (§4.3)
        raise RequestError(503, "SERVER_UNAVAILABLE", "Bulk results cannot be read during maintenance.")
    job = _job(org, job_id)
    _check_state(job, *OVER)
    return job


def _check_state(job: Job, *states: str) -> None:
    if job.state not in states:
        message = f"The job is {job.state}; this needs {' or '.join(states)}."
        raise RequestError(400, "INVALIDJOBSTATE", message)


def _change(job: Job, row: list[str]) -> Change:
    kind: Any = OPERATIONS[job.operation]
    try:
        row_id, fields = typed_fields(job.object, job.header, row)
    except RecordError as error:
        place = job.header.index("Id") if "Id" in job.header else None
        return Change(kind, job.object, None if place is None else row[place], {}, error=error)
    return Change(kind, job.object, row_id, fields)


def _error_text(error: RecordError | None) -> str:
    return "" if error is None else f"{error.code}:{error.message}:{','.join(error.fields)} --"


def _file(org: Org, job: Job, names: list[str], rows: list[list[str]]) -> Answer:
    Random(job.id).shuffle(rows)
    text = write_file(
        [[*names, *job.header], *rows], DELIMITERS[job.delimiter], LINE_ENDINGS[job.line_ending]
    )
    media_type = "text/csv; charset=UTF-8" if org.switches.bulk_charset else "text/csv"
    return Answer(body=text, media_type=media_type)
