"""How a window of changes is walked with HubSpot's search; reasons and precedents: fact sheet §2.3.

By modification time, sorted by record id and continued behind the last id: this passes HubSpot's bound of
10,000 results, cannot loop on equal times, and loses no row that moves while we walk.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from connectors.base import Keyset, Transient, Window
from connectors.hubspot.answers import Row
from connectors.hubspot.client import CONTACTS, SEARCH_SIZE, HubSpotClient
from connectors.readers import milliseconds, read_instant

Filters = Sequence[Mapping[str, str]]
"""Filters of a search that must all hold."""


def walk(
    client: HubSpotClient,
    object_type: str,
    properties: Sequence[str],
    window: Window,
    after: Keyset | None,
    any_of: Sequence[Filters] = ((),),
) -> Iterator[tuple[list[Row], Keyset | None]]:
    """Rows of a window by id, and where the next page starts.

    `any_of`: sets of further filters, one of which must hold. A keyset's time is the window's beginning:
    by time, nothing of a window is done before all of it is. Raises Transient where the pages do not get on.
    """
    last = after.id if after else None
    while True:
        found = client.search(object_type, _query(object_type, properties, window, last, any_of))
        # HubSpot has sent rows newer than the window asked for (§9 story 4); the next window has them.
        rows = [row for row in found.rows if modified_at(row, object_type) < window.until]
        if not found.has_more:
            yield rows, None
            return
        following = str(found.rows[-1]["id"]) if found.rows else None
        if following is None or (last is not None and not _gets_on(last, following, window)):
            raise Transient(
                f"{client.gate.name}: HubSpot's search of {object_type} does not get on; "
                "the next pass tries again from the same place.",
                code="search",
            )
        last = following
        yield rows, Keyset(window.since, last)


def not_scored_since(name: str, window: Window) -> Sequence[Filters]:
    """Contacts whose property `name` (Scored_At) is older than the window wants, and who filled in a form."""
    if window.scored_before is None:
        return ((),)
    scored, since = _milliseconds(window.scored_before), _milliseconds(window.since)
    return (
        ({"propertyName": name, "operator": "NOT_HAS_PROPERTY"},),
        ({"propertyName": name, "operator": "LT", "value": scored},),
        ({"propertyName": "recent_conversion_date", "operator": "GTE", "value": since},),
    )


def modified_at(row: Row, object_type: str) -> datetime:
    """When a record was last modified, from its property or its envelope; they are equal (§2.2).

    Raises Transient where neither is a time: the answer is not what it should be.
    """
    stamp = row["properties"].get(_modified_name(object_type)) or row.get("updatedAt")
    moment = read_instant(stamp)
    if moment is None:
        raise Transient(
            f"HubSpot sent a record of {object_type} without a time of modification.", code="time"
        )
    return moment


def _query(
    object_type: str, properties: Sequence[str], window: Window, last: str | None, any_of: Sequence[Filters]
) -> Mapping[str, object]:
    """A search's body. Times as milliseconds, the only form that HubSpot shows for search (§2.1)."""
    modified = _modified_name(object_type)
    filters = [
        {"propertyName": modified, "operator": "GTE", "value": _milliseconds(window.since)},
        {"propertyName": modified, "operator": "LT", "value": _milliseconds(window.until)},
    ]
    if last is not None:
        operator = "LT" if window.newest_first else "GT"
        filters.append({"propertyName": "hs_object_id", "operator": operator, "value": last})
    direction = "DESCENDING" if window.newest_first else "ASCENDING"
    return {
        "filterGroups": [{"filters": [*filters, *others]} for others in any_of],
        "sorts": [{"propertyName": "hs_object_id", "direction": direction}],
        "properties": [*properties, modified],
        "limit": SEARCH_SIZE,
    }


def _modified_name(object_type: str) -> str:
    """Contacts have a name of their own; the wrong one finds nothing, silently (§2.2)."""
    return "lastmodifieddate" if object_type == CONTACTS else "hs_lastmodifieddate"


def _milliseconds(moment: datetime) -> str:
    """Rounded up: stamps are whole milliseconds, so `>=` and `<` keep their meaning."""
    return str(milliseconds(moment + timedelta(microseconds=999)))


def _gets_on(last: str, following: str, window: Window) -> bool:
    """Whether a page ended beyond the one before it, by number."""
    return int(following) < int(last) if window.newest_first else int(following) > int(last)
