"""The two shapes in which an org refuses: a whole request, or one record of it (salesforce.md §4.1, §4.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class RequestError(Exception):
    """The whole request is refused: an HTTP status and the list `[{message, errorCode, fields?}]`."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        fields: Sequence[str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.fields = fields
        self.headers = dict(headers or {})

    def body(self) -> list[dict[str, Any]]:
        """The answer's JSON."""
        error: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        if self.fields is not None:
            error["fields"] = list(self.fields)
        return [error]


class RecordError(Exception):
    """One record is refused: a status code, a message, and the fields to blame."""

    def __init__(self, code: str, message: str, fields: Sequence[str] = ()) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.fields = tuple(fields)

    def element(self) -> dict[str, Any]:
        """As it stands in a collection's result; a lock error carries no `fields` key (§4.1)."""
        error: dict[str, Any] = {"statusCode": self.code, "message": self.message}
        if self.code != "UNABLE_TO_LOCK_ROW":
            error["fields"] = list(self.fields)
        return error

    def as_request(self) -> RequestError:
        """As a call for a single record answers it: 404 for what is gone, else 400."""
        status = 404 if self.code in ("ENTITY_IS_DELETED", "NOT_FOUND") else 400
        fields = None if self.code == "NOT_FOUND" else self.fields
        return RequestError(status, self.code, self.message, fields)


def not_found() -> RequestError:
    """An unknown path or record."""
    return RequestError(404, "NOT_FOUND", "The requested resource does not exist")


def invalid_type(name: str) -> RequestError:
    """An unknown or hidden object outside of SOQL."""
    return RequestError(400, "INVALID_TYPE", f"sObject type '{name}' is not supported.")
