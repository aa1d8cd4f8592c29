"""Reads changes of an org: keyset pages on (SystemModstamp, Id), one query each (fact sheet §2)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import structlog

from config.connections import SalesforceConnection
from connectors.base import (
    CompanyRecord,
    DealRecord,
    Gone,
    Keyset,
    LeadRecord,
    Misconfigured,
    Page,
    TouchRecord,
    Window,
)
from connectors.outcomes import Split
from connectors.salesforce.client import COMPOSITE_LIMIT, Client, Query, chunks
from connectors.salesforce.fields import (
    Mapped,
    Row,
    company_facts,
    crm_name,
    day_of,
    instant,
    lead_map,
    mapped_facts,
    pluck,
    readable,
)
from connectors.salesforce.listing import Listing
from connectors.salesforce.outcomes import FIELD_CODES
from connectors.salesforce.spans import TIMEOUT_CODE, first, following, narrower
from connectors.salesforce.streams import DESCRIBED, STREAMS, Stream
from connectors.salesforce.together import FirstPages
from connectors.salesforce.touches import (
    TouchRules,
    event_touches,
    mail_touches,
    member_touches,
    source_touches,
    task_touches,
)
from connectors.words import clean_text, compile_patterns, domain_of
from qualifier.facts import Fact
from qualifier.verdict import OUTPUTS

LOG = structlog.get_logger("leadline.salesforce")

PAGE_ROWS = 2_000
"""The org's own largest page (§2.1)."""
FEWEST_ROWS = 125
"""Below this a query that is still too much is a matter for the admin."""
IDS_PER_QUERY = 200
"""An 18-character id costs up to 27 bytes once encoded (§2.1)."""
_SCORED_AT = next(output for output in OUTPUTS if output.name == "Scored_At")


