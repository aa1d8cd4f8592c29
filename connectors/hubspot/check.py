"""Doctor: what a portal lets Leadline do, line by line, with evidence and remedy. Writes nothing."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from connectors.base import ConnectorError, Finding, Refused
from connectors.fitting import Field, Holds, absent_statuses, mismatch, unfed, unknown_words
from connectors.hubspot.answers import Row
from connectors.hubspot.client import CONTACTS, SEARCH_SIZE
from connectors.hubspot.fields import Mapped, company_map, own_outputs, property_name, translations
from connectors.hubspot.reading import Reading
from connectors.hubspot.setup import TYPES, VIEW_RECIPE, Setup
from connectors.hubspot.writing import Writing, is_read_only
from connectors.words import key
from qualifier.phrases import counted
from qualifier.verdict import REP_FIELDS, Output

MAX_SKEW_SECONDS = 60.0
"""Response clocks run on HubSpot's time; a machine this far off shows confusing times in its logs."""
FEW_CALLS = 0.2
"""Of the day's calls left, below which a warning is due."""
SETUP = "run `leadline setup {name} --apply`; without --apply it lists what it would create"
HOLDS: Mapping[str, Holds] = {
    "bool": "flag",
    "number": "number",
    "date": "date",
    "datetime": "instant",
    "enumeration": "choice",
    "string": "text",
    "phone_number": "text",
}
"""HubSpot's types of properties; any other feeds texts and words alone."""
ANSWERS = frozenset(field.column for field in REP_FIELDS)
"""Facts that Leadline's own properties feed; these have their own lines."""


@dataclass(frozen=True, slots=True)
class Right:
    """Something the token must be allowed: the scope, and a call that shows it."""

    scope: str
    why: str
    level: Literal["warn", "fail"]
    """What its absence means."""
    try_it: Callable[[Reading], object]


def _search(object_type: str) -> Callable[[Reading], object]:
    return lambda reading: reading.client.search(object_type, {"limit": 1, "filterGroups": []})


RIGHTS: tuple[Right, ...] = (
    Right("crm.objects.contacts.read", "to read leads", "fail", _search(CONTACTS)),
    Right("crm.schemas.contacts.read", "to know the properties", "fail", lambda r: r.definitions(CONTACTS)),
    Right("crm.objects.companies.read", "to know companies", "fail", _search("companies")),
    Right("crm.objects.deals.read", "to know who bought before", "fail", _search("deals")),
    Right("crm.objects.contacts.read (calls)", "to see logged calls", "warn", _search("calls")),
    Right("crm.objects.contacts.read (meetings)", "to see meetings", "warn", _search("meetings")),
    Right("sales-email-read", "to see one-to-one e-mails", "warn", _search("emails")),
)


def findings(reading: Reading, writing: Writing) -> Iterator[Finding]:
    """All findings; without a login only the first."""
    try:
        yield _account(reading)
    except ConnectorError as error:
        yield Finding("fail", "login", str(error), "see the message; nothing else can be checked until then")
        return
    yield _clock(reading)
    yield _quota(reading)
    refused = []
    for right in RIGHTS:
        finding = _right(right, reading)
        refused += [right.scope] if finding.level != "ok" else []
        yield finding
    if "crm.objects.contacts.read" in refused or "crm.schemas.contacts.read" in refused:
        return
    yield from _mapped(reading)
    yield from unfed(reading.facts, {mapped.fact for mapped in reading.contact_map().facts})
    yield from _own(reading, writing)
    yield from _statuses(reading)
    yield from _unmapped_values(reading)


def _account(reading: Reading) -> Finding:
    details = reading.client.account()
    kind = details.get("accountType") or "account"
    evidence = f"portal {details.get('portalId')}, {kind}, zone {details.get('timeZone')}"
    return Finding("ok", "login", evidence)


