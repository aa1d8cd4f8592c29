"""How the portal refuses: HubSpot's error bodies (hubspot.md §1.1, §4), raised as one exception."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sandbox.hubspot.values import BadValue


class Refusal(Exception):
    """An answer other than success: status, JSON body (the app adds the correlation id) and extra headers."""

    def __init__(
        self,
        status: int,
        message: str,
        category: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        """Refuse with `message`; `more` are further keys of the body."""
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})
        self.body: dict[str, Any] = {"status": "error", "message": message}
        if category is not None:
            self.body["category"] = category
        self.body |= more


def invalid(message: str, **more: Any) -> Refusal:
    """400 VALIDATION_ERROR."""
    return Refusal(400, message, "VALIDATION_ERROR", **more)


def bad_json(reason: str, column: int = 1) -> Refusal:
    """400 for a body that cannot be read, or of the wrong JSON types: without a category (§4)."""
    return Refusal(400, f"Invalid input JSON on line 1, column {column}: {reason}")


def not_found(message: str = "resource not found") -> Refusal:
    """404 OBJECT_NOT_FOUND (§4)."""
    return Refusal(404, message, "OBJECT_NOT_FOUND", headers={"X-HubSpot-NotFound": "true"})


def conflict(message: str, **more: Any) -> Refusal:
    """409 CONFLICT."""
    return Refusal(409, message, "CONFLICT", **more)


def missing_scopes(scopes: Iterable[str]) -> Refusal:
    """403 MISSING_SCOPES with requiredGranularScopes (§1.1)."""
    message = (
        "This app hasn't been granted all required scopes to make this call. "
        "Read more about required scopes here: https://developers.hubspot.com/scopes."
    )
    return Refusal(
        403,
        message,
        "MISSING_SCOPES",
        errors=[
            {
                "message": "One or more of the following scopes are required.",
                "context": {"requiredGranularScopes": list(scopes)},
            }
        ],
        links={"scopes": "https://developers.hubspot.com/scopes"},
    )


def bad_values_text(faults: Sequence[BadValue], portal_id: int) -> str:
    """`Property values were not valid: [JSON]`: the list is JSON inside the message (§4)."""
    listed = [
        {
            "isValid": False,
            "message": fault.message,
            "error": fault.code,
            "name": fault.name,
            "localizedErrorMessage": fault.message,
            "portalId": portal_id,
        }
        for fault in faults
    ]
    return f"Property values were not valid: {json.dumps(listed, separators=(',', ':'), ensure_ascii=False)}"


def bad_values(faults: Sequence[BadValue], portal_id: int) -> Refusal:
    """400 for values that do not fit their properties, with one error per value (§4)."""
    errors = [
        {"message": fault.message, "code": fault.code, "context": {"propertyName": [fault.name]}}
        for fault in faults
    ]
    return invalid(bad_values_text(faults, portal_id), errors=errors)
