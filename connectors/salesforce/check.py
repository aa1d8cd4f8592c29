"""Doctor's findings about an org: login, version, clock, rights, fields, values, quota. Writes nothing."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from config.connections import SalesforceConnection
from connectors.base import ConnectorError, Finding
from connectors.fitting import Field, Holds, absent_statuses, mismatch, unfed, unknown_words
from connectors.salesforce.client import Client
from connectors.salesforce.fields import (
    Row,
    crm_name,
    field_at,
    field_of,
    lead_map,
    own_outputs,
    readable,
    reader,
    vocabulary,
)
from connectors.salesforce.metadata import misfit
from connectors.salesforce.reading import Reader
from connectors.salesforce.streams import STREAMS
from connectors.words import key
from qualifier.countries import country_code
from qualifier.facts import Fact
from qualifier.phrases import counted
from qualifier.verdict import REP_FIELDS

SKEW_SECONDS = 60.0
"""Clocks further apart than this make reports hard to compare; logins by JWT fail at five minutes."""
ANSWERS = frozenset(field.column for field in REP_FIELDS)
"""Facts that Leadline's own fields feed; these have their own lines."""
HOLDS: Mapping[str, Holds] = {
    "boolean": "flag",
    "int": "number",
    "long": "number",
    "double": "number",
    "currency": "number",
    "percent": "number",
    "date": "date",
    "datetime": "instant",
    "picklist": "choice",
    **dict.fromkeys(("string", "textarea", "email", "phone", "url", "combobox", "encryptedstring"), "text"),
}
"""Types of fields in the words of describe; any other feeds texts and words alone."""
RIGHTS = ("queryable", "updateable")
SETUP = "Run `leadline setup {name} --apply`; without --apply it lists what it would create."


