"""What people type and what is meant by it: a record's id in its short form, a day where a time is wanted."""

import re
from datetime import UTC, date, datetime, time, tzinfo

from config.connections import AnyConnection

SHORT_ID = re.compile(r"[0-9A-Za-z]{15}")
"""A Salesforce id as its pages and reports show it; capitals count."""
SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def whole_id(connection: AnyConnection, lead_id: str) -> str:
    """The id as the store has it: of Salesforce 18 characters, also where 15 were typed."""
    lead_id = lead_id.strip()
    if connection.crm != "salesforce" or not SHORT_ID.fullmatch(lead_id):
        return lead_id
    return lead_id + "".join(_suffix(lead_id[start : start + 5]) for start in (0, 5, 10))


def _suffix(five: str) -> str:
    """One bit for each capital letter, the first one lowest: Salesforce's guard where case is lost."""
    return SUFFIX[sum(1 << place for place, sign in enumerate(five) if sign.isupper())]


def moment_of(when: datetime | date, zone: tzinfo) -> datetime:
    """A time as it is; of a day its beginning in `zone`. UTC."""
    if isinstance(when, datetime):
        return when.astimezone(UTC)
    return datetime.combine(when, time(), zone).astimezone(UTC)
