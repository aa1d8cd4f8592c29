"""The portal as an ASGI app: versions and aliases, who may call, limits, headers, error bodies."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from sandbox.hubspot import account, associations, batches, lists, oauth, objects, properties
from sandbox.hubspot.access import require
from sandbox.hubspot.calls import Call, Reply, Route
from sandbox.hubspot.errors import Refusal, not_found
from sandbox.server import Edge

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from sandbox.faults import Faults
    from sandbox.hubspot.portal import Portal
    from sandbox.journal import Journal

    Message = MutableMapping[str, Any]
    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[Scope, Receive, Send], Awaitable[None]]

CRM = "hubspot"
"""The name of these exchanges in the journal."""
DATED = "2026-03"
"""The date-based version that this portal serves beside v3 and v4 (§0.2)."""
ROUTES: tuple[Route, ...] = (
    *batches.ROUTES,
    *objects.ROUTES,
    *properties.ROUTES,
    *associations.ROUTES,
    *lists.ROUTES,
    *account.ROUTES,
    *oauth.ROUTES,
)
_DATED = re.compile(
    rf"(/crm|)/(objects|properties|associations|lists|pipelines|owners|limits|account-info|oauth)/{DATED}(/.*)?"
)
MAX_URL_CHARS = 16_000
"""Beyond it the edge answers 414 with HTML (§2.4)."""


def create_app(portal: Portal, journal: Journal, faults: Faults) -> App:
    """The portal over HTTP, with its journal and its script of faults; give it to `sandbox.server.Server`."""
    return Edge(Rest(portal), crm=CRM, clock=portal.clock, journal=journal, faults=faults)


def canonical(path: str) -> str:
    """A path as the routes spell it: no trailing slash, `/crm/objects/2026-03/…` as `/crm/v3/objects/…`."""
    path = path.rstrip("/") or "/"
    found = _DATED.fullmatch(path)
    if found is None:
        return path
    prefix, family, rest = found.groups()
    if prefix != ("" if family in ("account-info", "oauth") else "/crm"):
        return path
    if family in ("account-info", "oauth"):
        return f"/{family}/v3{rest or ''}"
    is_v4 = family == "associations" or (family == "objects" and "/associations/" in (rest or ""))
    return f"/crm/{'v4' if is_v4 else 'v3'}/{family}{rest or ''}"


class Rest:
    """Authorises, limits, dispatches and dresses every call."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry one request through, alone with the portal's state."""
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body", False):
                break
        with self.portal.lock:
            call = Call(
                self.portal,
                scope["method"],
                canonical(scope["path"]),
                scope["query_string"].decode("latin-1"),
                body,
                self.portal.now(),
                headers,
            )
            status, answer_headers, content = self.answer(call)
        listed = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer_headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": listed})
        await send({"type": "http.response.body", "body": content})

    def answer(self, call: Call) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and content for one call."""
        if len(call.path) + len(call.query_string) > MAX_URL_CHARS:
            return (
                414,
                {"Content-Type": "text/html"},
                b"<html><body><h1>414 Request-URI Too Large</h1></body></html>",
            )
        correlation = _correlation_id(self.portal)
        route: Route | None = None
        try:
            route = _route(call)
            reply = self._handle(call, route)
        except Refusal as refusal:
            reply = Reply(refusal.status, refusal.body | {"correlationId": correlation}, refusal.headers)
        headers = self._headers(call, route, correlation) | reply.headers
        if reply.body is None:
            del headers["Content-Type"]
            return reply.status, headers, b""
        return (
            reply.status,
            headers,
            json.dumps(reply.body, ensure_ascii=False, separators=(",", ":")).encode(),
        )

    def _handle(self, call: Call, route: Route) -> Reply:
        if not route.public:
            call.token = self.portal.access.check(
                call.headers.get("authorization"), call.now, self.portal.switches
            )
            self.portal.limits.take(call.token, call.now, search=route.search)
            if route.scopes is not None:
                require(call.token, *route.scopes(call))
        return route.handler(call)

    def _headers(self, call: Call, route: Route | None, correlation: str) -> dict[str, str]:
        """What every answer carries (§5)."""
        ray = f"{self.portal.random.getrandbits(64):016x}"
        headers = {
            "Content-Type": "application/json;charset=utf-8",
            "Server": "cloudflare",
            "CF-Ray": f"{ray}-FRA",
            "X-HubSpot-Correlation-Id": correlation,
            "X-Trace": f"2B{ray.upper()}",
        }
        if call.token is not None and route is not None:
            headers |= self.portal.limits.headers(call.token, call.now, search=route.search)
        return headers


def _route(call: Call) -> Route:
    """The route of a call; Refusal 404 for an unknown path, 405 for a known one with another method."""
    known = False
    for route in ROUTES:
        parts = route.match(call.path)
        if parts is None:
            continue
        if route.method == call.method:
            call.parts = parts
            return route
        known = True
    if known:
        raise Refusal(405, "Method not allowed")
    raise not_found()


def _correlation_id(portal: Portal) -> str:
    text = f"{portal.random.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