class Check:
    """The checks of one connection, in the order in which a person would look."""

    def __init__(
        self, client: Client, connection: SalesforceConnection, facts: Mapping[str, Fact], reader: Reader
    ) -> None:
        self._client = client
        self._connection = connection
        self._facts = facts
        self._reader = reader

    def findings(self) -> Iterator[Finding]:
        """Findings one by one; a failed login ends them."""
        try:
            yield self._version()
            self._client.forget_describes()
            self._client.describe("Lead")
            yield Finding("ok", "login", f"{self._connection.auth.flow} at {self._client.base_url}")
        except ConnectorError as error:
            yield Finding(
                "fail", "login", f"{error.code}: {error}", "Mend this first; nothing else can be checked."
            )
            return
        yield self._clock()
        yield from self._objects()
        yield from self._scope()
        yield from self._mapped_fields()
        yield from unfed(self._facts, lead_map(self._connection, self._facts))
        yield from self._own_fields()
        yield from self._statuses()
        yield from self._unmapped_values()
        yield self._quota()

    def _version(self) -> Finding:
        versions = self._client.versions()
        wanted = self._client.version
        if wanted in versions:
            return Finding("ok", "API version", f"{wanted}; the org offers up to {versions[-1]}")
        return Finding(
            "fail", "API version", f"{wanted} is not offered", f"Set api_version to {versions[-1]}."
        )

    def _clock(self) -> Finding:
        seen = self._client.gate.server_time(within_seconds=60)
        if seen is None:
            return Finding(
                "warn", "clock", "the org sent no Date header", "Look for a proxy that removes headers."
            )
        skew = (datetime.now(UTC) - seen).total_seconds()
        evidence = f"this machine is {abs(skew):.0f} s {'ahead' if skew > 0 else 'behind'}"
        if abs(skew) <= SKEW_SECONDS:
            return Finding("ok", "clock", evidence)
        return Finding("warn", "clock", evidence, "Synchronise this machine's clock (NTP).")

    def _objects(self) -> Iterator[Finding]:
        lead = self._client.describe("Lead")
        if lead is None:
            yield Finding(
                "fail", "Lead", "the user cannot see leads", "Give it read and edit access to Lead."
            )
            return
        missing = [right for right in RIGHTS if not lead.get(right)]
        if missing:
            yield Finding("fail", "Lead", f"not {', '.join(missing)}", "Give the user Read and Edit on Lead.")
        else:
            yield Finding("ok", "Lead", "can be read and edited")
        for name, stream in STREAMS.items():
            if stream.sobject != "Lead" and self._client.describe(stream.sobject) is None:
                remedy = "Give the user read access, or ignore this where the org does not use it."
                yield Finding("warn", stream.sobject, f"not visible: {name} is not read", remedy)

    def _scope(self) -> Iterator[Finding]:
        view = self._connection.scope.listing
        if view is None:
            return
        try:
            self._reader.check_list()
        except ConnectorError as error:
            yield Finding("fail", "scope.list", str(error), "Correct scope.list, or leave it out.")
        else:
            yield Finding("ok", "scope.list", f"list view {view} can be asked")

    def _mapped_fields(self) -> Iterator[Finding]:
        for fact, paths in lead_map(self._connection, self._facts).items():
            is_chosen = fact in self._connection.fields
            if fact in ANSWERS and not is_chosen:
                continue
            found = readable(paths, self._client.describe, "Lead")
            if is_chosen and found and (problem := self._mismatch(fact, found[0])):
                yield problem
            elif found:
                yield Finding("ok", f"fact {fact}", ", ".join(found))
            elif is_chosen:
                remedy = f"Correct fields.{fact}, or make the field visible to the user."
                yield Finding("fail", f"fact {fact}", f"{paths[0]} is not there", remedy)
            else:
                remedy = f"Map it with fields.{fact}, or make {paths[0]} visible to the user."
                yield Finding(
                    "warn", f"fact {fact}", f"{' or '.join(paths)} is not there: never known", remedy
                )

    def _mismatch(self, name: str, path: str) -> Finding | None:
        """What is wrong with the type of a field that `fields:` names."""
        described = field_at(path, self._client.describe, "Lead")
        if described is None or name == "bounced":  # which is a flag by holding something
            return None
        fact, kind = self._facts[name], str(described["type"])
        field = Field(path, kind, HOLDS.get(kind, "other"), _choices(described))
        read = reader(name, fact, self._connection)
        return mismatch(name, fact, field, read, translated=name in self._connection.values)

    def _own_fields(self) -> Iterator[Finding]:
        """A line for each field; a single one where set-up has made none of them yet."""
        described = self._client.describe("Lead")
        setup = SETUP.format(name=self._connection.name)
        fields = (*own_outputs(self._connection), *REP_FIELDS)
        made = [one for one in fields if one.name not in self._connection.write.rename]
        if not any(field_of(described, crm_name(one, self._connection)) for one in made):
            evidence = f"none of Leadline's {len(made)} fields is there yet, or all are hidden from the user"
            yield Finding("fail", "own fields", evidence, setup)
            fields = tuple(one for one in fields if one not in made)
        for output in fields:
            name = crm_name(output, self._connection)
            field = field_of(described, name)
            if field is None:
                remedy = setup if output in made else f"Create {name}, or correct write.rename."
                yield Finding("fail", name, "not there, or hidden from the user", remedy)
            elif problem := misfit(output, field):
                yield Finding(
                    "warn" if "longer texts" in problem else "fail", name, problem, "See the evidence."
                )
            elif output not in REP_FIELDS and not field.get("updateable"):
                remedy = "Give the user the permission set Leadline_Worker."
                yield Finding("fail", name, "can be read but not written", remedy)
            else:
                yield Finding("ok", name, str(field["type"]))

    def _unmapped_values(self) -> Iterator[Finding]:
        """Values of mapped picklists that mean nothing to Leadline, with counts: one query for each fact."""
        for mapped in self._reader.mapped_leads():
            fact = self._facts[mapped.fact]
            path = mapped.paths[0]
            field = field_of(self._client.describe("Lead"), path)
            if fact.kind != "word" or not fact.values or field is None or not field.get("groupable"):
                continue
            known = vocabulary(mapped.fact, self._connection)
            canonical = {key(word) for word in fact.values}
            soql = f"SELECT {path} value, COUNT(Id) amount FROM Lead GROUP BY {path}"  # noqa: S608 - a name from describe
            try:
                rows = self._client.query(soql)["records"]
            except ConnectorError as error:
                yield Finding(
                    "warn", f"values of {path}", f"could not be counted ({error.code})", "Try again later."
                )
                continue
            unknown = {
                str(row["value"]): int(row["amount"])
                for row in rows
                if row.get("value")
                and key(row["value"]) not in known
                and key(row["value"]) not in canonical
                and not (mapped.fact == "country" and country_code(row["value"]))
            }
            if unknown:
                yield unknown_words(mapped.fact, path, unknown, counted(sum(unknown.values()), "lead"))

    def _statuses(self) -> Iterator[Finding]:
        """Values under `statuses:` that the picklist does not have."""
        path = lead_map(self._connection, self._facts)["status"][0]
        field = field_at(path, self._client.describe, "Lead")
        if field is not None and field.get("type") == "picklist":
            yield from absent_statuses(self._connection.statuses, path, _choices(field))

    def _quota(self) -> Finding:
        quota = self._client.gate.quota
        if quota.used is None or quota.limit is None:
            return Finding("warn", "API calls", "the org did not say how many are left", "Nothing to do.")
        evidence = f"{quota.used} of {quota.limit} used in 24 hours; api_budget {self._connection.api_budget}"
        if quota.used < 0.9 * quota.limit:
            return Finding("ok", "API calls", evidence)
        return Finding("warn", "API calls", evidence, "Poll less often, or find what uses the calls.")


def _choices(field: Row) -> tuple[str, ...]:
    """The values of a picklist that people can choose."""
    return tuple(one["value"] for one in field.get("picklistValues") or () if one.get("active", True))
