"""What guardrails are told of the settings and the store; what is not there yet is left out."""

from dataclasses import replace
from datetime import UTC, datetime

from config.connections import AnyConnection, HubSpotConnection
from config.settings import Settings
from connectors.hubspot import fields as hubspot
from connectors.salesforce import fields as salesforce
from qualifier.guardrails.evidence import Evidence
from qualifier.playbook import Playbook
from sync.measures import measure, measure_answers, measure_calls, measure_fields
from sync.playbooks import versions_of
from sync.store import Store


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
