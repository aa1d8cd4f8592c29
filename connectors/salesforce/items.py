"""Records on their way to the org, and what became of each: one table for collections and bulk jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.base import Gone, Outcome
from connectors.outcomes import Consequence, Trouble, classify
from connectors.salesforce.fields import Row
from connectors.salesforce.outcomes import CONVERTED_CODES, TABLE

UNCLEAR_CODES = ("no_result", "wrong_id")
"""Our own words for answers that do not say what became of a record."""

Record = dict[str, Any]
"""One element of a collection."""


@dataclass(slots=True)
class Item:
    """A record on its way, and what became of it."""

    lead_id: str
    record: Record
    left_out: frozenset[str] = frozenset()
    outcome: Outcome | None = None
    consequence: Consequence | None = None
    """What its last error leads to; None where nothing more is tried now."""


def settle(item: Item, result: Row) -> None:
    """What one result of a collection says."""
    answered = str(result.get("id") or "")
    if result["success"] is not True:
        code, message = first_error(result.get("errors") or [])
        fail(item, code or "no_reason", message)
    elif answered[:15] == item.lead_id[:15]:
        succeed(item)
    else:
        put_off(item, "wrong_id", "The org answered for another record. The next pass tries again.")


def succeed(item: Item) -> None:
    """The org holds it."""
    item.consequence = None
    item.outcome = Outcome(item.lead_id, "written", left_out=item.left_out)


def put_off(item: Item, code: str, message: str) -> None:
    """Nothing is known to be wrong with it: the next pass tries again."""
    item.consequence = None
    item.outcome = Outcome(item.lead_id, "retry", code, message)


def fail(item: Item, code: str, message: str) -> None:
    """What the outcome table says of one record's error."""
    row = classify(TABLE, Trouble(code=code, message=message))
    item.consequence = row.consequence if row.tries > 1 else None
    if row.consequence is Consequence.GONE:
        gone = Gone(item.lead_id, "converted" if code in CONVERTED_CODES else "deleted")
        item.outcome = Outcome(item.lead_id, "gone", code, row.text, gone=gone)
    elif row.consequence in (Consequence.RETRY, Consequence.WAIT, Consequence.REFRESH):
        item.outcome = Outcome(item.lead_id, "retry", code, row.text)
    else:
        item.outcome = Outcome(item.lead_id, "rejected", code, row.text)


def first_error(errors: Sequence[Any]) -> tuple[str, str]:
    """Code and message of the first error of a result."""
    first = errors[0] if errors and isinstance(errors[0], Mapping) else {}
    return str(first.get("statusCode") or first.get("errorCode") or ""), str(first.get("message") or "")
