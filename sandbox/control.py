"""The sandbox's own switchboard, for test programs in any language: JSON over HTTP under `/_box` of each CRM.

| path | what it does |
|---|---|
| `GET POST DELETE /_box/faults` | the script of faults: list it, add one (`faults.Fault`), empty it |
| `GET DELETE /_box/requests` | the log of API calls (`?path`, `method`, `last`) and their counts |
| `GET PATCH /_box/switches` | what nobody could confirm of the real CRM, and its settings |
| `GET POST /_box/clock` | the CRM's time: `{"advance": seconds}`, `{"set": "ISO 8601"}`, `{"run": true}` |
| `POST /_box/acts/NAME` | what people and admins do in ways that the CRM's API has no call for |

A request that cannot be carried out is answered with 400 and a sentence. These calls pass by the journal, the
faults and the limits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from inspect import getmembers, ismethod, signature
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter, ValidationError, validate_call
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.faults import Fault
from sandbox.hubspot.errors import Refusal
from sandbox.salesforce.errors import RecordError, RequestError

if TYPE_CHECKING:
    from sandbox.clock import Clock
    from sandbox.faults import Faults
    from sandbox.journal import Exchange, Journal

ROOT = "/_box"
Made = TypeVar("Made")
LAST = 100
"""Requests that are listed unless `last` asks for more."""
_REFUSALS = (TypeError, ValueError, LookupError, Refusal, RecordError, RequestError)
"""How org and portal say that an act cannot be: unknown records, values that do not fit."""
_WRONG = {
    "missing_argument": "is missing",
    "unexpected_keyword_argument": "is no key of this act",
    "dict_type": "must be an object",
    "list_type": "must be a list",
    "string_type": "must be a text",
}
"""Pydantic's error type → what is wrong with a key of the body."""


class BadRequestError(ValueError):
    """A control call that cannot be carried out; says what is allowed."""


class Control:
    """The switchboard of one CRM: its script, log, switches, the box's clock, and the methods of `acts`."""

    def __init__(
        self,
        *,
        clock: Clock,
        journal: Journal,
        faults: Faults,
        switches: object,
        acts: object,
    ) -> None:
        self.clock = clock
        self.journal = journal
        self.faults = faults
        self.switches = switches
        self.acts = {name: act for name, act in getmembers(acts, ismethod) if not name.startswith("_")}
        routes = [
            Route(f"{ROOT}/faults", self.show_faults, methods=["GET"]),
            Route(f"{ROOT}/faults", self.add_fault, methods=["POST"]),
            Route(f"{ROOT}/faults", self.clear_faults, methods=["DELETE"]),
            Route(f"{ROOT}/requests", self.show_requests, methods=["GET"]),
            Route(f"{ROOT}/requests", self.clear_requests, methods=["DELETE"]),
            Route(f"{ROOT}/switches", self.show_switches, methods=["GET"]),
            Route(f"{ROOT}/switches", self.turn_switches, methods=["PATCH"]),
            Route(f"{ROOT}/clock", self.show_clock, methods=["GET"]),
            Route(f"{ROOT}/clock", self.turn_clock, methods=["POST"]),
            Route(f"{ROOT}/acts/{{name}}", self.act, methods=["POST"]),
        ]
        self.app = Starlette(routes=routes, exception_handlers={BadRequestError: _refuse})

    async def show_faults(self, _: Request) -> Response:
        """The faults that still wait to strike."""
        return JSONResponse([_plain(fault) for fault in self.faults.waiting()])

    async def add_fault(self, request: Request) -> Response:
        """Append a fault to the script."""
        fault = _make(Fault, await _read(request))
        return JSONResponse(_plain(self.faults.add(fault)), status_code=201)

    async def clear_faults(self, _: Request) -> Response:
        """Take all faults out."""
        self.faults.clear()
        return Response(status_code=204)

    async def show_requests(self, request: Request) -> Response:
        """The newest requests of a `method` and with `path` in their path, oldest first; counts of all."""
        asked = request.query_params
        last = asked.get("last", str(LAST))
        if not last.isdecimal():
            raise BadRequestError(f"last is how many requests to list, a whole number, not {last!r}.")
        found = self.journal.exchanges(asked.get("method"), asked.get("path", ""))
        counts = {f"{method} {path}": count for (method, path), count in sorted(self.journal.counts.items())}
        shown = found[max(0, len(found) - int(last)) :]
        return JSONResponse({"counts": counts, "requests": [_logged(one) for one in shown]})

    async def clear_requests(self, _: Request) -> Response:
        """Forget the log and its counts."""
        self.journal.clear()
        return Response(status_code=204)

    async def show_switches(self, _: Request) -> Response:
        """Every switch as it stands."""
        return JSONResponse(_settings(self.switches))

    async def turn_switches(self, request: Request) -> Response:
        """Turn the named switches; all of them or, where one is wrong, none."""
        wanted = await _read(request)
        turned = _make(type(self.switches), {**_settings(self.switches), **wanted})
        for name in wanted:
            setattr(self.switches, name, getattr(turned, name))
        return JSONResponse(_settings(self.switches))

    async def show_clock(self, _: Request) -> Response:
        """The CRM's time."""
        return JSONResponse({"now": self.clock.now().isoformat()})

    async def turn_clock(self, request: Request) -> Response:
        """Move the clock, freeze it at a moment, or let it run; both CRMs share it."""
        match await _read(request):
            case {"advance": int() | float() as seconds}:
                self.clock.advance(seconds)
            case {"set": str() as moment}:
                try:
                    self.clock.set(datetime.fromisoformat(moment))
                except ValueError as error:
                    raise BadRequestError(str(error)) from None
            case {"run": True}:
                self.clock.run()
            case _:
                raise BadRequestError('Say {"advance": SECONDS}, {"set": "ISO 8601"} or {"run": true}.')
        return await self.show_clock(request)

    async def act(self, request: Request) -> Response:
        """Carry out an act with the body's values as its arguments."""
        name = request.path_params["name"]
        if name not in self.acts:
            raise BadRequestError(f"There is no act {name}; there are {', '.join(self.acts)}.")
        act, wishes = self.acts[name], await _read(request)
        try:
            done = validate_call(act)(**wishes)
        except ValidationError as error:
            raise BadRequestError(
                f"{name}: {_wrong(error)}; it takes {', '.join(signature(act).parameters)}."
            ) from None
        except _REFUSALS as error:
            said = error.args[0] if isinstance(error, KeyError) else error  # whose own text is in quotes
            raise BadRequestError(f"{name}: {said}") from None
        return JSONResponse({"done": name, "answer": done})


