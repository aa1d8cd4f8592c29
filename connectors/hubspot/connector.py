"""The port of `connectors.base` for HubSpot: wires the rooms together, decides nothing."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from config.connections import HubSpotConnection
from connectors.base import (
    DELIVERY_SIZE,
    Delivery,
    Finding,
    Keyset,
    Outcome,
    Page,
    Quota,
    Stamps,
    Step,
    Transient,
    Window,
)
from connectors.hubspot.check import findings
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.fields import contact_properties
from connectors.hubspot.reading import STREAMS, Reading
from connectors.hubspot.setup import Setup
from connectors.hubspot.writing import Writing
from connectors.traffic import CallHook, Gate, Timing
from qualifier.facts import Fact

RECENT_SECONDS = 600.0
"""A Date header this young tells HubSpot's time with our own clock's help, whose drift until then is far
below the overlap: a quiet pass needs no call for it."""


class HubSpotConnector:
    """One HubSpot portal; its contacts are the leads."""

    crm = "hubspot"
    streams: tuple[str, ...] = STREAMS
    lags = True

    def __init__(
        self,
        connection: HubSpotConnection,
        facts: Mapping[str, Fact],
        *,
        stop: threading.Event | None = None,
        on_call: CallHook | None = None,
        timing: Timing | None = None,
    ) -> None:
        self.name = connection.name
        self.mapped = frozenset(contact_properties(connection, facts))
        self._client = HubSpotClient(connection, stop=stop, on_call=on_call, timing=timing)
        self._reading = Reading(self._client, connection, facts)
        self._writing = Writing(self._reading)
        self._setup = Setup(self._client, connection)

    @property
    def gate(self) -> Gate:
        """What every call goes through: counts and limits."""
        return self._client.gate

    def server_time(self) -> datetime:
        """HubSpot's clock, from its newest answer's Date header; asks for the account if need be."""
        seen = self.gate.server_time(RECENT_SECONDS)
        if seen is None:
            self._client.account()
            seen = self.gate.server_time(RECENT_SECONDS)
        if seen is None:
            raise Transient(
                f"{self.name}: HubSpot's answer has no Date header. Look for a proxy that removes it."
            )
        return seen

    def changes(
        self,
        stream: str,
        window: Window,
        after: Keyset | None = None,
        own: Stamps | None = None,
    ) -> Iterator[Page]:
        """Pages of what changed in `window`, resumable after `after`; `own`: stamps of our last writes."""
        return self._reading.changes(stream, window, after, own)

    def announce(self, windows: Mapping[str, Window]) -> None:
        """Each stream asks for itself."""

    def departures(self, window: Window) -> Iterator[Page]:  # noqa: ARG002  # HubSpot lists by id alone
        """Contacts in the recycle bin; a merge shows in the survivor, which the poll reads."""
        return self._reading.departures()

    def read(self, lead_ids: Sequence[str]) -> Page:
        """The contacts with these ids from the primary store, and those that are gone."""
        return self._reading.read(lead_ids)

    def writable(self) -> frozenset[str]:
        """Output names whose property exists, is in the profile and takes values."""
        return frozenset(self._writing.targets())

    def batch_size(self, waiting: int) -> int:  # noqa: ARG002  # HubSpot has no other way for many
        """Ten batches of 100, however many wait."""
        return DELIVERY_SIZE

    def deliver(self, batch: Sequence[Delivery]) -> list[Outcome]:
        """Write; one outcome per delivery, in order."""
        return self._writing.deliver(batch)

    def plan(self, vocabulary: Mapping[str, Sequence[str]]) -> list[Step]:
        """What set-up would do; changes nothing."""
        return self._setup.plan(vocabulary)

    def apply(self, vocabulary: Mapping[str, Sequence[str]]) -> Iterator[Step]:
        """Create or change what is missing; yields each step once it holds."""
        yield from self._setup.apply(vocabulary)
        self._forget()

    def remove_plan(self) -> list[Step]:
        """What `remove` would take away; changes nothing."""
        return self._setup.remove_plan()

    def remove(self) -> Iterator[Step]:
        """Take away what set-up made."""
        yield from self._setup.remove()
        self._forget()

    def check(self) -> Iterator[Finding]:
        """Doctor's findings; writes nothing."""
        return findings(self._reading, self._writing)

    @property
    def calls(self) -> int:
        """HTTP requests sent, retries and logins included."""
        return self.gate.counts.total

    @property
    def quota(self) -> Quota:
        """The daily quota as last seen; HubSpot tells OAuth apps none."""
        return self.gate.quota

    def close(self) -> None:
        """Give sockets back."""
        self._client.close()

    def _forget(self) -> None:
        """Properties came or went: look anew."""
        self._reading.forget_definitions()
        self._writing.unwritable.clear()
