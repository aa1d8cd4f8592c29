"""Owners, pipelines, limits and account facts over HTTP (hubspot.md §3.3, §5 usage check)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sandbox.hubspot.calls import Call, Reply, Route
from sandbox.hubspot.errors import not_found
from sandbox.hubspot.moments import EPOCH, to_iso, to_ms
from sandbox.hubspot.pipelines import Pipeline
from sandbox.hubspot.schema import MAX_CUSTOM_PROPERTIES

MAX_OWNERS = 500


def owners(call: Call) -> Reply:
    """GET …/owners?email=&limit=&after=&archived=."""
    email = call.query.get("email", [""])[-1].lower()
    held = [one for one in call.portal.owners.values() if one.archived is call.flag("archived")]
    found = [one for one in held if not email or one.email.lower() == email]
    after = call.query.get("after", ["0"])[-1]
    start = int(after) if after.isdecimal() else 0
    limit = call.whole("limit", 100, MAX_OWNERS)
    page = found[start : start + limit]
    body: dict[str, Any] = {"results": [one.as_json() for one in page]}
    if start + len(page) < len(found):
        following = str(start + len(page))
        body["paging"] = {"next": {"after": following, "link": f"{call.path}?after={following}"}}
    return Reply(200, body)


def owner(call: Call) -> Reply:
    """GET …/owners/{id}?idProperty=id|userId."""
    number = call.record_id()
    by_user = call.query.get("idProperty", ["id"])[-1] == "userId"
    for one in call.portal.owners.values():
        if number == (one.user_id if by_user else one.id):
            return Reply(200, one.as_json())
    raise not_found()


def pipelines(call: Call) -> Reply:
    """GET …/pipelines/{type}."""
    held = _pipelines(call)
    results = [one.as_json(order, call.portal.born) for order, one in enumerate(held.values())]
    return Reply(200, {"results": results})


def pipeline(call: Call) -> Reply:
    """GET …/pipelines/{type}/{id}."""
    return Reply(200, _pipeline(call).as_json(0, call.portal.born))


def stages(call: Call) -> Reply:
    """GET …/pipelines/{type}/{id}/stages."""
    return Reply(200, {"results": _pipeline(call).as_json(0, call.portal.born)["stages"]})


def details(call: Call) -> Reply:
    """GET /account-info/v3/details."""
    zone = call.portal.limits.zone
    offset = (EPOCH + timedelta(milliseconds=call.now)).astimezone(zone).utcoffset() or timedelta()
    minutes = int(offset.total_seconds() // 60)
    sign = "-" if minutes < 0 else "+"
    return Reply(
        200,
        {
            "portalId": call.portal.portal_id,
            "accountType": "DEVELOPER_TEST",
            "timeZone": call.portal.time_zone,
            "companyCurrency": "EUR",
            "additionalCurrencies": [],
            "utcOffset": f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}",
            "utcOffsetMilliseconds": minutes * 60_000,
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "na1",
        },
    )


def usage(call: Call) -> Reply:
    """GET /account-info/v3/api-usage/daily/private-apps."""
    limits = call.portal.limits
    return Reply(
        200,
        {
            "results": [
                {
                    "name": "private-apps-api-calls-daily",
                    "usageLimit": limits.tier.daily or 0,
                    "currentUsage": limits.used_today,
                    "collectedAt": to_iso(call.now),
                    "fetchStatus": "SUCCESS",
                    "resetsAt": to_iso(to_ms(limits.resets_at(call.now))),
                }
            ]
        },
    )


def custom_properties(call: Call) -> Reply:
    """GET /crm/v3/limits/custom-properties: the room for properties."""
    rows = []
    for name, schema in call.portal.schemas.items():
        object_type = call.portal.shelves[name].object_type
        used = len(schema.custom())
        rows.append(
            {
                "objectTypeId": object_type.type_id,
                "singularLabel": object_type.singular.capitalize(),
                "pluralLabel": object_type.name.capitalize(),
                "limit": MAX_CUSTOM_PROPERTIES,
                "usage": used,
                "percentage": round(100 * used / MAX_CUSTOM_PROPERTIES, 2),
            }
        )
    return Reply(200, {"byObjectType": rows})


def _pipelines(call: Call) -> dict[str, Pipeline]:
    return call.portal.pipelines.get(call.shelf.object_type.name, {})


def _pipeline(call: Call) -> Pipeline:
    found = _pipelines(call).get(call.parts["pipeline"])
    if found is None:
        raise not_found()
    return found


def _owners_scope(_: Call) -> tuple[str, ...]:
    return ("crm.objects.owners.read",)


def _object_scope(call: Call) -> tuple[str, ...]:
    scope = call.shelf.object_type.scope
    return f"crm.objects.{scope}.read", f"crm.schemas.{scope}.read"


ROUTES = (
    Route("GET", "/crm/v3/owners", owners, _owners_scope),
    Route("GET", "/crm/v3/owners/{id}", owner, _owners_scope),
    Route("GET", "/crm/v3/pipelines/{type}", pipelines, _object_scope),
    Route("GET", "/crm/v3/pipelines/{type}/{pipeline}", pipeline, _object_scope),
    Route("GET", "/crm/v3/pipelines/{type}/{pipeline}/stages", stages, _object_scope),
    Route("GET", "/crm/v3/limits/custom-properties", custom_properties),
    Route("GET", "/account-info/v3/details", details),
    Route("GET", "/account-info/v3/api-usage/daily/private-apps", usage),
)
