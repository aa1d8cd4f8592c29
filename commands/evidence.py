"""What guardrails are told of the settings and the store; what is not there yet is left out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from config.connections import AnyConnection, HubSpotConnection
from config.settings import Settings
from connectors.hubspot import fields as hubspot
from connectors.salesforce import fields as salesforce
from qualifier.guardrails.evidence import Evidence
from qualifier.playbook import Playbook
from sync.measures import (
    LEAST_ANSWERS,
    LEAST_LEADS,
    LEAST_PASSES,
    MOST_LEADS,
    PERIOD,
    WEEKS,
    measure,
    measure_answers,
    measure_calls,
    measure_fields,
)
from sync.playbooks import versions_of
from sync.store import Store


@dataclass(frozen=True, slots=True)
class Measure:
    """How a piece of evidence is measured, and what it takes until then; both as ends of a sentence."""

    how: str
    needs: str


_LEADS = f"{LEAST_LEADS} leads created in the last {PERIOD.days} days, read by passes"
_SHARES = (
    f"the leads created in the last {PERIOD.days} days, the newest {MOST_LEADS:,} of each connection at most"
)
_KEPT = f"{_LEADS} that may write: only these keep verdicts"
MEASURES: Mapping[str, Measure] = {
    "today": Measure("the day on which you look", "nothing: it is always known"),
    "fields": Measure("`fields:` of each connection", "a leadline.yaml"),
    "written": Measure("the CRM fields that each connection's set-up creates", "a leadline.yaml"),
    "stored": Measure("the versions that were in force before, as the store knows them", "a store"),
    "known_facts": Measure("the fields that the last pass found in each CRM", "a pass that has read leads"),
    "calls": Measure(
        "the calls of the last 24 hours' passes beside `api_budget`",
        "a pass within 24 hours, and a daily limit: the CRM's own, or an api_budget in calls",
    ),
    "polling": Measure(
        "`every`, and the calls of a pass, over the last 24 hours", f"{LEAST_PASSES} passes within 24 hours"
    ),
    "filled": Measure(_SHARES, _LEADS),
    "true": Measure(_SHARES, _LEADS),
    "hot_per_week": Measure(f"the leads that turned hot in the last {WEEKS} weeks", _KEPT),
    "hot_or_warm": Measure("the open leads as last judged", _KEPT),
    "answered_in": Measure(
        f"the median business time until the first human touch, over {PERIOD.days} days",
        f"{LEAST_ANSWERS} leads that were promised an answer and whose time is over",
    ),
    "outcomes": Measure(
        "the closed leads behind a weight that was learned from them",
        "weights learned from closed leads; none are so far",
    ),
}
"""Every piece of evidence that a guardrail may need, by its name in `Evidence`."""


def today() -> Evidence:
    """What is known without settings: the day."""
    return Evidence(today=datetime.now(UTC).date())


def of_settings(settings: Settings) -> Evidence:
    """The day, and which CRM fields feed facts or hold what Leadline writes."""
    connections = settings.connections
    return replace(
        today(),
        fields={one.name: dict(one.fields) for one in connections},
        written={one.name: _written(one) for one in connections},
    )


def in_force(settings: Settings, playbook: Playbook, store: Store) -> Evidence:
    """What a playbook must stand against before it is used: the settings, and what its versions meant."""
    with store.read() as tx:
        return replace(of_settings(settings), stored=versions_of(tx, playbook))


def measured(settings: Settings, playbook: Playbook, store: Store) -> Evidence:
    """All that is known here: the same, and what leads and passes have shown."""
    known, now = in_force(settings, playbook, store), datetime.now(UTC)
    names = [one.name for one in settings.connections]
    intervals = {one.name: one.interval for one in settings.connections if one.interval}
    allowed = {one.name: one.api_budget.limit for one in settings.connections}
    with store.read() as tx:
        leads, calls = measure(tx, names, playbook, now), measure_calls(tx, intervals, allowed, now)
        there = measure_fields(tx, names)
        answers = measure_answers(tx, names, playbook, settings.timezone.key, now)
    return replace(
        leads,
        today=known.today,
        stored=known.stored,
        fields=known.fields,
        written=known.written,
        polling=calls.polling,
        calls=calls.calls,
        answered_in=answers.answered_in,
        known_facts=there.known_facts,
    )


def _written(connection: AnyConnection) -> frozenset[str]:
    if isinstance(connection, HubSpotConnection):
        names = [hubspot.property_name(one, connection) for one in hubspot.own_outputs(connection)]
    else:
        names = [salesforce.crm_name(one, connection) for one in salesforce.own_outputs(connection)]
    return frozenset(name.lower() for name in names)
