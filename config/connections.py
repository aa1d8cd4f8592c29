"""A connection to one CRM: where it is, how to log in, when to poll, what to read and write."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, WithJsonSchema, field_validator

from config.addresses import BaseUrl, is_loopback
from config.auth import HubSpotAuth, SalesforceAuth
from config.base import Section
from config.values import (
    ApiBudget,
    Budget,
    Cron,
    Day,
    Duration,
    Pattern,
    QuietSpan,
    Word,
    between,
    matching,
    one_of,
)
from qualifier.facts import STATUSES, TOUCH_KINDS
from qualifier.verdict import OUTPUTS

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
OUTPUT_NAMES = tuple(output.name for output in OUTPUTS)

FactName = Annotated[
    str, matching("[a-z][a-z0-9_]{0,63}", "must be a fact's name: a-z, 0-9 and _, a letter first")
]
CrmField = Annotated[
    str, matching(r"[A-Za-z][A-Za-z0-9_.]{0,254}", "must be a CRM field's API name: letters, digits, _ and .")
]
TouchKind = Annotated[str, one_of(TOUCH_KINDS), WithJsonSchema({"type": "string", "enum": list(TOUCH_KINDS)})]
StatusWord = Annotated[str, one_of(STATUSES), WithJsonSchema({"type": "string", "enum": list(STATUSES)})]
OutputName = Annotated[
    str, one_of(OUTPUT_NAMES), WithJsonSchema({"type": "string", "enum": list(OUTPUT_NAMES)})
]


class Scope(Section):
    """Which records Leadline reads and scores; everything left out means all."""

    created_since: Day | None = None
    """Only records created on or after this day (YYYY-MM-DD, UTC)."""
    owners: tuple[Word, ...] = ()
    """Only records of these owners, by id."""
    record_types: tuple[Word, ...] = ()
    """Salesforce: only these record types, by developer name."""
    listing: Word | None = Field(default=None, alias="list")
    """Only members of this list: a Salesforce list view's or a HubSpot list's id."""

    @property
    def is_everything(self) -> bool:
        """Whether no bound is set."""
        return self == Scope()


class Write(Section):
    """What Leadline may write."""

    mode: Literal["on", "off", "pilot"] = "on"
    """off: score and store, write nothing; pilot: write only to `scope`; on: write."""
    profile: Literal["full", "minimal"] = "full"
    """minimal: only the fields that a list view needs."""
    rename: Mapping[OutputName, CrmField] = Field(default_factory=dict)
    """Output → CRM field written instead of Leadline's own, e.g. {Score: Lead_Priority__c}."""

    @field_validator("rename")
    @classmethod
    def _one_output_per_field(cls, value: Mapping[str, str]) -> Mapping[str, str]:
        fields = [field.casefold() for field in value.values()]
        if len(fields) != len(set(fields)):
            raise ValueError("sends two outputs to one CRM field; give each its own")
        return value


