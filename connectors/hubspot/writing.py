"""Deliveries become property values, in batches of 100, each contact settled by itself (fact sheet §4).

HubSpot refuses a whole batch for one bad value and leaves merged contacts out without a word: so batches are
halved around bad values, and every id that was sent must be accounted for. A batch whose answer was lost is
read back before it is sent again: what arrived is not written twice.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import structlog

from connectors.base import ConnectorError, Delivery, Outcome, Rejected, Transient
from connectors.hubspot.answers import Batch, Invalid
from connectors.hubspot.client import BATCH_SIZE, CONTACTS
from connectors.hubspot.fields import own_outputs, property_name, to_text
from connectors.hubspot.outcomes import ANSWER_LOST
from connectors.hubspot.reading import Reading
from connectors.hubspot.transport import ValueFault
from connectors.readers import read_instant, read_number
from qualifier.verdict import OUTPUTS

LOG = structlog.get_logger("leadline.hubspot")

Texts = Mapping[str, Mapping[str, str]]
"""Contact id → property → text."""

UNWRITABLE_CODES = frozenset({"PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"})
"""The property is at fault, not the contact: it is left out from now on."""
GONE_CODES = frozenset({"OBJECT_NOT_FOUND"})
LOST_TRIES = 4
LOST_SECONDS = 10.0
"""How often a batch is sent whose answer gets lost, and how long after the first time at most: a pass on a
dead portal must end within 60 s, and silence costs 20 s a call. The next pass goes on."""


@dataclass(slots=True)
class Writing:
    """Writes for one connection. `unwritable`: properties that HubSpot refused, whatever the value.

    `doubtful`: contacts of which nobody knows whether the last write arrived.
    """

    reading: Reading
    unwritable: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)

    def targets(self) -> dict[str, str]:
        """Output name → property, for those that are in the profile, exist and take values."""
        connection, definitions = self.reading.connection, self.reading.definitions(CONTACTS)
        named = {output.name: property_name(output, connection) for output in own_outputs(connection)}
        return {
            output: name
            for output, name in named.items()
            if name in definitions and not is_read_only(definitions[name]) and name not in self.unwritable
        }

    def deliver(self, batch: Sequence[Delivery]) -> list[Outcome]:
        """One outcome per delivery, in order.

        An error that is not about single contacts is raised only as long as nothing has been settled; after
        that, what is left comes back as `retry`, so that no write is forgotten.
        """
        targets = self.targets()
        texts = {
            delivery.lead_id: {
                targets[output]: to_text(value)
                for output, value in delivery.values.items()
                if output in targets
            }
            for delivery in batch
        }
        settled = {lead_id: _nowhere_to_write(lead_id) for lead_id, values in texts.items() if not values}
        ids = [lead_id for lead_id in texts if lead_id not in settled]
        for start in range(0, len(ids), BATCH_SIZE):
            chunk = {lead_id: texts[lead_id] for lead_id in ids[start : start + BATCH_SIZE]}
            try:
                self._write(chunk, settled)
            except ConnectorError as error:
                if not settled:
                    raise
                left = [lead_id for lead_id in ids if lead_id not in settled]
                settled |= {lead_id: Outcome(lead_id, "retry", error.code, str(error)) for lead_id in left}
                break
        return [self._without_left_out(settled[delivery.lead_id], delivery, targets) for delivery in batch]

    def _without_left_out(self, outcome: Outcome, sent: Delivery, targets: Mapping[str, str]) -> Outcome:
        """What was written says which outputs were not, so that they follow once their property is back."""
        names = {output: targets.get(output) for output in sent.values}
        left_out = frozenset(one for one, name in names.items() if name is None or name in self.unwritable)
        return replace(outcome, left_out=left_out) if outcome.status == "written" and left_out else outcome

    def _write(
        self, texts: Texts, settled: dict[str, Outcome], attempt: int = 1, patience: float | None = None
    ) -> None:
        """Write a batch, halved as often as HubSpot refuses it as a whole.

        `attempt` counts lost answers; `patience`: until when (monotonic seconds) one is sent again.
        """
        patience = time.monotonic() + LOST_SECONDS if patience is None else patience
        texts = self._without_arrived(texts, settled)
        if not texts:
            return
        try:
            answer = self.reading.client.update(CONTACTS, texts)
        except Transient as error:
            if error.code != ANSWER_LOST:
                raise
            self.doubtful |= texts.keys()
            is_over = attempt == LOST_TRIES or time.monotonic() > patience
            if is_over or not self.reading.client.gate.pause(attempt):
                raise
            self._write(texts, settled, attempt + 1, patience)
            return
        except Rejected as error:
            faults = error.faults if isinstance(error, Invalid) else ()
            if self._forget_properties(faults, texts):
                self._write(self._without_unwritable(texts), settled)
            elif len(texts) == 1:
                (lead_id,) = texts
                settled[lead_id] = self._refusal(lead_id, error, faults)
            else:
                for half in _halves(texts):
                    self._write(half, settled)
            return
        self._settle(texts, answer, settled)

    def _without_arrived(self, texts: Texts, settled: dict[str, Outcome]) -> Texts:
        """Look up what is in doubt: what the portal already shows is settled, the rest is left to send."""
        asked = sorted(self.doubtful & texts.keys())
        if not asked:
            return texts
        # The time of scoring alone, which a later pass sends anew, is no reason to write again.
        silent = {property_name(one, self.reading.connection) for one in OUTPUTS if one.weight == "silent"}
        names = {name for lead_id in asked for name in texts[lead_id]}
        for row in self.reading.client.read(CONTACTS, asked, sorted(names)).rows:
            lead_id = str(row["id"])
            shown, wanted = row["properties"], texts[lead_id]
            if all(_is_same(wanted[name], shown.get(name)) for name in wanted.keys() - silent):
                stamp = read_instant(row.get("updatedAt"))
                settled[lead_id] = Outcome(lead_id, "written", stamped_at=stamp)
        self.doubtful -= set(asked)
        return {lead_id: values for lead_id, values in texts.items() if lead_id not in settled}

    def _settle(self, texts: Texts, answer: Batch, settled: dict[str, Outcome]) -> None:
        """Account for every id that was sent: written, refused by name, or left out without a word."""
        written = {str(row["id"]): row for row in answer.rows}
        for lead_id in texts.keys() & written.keys():
            stamp = read_instant(written[lead_id].get("updatedAt"))
            settled[lead_id] = Outcome(lead_id, "written", stamped_at=stamp)
        left = [lead_id for lead_id in texts if lead_id not in written]
        again: dict[str, Mapping[str, str]] = {}
        for lead_id in left:
            faults = [fault for fault in answer.faults if lead_id in fault.ids]
            if self._forget_properties(faults, texts) or any(
                f.property_name in self.unwritable for f in faults
            ):
                again[lead_id] = texts[lead_id]
            elif faults and not any(fault.code in GONE_CODES for fault in faults):
                settled[lead_id] = _value_refused(lead_id, faults)
            else:
                settled[lead_id] = self._missing(lead_id)
        if again:
            self._write(self._without_unwritable(again), settled)

    def _missing(self, lead_id: str) -> Outcome:
        """A contact that HubSpot did not write: merged away, deleted, or forgotten."""
        gone = self.reading.whereabouts(lead_id)
        if gone is None:
            return Outcome(lead_id, "retry", "NOT_WRITTEN", "HubSpot did not write this contact.")
        return Outcome(lead_id, "gone", "OBJECT_NOT_FOUND", f"The contact was {gone.why}.", gone=gone)

    def _refusal(self, lead_id: str, error: Rejected, faults: Sequence[ValueFault]) -> Outcome:
        if any(fault.code in GONE_CODES for fault in faults):
            return self._missing(lead_id)
        if faults:
            return _value_refused(lead_id, faults)
        return Outcome(lead_id, "rejected", error.code, str(error))

    def _forget_properties(self, faults: Collection[ValueFault], texts: Texts) -> bool:
        """Leave out properties that HubSpot says do not exist or cannot be written; whether any is new."""
        sent = {name for values in texts.values() for name in values}
        found = {fault.property_name for fault in faults if fault.code in UNWRITABLE_CODES} & sent
        fresh = found - self.unwritable
        if fresh:
            LOG.warning(
                "property_unwritable", connection=self.reading.connection.name, properties=sorted(fresh)
            )
            self.unwritable |= fresh
        return bool(fresh)

    def _without_unwritable(self, texts: Texts) -> Texts:
        return {
            lead_id: {name: text for name, text in values.items() if name not in self.unwritable}
            for lead_id, values in texts.items()
        }


def is_read_only(definition: Mapping[str, object]) -> bool:
    """Whether values of a property come from HubSpot alone."""
    metadata = definition.get("modificationMetadata")
    return isinstance(metadata, Mapping) and bool(metadata.get("readOnlyValue"))


def _halves(texts: Texts) -> tuple[Texts, Texts]:
    items = list(texts.items())
    middle = len(items) // 2
    return dict(items[:middle]), dict(items[middle:])


def _is_same(sent: str, found: object) -> bool:
    """Whether HubSpot shows what was sent; numbers and times come back in its own form (§4)."""
    shown = "" if found is None else str(found)
    if sent == shown:
        return True
    readings = ((read(sent), read(shown)) for read in (read_number, read_instant))
    return any(one is not None and one == other for one, other in readings)


def _nowhere_to_write(lead_id: str) -> Outcome:
    message = "The portal has none of the properties to write; run `leadline setup --apply`."
    return Outcome(lead_id, "rejected", "NO_PROPERTY", message)


def _value_refused(lead_id: str, faults: Sequence[ValueFault]) -> Outcome:
    names = sorted({fault.property_name for fault in faults if fault.property_name})
    code = next((fault.code for fault in faults if fault.code), "VALIDATION_ERROR")
    said = (
        f"HubSpot does not take the value of {', '.join(names)}" if names else "HubSpot does not take a value"
    )
    message = f"{said} ({code}); run `leadline setup --plan` to compare the properties."
    return Outcome(lead_id, "rejected", code, message)
