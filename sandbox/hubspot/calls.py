"""One request and its answer, and the table that leads from the one to the function that gives the other."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from sandbox.hubspot import parts
from sandbox.hubspot.errors import bad_json, invalid, not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sandbox.hubspot.access import Token
    from sandbox.hubspot.portal import Portal
    from sandbox.hubspot.records import Shelf
    from sandbox.hubspot.schema import Schema


@dataclass(frozen=True)
class Reply:
    """A successful answer; `body` None is sent as no content."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Call:
    """One authorised request on its way through the portal. `now` in ms."""

    portal: Portal
    method: str
    path: str
    query_string: str
    raw: bytes
    now: int
    headers: dict[str, str]
    token: Token | None = None
    parts: dict[str, str] = field(default_factory=dict)
    """What the route's placeholders stand for."""

    @cached_property
    def query(self) -> dict[str, list[str]]:
        """The query string; lists may be repeated or joined by commas."""
        return parse_qs(self.query_string, keep_blank_values=True)

    @cached_property
    def body(self) -> dict[str, Any]:
        """The JSON object sent; Refusal 400 where it is none (§4)."""
        parsed = self._parsed()
        if not isinstance(parsed, dict):
            raise bad_json("Cannot deserialize value of type `Object`")
        return parsed

    @property
    def array(self) -> list[Any]:
        """The JSON array sent; Refusal 400 where it is none."""
        parsed = self._parsed()
        if not isinstance(parsed, list):
            raise bad_json("Cannot deserialize value of type `java.util.List`")
        return parsed

    def _parsed(self) -> Any:
        try:
            parsed = json.loads(self.raw.decode("utf-8-sig"))
            if b"\\ud" in self.raw.lower():  # half a surrogate pair has no UTF-8: it becomes a question mark
                parsed = json.loads(json.dumps(parsed, ensure_ascii=False).encode("utf-8", "replace"))
        except json.JSONDecodeError as error:
            raise bad_json(error.msg, error.colno) from None
        except UnicodeDecodeError:
            raise bad_json("Invalid UTF-8") from None
        return parsed

    @cached_property
    def inputs(self) -> list[dict[str, Any]]:
        """The batch's inputs; none at all without the wrapper (§4)."""
        return parts.mappings(self.body, "inputs")

    def names(self, key: str) -> list[str]:
        """A list in the query string."""
        return [name for text in self.query.get(key, []) for name in text.split(",") if name]

    def flag(self, key: str) -> bool:
        """A Boolean in the query string, in any case: the client sends `False` (§1.2)."""
        return self.query.get(key, ["false"])[-1].lower() == "true"

    def whole(self, key: str, default: int, most: int) -> int:
        """A whole number in the query string, from 1 to `most`."""
        text = self.query.get(key, [str(default)])[-1]
        if not text.isdecimal() or not 1 <= int(text) <= most:
            raise invalid(f"{key} must be a whole number from 1 to {most}, and {text!r} is not.")
        return int(text)

    @cached_property
    def shelf(self) -> Shelf:
        """The records of the object type in the path; Refusal 400 for an unknown one."""
        return self.shelf_named(self.parts["type"])

    @cached_property
    def schema(self) -> Schema:
        """The schema of the object type in the path."""
        return self.portal.schemas[self.shelf.object_type.name]

    def shelf_named(self, name: str) -> Shelf:
        """The records of an object type; Refusal 400 for an unknown one."""
        found = self.portal.type_named(name)
        if found is None:
            raise invalid(f"Unable to infer object type from: {name}")
        return self.portal.shelves[found.name]

    def record_id(self, key: str = "id") -> int:
        """A record id in the path; Refusal 404 where it is no number."""
        text = self.parts[key]
        if not text.isdecimal():
            raise not_found()
        return int(text)


class Route:
    """A method and a path with placeholders, what answers it, and the scopes of which it needs one."""

    def __init__(
        self,
        method: str,
        template: str,
        handler: Callable[[Call], Reply],
        scopes: Callable[[Call], Sequence[str]] | None = None,
        *,
        search: bool = False,
        public: bool = False,
    ) -> None:
        """`search` calls have their own limit; `public` ones need no token."""
        self.method = method
        self.template = template
        self.handler = handler
        self.scopes = scopes
        self.search = search
        self.public = public
        self._pattern = re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", template))

    def match(self, path: str) -> dict[str, str] | None:
        """The values of the placeholders, or None."""
        found = self._pattern.fullmatch(path)
        return None if found is None else {name: unquote(text) for name, text in found.groupdict().items()}