class Connection(Section):
    """What connections to every CRM have in common."""

    default_interval: ClassVar[timedelta]

    name: Annotated[
        str,
        matching("[a-z0-9-]{1,63}", "must be 1 to 63 of a-z, 0-9 and -"),
        WithJsonSchema({"type": "string", "pattern": "^[a-z0-9-]{1,63}$"}),
    ]
    """What commands, logs and metrics call this connection; unique in the file."""
    base_url: BaseUrl
    """Where the CRM answers: https://host, or http:// on loopback."""
    every: Annotated[Duration, between(SECOND, DAY)] | None = None
    """How often to poll, 1s to 1d; 2m for Salesforce and 1m for HubSpot when left out; or use cron."""
    cron: Annotated[Cron | None, Field(validate_default=True)] = None
    """When to poll: minute hour day month weekday, weekdays by name; needs `timezone`."""
    api_budget: Budget = ApiBudget(share=0.2)
    """Share of the CRM's daily calls that Leadline may use, or a number of calls."""
    fields: Mapping[FactName, CrmField] = Field(default_factory=dict)
    """Fact → CRM field, over the built-in map."""
    values: Mapping[FactName, Mapping[str, Word]] = Field(default_factory=dict)
    """Fact → {CRM value: canonical value}, over the built-in map."""
    touches: Mapping[TouchKind, tuple[Pattern, ...]] = Field(default_factory=dict)
    """Touch kind → patterns over form, campaign and source names, over the built-in ones."""
    statuses: Mapping[StatusWord, tuple[Word, ...]] = Field(default_factory=dict)
    """Leadline's four words → the CRM's status values; a word left out keeps its built-in values."""
    scope: Scope = Scope()
    """Which records; all of them when left out."""
    write: Write = Write()
    """What may be written."""
    history: Annotated[Duration, between(DAY, 3650 * DAY)] = 365 * DAY
    """How far back the first sync reaches, 1d to 3650d."""
    quiet_hours: QuietSpan | None = None
    """Daily span, in `timezone`, without writes that only time caused, e.g. 22:00-06:00."""
    automation_users: tuple[Word, ...] = ()
    """Ids of users whose acts are no human touch."""

    @property
    def interval(self) -> timedelta | None:
        """Time between polls; None where `cron` says when."""
        return None if self.cron else self.every or self.default_interval

    @property
    def on_loopback(self) -> bool:
        """Whether the CRM is this machine's sandbox."""
        return is_loopback(urlsplit(self.base_url).hostname or "")

    @field_validator("cron")
    @classmethod
    def _every_or_cron(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value and info.data.get("every"):
            raise ValueError("is given beside every; keep one of the two")
        return value

    @field_validator("statuses")
    @classmethod
    def _one_word_per_status(cls, value: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        statuses = [status.casefold() for row in value.values() for status in row]
        if len(statuses) != len(set(statuses)):
            raise ValueError("gives one CRM status to two words; keep it under one")
        return value

    @field_validator("write")
    @classmethod
    def _pilot_has_a_scope(cls, value: Write, info: ValidationInfo) -> Write:
        scope = info.data.get("scope")
        if value.mode == "pilot" and scope and scope.is_everything:
            raise ValueError("mode pilot writes only to `scope`, which is empty; name owners, a list, a day")
        return value


BROWSER_HOSTS = (".lightning.force.com", ".salesforce-setup.com", ".vf.force.com", ".hubspot.com")
"""Ends of the hosts that people see in their browsers; no API answers there."""
SHARED_HOSTS = ("login.salesforce.com", "test.salesforce.com")
"""Salesforce's log-in pages for all orgs, which do not serve client credentials."""
MY_DOMAIN = "use My Domain, https://NAME.my.salesforce.com (Setup > My Domain)"


def shared_host_fault(base_url: object, auth: object) -> str:
    """What is wrong with client credentials at this address, both as plain data; empty where nothing is."""
    flow = auth.get("flow") if isinstance(auth, Mapping) else None
    if flow == "client_credentials" and isinstance(base_url, str) and _host(base_url) in SHARED_HOSTS:
        return f"serves all orgs, and no client credentials; {MY_DOMAIN}"
    return ""


def _host(base_url: str) -> str:
    try:
        return urlsplit(base_url).hostname or ""
    except ValueError:
        return ""


class SalesforceConnection(Connection):
    """A Salesforce org."""

    default_interval = 2 * MINUTE

    crm: Literal["salesforce"]
    api_version: Annotated[
        str,
        matching(r"[0-9]{2}\.0", 'must be a Salesforce API version such as "66.0"'),
        WithJsonSchema({"anyOf": [{"type": "string", "pattern": r"^[0-9]{2}\.0$"}, {"type": "number"}]}),
    ] = "66.0"
    """REST API version."""
    auth: SalesforceAuth
    """How to log in."""
    overlap: Annotated[Duration, between(MINUTE, DAY)] = 15 * MINUTE
    """How far back each poll looks again, 1m to 1d: records become visible later than they are stamped."""

    @field_validator("base_url")
    @classmethod
    def _no_page_for_people(cls, value: str) -> str:
        if _host(value).endswith(BROWSER_HOSTS):
            raise ValueError(f"is an address for browsers; {MY_DOMAIN}")
        return value


class HubSpotConnection(Connection):
    """A HubSpot portal."""

    default_interval = MINUTE

    crm: Literal["hubspot"]
    base_url: BaseUrl = "https://api.hubapi.com"
    """Where HubSpot answers."""
    api_version: Annotated[
        str,
        matching(r"v[0-9]|20[0-9]{2}-[0-9]{2}", "must be v3 or a dated version such as 2026-03"),
        WithJsonSchema({"type": "string", "pattern": "^(v[0-9]|20[0-9]{2}-[0-9]{2})$"}),
    ] = "v3"
    """API version: v3 or a dated one."""
    auth: HubSpotAuth
    """How to log in."""
    overlap: Annotated[Duration, between(MINUTE, DAY)] = 10 * MINUTE
    """How far back each poll looks again, 1m to 1d: the search index lags."""

    @field_validator("base_url")
    @classmethod
    def _no_page_for_people(cls, value: str) -> str:
        if _host(value).endswith(BROWSER_HOSTS):
            raise ValueError("is an address for browsers; leave it out, or use https://api.hubapi.com")
        return value

    @field_validator("scope")
    @classmethod
    def _no_record_types(cls, value: Scope) -> Scope:
        if value.record_types:
            raise ValueError("record_types exist in Salesforce only; use owners, list or created_since")
        return value


AnyConnection = Annotated[SalesforceConnection | HubSpotConnection, Field(discriminator="crm")]
