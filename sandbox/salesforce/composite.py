"""Several calls in one: composite and composite/batch (salesforce.md §4.1).

A sub-request has its own headers: those of the outer request are not handed down, `Sforce-Auto-Assign` too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from sandbox.salesforce.calls import Answer, Call, Routes, json_object, perform
from sandbox.salesforce.errors import RequestError

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org

MAX_PARTS = 25
MAX_QUERIES_AND_COLLECTIONS = 5
_URL = re.compile(r"(?:/services/data)?/?v(\d+\.\d)(/.*)?")
_REFERENCE = re.compile(r"@\{(\w+)((?:\.\w+|\[\d+\])*)\}")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
HALTED = [
    {
        "errorCode": "PROCESSING_HALTED",
        "message": "The transaction was rolled back since another operation in the same transaction failed.",
    },
]


def add_routes(routes: Routes) -> None:
    """`/composite` and `/composite/batch`, whose parts go through the same table of paths."""

    def composite(org: Org, call: Call) -> Answer:
        return _composite(routes, org, call)

    def batch(org: Org, call: Call) -> Answer:
        return _batch(routes, org, call)

    routes.add("/composite", post=composite)
    routes.add("/composite/batch", post=batch)


def _composite(routes: Routes, org: Org, call: Call) -> Answer:
    """One API call, whatever the number of its parts."""
    body = json_object(call)
    parts = _parts(body, "compositeRequest")
    _check_composite(parts)
    all_or_none = bool(body.get("allOrNone", False))
    done: dict[str, Any] = {}
    answers: list[dict[str, Any]] = []
    with org.undoable() as undo:
        for part in parts:
            answer = _perform_part(routes, org, call, part, done)
            answers.append(_shown(answer, part["referenceId"]))
            if answer.status < HTTPStatus.BAD_REQUEST:
                done[part["referenceId"]] = answer.body
            elif all_or_none:
                undo()
                return Answer(body={"compositeResponse": _halted(parts, answers[-1])})
    return Answer(body={"compositeResponse": answers})


def _batch(routes: Routes, org: Org, call: Call) -> Answer:
    """Independent parts, each of which counts against the limit."""
    body = json_object(call)
    parts = _parts(body, "batchRequests")
    results: list[dict[str, Any]] = []
    failed = False
    for part in parts:
        if failed and body.get("haltOnError"):
            results.append({"statusCode": HTTPStatus.PRECONDITION_FAILED, "result": _batch_halted()})
            continue
        org.limits.count(hard_stop=org.switches.hard_stop)
        answer = perform(routes, org, _sub_call(call, part, part.get("url"), part.get("richInput")))
        failed = failed or answer.status >= HTTPStatus.BAD_REQUEST
        results.append({"statusCode": answer.status, "result": answer.body})
    return Answer(body={"hasErrors": failed, "results": results})


def _batch_halted() -> list[dict[str, str]]:
    return [{"errorCode": "BATCH_PROCESSING_HALTED", "message": "Batch processing halted per request"}]


def _parts(body: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    parts = body.get(name)
    if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
        raise RequestError(400, "JSON_PARSER_ERROR", f"The request body must hold the list '{name}'.")
    if len(parts) > MAX_PARTS:
        raise RequestError(
            400, "LIMIT_EXCEEDED", f"The request can't contain more than {MAX_PARTS} operations."
        )
    return parts


def _check_composite(parts: list[dict[str, Any]]) -> None:
    references = [part.get("referenceId") for part in parts]
    if not all(isinstance(one, str) and re.fullmatch(r"[A-Za-z]\w*", one) for one in references):
        raise RequestError(
            400, "INVALID_INPUT", "Every operation needs a referenceId of letters, digits and _."
        )
    if len(set(references)) < len(references):
        raise RequestError(400, "INVALID_INPUT", "Every referenceId may stand once.")
    heavy = sum(
        1 for part in parts if re.search(r"/v\d+\.\d/(query|composite/sobjects)", str(part.get("url")))
    )
    if heavy > MAX_QUERIES_AND_COLLECTIONS:
        message = (
            f"Up to {MAX_QUERIES_AND_COLLECTIONS} operations can be query operations or sObject Collections."
        )
        raise RequestError(400, "LIMIT_EXCEEDED", message)


def _perform_part(routes: Routes, org: Org, call: Call, part: dict[str, Any], done: dict[str, Any]) -> Answer:
    try:
        url = _filled(part.get("url"), done)
        return perform(routes, org, _sub_call(call, part, url, _filled(part.get("body"), done)))
    except RequestError as refusal:
        return Answer(refusal.status, refusal.body())


def _sub_call(call: Call, part: Mapping[str, Any], url: Any, body: Any) -> Call:
    split = urlsplit(str(url))
    match = _URL.fullmatch(split.path)
    path = (match[2] or "").rstrip("/") if match else ""
    if match is None or path in ("/composite", "/composite/batch"):
        raise RequestError(400, "INVALID_INPUT", f"The url '{url}' is not allowed in a sub-request.")
    return Call(
        method=str(part.get("method", "GET")).upper(),
        path=path,
        query=dict(parse_qsl(split.query)),
        headers={name.lower(): str(value) for name, value in (part.get("httpHeaders") or {}).items()},
        body=body,
        user=call.user,
        version=match[1],
    )


def _filled(value: Any, done: Mapping[str, Any]) -> Any:
    """The value with every `@{reference.path}` replaced by what an earlier part answered."""
    if isinstance(value, dict):
        return {name: _filled(one, done) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, done) for one in value]
    if isinstance(value, str):
        return _REFERENCE.sub(lambda match: str(_looked_up(match, done)), value)
    return value


def _looked_up(match: re.Match[str], done: Mapping[str, Any]) -> Any:
    try:
        value = done[match[1]]
        for name, place in _STEP.findall(match[2]):
            value = value[name] if name else value[int(place)]
    except (KeyError, IndexError, TypeError):
        message = f"Invalid reference specified. No value for {match[0]} found"
        raise RequestError(400, "PROCESSING_HALTED", message) from None
    return value


def _shown(answer: Answer, reference: str) -> dict[str, Any]:
    return {
        "body": answer.body,
        "httpHeaders": answer.headers,
        "httpStatusCode": answer.status,
        "referenceId": reference,
    }


def _halted(parts: list[dict[str, Any]], failure: dict[str, Any]) -> list[dict[str, Any]]:
    """With allOrNone everything but the culprit was rolled back."""
    return [
        failure
        if part["referenceId"] == failure["referenceId"]
        else _shown(Answer(HTTPStatus.BAD_REQUEST, HALTED), part["referenceId"])
        for part in parts
    ]
