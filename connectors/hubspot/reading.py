"""What changed in a portal, page by page, in canonical records.

Contacts that a search finds are read from the primary store, for the search index may be stale (fact sheet
§2.3). Two kinds come from the index itself: those whose stamp is our own last write's, and those that were
last modified long ago. Where they differ from what is known, ingest reads them again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog

from config.connections import HubSpotConnection
from connectors.base import (
    CompanyRecord,
    DealRecord,
    Gone,
    Keyset,
    LeadRecord,
    Misconfigured,
    Page,
    Refused,
    Stamps,
    TouchRecord,
    Window,
)
from connectors.hubspot.activity import (
    CONTACT_ACTIVITY,
    ENGAGEMENTS,
    Engagement,
    contact_totals,
    contact_touches,
    is_automated,
    source_touch,
)
from connectors.hubspot.answers import Row
from connectors.hubspot.client import BATCH_SIZE, CONTACTS, HubSpotClient
from connectors.hubspot.fields import (
    FieldMap,
    Properties,
    company_map,
    contact_map,
    own_outputs,
    property_name,
)
from connectors.hubspot.outcomes import MISSING_SCOPES
from connectors.hubspot.walk import modified_at, not_scored_since, walk
from connectors.readers import read_day, read_instant
from connectors.words import Patterns, clean_text, compile_patterns, domain_of
from qualifier.facts import Fact

LOG = structlog.get_logger("leadline.hubspot")

STREAMS = ("company", "deal", "lead", *ENGAGEMENTS)
SWALLOWED = "hs_merged_object_ids"
"""The property in which a contact names those that were merged into it."""
CONTACT_META = (
    "createdate",
    "lastmodifieddate",
    "email",
    "website",
    "hs_email_domain",
    "message",
    "associatedcompanyid",
    "hubspot_owner_id",
    "hs_created_by_user_id",
    "hs_object_source",
    SWALLOWED,
)
PEOPLES_SOURCES = frozenset({"CRM_UI", "IMPORT", "MOBILE_IOS", "MOBILE_ANDROID"})
"""hs_object_source of contacts that a person made or imported; forms and integrations are no import."""
COMPANY_META = ("name", "domain", "website")
DEAL_META = ("hs_is_closed_won", "hs_closed_won_date", "closedate")
DEFINITIONS_SECONDS = 600.0
"""How long the portal's property definitions are taken for granted."""
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
DEALS_EVERY = timedelta(minutes=5)
"""A process polls deals no more often: nobody calls sooner for a deal won a moment ago, and they would be one
call of six in every quiet pass."""
CLOSED_SECONDS = 3600.0
"""How long a stream without its scope is left alone: HubSpot wants few errors (§4)."""
SETTLED = timedelta(hours=1)
"""By when the index has caught up; the precedent holds back as long (§2.3 no. 3). Saves two calls of three in
a back-fill and in the daily healing read."""
BIN_PAGES = 500
"""Calls a day for the recycle bin, which keeps contacts for 90 days: 50,000 of them (§2.4)."""
MEMBERS_SECONDS = 900.0
"""How long the members of `scope.list` are."""


