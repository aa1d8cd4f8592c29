"""Writes that got no answer, though the org may have carried them out: looked up before they are sent again.

Each pass writes its own `Scored_At`, and a record is saved whole or not at all: where the org holds the time
that we sent, it holds the rest of that record too. One query for 1,000 records, only after a lost answer.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from config.connections import SalesforceConnection
from connectors.salesforce.cells import cells
from connectors.salesforce.client import COMPOSITE_LIMIT, Client, chunks
from connectors.salesforce.fields import crm_name, instant
from connectors.salesforce.reading import IDS_PER_QUERY, quoted
from qualifier.verdict import OUTPUTS

Record = Mapping[str, Any]
"""One element of a collection, or what a bulk job says it was given."""


class Doubts:
    """Records sent in vain, as far as we know; kept while the process lives."""

    def __init__(self, client: Client, connection: SalesforceConnection) -> None:
        self._client = client
        self._stamp = next(crm_name(one, connection) for one in OUTPUTS if one.name == "Scored_At")
        self._sent: dict[str, Record] = {}

    def note(self, records: Iterable[Record]) -> None:
        """These were sent, and nobody knows what became of them."""
        self._sent |= {record["id"]: record for record in records if record.get(self._stamp)}

    def resolve(self, records: Iterable[Record]) -> frozenset[str]:
        """Ids of those records that the org already holds with the values that are to be sent now.

        Raises the errors of `connectors.base`; the doubts then stay.
        """
        asked = {record["id"]: record for record in records if record["id"] in self._sent}
        if not asked:
            return frozenset()
        held = self._held(list(asked))
        sent = {lead_id: self._sent.pop(lead_id) for lead_id in asked}
        return frozenset(
            lead_id
            for lead_id, record in asked.items()
            if self._values(record) == self._values(sent[lead_id])
            and held.get(lead_id[:15]) == instant(sent[lead_id][self._stamp])
        )

    def _held(self, lead_ids: list[str]) -> dict[str, Any]:
        """The first 15 characters of an id → the time of our last write, as the org holds it."""
        select = f"SELECT Id, {self._stamp} FROM Lead"  # noqa: S608 - SOQL; the name is a setting, ids are quoted
        lists = [", ".join(map(quoted, ids)) for ids in chunks(lead_ids, IDS_PER_QUERY)]
        soqls = [f"{select} WHERE Id IN ({ids})" for ids in lists]
        answers = [
            page for several in chunks(soqls, COMPOSITE_LIMIT) for page in self._client.queries(several)
        ]
        rows = [row for page in answers for row in page["records"]]
        return {str(row["Id"])[:15]: instant(row.get(self._stamp)) for row in rows}

    def _values(self, record: Record) -> dict[str, str]:
        """What counts of a record, in the spelling that a bulk job gives back."""
        return {name: text for name, text in cells(record).items() if name != self._stamp}
