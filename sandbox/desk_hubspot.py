"""The rep's desk in the sandbox portal."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import ClassVar

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
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.schema import Definition

PREFIX = "leadline_"
"""What Leadline's properties begin with."""


class HubSpotDesk:
    """Contacts of the sandbox portal."""

    key, label, noun = "hubspot", "HubSpot", "contact"
    _KINDS: Mapping[str, str] = {
        "number": "number",
        "enumeration": "pick",
        "date": "date",
        "datetime": "instant",
    }
    _FACTS: ClassVar[dict[str, str]] = {
        "email": "E-mail",
        "phone": "Phone",
        "country": "Country",
        "city": "City",
        "hs_lead_status": "Lead status",
        "hs_buying_role": "Buying role",
        "hs_analytics_source": "Original source",
        "numemployees": "Employees",
        "hs_email_optout": "No e-mail",
        "message": "Message",
        "createdate": "Created",
    }

    def __init__(self, portal: Portal) -> None:
        self.portal = portal

    def now(self) -> datetime:
        """See `Desk`."""
        return self.portal.clock.now()

    def columns(self) -> dict[str, Column]:
        """See `Desk`."""
        found = (self._column(definition) for definition in list(self.portal.schemas["contacts"]))
        return {one.column: one for one in found if one}

    def leads(self) -> list[Lead]:
        """See `Desk`."""
        columns = self.columns()
        return [self._lead(row, columns) for row in self.portal.rows("contacts")]

    def lead(self, lead_id: str) -> Lead | None:
        """See `Desk`."""
        try:
            row = self.portal.get("contacts", lead_id)
        except (KeyError, ValueError):
            return None
        return self._lead(row, self.columns(), tuple(self._facts(row)))

    def history(self, lead_id: str) -> list[Happening]:
        """See `Desk`."""
        row = self.portal.get("contacts", lead_id)
        makers = {"calls": self._call, "meetings": self._meeting, "emails": self._email}
        linked = [
            make(self.portal.get(kind, one))
            for kind, make in makers.items()
            for one in self.portal.associated("contacts", lead_id, kind)
        ]
        return newest_first(
            [*linked, *self._conversions(row), *self._web(row), *birth(instant(row["createdate"]))]
        )

    def save(self, lead_id: str, answers: Mapping[str, str]) -> None:
        """See `Desk`."""
        columns = self.columns()
        for name, value in answers.items():
            check(columns[name], value)
        self.portal.update(
            "contacts", lead_id, {columns[name].name: value for name, value in answers.items()}
        )

    def _column(self, definition: Definition) -> Column | None:
        if not definition.name.startswith(PREFIX):
            return None
        kind = "text" if definition.is_multiple else self._KINDS.get(definition.type, "text")
        return Column(
            definition.name.removeprefix(PREFIX),
            definition.name,
            definition.label.removeprefix("Leadline "),
            definition.description,
            kind,
            tuple(option.value for option in definition.options),
        )

    def _lead(
        self, row: Mapping[str, str], columns: Mapping[str, Column], facts: tuple[tuple[str, str], ...] = ()
    ) -> Lead:
        values = {one.column: shown(one.kind, row[one.name]) for one in columns.values() if row.get(one.name)}
        name = " ".join(part for part in (row.get("firstname"), row.get("lastname")) if part)
        return Lead(
            row["hs_object_id"],
            name or row.get("email") or row["hs_object_id"],
            row.get("jobtitle"),
            row.get("company"),
            values,
            facts,
        )

    def _facts(self, row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        own = [one for one in self.portal.schemas["contacts"].custom() if not one.name.startswith(PREFIX)]
        for name, label in (self._FACTS | {one.name: one.label for one in own}).items():
            if row.get(name):
                yield label, plain(row[name])
        yield "Owner", self._owner(row)

    def _call(self, row: Mapping[str, str]) -> Happening:
        labels = {
            option.value: option.label
            for option in self.portal.schemas["calls"]["hs_call_disposition"].options
        }
        seconds = int(row.get("hs_call_duration", "0")) // 1_000
        detail = [
            labels.get(row.get("hs_call_disposition", ""), ""),
            minutes(seconds),
            self._owner(row),
        ]
        return Happening(self._at(row), "☎", row.get("hs_call_title", "Call"), joined(detail))

    def _meeting(self, row: Mapping[str, str]) -> Happening:
        planned = "planned" if row.get("hs_meeting_outcome") == "SCHEDULED" else ""
        return Happening(
            self._at(row), "◷", row.get("hs_meeting_title", "Meeting"), joined([planned, self._owner(row)])
        )

    def _email(self, row: Mapping[str, str]) -> Happening:
        came = row.get("hs_email_direction") == "INCOMING_EMAIL"
        return Happening(
            self._at(row),
            "✉",
            row.get("hs_email_subject", "Mail"),
            "from the lead" if came else self._owner(row),
        )

    def _conversions(self, row: Mapping[str, str]) -> Iterator[Happening]:
        seen = set()
        for which in ("first", "recent"):
            name, at = row.get(f"{which}_conversion_event_name"), row.get(f"{which}_conversion_date")
            if name and at and (name, at) not in seen:
                seen.add((name, at))
                yield Happening(instant(at) or self.now(), "✎", name)

    def _web(self, row: Mapping[str, str]) -> Iterator[Happening]:
        at = instant(row.get("hs_analytics_last_visit_timestamp"))
        if at is not None:
            pages = row.get("hs_analytics_num_page_views", "?")
            visits = row.get("hs_analytics_num_visits", "?")
            detail = f"last of {visits} visits, {pages} pages"
            yield Happening(at, "◧", row.get("hs_analytics_last_url", "Website"), detail)

    def _at(self, row: Mapping[str, str]) -> datetime:
        return instant(row.get("hs_timestamp")) or self.now()

    def _owner(self, row: Mapping[str, str]) -> str:
        owner = self.portal.owners.get(int(row.get("hubspot_owner_id") or 0))
        return f"{owner.first_name} {owner.last_name}" if owner else ""
