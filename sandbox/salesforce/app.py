"""The org over HTTP: sessions, limits, sizes, headers around the paths (salesforce.md §1, §2.1, §5)."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from sandbox.salesforce import bulk, collections, composite, list_views, oauth, rest, tooling
from sandbox.salesforce.calls import JSON, NO_CONTENT, Answer, Call, Routes, perform
from sandbox.salesforce.errors import RequestError, not_found
from sandbox.server import Edge

if TYPE_CHECKING:
    from sandbox.faults import Faults
    from sandbox.journal import Journal
    from sandbox.salesforce.org import Org
    from sandbox.server import Receive, Scope, Send

HOST_HEADER = "x-sandbox-host"
"""Where a test rewrites addresses, this header keeps the host that the client meant (§1.3)."""
MAX_URI_BYTES = 16_384
OLDEST_VERSION = 31.0
NEWEST_VERSION = 68.0
_DATA = re.compile(r"/services/data/v(\d{2}\.0)(/.*)?")
_SOAP = re.compile(r"/services/Soap/u/(\d{2}\.0)(?:/.*)?")
_HTML_414 = "<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>"
_HTML_431 = "<h1>Bad Message 431</h1><pre>reason: Request Header Fields Too Large</pre>"
_HTML_401 = "<html><head><title>Session expired</title></head><body>Please log in.</body></html>"
_NAMES = {31: "Summer '14", 59: "Winter '24", 66: "Spring '26", 67: "Summer '26", 68: "Winter '27"}


def create_app(org: Org, journal: Journal, faults: Faults) -> Edge:
    """The ASGI app of an org, with journal, faults and Date header."""
    return Edge(Frontdoor(org), crm="salesforce", clock=org.clock, journal=journal, faults=faults)


@lru_cache(maxsize=1)
def all_routes() -> Routes:
    """Every path below a version."""
    routes = Routes()
    for room in (collections, composite, bulk, tooling, list_views, rest):
        room.add_routes(routes)
    return routes


class Frontdoor:
    """Turns HTTP into calls, and answers into HTTP."""

    def __init__(self, org: Org) -> None:
        self.org = org

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        body = await request.body()
        with self.org.lock:
            self.org.settle()
            response = self.answer(request, body)
        await response(scope, receive, send)

    def answer(self, request: Request, body: bytes) -> Response:
        """The response to a request whose body is read."""
        too_large = _too_large(request)
        if too_large is not None:
            return too_large
        path = request.url.path.rstrip("/")
        if path in ("/services/oauth2/token", "/services/oauth2/revoke"):
            return _json(self._log_in_or_out(request, path, body))
        if match := _SOAP.fullmatch(path):
            status, xml = oauth.soap_login(self.org, match[1], body, _host(request))
            return Response(xml, status, media_type="text/xml; charset=utf-8")
        if path == "/services/data" and request.method == "GET":
            return _json(Answer(body=_versions()))
        if match := _DATA.fullmatch(path):
            return self._data(request, body, match[1], match[2] or "")
        return _json(_refused(not_found()))

    def _log_in_or_out(self, request: Request, path: str, body: bytes) -> Answer:
        if request.method != "POST":
            return Answer(400, {"error": "invalid_request", "error_description": "must use HTTP POST"})
        form = dict(parse_qsl(body.decode("utf-8", "replace")))
        if path.endswith("revoke"):
            return oauth.revoke(self.org, form)
        return oauth.token(self.org, form, request.headers.get("authorization", ""), _host(request))

    def _data(self, request: Request, body: bytes, version: str, path: str) -> Response:
        org = self.org
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        user = org.sessions.user_of(token) if scheme in ("Bearer", "OAuth") else None
        if user is None:
            return self._dead_session()
        try:
            _check_version(version)
            org.limits.count(hard_stop=org.switches.hard_stop)
            call = Call(
                method=request.method,
                path=path,
                query=dict(request.query_params),
                headers=dict(request.headers),
                body=_content(request, body),
                user=user,
                version=version,
            )
        except RequestError as refusal:
            return self._metered(_refused(refusal))
        return self._metered(perform(all_routes(), org, call))

    def _dead_session(self) -> Response:
        if self.org.switches.html_401:
            return Response(_HTML_401, HTTPStatus.UNAUTHORIZED, media_type="text/html")
        refusal = RequestError(401, "INVALID_SESSION_ID", "Session expired or invalid")
        return _json(_refused(refusal))

    def _metered(self, answer: Answer) -> Response:
        switches = self.org.switches
        if switches.limit_info and (
            answer.status < HTTPStatus.MULTIPLE_CHOICES or switches.limit_info_on_errors
        ):
            answer.headers["Sforce-Limit-Info"] = self.org.limits.header(switches.limit_info_app)
        return _json(answer)


def _json(answer: Answer) -> Response:
    if answer.status == NO_CONTENT:
        return Response(status_code=NO_CONTENT, headers=answer.headers)
    if answer.media_type != JSON:  # in the headers, else Starlette adds a charset that is not to be there
        return Response(answer.body, answer.status, answer.headers | {"content-type": answer.media_type})
    if answer.status == HTTPStatus.CREATED and answer.body is None:
        return Response(status_code=HTTPStatus.CREATED, headers=answer.headers)
    text = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, answer.status, answer.headers, media_type=JSON)


def _refused(refusal: RequestError) -> Answer:
    return Answer(refusal.status, refusal.body(), refusal.headers)


def _too_large(request: Request) -> Response | None:
    """414 beyond 16,384 bytes of URI, 431 with the headers on top; both in HTML (§2.1)."""
    uri = len(request.scope.get("raw_path", b"")) + len(request.scope["query_string"]) + 1
    if uri > MAX_URI_BYTES:
        return Response(_HTML_414, HTTPStatus.REQUEST_URI_TOO_LONG, media_type="text/html")
    if uri + sum(len(name) + len(value) for name, value in request.scope["headers"]) > MAX_URI_BYTES:
        return Response(_HTML_431, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, media_type="text/html")
    return None


def _host(request: Request) -> str:
    return request.headers.get(HOST_HEADER) or request.headers.get("host", "")


def _content(request: Request, body: bytes) -> Any:
    """What a call carries: a CSV file as text, else JSON."""
    if not request.headers.get("content-type", "").startswith("text/csv"):
        return _parsed(body)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise RequestError(400, "CLIENTINPUTERROR", f"The file is not UTF-8: {fault}") from None


def _parsed(body: bytes) -> Any:
    """The body's JSON; NaN, Infinity and half a surrogate pair are none (§1.4)."""
    if not body:
        return None
    try:
        return _in_utf8(json.loads(body.decode("utf-8-sig"), parse_constant=_no_constant), body)
    except ValueError as fault:
        raise RequestError(
            400, "JSON_PARSER_ERROR", f"Unexpected character: {fault} at [line:1, column:1]"
        ) from None


def _in_utf8(parsed: Any, body: bytes) -> Any:
    """What was parsed, unless an escape made half a surrogate pair of it: UnicodeEncodeError."""
    if b"\\ud" in body.lower():
        json.dumps(parsed, ensure_ascii=False).encode()
    return parsed


def _no_constant(name: str) -> Any:
    raise ValueError(f"'{name}'")


def _check_version(version: str) -> None:
    if float(version) < OLDEST_VERSION:
        message = "The requested API version has been retired or is not supported."
        raise RequestError(410, "UNSUPPORTED_API_VERSION", message)
    if float(version) > NEWEST_VERSION:
        raise not_found()


def _versions() -> list[dict[str, str]]:
    numbers = range(int(OLDEST_VERSION), int(NEWEST_VERSION) + 1)
    return [
        {
            "label": _NAMES.get(number, f"Release {number}"),
            "url": f"/services/data/v{number}.0",
            "version": f"{number}.0",
        }
        for number in numbers
    ]
