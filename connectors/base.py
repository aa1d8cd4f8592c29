"""The port every CRM implements, the records that cross it, and the errors sorted by consequence.

A lead's data crosses this border once, already in canonical words (`qualifier.facts`). What may never be
stored (an e-mail address, free text) travels in fields marked *transient*: ingest uses them and forgets them.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

DELIVERY_SIZE = 1_000
"""Leads handed to a connector at once unless it wants more: five Salesforce collections of 200 in one call,
ten HubSpot batches."""
Value = str | float | bool | date | datetime | tuple[str, ...] | tuple[float, float] | None
"""A fact's value: word/text str · number float · flag bool · words tuple of str · range (low, high) · date ·
instant."""

# --- what is read -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TouchRecord:
    """Something that happened to a lead. `source` is unique in the connection, the same in every poll."""

    source: str
    lead_id: str
    kind: str
    at: datetime
    count: int = 1
    name: str | None = None
    human: bool = False
    conversation: bool = False
    logged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """A running total that a CRM keeps (visits, opens). Ingest turns its increase into dated touches.

    `name` separates several totals of one kind; `last_at` is when the newest of them happened.
    """

    name: str
    kind: str
    count: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class LeadRecord:
    """One lead as read now. `facts`: fact name → value, NULLs included, for every fact mapped."""

    id: str
    created_at: datetime
    modified_at: datetime
    facts: Mapping[str, Value]
    company_id: str | None = None
    created_by: str | None = None
    owner: str | None = None
    """The CRM's id of the user or queue that it belongs to."""
    domains: tuple[str, ...] = ()
    """Company domains the record itself names, best first (website, then mail domain); may be free-mail
    ones."""
    email: str | None = None
    """Transient: becomes a keyed hash."""
    text: str | None = None
    """Transient: searched for needs, then forgotten."""
    touches: tuple[TouchRecord, ...] = ()
    totals: tuple[Total, ...] = ()
    in_scope: bool = True
    from_index: bool = False
    """True when the values come from a search index that may be stale; ingest reads again where they
    differ."""


@dataclass(frozen=True, slots=True)
class CompanyRecord:
    """A company the CRM knows. `facts`: industry, employees, country where known."""

    id: str
    name: str | None
    domain: str | None
    facts: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DealRecord:
    """A deal or opportunity. Only won ones count; a lost or reopened one arrives with `won=False`."""

    id: str
    company_id: str | None
    won: bool
    won_on: date | None


@dataclass(frozen=True, slots=True)
class Gone:
    """A lead that can no longer be written: deleted, merged into another, or converted."""

    lead_id: str
    why: Literal["deleted", "merged", "converted"]
    into: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class Keyset:
    """Where a page walk stands: the last row's time and id. Id order is the CRM's own."""

    at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class Window:
    """Which changes to read: `since <= modified < until`, UTC. `newest_first` walks a back-fill.

    `scored_before`: leads that Leadline scored then or later may be left out, where the CRM can tell them
    apart. While a backlog is written its echo would be read again and again, and news would wait for it.
    """

    since: datetime
    until: datetime
    newest_first: bool = False
    scored_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of changes. `after` is where the next page starts; None on the last page."""

    leads: tuple[LeadRecord, ...] = ()
    touches: tuple[TouchRecord, ...] = ()
    companies: tuple[CompanyRecord, ...] = ()
    deals: tuple[DealRecord, ...] = ()
    gone: tuple[Gone, ...] = ()
    withdrawn: tuple[tuple[str, str], ...] = ()
    """(lead id, source) of touches whose record was deleted in the CRM."""
    after: Keyset | None = None

    @property
    def size(self) -> int:
        """Records on this page, of all kinds."""
        kinds = (self.leads, self.touches, self.companies, self.deals, self.gone, self.withdrawn)
        return sum(map(len, kinds))


# --- what is written ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Delivery:
    """What to write to one lead: output name (`Respond_By`) → value; None clears the field."""

    lead_id: str
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one delivery. `code` is the CRM's error code, `message` our own sentence."""

    lead_id: str
    status: Literal["written", "retry", "rejected", "gone"]
    code: str = ""
    message: str = ""
    stamped_at: datetime | None = None
    """The modification time that our write got, where the CRM says so: lets the next poll know its own
    echo."""
    gone: Gone | None = None
    left_out: frozenset[str] = frozenset()
    """Outputs of the delivery that were not written, since their field was taken away meanwhile."""


