"""The wire below simple-salesforce: timeouts, loopback, headers, and what went wrong in common words."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from xml.parsers.expat import ExpatError

import requests
import urllib3
from requests.adapters import HTTPAdapter
from simple_salesforce.exceptions import SalesforceError

from connectors.outcomes import Fault, Trouble
from connectors.storable import storable

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
"""For reads; short enough that a second try of a silent org still fits into a pass of 60 s."""
WRITE_SECONDS = 40.0
"""For writes, whose triggers take their time; a silent one is not tried again within the pass."""
POOL_SIZE = 8

_USAGE = re.compile(r"(?<![-\w])api-usage=(\d+)/(\d+)", re.IGNORECASE)


class Adapter(HTTPAdapter):
    """Gives every request a timeout, and sends https to a loopback sandbox as plain http.

    simple-salesforce builds all its URLs with https:// (§1.3).
    """

    def __init__(self, base_url: str) -> None:
        scheme, netloc, *_ = urlsplit(base_url)
        self._loopback = netloc if scheme == "http" else None
        super().__init__(pool_connections=POOL_SIZE, pool_maxsize=POOL_SIZE, max_retries=0)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send with the rules above."""
        if self._loopback is not None and request.url is not None:
            parts = urlsplit(request.url)
            request.url = urlunsplit(("http", self._loopback, parts.path, parts.query, ""))
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = (CONNECT_SECONDS, READ_SECONDS)
        return super().send(request, *args, **kwargs)


def open_session(base_url: str, observe: Callable[[Mapping[str, str]], None]) -> requests.Session:
    """A session for one connection; `observe` sees the headers of every answer."""
    session = requests.Session()
    adapter = Adapter(base_url)
    session.mount("https://", adapter)
    if base_url.startswith("http://"):
        session.mount("http://", adapter)
        session.trust_env = False  # a proxy of the environment cannot reach our loopback
    # Else the org runs lead assignment rules on our updates and moves owners (§4.2). On the session, because
    # headers of a single call do not survive everything that a client does with them (§1.4).
    session.headers["Sforce-Auto-Assign"] = "FALSE"
    session.hooks["response"].append(lambda response, *_, **__: observe(response.headers))
    return session


def api_usage(header: str | None) -> tuple[int, int] | None:
    """Used and allowed calls from `Sforce-Limit-Info`; None where it says nothing of them."""
    match = _USAGE.search(header or "")
    return (int(match[1]), int(match[2])) if match else None


def trouble_of(error: Exception, retry_after: str | None = None) -> Trouble:
    """An exception of simple-salesforce or requests in the words of the outcome tables."""
    if isinstance(error, SalesforceError):
        code, message = error_of(storable(error.content))
        return Trouble(status=error.status, code=code, message=message, retry_after=retry_after)
    return Trouble(fault=_transport_fault(error))


def error_of(content: Any) -> tuple[str, str]:
    """Code and message of an error body: a list, an object, or something that is no JSON at all."""
    first = content[0] if isinstance(content, list) and content else content
    if not isinstance(first, Mapping):
        return "", ""
    code = first.get("errorCode") or first.get("statusCode") or ""
    return str(code), str(first.get("message", ""))


def _transport_fault(error: Exception) -> Fault:
    for families, hidden, fault in _FAULTS:
        if isinstance(error, families) or (hidden is not None and _caused_by(error, hidden)):
            return fault
    return "dropped"


def _caused_by(error: BaseException, family: type[BaseException]) -> bool:
    """Whether an exception of `family` hides in the arguments of `error`, as requests wraps them."""
    inner = error.args[0] if error.args else None
    while isinstance(inner, BaseException):
        if isinstance(inner, family):
            return True
        reason = getattr(inner, "reason", None)
        inner = reason if isinstance(reason, BaseException) else (inner.args[0] if inner.args else None)
    return False


_FAULTS: tuple[tuple[tuple[type[Exception], ...], type[Exception] | None, Fault], ...] = (
    ((requests.exceptions.SSLError,), None, "tls"),
    ((requests.exceptions.ConnectTimeout, requests.exceptions.ProxyError), None, "refused"),
    ((requests.exceptions.Timeout,), urllib3.exceptions.ReadTimeoutError, "timeout"),
    ((), urllib3.exceptions.NewConnectionError, "refused"),
    ((requests.exceptions.JSONDecodeError, requests.exceptions.ContentDecodingError), None, "garbled"),
    ((ExpatError,), None, "garbled"),
)
"""Families of exceptions, what may hide in them, and our word; the first that fits counts, else `dropped`."""
