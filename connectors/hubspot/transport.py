"""hubspot-api-client made predictable: kept API objects, one request per call, plain JSON, errors as Trouble.

By itself the client rebuilds its API objects (and their sockets) at every access, repeats GETs, has no
timeout, and answers None or empty models where an answer is not the declared one (fact sheet §1.2-1.4). Here
it keeps its paths, bodies and headers, and gives the parsed JSON of whatever 2xx came, for others to judge.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import structlog
import urllib3
from hubspot import HubSpot

from connectors.hubspot.outcomes import DAILY, LOCK_SECONDS, PAUSE_SECONDS, SECONDLY, TEN_SECONDLY
from connectors.outcomes import Fault, Trouble
from connectors.storable import storable

LOG = structlog.get_logger("leadline.hubspot")

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
TIMEOUT = (CONNECT_SECONDS, READ_SECONDS)

Api = Any
"""One of the client's API objects; the package has no types."""
Send = Callable[..., tuple[Any, int, Mapping[str, str]]]
"""A `_with_http_info` method: data, status, headers."""


@dataclass(frozen=True, slots=True)
class ValueFault:
    """One reason that HubSpot gave for refusing content; property and ids are empty where it named none."""

    code: str
    property_name: str = ""
    ids: tuple[str, ...] = ()


class HubSpotTrouble(Trouble):
    """A refusal by HubSpot, with what it said about single values and records."""

    def __init__(self, *, faults: tuple[ValueFault, ...] = (), **parts: Any) -> None:
        super().__init__(**parts)
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Apis:
    """The API objects of one access token."""

    search: Api
    batch: Api
    basic: Api
    associations: Api
    properties: Api
    property_batch: Api
    groups: Api
    tokens: Api

    def close(self) -> None:
        """Give the sockets back."""
        for name in self.__slots__:
            getattr(self, name).api_client.rest_client.pool_manager.clear()


def open_apis(base_url: str, api_version: str, access_token: str | None) -> Apis:
    """API objects for one token; a new token needs new ones, for they copy it (§1.3)."""
    clients: dict[str, Any] = {}

    def make(package: Any, api_name: str, config: Mapping[str, Any]) -> Api:
        if package.__name__ not in clients:
            clients[package.__name__] = _client(package, config, api_version)
        return getattr(package, api_name)(api_client=clients[package.__name__])

    hubspot = HubSpot(
        access_token=access_token, host=base_url, base_url=base_url, retry=False, api_factory=make
    )
    crm = hubspot.crm
    return Apis(
        search=crm.objects.search_api,
        batch=crm.objects.batch_api,
        basic=crm.objects.basic_api,
        associations=crm.associations.v4.batch_api,
        properties=crm.properties.core_api,
        property_batch=crm.properties.batch_api,
        groups=crm.properties.groups_api,
        tokens=hubspot.oauth.tokens_api,
    )


def dated(path: str, api_version: str) -> str:
    """A path of the client in another API version: `/crm/v3/objects/…` → `/crm/objects/2026-03/…`.

    HubSpot ends v1 to v4 during 2027, and the client knows no other paths (§0.2).
    """
    if api_version == "v3":
        return path
    path = re.sub(r"^/crm/v\d/(objects|properties|associations|lists)", rf"/crm/\1/{api_version}", path)
    return re.sub(r"^/(oauth|account-info)/v\d/", rf"/\1/{api_version}/", path)


def raw(api: Api, method: str, path: str, body: Any = None, query: Mapping[str, str] | None = None) -> Send:
    """A call for which the client has no usable method, over the same sockets: lists (§1.4), account."""

    def send(**options: Any) -> tuple[Any, int, Mapping[str, str]]:
        answer: tuple[Any, int, Mapping[str, str]] = api.api_client.call_api(
            path,
            method,
            query_params=list((query or {}).items()),
            header_params={"Accept": "application/json", "Content-Type": "application/json"},
            body=body,
            auth_settings=["oauth2"],
            **options,
        )
        return answer

    return send


def exchange(send: Send, *args: Any, **options: Any) -> tuple[Any, Mapping[str, str]]:
    """One request: parsed JSON (None for an empty body) and headers. Raises Trouble for everything else."""
    try:
        data, _, headers = send(*args, _request_timeout=TIMEOUT, **options)
    except Trouble:
        raise
    except urllib3.exceptions.HTTPError as error:
        raise Trouble(fault=_fault(error)) from None
    except (UnicodeDecodeError, LookupError, RecursionError):
        raise Trouble(fault="garbled") from None
    except Exception as error:
        # Every package of the client has exception classes of its own, without a common base (§1.4).
        if not hasattr(error, "status"):
            raise
        raise _refusal(error) from None
    LOG.debug("answer", correlation_id=headers.get("X-HubSpot-Correlation-Id"))
    if isinstance(data, str) and data.strip():
        raise Trouble(fault="garbled")  # HTML or cut JSON under a 2xx
    return storable(data) or None, headers


