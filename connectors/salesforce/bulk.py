"""Very many writes as one job of the Bulk API 2.0, for a first back-fill (fact sheet §4.3).

A job is made, gets one file, is closed, and then worked off by the org while we look at it now and then. Its
results name each record, in any order. What goes wrong leaves no record in the dark: a job that nobody waits
for any more, after a lost answer or a killed process, is found in the org's list of jobs, ended, and what it
wrote is held in doubt (`doubts`) until it is looked up. So no job ever writes beside a later one.

simple-salesforce has a bulk module, but its calls take no timeout and no answer without a charset, it splits
lines, waits up to a day by itself and cannot delete (§1.5): ours go through the same session and gate as all.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence

import structlog

from config.connections import SalesforceConnection
from connectors.base import ConnectorError, Misconfigured, Refused, Rejected, Transient
from connectors.outcomes import Consequence, Vanished
from connectors.salesforce.cells import DELIMITER_NAME, LINE_END_NAME, read_file, record_of, write_file
from connectors.salesforce.client import Client, Json
from connectors.salesforce.doubts import Doubts
from connectors.salesforce.items import Item, fail, put_off, succeed

LOG = structlog.get_logger("leadline.salesforce")

BULK_FROM = 10_000
"""So many records are worth a job. A job costs seven to thirteen calls whatever its size, collections cost
one for a thousand records and settle sooner."""
BULK_SIZE = 20_000
"""Records of one job: two batches of the org's own, which it works off side by side. Together with
`LOOK_SECONDS` this bounds how long news waits for a job; and a batch of them is held in memory."""
LOOK_SECONDS = (2.0, 3.0, 5.0, 10.0, 10.0, 15.0, 15.0)
"""Waits between looks at a job. After the last one, a minute in all, the job is aborted: what it had no time
for is written otherwise. A connection that polls more often than that has no time for jobs at all."""
MOST_BYTES = 90 * 1024 * 1024
"""An org takes 100 MB as one file; texts as long as their fields allow would go beyond."""
START_TRIES = 3
"""How often a job is begun anew where an answer was lost."""
MOST_AFTERWARDS = 1_000
"""Records that collections try again right after a job, in one call; the rest is for the next pass."""
LIST_PAGES = 10
"""Pages of 1,000 jobs; the org forgets finished ones after a week."""
OVER = ("JobComplete", "Failed", "Aborted")
JOBS = "jobs/ingest"
KIND = {
    "object": "Lead",
    "operation": "update",
    "columnDelimiter": DELIMITER_NAME,
    "lineEnding": LINE_END_NAME,
}
"""What all our jobs have in common, and by which they are known: a job carries no name."""


class Bulk:
    """The jobs of one connection."""

    def __init__(self, client: Client, connection: SalesforceConnection, doubts: Doubts) -> None:
        self._client = client
        self._connection = connection
        self._doubts = doubts
        interval = connection.interval
        too_often = interval is not None and interval.total_seconds() < sum(LOOK_SECONDS)
        self._size = 0 if too_often else BULK_SIZE
        self._left_behind: bool | None = None
        """Whether the org may have a job of ours that nobody waits for; None until somebody has looked."""

    def size(self, waiting: int) -> int:
        """Records of the next job where so many wait; 0 where collections do better.

        A process that meets so long a queue for the first time looks for jobs of one that was killed: their
        records are what waits.
        """
        if waiting < BULK_FROM:
            return 0
        if self._left_behind is None:
            self._clear_away()
        return min(self._size, waiting)

    def finish(self) -> None:
        """End what an earlier delivery had to leave, before anything else is written."""
        if self._left_behind:
            self._clear_away()

    def send(self, items: Sequence[Item]) -> list[Item]:
        """Write as one job and settle by its results; returns those that collections should send now.

        All of them where the org takes no jobs. Raises the errors of `connectors.base` as long as the org has
        not begun; afterwards every item has an outcome.
        """
        left = self._not_held(items)
        job = self._start(left)
        if job is None:
            return left
        try:
            state = self._wait(job)
            self._settle(job, state, left)
        except ConnectorError as error:
            self._leave(left, error)
            return []
        self._learn(state)
        self._delete(job)
        again = (Consequence.RETRY, Consequence.SPLIT)
        return [item for item in left if item.consequence in again][:MOST_AFTERWARDS]

    # --- one job ------------------------------------------------------------------------------------------

    def _not_held(self, items: Sequence[Item]) -> list[Item]:
        held = self._doubts.resolve(item.record for item in items)
        for item in items:
            if item.lead_id in held:
                succeed(item)
        return [item for item in items if item.lead_id not in held]

    def _start(self, items: Sequence[Item]) -> str | None:
        """A job that has its file; None where there is to be none. Nothing is written yet."""
        file = write_file([item.record for item in items])
        if not items or not self._size or len(file) > MOST_BYTES:
            return None
        for attempt in itertools.count(1):
            try:
                if self._left_behind is not False:
                    self._clear_away()
                self._left_behind = True
                job = self._create()
                self._client.send_file("bulk_upload", f"{JOBS}/{job}/batches", file)
            except Transient as error:
                is_last = attempt == START_TRIES or error.code == "timeout"
                if is_last or not self._client.gate.pause(attempt, error.wait_seconds):
                    raise
            except (Misconfigured, Refused, Rejected) as error:
                self._turn_off(str(error), error.code)
                return None
            else:
                return job
        return None

    def _create(self) -> str:
        """An empty job; its id. Without `assignmentRuleId`, and with the session's header, owners stay."""
        answer = self._client.call(
            "bulk_create", JOBS, method="POST", body=KIND | {"contentType": "CSV"}, again=False
        )
        return _word(answer, "id")

    def _wait(self, job: str) -> str:
        """Close the job and look at it until it is over or its time is; the state in which it ended."""
        self._close(job)
        for seconds in LOOK_SECONDS:
            if not self._client.gate.pause(1, seconds):
                break
            try:
                state = self._look(job)
            except Transient:
                continue
            if state == "Open":  # the first word did not arrive
                self._close(job)
            elif state in OVER:
                return state
        return self._abort(job)

    def _close(self, job: str) -> None:
        try:
            self._set_state(job, "UploadComplete")
        except (Transient, Rejected):
            return  # the next look tells: refused is what is closed already

    def _look(self, job: str) -> str:
        return _word(self._client.call("bulk_look", f"{JOBS}/{job}", again=False), "state")

    def _abort(self, job: str) -> str:
        """End a job; its state, which is another one where it was over just before."""
        try:
            return self._set_state(job, "Aborted")
        except Rejected:
            state = self._look(job)
            if state not in OVER:
                raise
            return state

    def _set_state(self, job: str, state: str) -> str:
        body = {"state": state}
        return _word(self._client.call("bulk_state", f"{JOBS}/{job}", method="PATCH", body=body), "state")

    def _delete(self, job: str) -> None:
        """Forget a job in the org. One that stays does nothing, and goes before the next one comes."""
        try:
            self._client.call("bulk_delete", f"{JOBS}/{job}", method="DELETE")
        except ConnectorError:
            return
        self._left_behind = False

    # --- its results --------------------------------------------------------------------------------------

    def _settle(self, job: str, state: str, items: Sequence[Item]) -> None:
        """Each record by its id. What no result names is in doubt: the org may hold it."""
        open_items = {item.lead_id[:15]: item for item in items}
        for row in self._results(job, "successfulResults", "sf__Id"):
            if item := open_items.pop(row["sf__Id"][:15], None):
                succeed(item)
        for row in self._results(job, "failedResults", "sf__Id") if open_items else ():
            if item := open_items.pop((row["sf__Id"] or row["Id"])[:15], None):
                code, _, message = row["sf__Error"].partition(":")
                fail(item, code, message)
        if open_items and state != "JobComplete":
            for row in self._results(job, "unprocessedrecords", "Id"):
                if item := open_items.pop(row["Id"][:15], None):
                    put_off(item, "unprocessed", "The job ended before its turn. The next pass tries again.")
        for item in open_items.values():
            put_off(item, "no_result", "The org's answer was incomplete. The next pass tries again.")
        self._doubts.note(item.record for item in open_items.values())

    def _results(self, job: str, kind: str, first_column: str) -> Iterator[dict[str, str]]:
        return read_file(self._client.fetch_file("bulk_results", f"{JOBS}/{job}/{kind}", first_column))

    def _leave(self, items: Sequence[Item], error: ConnectorError) -> None:
        """Nobody knows how far the job is: it stays behind, and its records in doubt."""
        unknown = [item for item in items if item.outcome is None]
        for item in unknown:
            put_off(item, error.code, str(error))
        self._doubts.note(item.record for item in unknown)

    def _learn(self, state: str) -> None:
        """An org that cannot do a job within its time gets half of it next, or no more jobs."""
        if state == "JobComplete" or self._client.gate.stop.is_set():
            return
        half = self._size // 2 if state == "Aborted" else 0
        if half >= BULK_FROM:
            self._size = half
        else:
            self._turn_off(f"{self._connection.name}: a bulk job ended as {state}.", state)

    def _turn_off(self, reason: str, code: str) -> None:
        """From now on this process writes by collections alone, and says so once."""
        if self._size:
            LOG.warning("bulk_off", connection=self._connection.name, code=code, reason=reason)
        self._size = 0

    # --- jobs that nobody waits for -----------------------------------------------------------------------

    def _clear_away(self) -> None:
        """End and delete our jobs. What they wrote is in doubt until the org is asked what it holds now."""
        try:
            for job, state in list(self._ours()):
                self._clear_one(job, state)
        except (Misconfigured, Refused, Rejected) as error:
            self._turn_off(str(error), error.code)  # an org that shows no jobs to us runs none of ours
        self._left_behind = False

    def _clear_one(self, job: str, state: str) -> None:
        try:
            if state not in OVER:
                self._abort(job)
            if state != "Open":
                rows = self._results(job, "successfulResults", "sf__Id")
                self._doubts.note(record_of(row) for row in rows)
            self._client.call("bulk_delete", f"{JOBS}/{job}", method="DELETE")
        except Vanished:
            return  # somebody else has deleted it

    def _ours(self) -> Iterator[tuple[str, str]]:
        """Id and state of every job that looks like one of ours."""
        path = f"{JOBS}?jobType=V2Ingest"
        for _ in range(LIST_PAGES):
            answer = self._client.call("bulk_list", path, expect="records")
            yield from (
                (str(one["id"]), str(one["state"])) for one in answer["records"] if self._is_ours(one)
            )
            following = str(answer.get("nextRecordsUrl") or "")
            if answer.get("done", True) or not following:
                return
            path = following.rpartition(f"{self._client.data_path}/")[2]

    def _is_ours(self, job: Mapping[str, Json]) -> bool:
        user = self._client.user_id[:15]
        is_our_users = not user or str(job.get("createdById", user))[:15] == user
        return is_our_users and all(job.get(name) == value for name, value in KIND.items())


def _word(answer: Json, name: str) -> str:
    """A word that an answer about a job must have."""
    word = answer.get(name) if isinstance(answer, Mapping) else None
    if not isinstance(word, str) or not word:
        raise Transient("The org's answer about a bulk job was incomplete. The next pass tries again.")
    return word
