"""What commands work with: the settings, the playbook and the store behind the global options."""

import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Event

from commands import evidence, logs
from commands.invocation import Invocation
from config.connections import AnyConnection
from config.fact_names import check_fact_names
from config.playbook_file import load_playbook
from config.settings import Settings, load_settings
from config.valid_playbook import refuse_invalid
from connectors import connect
from connectors.base import Connector
from qualifier.playbook import Playbook
from sync.playbooks import remember_version
from sync.store import Store, open_store


@dataclass(frozen=True, slots=True)
class Workplace:
    """What commands that know CRMs work with."""

    settings: Settings
    playbook: Playbook
    store: Store

    @property
    def zone(self) -> str:
        """The configured time zone's name."""
        return self.settings.timezone.key

    def connect(self, connection: AnyConnection, stop: Event, playbook: Playbook | None = None) -> Connector:
        """The connector of one connection, for the facts of this playbook; nothing is sent yet."""
        facts = (playbook or self.playbook).facts_all
        return connect(connection, facts, timezone=self.settings.timezone, stop=stop)

    @contextmanager
    def connected(self, names: Sequence[str], stop: Event) -> Iterator[list[tuple[AnyConnection, Connector]]]:
        """The named connections (all for none named) with their connectors; closed at the end."""
        with ExitStack() as stack:
            pairs = []
            for connection in self.settings.chosen(names):
                connector = self.connect(connection, stop)
                stack.callback(connector.close)
                pairs.append((connection, connector))
            yield pairs


def read_settings(invocation: Invocation) -> Settings:
    """Read the configuration; from here on the log hides its secrets. Raises ConfigFault."""
    settings = load_settings(invocation.config, os.environ)
    if invocation.state:
        settings = settings.with_state(invocation.state)
    level = invocation.log_level or settings.log.level
    logs.set_up(level, settings.log.format, settings.secret_values())
    return settings


@contextmanager
def workplace(invocation: Invocation) -> Iterator[Workplace]:
    """Settings, playbook and store, opened; the store is closed at the end. ConfigFault, StoreFault."""
    settings = read_settings(invocation)
    playbook = load_playbook(settings.playbook)
    check_fact_names(invocation.config, settings, playbook.facts_all)
    store = open_store(settings.state.render_as_string(hide_password=False))
    try:
        yield Workplace(settings, playbook, store)
    finally:
        store.close()


def put_in_force(settings: Settings, store: Store, *, lasting: bool = True) -> Playbook:
    """The configured playbook, fit to be used; `lasting`: its version stands for this content from now on.

    Raises ConfigFault for faults in it and PlaybookRefused where a guardrail forbids to use it.
    """
    playbook = load_playbook(settings.playbook)
    refuse_invalid(playbook, settings.playbook, evidence.in_force(settings, playbook, store))
    if lasting:
        with store.write() as tx:
            remember_version(tx, playbook)
    return playbook


def owner_name() -> str:
    """Who holds a lease, for `status`: machine and process."""
    return f"{socket.gethostname()}:{os.getpid()}"