def _client(package: Any, config: Mapping[str, Any], api_version: str) -> Any:
    """The package's HTTP client, made as by the client's own factory, with our paths and plain answers."""
    configuration = package.Configuration()
    for name, value in config.items():
        setattr(configuration, "retries" if name == "retry" else name, value)
    configuration.proxy = _proxy(configuration.host)
    client = package.ApiClient(configuration=configuration)
    call_api = client.call_api

    def call(path: str, *args: Any, **options: Any) -> Any:
        return call_api(dated(path, api_version), *args, **(options | {"response_types_map": _ANY_SUCCESS}))

    client.call_api = call
    client.rest_client.request = partial(_request, client.rest_client.request)
    return client


def _proxy(base_url: str) -> str | None:
    """The proxy that the environment names (HTTPS_PROXY, NO_PROXY), which urllib3 does not look for.

    None for http, which is a sandbox on our loopback: no proxy can reach it.
    """
    address = urlsplit(base_url)
    is_direct = address.scheme == "http" or proxy_bypass(address.hostname or "")
    return None if is_direct else getproxies().get("https")


def _request(request: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """The package's request. Its error for an SSLError has no body, and the client would decode one."""
    try:
        return request(*args, **options)
    except Exception as error:
        if getattr(error, "status", None) == 0:  # the only case left to status 0: SSLError
            raise Trouble(fault="tls") from None
        raise


class _AnySuccess(dict[int, str]):
    """Says for every status that its body is plain JSON."""

    def get(self, status: int, default: Any = None) -> Any:  # noqa: ARG002  # the signature of dict
        return "object"


_ANY_SUCCESS = _AnySuccess()


def _fault(error: urllib3.exceptions.HTTPError) -> Fault:
    if isinstance(error, urllib3.exceptions.SSLError):
        return "tls"
    if isinstance(error, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ProxyError):
        return "refused"
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return "timeout"
    return "dropped"


def _refusal(error: Any) -> Trouble:
    """The client's ApiException as Trouble; its text quotes headers and body and must go no further."""
    body = _parsed(error.body)
    code = _code(error.status, body)
    headers = error.headers or {}
    LOG.debug(
        "refusal", status=error.status, code=code, correlation_id=headers.get("X-HubSpot-Correlation-Id")
    )
    return HubSpotTrouble(
        status=error.status,
        code=code,
        message=str(body.get("message", "")),
        retry_after=headers.get("Retry-After") or _pause(error.status, code),
        faults=_value_faults(body),
    )


def _parsed(body: Any) -> Mapping[str, Any]:
    try:
        parsed = json.loads(body)
    except (TypeError, ValueError):
        return {}
    return storable(parsed) if isinstance(parsed, dict) else {}


def _code(status: int, body: Mapping[str, Any]) -> str:
    """The most telling of HubSpot's several code fields; rate limits come in three shapes (§5)."""
    if status == 429:  # noqa: PLR2004  # HTTP's own number
        message = str(body.get("message", "")).lower()
        if body.get("policyName") == DAILY or "daily limit" in message:
            return DAILY
        return SECONDLY if "secondly limit" in message and "ten" not in message else TEN_SECONDLY
    named = (body.get("category"), body.get("error"), body.get("status"))
    return next((str(name) for name in named if name and name != "error"), "")


def _pause(status: int, code: str) -> str | None:
    if status == 423:  # noqa: PLR2004  # HTTP's own number
        return str(LOCK_SECONDS)
    return str(PAUSE_SECONDS[code]) if code in PAUSE_SECONDS else None


def _value_faults(body: Mapping[str, Any]) -> tuple[ValueFault, ...]:
    errors = [error for error in body.get("errors") or () if isinstance(error, Mapping)]
    listed = tuple(fault for error in errors for fault in value_faults(error))
    return listed or value_faults(body)


def value_faults(error: Mapping[str, Any]) -> tuple[ValueFault, ...]:
    """What one entry of an `errors` list says, in a 400 or a 207; every field may be missing (§4).

    Our trace ids are record ids, so either names the record.
    """
    context = error.get("context") or {}
    ids = tuple(str(one) for key in ("ids", "objectWriteTraceId") for one in context.get(key) or ())
    inner = [
        (str(one.get("error", "")), str(one.get("name", ""))) for one in _listed_in(error.get("message"))
    ]
    if not inner:
        code = str(error.get("code") or error.get("category") or "")
        inner = [(code, str(name)) for name in context.get("propertyName") or ("",)]
    return tuple(ValueFault(code, name, ids) for code, name in inner if code or name or ids)


def _listed_in(message: object) -> list[Mapping[str, Any]]:
    """The JSON hidden in `Property values were not valid: [...]`; only codes and names are used."""
    _, bracket, rest = str(message or "").partition("[")
    try:
        listed = json.loads(bracket + rest)
    except ValueError:
        return []
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
