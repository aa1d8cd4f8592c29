"""What follows from an answer: troubles in words that all CRMs share, and tables that say what to do then.

A client turns whatever goes wrong into a `Trouble`; its CRM's table of `Row`s gives the consequence.
The table is data: to treat an answer differently, change a row, not code.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Literal

from connectors.base import Rejected

MAX_TRIES = 5
MAX_SECONDS = 40.0
"""No new try of a call begins later than this after its first: a pass on a dead CRM must end within 60 s."""
SILENCE_TRIES = 2
SILENCE_SECONDS = 25.0
"""The same for a CRM that does not answer at all: every such try costs a whole timeout (20 s for reads), so a
second one begins only if the first was that short."""

LONGEST_RETRY_AFTER = 3600.0
"""Seconds for which a CRM's Retry-After is believed: one call an hour finds out whether it still holds."""
REDIRECTS = (301, 302, 303, 307, 308)

Fault = Literal["", "refused", "timeout", "dropped", "tls", "garbled"]
"""Transport faults. refused: no connection (DNS included); timeout: silence; dropped: closed before its end;
tls: no trust, or no TLS at all; garbled: no JSON where JSON was due, or not the JSON that was due."""
NETWORK_FAULTS: tuple[Fault, ...] = ("refused", "timeout", "dropped", "tls")


class Consequence(StrEnum):
    """What follows from an answer."""

    RETRY = "retry"
    WAIT = "wait"
    REFRESH = "refresh"
    SPLIT = "split"
    REJECT = "reject"
    STOP = "stop"
    MISCONFIGURED = "misconfigured"
    GONE = "gone"


class Split(Rejected):
    """The request is too much at once (too long, too slow, too many); smaller ones may pass."""


class Vanished(Rejected):
    """The record a request was about is no longer there."""


class Trouble(Exception):
    """What went wrong with one try; it never escapes the connectors, the gate turns it into a ConnectorError.

    `message` is the CRM's own text and may quote a person: never log or store it.
    """

    def __init__(
        self,
        *,
        status: int | None = None,
        code: str = "",
        message: str = "",
        fault: Fault = "",
        retry_after: str | None = None,
    ) -> None:
        super().__init__(f"status {status}, code {code or '-'}, fault {fault or '-'}")
        self.status = status
        self.code = code
        self.message = message
        self.fault = fault
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a CRM's outcome table. Empty conditions match everything; the first matching row counts.

    `sentence` says what happened, `remedy` what a person does about it. `hint` is sought in the CRM's
    message, case-insensitively. `wait_seconds`: how long WAIT parks the connection when the CRM does not say.
    """

    consequence: Consequence
    sentence: str
    remedy: str = ""
    statuses: tuple[int, ...] = ()
    codes: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    hint: str = ""
    tries: int = MAX_TRIES
    seconds: float = MAX_SECONDS
    wait_seconds: float = 900.0

    def matches(self, trouble: Trouble) -> bool:
        """Whether this row is about `trouble`."""
        return (
            (not self.statuses or trouble.status in self.statuses)
            and (not self.codes or trouble.code in self.codes)
            and (not self.faults or trouble.fault in self.faults)
            and self.hint.lower() in trouble.message.lower()
        )

    @property
    def text(self) -> str:
        """Sentence and remedy."""
        return f"{self.sentence} {self.remedy}".strip()


TRANSPORT_ROWS: tuple[Row, ...] = (
    Row(
        Consequence.RETRY,
        "No connection could be made.",
        "Check base_url, DNS, the proxy and the firewall.",
        faults=("refused",),
        tries=3,
        seconds=SILENCE_SECONDS,
    ),
    Row(
        Consequence.RETRY,
        "No answer came in time.",
        "The next pass tries again; if it lasts, look at the CRM's status page and at the network.",
        faults=("timeout",),
        tries=SILENCE_TRIES,
        seconds=SILENCE_SECONDS,
    ),
    Row(
        Consequence.RETRY,
        "The connection was closed before the answer was complete.",
        "The next pass tries again.",
        faults=("dropped",),
    ),
    Row(
        Consequence.RETRY,
        "The answer was not what the CRM's interface sends, as from a maintenance page or a proxy.",
        "The next pass tries again; if it lasts, open base_url in a browser on this machine.",
        faults=("garbled",),
        tries=3,
    ),
    Row(
        Consequence.STOP,
        "The server's certificate is not trusted.",
        "Check base_url. Behind a proxy that inspects TLS, let SSL_CERT_FILE and REQUESTS_CA_BUNDLE name a "
        "file with the proxy's certificate authority.",
        faults=("tls",),
    ),
    Row(
        Consequence.MISCONFIGURED,
        "The address sends to another one instead of answering.",
        "Set base_url to the address where the CRM's API answers, and see whether a proxy wants a login.",
        statuses=REDIRECTS,
    ),
)
"""Faults of the transport mean the same for every CRM; tables begin with these rows."""

UNKNOWN_SERVER_FAULT = Row(
    Consequence.RETRY, "The CRM failed with a server error.", "The next pass tries again."
)
UNKNOWN_REFUSAL = Row(
    Consequence.REJECT,
    "The CRM refused the request for a reason that Leadline does not know.",
    "Look the code up in the CRM's documentation and report it.",
)


def classify(table: Sequence[Row], trouble: Trouble) -> Row:
    """The first row that is about `trouble`; an unknown 5xx is retried, anything else unknown is refused."""
    for row in table:
        if row.matches(trouble):
            return row
    is_server = trouble.status is not None and trouble.status >= 500  # noqa: PLR2004 - HTTP's own border
    return UNKNOWN_SERVER_FAULT if is_server else UNKNOWN_REFUSAL


def retry_after_seconds(text: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for: a number or an HTTP date; None where it is neither.

    At most LONGEST_RETRY_AFTER.
    """
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        moment = parse_http_date(text)
        if moment is None:
            return None
        seconds = (moment - now).total_seconds()
    return min(max(0.0, seconds), LONGEST_RETRY_AFTER) if math.isfinite(seconds) else None


def parse_http_date(text: str) -> datetime | None:
    """`Sat, 21 Nov 2026 22:50:29 GMT` as an aware UTC time; None where it is no date."""
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
