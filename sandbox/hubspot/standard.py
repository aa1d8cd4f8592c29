"""What every portal has from the first day: object types, their schemas and the stages of its pipelines."""

from __future__ import annotations

from functools import cache

from sandbox.hubspot.options import standard_options, yes_or_no
from sandbox.hubspot.schema import Definition, Group, ObjectType, Option, Schema
from sandbox.hubspot.tables import TABLES

_BY_HUBSPOT = "hs_lastmodifieddate"
_PLAIN = ("hs_createdate", _BY_HUBSPOT, "hs_object_id")

OBJECT_TYPES = (
    ObjectType(
        "contacts",
        "contact",
        "0-1",
        "lastmodifieddate",
        "createdate",
        ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
        ("firstname", "lastname", "email", "phone", "company", "hs_additional_emails"),
        "contacts",
        101,
    ),
    ObjectType(
        "companies",
        "company",
        "0-2",
        _BY_HUBSPOT,
        "createdate",
        ("createdate", "domain", _BY_HUBSPOT, "hs_object_id", "name"),
        ("name", "domain", "phone", "website"),
        "companies",
        5_001,
    ),
    ObjectType(
        "deals",
        "deal",
        "0-3",
        _BY_HUBSPOT,
        "createdate",
        (
            "amount",
            "closedate",
            "createdate",
            "dealname",
            "dealstage",
            _BY_HUBSPOT,
            "hs_object_id",
            "pipeline",
        ),
        ("dealname", "pipeline", "dealstage", "description", "dealtype"),
        "deals",
        70_001,
    ),
    ObjectType(
        "calls",
        "call",
        "0-48",
        _BY_HUBSPOT,
        "hs_createdate",
        _PLAIN,
        ("hs_call_title", "hs_call_body"),
        "contacts",
        800_001,
    ),
    ObjectType(
        "meetings",
        "meeting",
        "0-47",
        _BY_HUBSPOT,
        "hs_createdate",
        _PLAIN,
        ("hs_meeting_title", "hs_meeting_body"),
        "contacts",
        1_800_001,
    ),
    ObjectType(
        "emails",
        "email",
        "0-49",
        _BY_HUBSPOT,
        "hs_createdate",
        _PLAIN,
        ("hs_email_subject",),
        "contacts",
        2_800_001,
    ),
    ObjectType(
        "leads",
        "lead",
        "0-136",
        _BY_HUBSPOT,
        "hs_createdate",
        (*_PLAIN, "hs_lead_name"),
        ("hs_lead_name",),
        "leads",
        3_800_001,
    ),
)

DEAL_STAGES = {
    "appointmentscheduled": 0.2,
    "qualifiedtobuy": 0.4,
    "presentationscheduled": 0.6,
    "decisionmakerboughtin": 0.8,
    "contractsent": 0.9,
    "closedwon": 1.0,
    "closedlost": 0.0,
}
"""The default deal pipeline: stage ids and their probabilities; 1.0 is won, the 0.0 is lost."""
LEAD_STAGES = (
    "new-stage-id",
    "attempting-stage-id",
    "connected-stage-id",
    "qualified-stage-id",
    "unqualified-stage-id",
)
"""Default stages of the Leads object (§3.3)."""

STANDARD_SINCE = 1_565_059_306_048
"""When HubSpot's own properties were made: 6 August 2019, in ms."""


def standard_schema(object_type: str) -> Schema:
    """The schema that a new portal has for `object_type`."""
    return Schema(*_standard(object_type))


@cache
def _standard(object_type: str) -> tuple[tuple[Definition, ...], tuple[Group, ...]]:
    """The table of an object type, read once: definitions and groups never change."""
    definitions: list[Definition] = []
    groups: list[Group] = []
    for line in TABLES[object_type].splitlines():
        if not line.strip():
            continue
        if line[0] != " ":
            groups.append(Group(line, _label(line), display_order=len(groups), hubspot_defined=True))
        else:
            definitions.append(_definition(line, groups[-1].name))
    return tuple(definitions), tuple(groups)


def _definition(line: str, group: str) -> Definition:
    name, types, *flags = line.split()
    flag = set(flags[0].split(",")) if flags else set()
    kind, field_type = types.split("/")
    return Definition(
        name=name,
        type=kind,
        field_type=field_type,
        label=_label(name),
        group=group,
        options=_options(name, kind, flag),
        external_options="external" in flag,
        calculated="calc" in flag,
        read_only=bool(flag & {"ro", "calc"}),
        unique="unique" in flag,
        hubspot_defined=True,
        created=STANDARD_SINCE,
        updated=STANDARD_SINCE,
    )


def _options(name: str, kind: str, flags: set[str]) -> tuple[Option, ...]:
    if kind == "bool":
        return yes_or_no()
    return standard_options(name) if kind == "enumeration" and "external" not in flags else ()


def _label(name: str) -> str:
    return name.removeprefix("hs_").replace("_", " ").capitalize()
