"""The rep's desk in the sandbox org."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from sandbox.desk import (
    Column,
    Happening,
    Lead,
    birth,
    check,
    instant,
    joined,
    minutes,
    newest_first,
    plain,
    shown,
)
from sandbox.salesforce.org import Org
from sandbox.salesforce.schema import Field

PREFIX, SUFFIX = "Leadline_", "__c"
"""What Leadline's fields begin and end with."""


class SalesforceDesk:
    """Leads of the sandbox org."""

    key, label, noun = "salesforce", "Salesforce", "lead"
    _KINDS: Mapping[str, str] = {
        "double": "number",
        "picklist": "pick",
        "date": "date",
        "datetime": "instant",
    }
    _FACTS: ClassVar[dict[str, str]] = {
        "Email": "E-mail",
        "Phone": "Phone",
        "Country": "Country",
        "City": "City",
        "Industry": "Industry",
        "NumberOfEmployees": "Employees",
        "Status": "Lead status",
        "LeadSource": "Lead source",
        "HasOptedOutOfEmail": "No e-mail",
        "DoNotCall": "Do not call",
        "Description": "Description",
        "CreatedDate": "Created",
    }

    def __init__(self, org: Org) -> None:
        self.org = org

    def now(self) -> datetime:
        """See `Desk`."""
        return self.org.now()

    def columns(self) -> dict[str, Column]:
        """See `Desk`."""
        found = (self._column(field) for field in self.org.objects["Lead"].fields.values())
        return {one.column: one for one in found if one}

    def leads(self) -> list[Lead]:
        """See `Desk`."""
        columns = self.columns()
        return [self._lead(row, columns) for row in self.org.rows("Lead") if not row.get("IsConverted")]

    def lead(self, lead_id: str) -> Lead | None:
        """See `Desk`."""
        row = self.org.row(lead_id)
        if row is None or row.get("IsDeleted"):
            return None
        return self._lead(row, self.columns(), tuple(self._facts(row)))

    def history(self, lead_id: str) -> list[Happening]:
        """See `Desk`."""
        with self.org.lock:
            return newest_first(
                [
                    *map(self._response, self._holding("CampaignMember", "LeadId", lead_id)),
                    *map(self._task, self._holding("Task", "WhoId", lead_id)),
                    *map(self._event, self._holding("Event", "WhoId", lead_id)),
                    *map(self._mail, self._holding("EmailMessageRelation", "RelationId", lead_id)),
                    *birth(self._when(self.org.row(lead_id) or {}, "CreatedDate")),
                ]
            )

    def save(self, lead_id: str, answers: Mapping[str, str]) -> None:
        """See `Desk`."""
        columns = self.columns()
        changes = {columns[name].name: value or None for name, value in answers.items()}
        for name, value in answers.items():
            check(columns[name], value)
        row = self.org.row(lead_id) or {}
        self.org.update("Lead", lead_id, changes, by=row.get("OwnerId"))

    def _column(self, field: Field) -> Column | None:
        if not (field.name.startswith(PREFIX) and field.name.endswith(SUFFIX)):
            return None
        column = field.name.removeprefix(PREFIX).removesuffix(SUFFIX).lower()
        kind = self._KINDS.get(field.type, "text")
        return Column(column, field.name, field.label, field.description or "", kind, field.values)

    def _lead(
        self, row: Mapping[str, Any], columns: Mapping[str, Column], facts: tuple[tuple[str, str], ...] = ()
    ) -> Lead:
        values = {one.column: shown(one.kind, row[one.name]) for one in columns.values() if one.name in row}
        company = row.get("Company", "")
        return Lead(
            row["Id"],
            row.get("Name") or row["Id"],
            row.get("Title"),
            None if company.startswith("[") else company,
            values,
            facts,
        )

    def _facts(self, row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        fields = self.org.objects["Lead"].fields.values()
        own = [one for one in fields if one.custom and not one.name.startswith(PREFIX)]
        for name, label in (self._FACTS | {one.name: one.label for one in own}).items():
            if name in row:
                yield label, plain(row[name])
        yield "Owner", self._user(row.get("OwnerId"))

    def _holding(self, object_name: str, field: str, lead_id: str) -> list[Mapping[str, Any]]:
        table = self.org.tables[object_name]
        rows = (table.rows[one] for one in table.holding(field, [lead_id]))
        return [row for row in rows if not row.get("IsDeleted")]

    def _response(self, row: Mapping[str, Any]) -> Happening:
        campaign = self.org.row(row.get("CampaignId")) or {}
        done = "" if row.get("HasResponded") else "not responded"
        return Happening(self._when(row, "CreatedDate"), "✎", campaign.get("Name", "Campaign"), done)

    def _task(self, row: Mapping[str, Any]) -> Happening:
        is_call = row.get("TaskSubtype") == "Call"
        at = self._when(row, "CompletedDateTime" if "CompletedDateTime" in row else "CreatedDate")
        detail = [
            row.get("CallDisposition", ""),
            minutes(row.get("CallDurationInSeconds")),
            self._user(row.get("OwnerId")),
        ]
        return Happening(at, "☎" if is_call else "✉", row.get("Subject", "Task"), joined(detail))

    def _event(self, row: Mapping[str, Any]) -> Happening:
        at = self._when(row, "StartDateTime")
        detail = ["planned" if at > self.now() else "", self._user(row.get("OwnerId"))]
        return Happening(at, "◷", row.get("Subject", "Event"), joined(detail))

    def _mail(self, relation: Mapping[str, Any]) -> Happening:
        row = self.org.row(relation.get("EmailMessageId")) or {}
        at = self._when(row, "MessageDate" if "MessageDate" in row else "CreatedDate")
        return Happening(at, "✉", row.get("Subject", "Mail"), "from the lead" if row.get("Incoming") else "")

    def _when(self, row: Mapping[str, Any], name: str) -> datetime:
        return instant(row.get(name)) or self.now()

    def _user(self, user_id: str | None) -> str:
        return str((self.org.row(user_id) or {}).get("Name", ""))