class Reader:
    """Reads one org. Costs one call a page, and one describe a day per kind of record."""

    def __init__(
        self,
        client: Client,
        connection: SalesforceConnection,
        facts: Mapping[str, Fact],
        zone: tzinfo,
    ) -> None:
        self._client = client
        self._connection = connection
        self._facts = facts
        self._listing = Listing(client, connection)
        self._widths: dict[str, timedelta] = {}
        """Stream → how long a window the org could last walk in time, where one was too long for it."""
        self._first_pages = FirstPages(client, self._first_query)
        self._rules = TouchRules(
            zone=zone,
            extra=compile_patterns(connection.touches),
            automation=frozenset(user[:15] for user in connection.automation_users),
        )
        self._parsers: Mapping[str, Callable[[Sequence[Row]], Page]] = {
            "company": self._companies,
            "deal": _deals,
            "lead": self._leads,
            "campaign_member": self._touches(member_touches),
            "task": self._touches(task_touches),
            "event": self._touches(event_touches),
            "email": self._touches(mail_touches),
        }

    def announce(self, windows: Mapping[str, Window]) -> None:
        """Windows that `changes` will be asked for next: their first pages travel together."""
        self._first_pages.announce(windows)

    def changes(self, stream: str, window: Window, after: Keyset | None = None) -> Iterator[Page]:
        """Pages of what changed; a kind of record that the org does not have gives one empty page."""
        source = STREAMS[stream]
        self._client.describe_together(DESCRIBED)
        if self._client.describe(source.sobject) is None:
            yield Page()
            return
        rows_wanted, part = PAGE_ROWS, first(window, after, self._widths.get(stream))
        while True:
            try:
                answer = self._page(stream, part, after, rows_wanted)
            except Split as error:
                shorter = narrower(part, after) if error.code == TIMEOUT_CODE else None
                if shorter is None and rows_wanted <= FEWEST_ROWS:
                    raise
                rows_wanted = rows_wanted if shorter is not None else rows_wanted // 2
                if shorter is not None:
                    part, self._widths[stream] = shorter, shorter.until - shorter.since
                continue
            rows: list[Row] = answer["records"]
            is_done = not rows or (bool(answer.get("done", True)) and len(rows) < rows_wanted)
            rest = following(part, window) if is_done else part
            # A place within the whole window, so that a walk that ends here goes on without its parts.
            after = None if rest is None or not rows else _keyset(rows[-1])
            if rows or rest is None:
                yield replace(self._parsers[stream](rows), after=after)
            if rest is None:
                return
            if stream in self._widths:
                self._widths[stream] = rest.until - rest.since
            part, after = rest, None if is_done else after

    def _page(self, stream: str, window: Window, after: Keyset | None, rows: int) -> Any:
        answer = self._first_pages.take(stream, window) if after is None and rows == PAGE_ROWS else None
        if answer is None:
            source = self._source(stream, window)
            [answer] = self._select(source, [_clauses(source, window, after, rows)])
        return answer

    def _source(self, stream: str, window: Window) -> Stream:
        """The stream, without the living leads that the window does not want to hear of again."""
        source, scored_at = STREAMS[stream], crm_name(_SCORED_AT, self._connection)
        if source.sobject != "Lead" or window.scored_before is None:
            return source
        if not readable([scored_at], self._client.describe, "Lead"):
            return source
        before = f"{scored_at} < {literal(window.scored_before)}"
        where = f"({scored_at} = null OR {before} OR IsDeleted = true OR IsConverted = true)"
        return replace(source, where=where)

    def _first_query(self, stream: str, window: Window) -> Query | None:
        source = self._source(stream, window)
        if self._client.describe(source.sobject) is None:
            return None
        soql = _soql(self._columns(source), _clauses(source, window, None, PAGE_ROWS))
        return Query(soql, source.with_deleted)

    def read(self, lead_ids: Sequence[str]) -> Page:
        """These leads as they stand; five queries of 200 ids travel in one call."""
        source = STREAMS["lead"]
        parts = [
            f"FROM Lead WHERE Id IN ({', '.join(map(quoted, ids))})"
            for ids in chunks(lead_ids, IDS_PER_QUERY)
        ]
        found: list[Row] = []
        for several in chunks(parts, COMPOSITE_LIMIT):
            for answer in self._select(source, several):
                found += answer["records"]
        page = self._leads(found)
        seen = {row["Id"][:15] for row in found}
        missing = tuple(Gone(one, "deleted") for one in lead_ids if one[:15] not in seen)
        return Page(leads=page.leads, gone=(*page.gone, *missing))

    def check_list(self) -> None:
        """Raises Misconfigured where the org has no list view that `scope.list` names."""
        self._listing.filters()

    def mapped_leads(self) -> tuple[Mapped, ...]:
        """The facts that Lead fields feed, with the fields that are really there."""
        kept = {
            name: tuple(readable(paths, self._client.describe, "Lead"))
            for name, paths in lead_map(self._connection, self._facts).items()
        }
        return mapped_facts({n: p for n, p in kept.items() if p}, self._connection, self._facts)

    def _select(self, source: Stream, clauses: Sequence[str]) -> list[Any]:
        """Run up to five queries for a stream's columns; once more where a field was taken away meanwhile."""
        columns = self._columns(source)
        try:
            return self._query(source, columns, clauses)
        except Misconfigured as error:
            self._client.forget_describes()
            left = self._columns(source)
            if error.code not in FIELD_CODES or left == columns:
                raise
            lost = sorted(set(columns) - set(left))
            LOG.warning("fields_lost", connection=self._connection.name, object=source.sobject, fields=lost)
            return self._query(source, left, clauses)

    def _query(self, source: Stream, columns: Sequence[str], clauses: Sequence[str]) -> list[Any]:
        soqls = [_soql(columns, one) for one in clauses]
        if len(soqls) == 1:
            return [self._client.query(soqls[0], with_deleted=source.with_deleted)]
        return self._client.queries(soqls, with_deleted=source.with_deleted)

    def _columns(self, source: Stream) -> list[str]:
        wanted = ["Id", "SystemModstamp", *source.columns]
        if source.sobject == "Lead":
            wanted += [path for mapped in self.mapped_leads() for path in mapped.paths]
            wanted += ["RecordType.DeveloperName"] if self._connection.scope.record_types else []
        elif source.sobject == "Account":
            wanted += [path for mapped in self._company_facts() for path in mapped.paths]
        unique = {path.lower(): path for path in reversed(wanted)}
        return readable(reversed(unique.values()), self._client.describe, source.sobject)

    def _company_facts(self) -> tuple[Mapped, ...]:
        return company_facts(self._connection, self._facts)

    def _leads(self, rows: Sequence[Row]) -> Page:
        mapped = self.mapped_leads()
        gone = tuple(one for row in rows if (one := _gone(row)) is not None)
        alive = [row for row in rows if _gone(row) is None]
        wanted = self._in_scope(alive)
        return Page(leads=tuple(self._lead(row, mapped, wanted) for row in alive), gone=gone)

    def _lead(self, row: Row, mapped: Sequence[Mapped], wanted: frozenset[str]) -> LeadRecord:
        domains = (domain_of(row.get("Website")), domain_of(row.get("Email")))
        return LeadRecord(
            id=str(row["Id"]),
            created_at=_moment(row, "CreatedDate"),
            modified_at=_moment(row, "SystemModstamp"),
            facts={one.fact: one.value(row) for one in mapped},
            created_by=row.get("CreatedById"),
            owner=row.get("OwnerId"),
            domains=tuple(dict.fromkeys(domain for domain in domains if domain)),
            email=row.get("Email"),
            text=row.get("Description"),
            touches=source_touches(row, self._rules),
            in_scope=str(row["Id"])[:15] in wanted,
        )

    def _in_scope(self, rows: Sequence[Row]) -> frozenset[str]:
        """First 15 characters of the ids of those rows that are in the scope; a list view costs a call."""
        ids = [str(row["Id"]) for row in rows if self._passes(row)]
        if self._connection.scope.listing is not None and ids:
            return self._listing.members(ids)
        return frozenset(one[:15] for one in ids)

    def _passes(self, row: Row) -> bool:
        """Whether a lead is in the scope, as far as its own fields tell."""
        scope = self._connection.scope
        if scope.created_since and _moment(row, "CreatedDate").date() < scope.created_since:
            return False
        if scope.owners and str(row.get("OwnerId"))[:15] not in {one[:15] for one in scope.owners}:
            return False
        return not scope.record_types or pluck(row, "RecordType.DeveloperName") in scope.record_types

    def _companies(self, rows: Sequence[Row]) -> Page:
        mapped = self._company_facts()
        return Page(
            companies=tuple(
                CompanyRecord(
                    id=str(row["Id"]),
                    name=clean_text(row.get("Name")),
                    domain=domain_of(row.get("Website")),
                    facts={one.fact: one.value(row) for one in mapped},
                )
                for row in rows
            )
        )

    def _touches(
        self, touches_of: Callable[[Row, TouchRules], tuple[TouchRecord, ...]]
    ) -> Callable[[Sequence[Row]], Page]:
        def page(rows: Sequence[Row]) -> Page:
            """What happened, and what no longer did: its record lies in the recycle bin."""
            kept = [row for row in rows if not row.get("IsDeleted")]
            deleted = [row for row in rows if row.get("IsDeleted")]
            return Page(
                touches=tuple(touch for row in kept for touch in touches_of(row, self._rules)),
                withdrawn=tuple(
                    (touch.lead_id, touch.source) for row in deleted for touch in touches_of(row, self._rules)
                ),
            )

        return page