# --- set-up and health --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a set-up. `keep`: already as wanted; `refuse`: needs an admin's hand, see `detail`."""

    kind: str
    name: str
    action: Literal["create", "change", "keep", "remove", "refuse"]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `check`: what was looked at, the evidence, and the remedy where it is not ok."""

    level: Literal["ok", "warn", "fail"]
    what: str
    evidence: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Quota:
    """The CRM's daily calls as last told by it; None where it has not said."""

    used: int | None
    limit: int | None


Stamps = Callable[[Collection[str]], Mapping[str, datetime]]
"""Of these leads those that we wrote → when the CRM says our last write was. Asked for a page at a time."""


class Connector(Protocol):
    """A CRM. All methods may raise the errors below; nothing else escapes a connector.

    `streams` in the order in which a pass reads them: companies and deals first, touches after leads.
    """

    name: str
    crm: str
    streams: tuple[str, ...]
    lags: bool
    """Whether `changes` reads an index that may show a change late; such a window is read a second time."""
    mapped: frozenset[str]
    """Facts that the connection maps to fields of a lead, whether or not our user may read them."""

    def server_time(self) -> datetime:
        """The CRM's own clock (Date header), UTC. Costs one call unless a recent answer told it."""
        ...

    def changes(
        self,
        stream: str,
        window: Window,
        after: Keyset | None = None,
        own: Stamps | None = None,
    ) -> Iterator[Page]:
        """Pages of what changed in `window`, resumable after `after`. `own` knows our own writes."""
        ...

    def announce(self, windows: Mapping[str, Window]) -> None:
        """What `changes` will be asked for next, stream by stream: first pages may then travel together."""
        ...

    def departures(self, window: Window) -> Iterator[Page]:
        """Leads that left in `window` (deleted, merged) and that no stream tells of; asked once a day."""
        ...

    def read(self, lead_ids: Sequence[str]) -> Page:
        """The leads with these ids as they stand in the primary store, and those that are gone."""
        ...

    def writable(self) -> frozenset[str]:
        """Output names whose CRM field exists, is in the profile and may be written by our user."""
        ...

    def batch_size(self, waiting: int) -> int:
        """How many leads `deliver` takes best at once where so many wait to be written. May cost calls."""
        ...

    def deliver(self, batch: Sequence[Delivery]) -> list[Outcome]:
        """Write; one outcome per delivery, in order. Ids in `batch` are distinct."""
        ...

    def plan(self, vocabulary: Mapping[str, Sequence[str]]) -> list[Step]:
        """What set-up would do; changes nothing. `vocabulary`: output name → its values."""
        ...

    def apply(self, vocabulary: Mapping[str, Sequence[str]]) -> Iterator[Step]:
        """Create or change what is missing; yields each step once it holds."""
        ...

    def remove(self) -> Iterator[Step]:
        """Take away what set-up made, in reverse; yields each step. Reps' answers go with their fields."""
        ...

    def check(self) -> Iterator[Finding]:
        """Doctor's findings about login, rights, fields and quota; writes nothing."""
        ...

    @property
    def calls(self) -> int:
        """HTTP requests sent since this connector was made, retries included."""
        ...

    @property
    def quota(self) -> Quota:
        """The daily quota as last seen."""
        ...

    def close(self) -> None:
        """Give sockets back."""
        ...


# --- errors by consequence ----------------------------------------------------------------------------------


class ConnectorError(Exception):
    """Something went wrong with a CRM. The message is ours: thing, reason, next step; no CRM text."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Transient(ConnectorError):
    """A passing fault: the same call may work in a moment. `wait_seconds`: what the CRM asked for."""

    def __init__(self, message: str, *, code: str = "", wait_seconds: float | None = None) -> None:
        super().__init__(message, code=code)
        self.wait_seconds = wait_seconds


class Unreachable(Transient):
    """No connection, or no answer in time."""


class Parked(ConnectorError):
    """The CRM wants to be left alone (quota spent, maintenance, migration) until `until` (UTC)."""

    def __init__(self, message: str, *, code: str = "", until: datetime | None = None) -> None:
        super().__init__(message, code=code)
        self.until = until


class Refused(ConnectorError):
    """Credentials or rights are not good enough; a person must act before it makes sense to try again."""


class Misconfigured(ConnectorError):
    """A field, object or setting the configuration names is not there."""


class Rejected(ConnectorError):
    """The CRM refused the content of a request and will refuse it again: split it or drop it."""


class Stopped(ConnectorError):
    """We were asked to stop; the call was given up between two tries."""