def _clock(reading: Reading) -> Finding:
    theirs = reading.client.gate.server_time(MAX_SKEW_SECONDS)
    if theirs is None:
        return Finding("warn", "clock", "HubSpot's answer has no Date header", "look for a proxy on the way")
    skew = abs((datetime.now(UTC) - theirs).total_seconds())
    if skew > MAX_SKEW_SECONDS:
        return Finding(
            "warn",
            "clock",
            f"this machine is {skew:.0f} s off HubSpot's time",
            "switch time synchronisation on",
        )
    return Finding("ok", "clock", f"within {MAX_SKEW_SECONDS:.0f} s of HubSpot's")


def _quota(reading: Reading) -> Finding:
    quota, budget = reading.client.gate.quota, reading.connection.api_budget
    if quota.limit is None or quota.used is None:
        return Finding("ok", "quota", f"HubSpot tells this app no daily limit; api_budget is {budget}")
    evidence = f"{quota.used} of {quota.limit} calls used today by all apps; api_budget is {budget}"
    if quota.limit - quota.used < FEW_CALLS * quota.limit:
        return Finding("warn", "quota", evidence, "find out which other app uses the calls")
    return Finding("ok", "quota", evidence)


def _right(right: Right, reading: Reading) -> Finding:
    try:
        right.try_it(reading)
    except Refused:
        scope = right.scope.partition(" ")[0]
        remedy = f"add the scope {scope} to the key or app {right.why}, then run `leadline sync --full`"
        return Finding(right.level, f"scope {right.scope}", "not granted", remedy)
    except ConnectorError as error:
        return Finding("fail", f"scope {right.scope}", str(error), "try again; see the message")
    return Finding("ok", f"scope {right.scope}", right.why)


def _mapped(reading: Reading) -> Iterator[Finding]:
    """One line per fact: where it comes from, or why it stays unknown."""
    contacts = reading.contact_map()
    companies = company_map(reading.connection, reading.facts)
    from_company = {mapped.fact: mapped.properties for mapped in companies.facts if mapped.properties}
    for mapped in contacts.facts:
        own = [f"contact.{name}" for name in mapped.properties]
        theirs = [f"company.{name}" for name in from_company.get(mapped.fact, ())]
        is_chosen = mapped.fact in reading.connection.fields
        if is_chosen and own and (problem := _mismatch(mapped, reading)):
            yield problem
            continue
        if own or theirs:
            yield Finding("ok", f"fact {mapped.fact}", ", ".join([*own, *theirs]))
            continue
        if mapped.fact in ANSWERS and not is_chosen:
            continue
        absent = ", ".join(contacts.missing[mapped.fact])
        remedy = (
            "correct the name under fields:"
            if is_chosen
            else "map the fact under fields:, or leave it unknown"
        )
        yield Finding(
            "fail" if is_chosen else "warn",
            f"fact {mapped.fact}",
            f"the portal has no property {absent}",
            remedy,
        )


def _mismatch(mapped: Mapped, reading: Reading) -> Finding | None:
    """What is wrong with the type of a property that `fields:` names."""
    (name,) = mapped.properties
    definition = reading.definitions(CONTACTS)[name]
    kind = str(definition.get("type"))
    field = Field(name, kind, HOLDS.get(kind, "other"), _choices(definition))
    fact, translated = reading.facts[mapped.fact], mapped.fact in reading.connection.values
    return mismatch(mapped.fact, fact, field, mapped.read, translated=translated)


def _own(reading: Reading, writing: Writing) -> Iterator[Finding]:
    """Leadline's own properties and lists; a single line where set-up has made none of them yet."""
    connection, definitions = reading.connection, reading.definitions(CONTACTS)
    fields = (*own_outputs(connection), *REP_FIELDS)
    made = [one for one in fields if one.name not in connection.write.rename]
    if any(property_name(one, connection) in definitions for one in made):
        yield from _properties(fields, reading, writing)
        yield from _lists(reading)
        return
    evidence = f"none of Leadline's {len(made)} properties is there yet"
    yield Finding("fail", "own fields", evidence, SETUP.format(name=connection.name))
    yield from _properties([one for one in fields if one not in made], reading, writing)