@dataclass(slots=True)
class Reading:
    """A portal as seen by one connection. `closed`: stream that the token may not read → until when."""

    client: HubSpotClient
    connection: HubSpotConnection
    facts: Mapping[str, Fact]
    closed: dict[str, float] = field(default_factory=dict)
    _patterns: Patterns = ()
    _scored_at: str = ""
    _definitions: dict[str, tuple[float, Mapping[str, Row]]] = field(default_factory=dict)
    _members: tuple[float, frozenset[str]] = (float("-inf"), frozenset())
    _deals_until: datetime = LONG_AGO
    """Up to where deals were polled."""
    _bin_after: str | None = None
    """Where the next look through the recycle bin starts."""

    def __post_init__(self) -> None:
        """Compile the connection's own patterns; find the name of the property that says when we wrote."""
        self._patterns = compile_patterns(self.connection.touches)
        outputs = own_outputs(self.connection)
        self._scored_at = next(
            property_name(one, self.connection) for one in outputs if one.name == "Scored_At"
        )

    # --- what the portal has --------------------------------------------------------------------------------

    def definitions(self, object_type: str) -> Mapping[str, Row]:
        """Live property definitions by name, asked for at most every ten minutes."""
        seen, known = self._definitions.get(object_type, (float("-inf"), {}))
        if self.client.monotonic() - seen > DEFINITIONS_SECONDS:
            known = {str(row["name"]): row for row in self.client.properties(object_type)}
            self._definitions[object_type] = (self.client.monotonic(), known)
        return known

    def forget_definitions(self) -> None:
        """Ask for the definitions anew at the next need."""
        self._definitions.clear()

    def contact_map(self) -> FieldMap:
        """Facts of a contact."""
        return contact_map(self.connection, self.facts, self.definitions(CONTACTS))

    # --- what changed ---------------------------------------------------------------------------------------

    def changes(
        self, stream: str, window: Window, after: Keyset | None, own: Stamps | None
    ) -> Iterator[Page]:
        """Pages of one stream; none where the token may not read it: so its mark stays where it is."""
        if stream == "lead":
            return self._leads(window, after, own)
        if stream == "company":
            return self._if_open(stream, self._companies(window, after))
        if stream == "deal":
            return self._if_open(stream, self._deals(window, after))
        if stream in ENGAGEMENTS:
            return self._if_open(stream, self._engagements(ENGAGEMENTS[stream], window, after))
        raise Misconfigured(
            f"{self.connection.name}: HubSpot has no stream {stream!r}; use {', '.join(STREAMS)}."
        )

    def read(self, lead_ids: Sequence[str]) -> Page:
        """Contacts from the primary store, and what became of those that are not there."""
        ids = list(dict.fromkeys(lead_ids))
        mapped = self.contact_map()
        leads, gone = self._sorted(self._primary(ids, mapped), ids, mapped)
        return Page(leads=tuple(leads), gone=tuple(gone))

    def departures(self) -> Iterator[Page]:
        """Contacts in the recycle bin, whenever they went there: HubSpot lists it by id alone (§2.4).

        A bin of many is looked through in several days' turns.
        """
        for _ in range(BIN_PAGES):
            rows, self._bin_after = self.client.archived(CONTACTS, SWALLOWED, self._bin_after)
            # Whom a contact had swallowed before it went, no other record tells.
            swallowed = [one for row in rows for one in _merged_into(row)]
            yield Page(gone=(*(Gone(str(row["id"]), "deleted") for row in rows), *swallowed))
            if self._bin_after is None:
                return

    def whereabouts(self, contact_id: str) -> Gone | None:
        """What became of a contact that a batch left out; None where it is there after all."""
        survivor = self.client.survivor(CONTACTS, contact_id)
        if survivor is None:
            return Gone(contact_id, "deleted")
        return None if survivor == contact_id else Gone(contact_id, "merged", into=survivor)

    def _leads(self, window: Window, after: Keyset | None, own: Stamps | None) -> Iterator[Page]:
        mapped, existing = self.contact_map(), self.definitions(CONTACTS)
        any_of = not_scored_since(self._scored_at, window) if self._scored_at in existing else ((),)
        for rows, following in walk(self.client, CONTACTS, self._wanted(mapped), window, after, any_of):
            stamps = {str(row["id"]): modified_at(row, CONTACTS) for row in rows}
            written = own(stamps.keys()) if own else {}
            echoes = {contact for contact, stamp in stamps.items() if written.get(contact) == stamp}
            settled = {contact for contact, stamp in stamps.items() if stamp < window.until - SETTLED}
            asked = [contact for contact in stamps if contact not in echoes | settled]
            leads, gone = self._sorted(self._primary(asked, mapped), asked, mapped)
            shown = [row for row in rows if str(row["id"]) in echoes | settled]
            gone += [one for row in shown for one in _merged_into(row)]
            lost = {one.lead_id for one in gone}
            leads += [self._lead(row, mapped, from_index=True) for row in shown if str(row["id"]) not in lost]
            yield Page(leads=tuple(leads), gone=tuple(gone), after=following)

    def _primary(self, ids: Sequence[str], mapped: FieldMap) -> list[Row]:
        """Contacts by id from the primary store, as far as they are there."""
        rows: list[Row] = []
        for start in range(0, len(ids), BATCH_SIZE):
            rows += self.client.read(CONTACTS, ids[start : start + BATCH_SIZE], self._wanted(mapped)).rows
        return rows

    def _sorted(
        self, rows: Sequence[Row], asked: Sequence[str], mapped: FieldMap
    ) -> tuple[list[LeadRecord], list[Gone]]:
        """Leads and gone ones: asked for and not there, or merged into another as that one says."""
        found = {str(row["id"]): row for row in rows}
        gone = {one.lead_id: one for row in rows for one in _merged_into(row)}
        for contact in asked:
            if contact not in found and contact not in gone and (left := self.whereabouts(contact)):
                gone[contact] = left
        leads = [self._lead(row, mapped) for contact, row in found.items() if contact not in gone]
        return leads, list(gone.values())

    def _companies(self, window: Window, after: Keyset | None) -> Iterator[Page]:
        mapped = company_map(self.connection, self.facts)
        wanted = [*mapped.properties, *COMPANY_META]
        for rows, following in walk(self.client, "companies", wanted, window, after):
            companies = tuple(_company(row, mapped) for row in rows)
            yield Page(companies=companies, after=following)

    def _deals(self, window: Window, after: Keyset | None) -> Iterator[Page]:
        """Pages of deals; none where they were polled a moment ago: the mark stays, and nothing is lost."""
        is_poll = not window.newest_first and window.until > self._deals_until
        if is_poll and after is None and window.until - self._deals_until < DEALS_EVERY:
            return
        for rows, following in walk(self.client, "deals", DEAL_META, window, after):
            won = [str(row["id"]) for row in rows if _is_won(row["properties"])]
            companies = self.client.associated("deals", "companies", won)
            if is_poll and following is None:
                self._deals_until = window.until
            yield Page(deals=tuple(_deal(row, companies) for row in rows), after=following)

    def _engagements(self, engagement: Engagement, window: Window, after: Keyset | None) -> Iterator[Page]:
        walked = walk(self.client, engagement.object_type, engagement.properties, window, after)
        for rows, following in walked:
            yield Page(touches=tuple(self._touches(engagement, rows)), after=following)

    def _if_open(self, stream: str, pages: Iterator[Page]) -> Iterator[Page]:
        """The pages, until the token turns out to lack the scope; then none for an hour."""
        if self.client.monotonic() < self.closed.get(stream, float("-inf")):
            return
        try:
            yield from pages
        except Refused as error:
            if error.code != MISSING_SCOPES:
                raise
            LOG.warning("stream_unreadable", connection=self.connection.name, stream=stream, error=str(error))
            self.closed[stream] = self.client.monotonic() + CLOSED_SECONDS

    def _touches(self, engagement: Engagement, rows: Sequence[Row]) -> Iterator[TouchRecord]:
        ids = [str(row["id"]) for row in rows]
        contacts = self.client.associated(engagement.object_type, CONTACTS, ids)
        for row in rows:
            properties = row["properties"]
            automated = is_automated(properties, self.connection.automation_users)
            for contact_id in contacts.get(str(row["id"]), ()):
                yield from engagement.read(str(row["id"]), properties, contact_id, automated)

    # --- one contact ----------------------------------------------------------------------------------------

    def _wanted(self, mapped: FieldMap) -> list[str]:
        """Properties to ask of a contact: only those that the portal has."""
        existing = self.definitions(CONTACTS)
        wanted = dict.fromkeys((*CONTACT_META, *CONTACT_ACTIVITY, *mapped.properties))
        return [name for name in wanted if name in existing]

    def _lead(self, row: Row, mapped: FieldMap, *, from_index: bool = False) -> LeadRecord:
        contact_id, properties = str(row["id"]), row["properties"]
        created = read_instant(properties.get("createdate")) or modified_at(row, CONTACTS)
        sites = (properties.get(name) for name in ("website", "email", "hs_email_domain"))
        domains = (domain for site in sites if (domain := domain_of(site)))
        facts = mapped.values(properties)
        source = source_touch(contact_id, facts.get("source"), created, self._patterns)
        touches = contact_touches(contact_id, properties, self._patterns)
        return LeadRecord(
            contact_id,
            created,
            modified_at(row, CONTACTS),
            facts,
            company_id=properties.get("associatedcompanyid") or None,
            created_by=_creator(properties),
            owner=properties.get("hubspot_owner_id") or None,
            domains=tuple(dict.fromkeys(domains)),
            email=properties.get("email") or None,
            text=properties.get("message") or None,
            touches=(*([source] if source else []), *touches),
            totals=tuple(contact_totals(properties)),
            in_scope=self._in_scope(contact_id, created, properties),
            from_index=from_index,
        )

    def _in_scope(self, contact_id: str, created: datetime, properties: Properties) -> bool:
        scope = self.connection.scope
        return (
            (scope.created_since is None or created.date() >= scope.created_since)
            and (not scope.owners or properties.get("hubspot_owner_id") in scope.owners)
            and (scope.listing is None or contact_id in self._list_members(scope.listing))
        )

    def _list_members(self, list_id: str) -> frozenset[str]:
        seen, members = self._members
        if self.client.monotonic() - seen > MEMBERS_SECONDS:
            members = self.client.members(list_id)
            self._members = (self.client.monotonic(), members)
        return members