async def _read(request: Request) -> dict[str, Any]:
    try:
        found = await request.json()
    except ValueError:
        raise BadRequestError("The body must be JSON.") from None
    if not isinstance(found, dict):
        raise BadRequestError("The body must be a JSON object.")
    return found


async def _refuse(_: Request, error: Exception) -> Response:
    return JSONResponse({"message": str(error)}, status_code=400)


def _make(kind: type[Made], values: Mapping[str, Any]) -> Made:
    """A dataclass from JSON; BadRequestError names what it does not have or cannot hold."""
    known = [one.name for one in fields(kind)]  # type: ignore[arg-type]  # faults and switches are dataclasses
    if unknown := sorted(set(values) - set(known)):
        raise BadRequestError(f"There is no {', '.join(unknown)}; there are {', '.join(known)}.")
    try:
        return TypeAdapter(kind).validate_python(values)
    except ValidationError as error:
        raise BadRequestError(_wrong(error)) from None


def _wrong(error: ValidationError) -> str:
    """Each key and what is wrong with it."""
    found = ((".".join(map(str, one["loc"])), one["type"], one["msg"].lower()) for one in error.errors())
    return "; ".join(
        f"{key} {_WRONG[kind]}" if kind in _WRONG else f"{key}: {said}" for key, kind, said in found
    )


def _plain(fault: Fault) -> dict[str, Any]:
    body = fault.body.decode("utf-8", "replace") if isinstance(fault.body, bytes) else fault.body
    return {**asdict(fault), "body": body}


def _settings(switches: object) -> dict[str, Any]:
    """A dataclass of switches as JSON can say it."""
    found = {one.name: getattr(switches, one.name) for one in fields(switches)}  # type: ignore[arg-type]  # a dataclass
    return {
        name: sorted(value) if isinstance(value, set | frozenset) else value for name, value in found.items()
    }


def _logged(one: Exchange) -> dict[str, Any]:
    return {
        "at": one.at.isoformat(),
        "method": one.method,
        "path": one.path,
        "query": one.query,
        "headers": one.headers,
        "body": one.body,
        "status": one.status,
        "committed": one.committed,
        "request_bytes": one.request_bytes,
        "response_bytes": one.response_bytes,
    }
