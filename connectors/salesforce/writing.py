"""Writes Leadline's own fields, and nothing else, in collections of 200 whose items are settled one by one.

Up to five collections travel in one call; a long queue goes as a bulk job (`bulk`).
`Sforce-Auto-Assign: FALSE` goes with the session and with every part of a composite, else the org's
assignment rules move the owner (fact sheet §4.1, §4.2).
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from config.connections import SalesforceConnection
from connectors.base import (
    DELIVERY_SIZE,
    ConnectorError,
    Delivery,
    Misconfigured,
    Outcome,
    Parked,
    Refused,
    Stopped,
    Transient,
    Value,
)
from connectors.outcomes import Consequence, Trouble, classify
from connectors.salesforce import bulk
from connectors.salesforce.bulk import Bulk
from connectors.salesforce.client import COMPOSITE_LIMIT, NO_AUTO_ASSIGN, Client, chunks
from connectors.salesforce.doubts import Doubts
from connectors.salesforce.fields import Row, crm_name, field_of, own_outputs
from connectors.salesforce.items import (
    UNCLEAR_CODES,
    Item,
    Record,
    fail,
    first_error,
    put_off,
    settle,
    succeed,
)
from connectors.salesforce.outcomes import FIELD_CODES, TABLE
from connectors.salesforce.transport import WRITE_SECONDS
from qualifier.verdict import Output

BATCH = 200
"""Records of one collection (§4.1)."""
LOCK_TRIES = 3
"""How often a locked record is tried within one delivery; later passes go on."""
SEND_TRIES = 4
"""How often one call is sent within a delivery; a silent one only once, since it costs 40 s."""
MOST_HALVES = 64
"""Calls spent on finding the records that a trigger fails on, before the rest of them is refused too."""


@dataclass(frozen=True, slots=True)
class Column:
    """One of our fields as the org has it."""

    output: Output
    field: str
    length: int
    digits: int
    choices: frozenset[str] | None
    """Values of a restricted picklist; None where any text goes."""


class Writer:
    """Writes to the leads of one org."""

    def __init__(self, client: Client, connection: SalesforceConnection) -> None:
        self._client = client
        self._connection = connection
        self._doubts = Doubts(client, connection)
        self._bulk = Bulk(client, connection, self._doubts)

    def batch_size(self, waiting: int) -> int:
        """How many leads `deliver` takes best at once where so many wait: one call's worth, or one job's."""
        return self._bulk.size(waiting) or DELIVERY_SIZE

    def columns(self) -> dict[str, Column]:
        """Output name → our field, for those that exist and may be written by our user."""
        describe = self._client.describe("Lead")
        found = {}
        for output in own_outputs(self._connection):
            name = crm_name(output, self._connection)
            field = field_of(describe, name)
            if field is not None and field.get("updateable"):
                found[output.name] = _column(output, field)
        return found

    def deliver(self, batch: Sequence[Delivery]) -> list[Outcome]:
        """Write; one outcome per delivery, in order. A lead that stands twice is written once, as last.

        A field that was taken away meanwhile is left out, the rest is written. Raises what the first call
        raised; once something was written, a failed call becomes `retry` for its leads.
        """
        self._bulk.finish()
        columns = self._columns_or_raise(batch)
        try:
            outcomes = self._deliver(batch, columns)
        except Misconfigured as error:
            if error.code not in FIELD_CODES or not self._lost_columns(columns):
                raise
            return self._deliver(batch, self._columns_or_raise(batch))
        blamed = {number for number, one in enumerate(outcomes) if one.code in FIELD_CODES}
        if blamed and self._lost_columns(columns):
            again = self._deliver([batch[number] for number in sorted(blamed)], self._columns_or_raise(batch))
            for number, outcome in zip(sorted(blamed), again, strict=True):
                outcomes[number] = outcome
        self._raise_for_all(outcomes)
        return outcomes

    def _raise_for_all(self, outcomes: Sequence[Outcome]) -> None:
        """What ails every record alike ails the connection: it must not fill the quarantine."""
        rows = {classify(TABLE, Trouble(code=one.code)) for one in outcomes if one.status != "written"}
        if len(rows) != 1 or any(one.status == "written" for one in outcomes):
            return
        [row] = rows
        text, code = f"{self._connection.name}: {row.text}", outcomes[0].code
        if row.consequence is Consequence.WAIT:
            raise Parked(text, code=code, until=datetime.now(UTC) + timedelta(seconds=row.wait_seconds))
        if row.consequence is Consequence.STOP:
            raise Refused(text, code=code)
        if row.consequence is Consequence.MISCONFIGURED:
            raise Misconfigured(text, code=code)

    def _lost_columns(self, before: Mapping[str, Column]) -> bool:
        """Whether the org, asked anew, lets us write fewer fields than `before`."""
        self._client.forget_describes()
        return not before.keys() <= self.columns().keys()

    def _deliver(self, batch: Sequence[Delivery], columns: Mapping[str, Column]) -> list[Outcome]:
        outcomes: dict[str, Outcome] = {}
        items: dict[str, Item] = {}
        for delivery in batch:
            record, fault = _record(delivery, columns)
            items.pop(delivery.lead_id, None)
            outcomes.pop(delivery.lead_id, None)
            if fault is not None:
                outcomes[delivery.lead_id] = fault
            else:
                left_out = frozenset(delivery.values.keys() - columns.keys())
                items[delivery.lead_id] = Item(delivery.lead_id, record, left_out)
        self._write(list(items.values()))
        outcomes |= {item.lead_id: item.outcome for item in items.values() if item.outcome is not None}
        return [outcomes[delivery.lead_id] for delivery in batch]

    def _columns_or_raise(self, batch: Sequence[Delivery]) -> dict[str, Column]:
        columns = self.columns()
        if batch and not columns:
            raise Misconfigured(
                f"{self._connection.name}: none of Leadline's fields can be written. "
                "Run `leadline setup --apply`, and give the integration user its permission set.",
                code="no_fields",
            )
        return columns

    def _write(self, items: Sequence[Item]) -> None:
        """By a job where there are enough; what the job leaves, and anything less, by collections."""
        try:
            self._settle(self._bulk.send(items) if len(items) >= bulk.BULK_FROM else items)
        except ConnectorError as error:
            if all(item.outcome is None for item in items):
                raise
            for item in items:
                if item.outcome is None:
                    put_off(item, error.code, str(error))

    def _settle(self, items: Sequence[Item]) -> None:
        """Send, then again what is worth it: halves of what a trigger failed on, and locked records."""
        pending, size = list(items), BATCH
        for attempt in range(1, LOCK_TRIES + 1):
            self._send_all(pending, size)
            self._halve([item for item in pending if item.consequence is Consequence.SPLIT])
            pending = [item for item in pending if item.consequence is Consequence.RETRY]
            if not pending or attempt == LOCK_TRIES or not self._client.gate.pause(attempt):
                return
            size = max(1, size // 4)  # smaller batches meet fewer locks

    def _send_all(self, items: Sequence[Item], size: int) -> None:
        """Call by call. Only where nothing was settled before is a failed call raised."""
        for number, group in enumerate(chunks(items, size * COMPOSITE_LIMIT)):
            try:
                if number and self._client.gate.stop.is_set():
                    raise Stopped(f"{self._connection.name}: stopped between two calls.", code="stopped")
                self._send_group(group, size)
            except ConnectorError as error:
                if number == 0 and all(item.outcome is None for item in group):
                    raise
                for item in group:
                    if item.outcome is None or item.consequence is not None:
                        put_off(item, error.code, str(error))

    def _send_group(self, group: Sequence[Item], size: int) -> None:
        """One call, repeated where its answer was lost, but never with what the org already holds."""
        left = list(group)
        for attempt in itertools.count(1):
            held = self._doubts.resolve(item.record for item in left)
            for item in left:
                if item.lead_id in held:
                    succeed(item)
            left = [item for item in left if item.lead_id not in held]
            parts = chunks(left, size)
            try:
                answers = self._send(parts) if parts else []
            except Transient as error:
                if error.code != "refused":  # nothing was sent where no connection came about
                    self._doubts.note(item.record for item in left)
                is_last = attempt == SEND_TRIES or error.code == "timeout"
                if is_last or not self._client.gate.pause(attempt, error.wait_seconds):
                    raise
                continue
            for part, answer in zip(parts, answers, strict=True):
                _note(part, answer)
            self._doubts.note(i.record for i in left if i.outcome and i.outcome.code in UNCLEAR_CODES)
            return

    def _send(self, parts: Sequence[Sequence[Item]]) -> list[Any]:
        """One call for up to five collections; the answer of each: a list of results."""
        bodies = [{"allOrNone": False, "records": [item.record for item in part]} for part in parts]
        if len(bodies) == 1:
            return [
                self._client.call(
                    "update",
                    "composite/sobjects",
                    method="PATCH",
                    body=bodies[0],
                    read_seconds=WRITE_SECONDS,
                    again=False,
                )
            ]
        requests = [
            {
                "method": "PATCH",
                "url": f"{self._client.data_path}/composite/sobjects",
                "referenceId": f"part{number}",
                "httpHeaders": NO_AUTO_ASSIGN,
                "body": body,
            }
            for number, body in enumerate(bodies)
        ]
        answers = self._client.composite("update", requests, read_seconds=WRITE_SECONDS, again=False)
        return [answer.get("body") for answer in answers]

    def _halve(self, failed: Sequence[Item]) -> None:
        """Find the records that a trigger fails on: one bad record must not cost its whole batch.

        Level by level; when four parts or more bring no single success, the trigger fails on everything.
        """
        level, calls = [failed], 0
        while calls < MOST_HALVES:
            halves = [h for group in level if len(group) > 1 for h in chunks(group, (len(group) + 1) // 2)]
            for half in halves:
                self._send_all(half, BATCH)
            calls += len(halves)
            level = [[i for i in half if i.consequence is Consequence.SPLIT] for half in halves]
            passed = sum(map(len, halves)) > sum(map(len, level))
            if not halves or (not passed and len(halves) >= 4):  # noqa: PLR2004 - two levels down
                return


def _column(output: Output, field: Row) -> Column:
    restricted = field.get("restrictedPicklist") and field.get("picklistValues")
    choices = frozenset(str(one["value"]) for one in field["picklistValues"] if one.get("active", True))
    whole = int(field.get("precision") or 0) - int(field.get("scale") or 0)
    return Column(
        output=output,
        field=str(field["name"]),
        length=int(field.get("length") or 0),
        digits=max(whole, int(field.get("digits") or 0)),
        choices=choices if restricted else None,
    )


def _record(delivery: Delivery, columns: Mapping[str, Column]) -> tuple[Record, Outcome | None]:
    """The element to send, or why it need not be sent: the org would refuse it again and again."""
    record: Record = {"attributes": {"type": "Lead"}, "id": delivery.lead_id}
    for name, value in delivery.values.items():
        column = columns.get(name)
        if column is None:
            continue  # not in the profile, or taken away meanwhile: the outcome tells
        unknown = _unknown_choices(value, column)
        if unknown:
            return record, Outcome(
                delivery.lead_id,
                "rejected",
                "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                f"{column.field} does not offer {', '.join(unknown)}. Run `leadline setup --apply`.",
            )
        record[column.field] = crm_value(value, column)
    return record, None


def _unknown_choices(value: Value, column: Column) -> list[str]:
    if column.choices is None or value is None:
        return []
    words = value if isinstance(value, tuple) else (value,)
    return [str(word) for word in words if str(word) not in column.choices]


def crm_value(value: Value, column: Column) -> Any:
    """A value as the org takes it, cut to what its field holds; None clears (§4.1)."""
    if value is None or value == ():
        return None
    if isinstance(value, tuple):
        return ";".join(str(word) for word in value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None  # JSON has no word for it (§1.4)
    if isinstance(value, float | int) and not isinstance(value, bool):
        bound = 10**column.digits - 1 if column.digits else None
        return round(value) if bound is None else max(-bound, min(bound, round(value)))
    return value[: column.length or None] if isinstance(value, str) else value


def _note(part: Sequence[Item], answer: Any) -> None:
    """Settle each item by its place: ids may be missing where it failed (§4.1)."""
    results = answer if isinstance(answer, list) else []
    if len(results) == len(part) and all(_is_result(one) for one in results):
        for item, result in zip(part, results, strict=True):
            settle(item, result)
        return
    code, message = first_error(results)
    for item in part:
        if code:
            fail(item, code, message)
        else:
            put_off(item, "no_result", "The org's answer was incomplete. The next pass tries again.")


def _is_result(one: Any) -> bool:
    return isinstance(one, Mapping) and "success" in one