def _company(row: Row, mapped: FieldMap) -> CompanyRecord:
    properties = row["properties"]
    return CompanyRecord(
        str(row["id"]),
        clean_text(properties.get("name")),
        domain_of(properties.get("domain")) or domain_of(properties.get("website")),
        mapped.values(properties),
    )


def _deal(row: Row, companies: Mapping[str, Sequence[str]]) -> DealRecord:
    deal_id, properties = str(row["id"]), row["properties"]
    is_won = _is_won(properties)
    closed = read_day(properties.get("closedate")) or read_day(properties.get("hs_closed_won_date"))
    return DealRecord(
        deal_id, next(iter(companies.get(deal_id, ())), None), is_won, closed if is_won else None
    )


def _is_won(properties: Properties) -> bool:
    return properties.get("hs_is_closed_won") == "true"


def _merged_into(row: Row) -> Iterator[Gone]:
    """The contacts that a survivor says it swallowed."""
    survivor = str(row["id"])
    for lead_id in ((row.get("properties") or {}).get(SWALLOWED) or "").split(";"):
        if lead_id and lead_id != survivor:
            yield Gone(lead_id, "merged", into=survivor)


def _creator(properties: Properties) -> str | None:
    """The user who made a contact by hand or by an import; None for forms and integrations."""
    source = properties.get("hs_object_source")
    if source is not None and source not in PEOPLES_SOURCES:
        return None
    return properties.get("hs_created_by_user_id") or source