def _properties(fields: Sequence[Output], reading: Reading, writing: Writing) -> Iterator[Finding]:
    """There, of the right type, and open to writing."""
    connection = reading.connection
    definitions, writable = reading.definitions(CONTACTS), writing.targets()
    fine = 0
    for output in fields:
        name = property_name(output, connection)
        definition = definitions.get(name)
        wanted = TYPES[output.kind][0]
        if definition is None:
            renamed = f"create {name}, or correct write.rename"
            remedy = renamed if output.name in connection.write.rename else SETUP.format(name=connection.name)
            yield Finding("fail", f"property {name}", "not there", remedy)
        elif definition.get("type") != wanted:
            evidence = f"is of type {definition.get('type')}, needs {wanted}"
            yield Finding("fail", f"property {name}", evidence, "rename or delete it, then run set-up")
        elif is_read_only(definition) or (output not in REP_FIELDS and output.name not in writable):
            yield Finding("fail", f"property {name}", "cannot be written", "make it editable by integrations")
        else:
            fine += 1
    if fine:
        yield Finding("ok", "own properties", f"{fine} ready")


def _lists(reading: Reading) -> Iterator[Finding]:
    steps = [step for step in Setup(reading.client, reading.connection).plan({}) if step.kind == "list"]
    missing = [step.name for step in steps if step.action != "keep"]
    if missing:
        yield Finding(
            "warn", "lists", f"missing: {', '.join(missing)}", SETUP.format(name=reading.connection.name)
        )
    else:
        yield Finding("ok", "lists", f"{len(steps)} there", VIEW_RECIPE)


def _statuses(reading: Reading) -> Iterator[Finding]:
    """Values under `statuses:` that the portal's properties do not have."""
    definitions = reading.definitions(CONTACTS)
    mapped = next(one for one in reading.contact_map().facts if one.fact == "status")
    if mapped.properties and all(definitions[one].get("type") == "enumeration" for one in mapped.properties):
        known = [choice for one in mapped.properties for choice in _choices(definitions[one])]
        yield from absent_statuses(reading.connection.statuses, " or ".join(mapped.properties), known)


def _unmapped_values(reading: Reading) -> Iterator[Finding]:
    """Words of the newest contacts that mean nothing to Leadline, with counts: one search for each fact."""
    for mapped in reading.contact_map().facts:
        fact = reading.facts[mapped.fact]
        is_own = mapped.fact in ANSWERS and mapped.fact not in reading.connection.fields
        if fact.kind not in ("word", "words") or not fact.values or not mapped.properties or is_own:
            continue
        names = " or ".join(mapped.properties)
        try:
            unknown = _unknown(mapped, reading)
        except ConnectorError as error:
            yield Finding("warn", f"values of {names}", f"could not be counted: {error}", "Try again later.")
            continue
        if unknown:
            held = f"{counted(sum(unknown.values()), 'contact')} of the newest {SEARCH_SIZE}"
            yield unknown_words(mapped.fact, names, unknown, held)


def _unknown(mapped: Mapped, reading: Reading) -> Counter[str]:
    """Words that the newest contacts hold and the fact does not know → how many hold them."""
    has_it = [{"filters": [{"propertyName": one, "operator": "HAS_PROPERTY"}]} for one in mapped.properties]
    newest = [{"propertyName": "createdate", "direction": "DESCENDING"}]
    query = {
        "filterGroups": has_it,
        "sorts": newest,
        "limit": SEARCH_SIZE,
        "properties": [*mapped.properties],
    }
    rows = translations(mapped.fact, reading.connection)
    unknown: Counter[str] = Counter()
    for row in reading.client.search(CONTACTS, query).rows:
        text = next((found for one in mapped.properties if (found := row["properties"].get(one))), "")
        words = {word.strip() for word in text.split(";")} - {""}
        unknown.update(word for word in words if key(word) not in rows and mapped.read(word) is None)
    return unknown


def _choices(definition: Row) -> tuple[str, ...]:
    """The values of an enumeration."""
    return tuple(str(one["value"]) for one in definition.get("options") or ())