def _deals(rows: Sequence[Row]) -> Page:
    return Page(
        deals=tuple(
            DealRecord(
                id=str(row["Id"]),
                company_id=row.get("AccountId"),
                won=bool(row.get("IsWon")) and not row.get("IsDeleted"),
                won_on=day_of(row.get("CloseDate")) if row.get("IsWon") else None,
            )
            for row in rows
        )
    )


def _gone(row: Row) -> Gone | None:
    lead_id = str(row["Id"])
    if row.get("MasterRecordId"):
        return Gone(lead_id, "merged", str(row["MasterRecordId"]))
    if row.get("IsDeleted"):
        return Gone(lead_id, "deleted")
    return Gone(lead_id, "converted") if row.get("IsConverted") else None


def _soql(columns: Sequence[str], clauses: str) -> str:
    return f"SELECT {', '.join(columns)} {clauses}"


def _clauses(source: Stream, window: Window, after: Keyset | None, rows: int) -> str:
    """FROM to LIMIT of one page; plain bounds stay outside the OR so that the index serves."""
    since, until = literal(window.since), literal(window.until)
    bounds = [f"SystemModstamp >= {since}", f"SystemModstamp < {until}"]
    bounds += [source.where] if source.where else []
    order, sign = ("DESC", "<") if window.newest_first else ("ASC", ">")
    if after is not None:
        at, last = literal(after.at), quoted(after.id)
        bounds[1 if window.newest_first else 0] = f"SystemModstamp {sign}= {at}"
        bounds.append(
            f"(SystemModstamp {sign} {at} OR (SystemModstamp = {at} AND Id {sign} {last}))",
        )
    where = " AND ".join(bounds)
    return f"FROM {source.sobject} WHERE {where} ORDER BY SystemModstamp {order}, Id {order} LIMIT {rows}"


def literal(moment: datetime) -> str:
    """A SOQL date-time. The org's stamps are whole seconds (§2.2): rounding up changes no bound."""
    whole = moment.astimezone(UTC)
    if whole.microsecond:
        whole = whole.replace(microsecond=0) + timedelta(seconds=1)
    return whole.strftime("%Y-%m-%dT%H:%M:%SZ")


def quoted(text: str) -> str:
    """A SOQL string."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _keyset(row: Row) -> Keyset:
    return Keyset(_moment(row, "SystemModstamp"), str(row["Id"]))


def _moment(row: Mapping[str, Any], name: str) -> datetime:
    """A system time, which no record lacks."""
    moment = instant(row.get(name))
    if moment is None:
        raise Misconfigured(f"A record came without {name}: the integration user cannot read that field.")
    return moment
