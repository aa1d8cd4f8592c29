"""Calls to one Salesforce org: simple-salesforce behind our gate, our own session, our own login.

simple-salesforce never refreshes here: its own refresh recurses without end on a dead token (§1.4).
"""

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError
from simple_salesforce.util import call_salesforce

from config.connections import SalesforceConnection
from connectors.base import Misconfigured, Rejected
from connectors.home import at_home
from connectors.outcomes import Trouble
from connectors.salesforce.login import Login, Token
from connectors.salesforce.transport import (
    CONNECT_SECONDS,
    READ_SECONDS,
    WRITE_SECONDS,
    api_usage,
    error_of,
    open_session,
    trouble_of,
)
from connectors.storable import storable
from connectors.traffic import Gate

LONGEST_QUERY_BYTES = 8_000
"""An encoded query beyond this travels in a composite body: orgs refuse URIs over 16,384 bytes (§2.1)."""
DESCRIBE_SECONDS = 86_400.0
"""How long a describe is believed."""
DESCRIBE_READ_SECONDS = 40.0
"""Nine describes at once are megabytes in an org with many fields."""
TOGETHER_READ_SECONDS = 40.0
"""Five first pages of 2,000 rows; a silent one is not tried again within the pass."""
COMPOSITE_LIMIT = 5
"""Queries or collections in one composite call (§4.1)."""
COMPOSITE_PARTS = 25
"""Requests of other kinds in one composite call (§4.1)."""
CSV = "text/csv"
MARKS_BEFORE = b'\xef\xbb\xbf"'
"""What may stand before a file's first letter: a byte-order mark, a quote."""
UNKNOWN_OBJECT = ("INVALID_TYPE", "NOT_FOUND")
NO_AUTO_ASSIGN = {"Sforce-Auto-Assign": "FALSE"}

Json = Any
"""Parsed JSON of the org."""


Item = TypeVar("Item")


def chunks(items: Sequence[Item], size: int) -> list[Sequence[Item]]:
    """`items` in pieces of at most `size`, in order."""
    return [items[start : start + size] for start in range(0, len(items), size)]


class Query(NamedTuple):
    """A SOQL query; `with_deleted` also shows what lies in the recycle bin."""

    soql: str
    with_deleted: bool = False

    @property
    def verb(self) -> str:
        """The resource that runs it."""
        return "queryAll" if self.with_deleted else "query"


