"""One REST call and its answer, and the table of paths. Sub-requests of a composite call go the same way."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.salesforce.errors import RequestError, not_found

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org

NO_CONTENT = 204
JSON = "application/json;charset=UTF-8"


@dataclass(frozen=True)
class Call:
    """A request below `/services/data/vXX.X`, by a user who is logged in."""

    method: str
    path: str
    """Without the version and without a slash at the end: `/sobjects/Lead`."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Any
    """Parsed JSON, or the text of a CSV file."""
    user: str
    version: str


@dataclass
class Answer:
    """A status, JSON (None is no body) or a text of another media type, and headers."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = JSON


Handler = Callable[..., Answer]


class Routes:
    """Patterns such as `/sobjects/{name}/{record}` with a handler for each method."""

    def __init__(self) -> None:
        self._routes: list[tuple[re.Pattern[str], dict[str, Handler]]] = []

    def add(self, pattern: str, **handlers: Handler) -> None:
        """Handlers by lower-case method; each gets the org, the call and the pattern's parts by name."""
        expression = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)
        self._routes.append((re.compile(expression), {name.upper(): one for name, one in handlers.items()}))

    def dispatch(self, org: Org, call: Call) -> Answer:
        """Answer a call; RequestError 404 for an unknown path, 405 for a method that it does not have."""
        for pattern, handlers in self._routes:
            match = pattern.fullmatch(call.path)
            if match is None:
                continue
            handler = handlers.get(call.method)
            if handler is None:
                allowed = ",".join(sorted(handlers))
                message = f"HTTP Method '{call.method}' not allowed. Allowed are {allowed}"
                raise RequestError(405, "METHOD_NOT_ALLOWED", message, headers={"Allow": allowed})
            return handler(org, call, **match.groupdict())
        raise not_found()


def parameter(call: Call, name: str) -> str:
    """A required query parameter; RequestError 400 MALFORMED_QUERY where it is missing."""
    value = call.query.get(name)
    if not value:
        raise RequestError(400, "MALFORMED_QUERY", f"A required parameter is missing: {name}")
    return value


def json_object(call: Call) -> dict[str, Any]:
    """The body as a JSON object; RequestError 400 JSON_PARSER_ERROR where it is none."""
    if not isinstance(call.body, dict):
        raise RequestError(
            400, "JSON_PARSER_ERROR", "The HTTP entity body is required, and must be a JSON object."
        )
    return call.body


def perform(routes: Routes, org: Org, call: Call) -> Answer:
    """Answer a call; a refused one as its status and list of errors."""
    try:
        return routes.dispatch(org, call)
    except RequestError as refusal:
        return Answer(refusal.status, refusal.body(), refusal.headers)