class Client:
    """One connection to an org. Safe to use from many threads."""

    def __init__(self, connection: SalesforceConnection, gate: Gate) -> None:
        self.gate = gate
        self.base_url = connection.base_url.rstrip("/")
        self.version = connection.api_version
        self.data_path = f"/services/data/v{connection.api_version}"
        self._session = open_session(self.base_url, self._observe)
        self._login = Login(connection, self._session, gate)
        self._answered = threading.local()
        self._described: dict[str, tuple[Json, float]] = {}

    @property
    def is_logged_in(self) -> bool:
        """Whether there is a session already."""
        return self._login.is_open

    @property
    def user_id(self) -> str:
        """Id of the user we are logged in as; empty where the login flow does not tell."""
        return self._login.current().user_id

    def log_in(self) -> None:
        """Make sure that there is a session."""
        self._login.current()

    def call(
        self,
        endpoint: str,
        path: str,
        *,
        method: str = "GET",
        params: Mapping[str, str] | None = None,
        body: Json = None,
        read_seconds: float = READ_SECONDS,
        expect: str | None = None,
        again: bool = True,
    ) -> Json:
        """One REST call below `/services/data/vXX.0/`; parsed JSON, None for an empty answer.

        `endpoint` is a name for counts. `expect`: a key that the answer must have, with a list of objects;
        else it counts as no answer. `again`: as in `Gate.call`. Raises the errors of `connectors.base`.
        """
        extra = {} if body is None else {"json": body}

        def send(token: Token) -> Json:
            answer = self._restful(token, path, method, read_seconds, params=params, **extra)
            if expect is not None and not _has_rows(answer, expect):
                raise Trouble(fault="garbled")
            return answer

        return self._through_gate(endpoint, send, again=again)

    def query(self, soql: str, *, with_deleted: bool = False) -> Json:
        """Run one query; the org's page `{totalSize, done, records}`. A long one goes in a composite body."""
        verb = Query(soql, with_deleted).verb
        if len(quote(soql)) > LONGEST_QUERY_BYTES:
            return self.queries([soql], with_deleted=with_deleted)[0]
        return self.call("query", f"{verb}/", params={"q": soql}, expect="records")

    def queries(self, soqls: Sequence[str], *, with_deleted: bool = False) -> list[Json]:
        """Up to five queries in one call. Raises what the first failed one means."""
        parts = self._query_parts([Query(soql, with_deleted) for soql in soqls])
        return [answer["body"] for answer in self.composite("query", parts, expect="records")]

    def query_together(self, queries: Sequence[Query]) -> list[Json | None]:
        """Up to five queries in one call; None for one that failed, which its own call will explain."""
        answers = self.composite("query", self._query_parts(queries), read_seconds=TOGETHER_READ_SECONDS)
        bodies = [answer.get("body") for answer in answers]
        return [body if _has_rows(body, "records") else None for body in bodies]

    def _query_parts(self, queries: Sequence[Query]) -> list[dict[str, Json]]:
        return [
            {
                "method": "GET",
                "url": f"{self.data_path}/{query.verb}/?q={quote(query.soql)}",
                "referenceId": f"query{number}",
            }
            for number, query in enumerate(queries)
        ]

    def composite(
        self,
        endpoint: str,
        requests_: Sequence[Mapping[str, Json]],
        *,
        read_seconds: float = READ_SECONDS,
        expect: str | None = None,
        again: bool = True,
    ) -> list[Json]:
        """Several requests in one call; `{body, httpStatusCode, …}` of each, in order.

        With `expect`, a part that failed or lacks that key with a list of objects fails the whole call.
        """
        body = {"allOrNone": False, "compositeRequest": list(requests_)}

        def send(token: Token) -> list[Json]:
            answer = self._restful(token, "composite", "POST", read_seconds, json=body)
            parts = answer["compositeResponse"] if _has_rows(answer, "compositeResponse") else []
            if len(parts) != len(requests_):
                raise Trouble(fault="garbled")
            for part in parts if expect is not None else ():
                _check_part(part, expect or "")
            return parts

        parts: list[Json] = self._through_gate(endpoint, send, again=again)
        return parts

    def send_file(self, endpoint: str, path: str, file: bytes) -> None:
        """PUT a CSV file, once: the first trouble is the last. Raises the errors of `connectors.base`."""
        headers = {"Content-Type": f"{CSV}; charset=UTF-8"}

        def send(token: Token) -> None:
            self._raw(token, "PUT", path, headers, data=file)

        self._through_gate(endpoint, send, again=False)

    def fetch_file(self, endpoint: str, path: str, first_column: str) -> bytes:
        """GET a CSV file, which is UTF-8 whatever its headers say (§1.5).

        One that begins with another column counts as no answer.
        """

        def send(token: Token) -> bytes:
            file: bytes = self._raw(token, "GET", path, {"Accept": CSV}).content
            if file and not file.lstrip(MARKS_BEFORE).startswith(first_column.encode()):
                raise Trouble(fault="garbled")
            return file

        found: bytes = self._through_gate(endpoint, send, again=True)
        return found

    def describe(self, sobject: str) -> Json | None:
        """The object's describe, a day old at most; None where the org has or shows no such object."""
        known = self._described.get(sobject)
        if known is not None and time.monotonic() - known[1] < DESCRIBE_SECONDS:
            return known[0]
        try:
            answer = self.call("describe", f"sobjects/{sobject}/describe", expect="fields")
        except (Misconfigured, Rejected) as error:
            if error.code not in UNKNOWN_OBJECT:
                raise
            answer = None
        self._described[sobject] = (answer, time.monotonic())
        return answer

    def describe_together(self, sobjects: Sequence[str]) -> None:
        """Describe those of `sobjects` that are not known yet, 25 in one call instead of one call each."""
        known = {
            name for name, (_, at) in self._described.items() if time.monotonic() - at < DESCRIBE_SECONDS
        }
        missing = [name for name in sobjects if name not in known]
        for several in chunks(missing, COMPOSITE_PARTS):
            parts = [
                {"method": "GET", "url": f"{self.data_path}/sobjects/{name}/describe", "referenceId": name}
                for name in several
            ]
            answers = self.composite("describe", parts, read_seconds=DESCRIBE_READ_SECONDS)
            for name, part in zip(several, answers, strict=True):
                body = part.get("body")
                if _has_rows(body, "fields"):
                    self._described[name] = (body, time.monotonic())
                elif error_of(body)[0] in UNKNOWN_OBJECT:
                    self._described[name] = (None, time.monotonic())
                # Anything else is asked for again, alone, by `describe`: it raises what the error means.

    def forget_describes(self) -> None:
        """Ask again at the next use: fields or rights have changed."""
        self._described.clear()

    def versions(self) -> list[str]:
        """API versions that the org offers, oldest first. Needs no login, counts against no limit (§5.1)."""

        def send() -> Json:
            try:
                response = self._session.get(f"{self.base_url}/services/data/", allow_redirects=False)
                if response.status_code >= requests.codes.multiple_choices:
                    raise Trouble(
                        status=response.status_code, retry_after=response.headers.get("Retry-After")
                    )
                return response.json()
            except requests.RequestException as error:
                raise trouble_of(error) from None

        with at_home(self.gate.name, self.base_url, "Salesforce org"):
            answer = self.gate.call("versions", send)
        return [str(one.get("version", "")) for one in answer if isinstance(one, Mapping)]

    def close(self) -> None:
        """Give sockets back."""
        self._session.close()

    def _through_gate(self, endpoint: str, send: Any, *, again: bool) -> Json:
        used = [self._login.current()]

        def send_with_session() -> Json:
            used[0] = self._login.current()
            try:
                answer = send(used[0])
            except (SalesforceError, requests.RequestException) as error:
                raise trouble_of(error, getattr(self._answered, "retry_after", None)) from None
            used[0].proven = True
            return answer

        return self.gate.call(
            endpoint, send_with_session, refresh=lambda: self._login.renew(used[0]), again=again
        )

    def _restful(self, token: Token, path: str, method: str, read_seconds: float, **extra: Json) -> Json:
        timeout = (CONNECT_SECONDS, read_seconds)
        try:
            return storable(self._org(token).restful(path, method=method, timeout=timeout, **extra))
        except requests.RequestException:
            raise
        except (TypeError, ValueError, RecursionError):
            # restful() asks every answer for its length, a bare number too; other two: a number of more than
            # 4,300 digits, and JSON nested beyond measure
            raise Trouble(fault="garbled") from None

    def _raw(
        self, token: Token, method: str, path: str, headers: Mapping[str, str], **extra: Json
    ) -> requests.Response:
        """One call whose body or answer is no JSON, as the client's own bulk module makes it."""
        org = self._org(token)
        return call_salesforce(
            url=org.base_url + path,
            method=method,
            session=self._session,
            headers=dict(org.headers) | dict(headers),
            timeout=(CONNECT_SECONDS, WRITE_SECONDS),
            **extra,
        )

    def _org(self, token: Token) -> Salesforce:
        if token.org is None:
            token.org = Salesforce(
                session_id=token.value,
                instance_url=token.instance_url,
                version=self.version,
                session=self._session,
                object_pairs_hook=dict,
            )
        return token.org

    def _observe(self, headers: Mapping[str, str]) -> None:
        self._answered.retry_after = headers.get("Retry-After")
        self.gate.observe_date(headers.get("Date"))
        usage = api_usage(headers.get("Sforce-Limit-Info"))
        if usage is not None:
            self.gate.observe_quota(*usage)


def _has_rows(answer: Json, name: str) -> bool:
    """Whether `answer` lists objects under `name`, be it none; where they have an Id, it says something."""
    rows = answer.get(name) if isinstance(answer, Mapping) else None
    return isinstance(rows, list) and all(
        isinstance(row, Mapping) and row and row.get("Id", row) for row in rows
    )


def _check_part(part: Mapping[str, Json], expect: str) -> None:
    """Raise what one part of a composite answer says went wrong."""
    status, body = part.get("httpStatusCode"), part.get("body")
    if not isinstance(status, int):
        raise Trouble(fault="garbled")
    if status >= requests.codes.multiple_choices:
        code, message = error_of(body)
        raise Trouble(status=status, code=code, message=message)
    if not _has_rows(body, expect):
        raise Trouble(fault="garbled")
