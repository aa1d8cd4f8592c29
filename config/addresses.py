"""Addresses in the settings: a CRM's base URL, the host to listen on, the store's URL.

As with all settings, no sentence quotes the text itself: an address may carry a password.
"""

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, WithJsonSchema
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine: localhost, 127.0.0.0/8, ::1."""
    if host.casefold() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def parse_base_url(value: object) -> str:
    """`https://host[:port]`, or http on loopback; returned without a closing slash; raise ValueError."""
    form = (
        "must be https://host, without path, query or credentials; http:// only for this machine's loopback"
    )
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(form) from None
    text = str(value)
    if not host or not text.isprintable() or " " in text or "\\" in text or port == 0:
        raise ValueError(form)
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not carry credentials; they belong under auth")
    if parts.path.strip("/") or parts.query or parts.fragment or text.endswith(("?", "#")):
        raise ValueError("must end after the host; remove path, query and fragment")
    if parts.scheme not in {"http", "https"}:
        raise ValueError(form)
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("must be https://; http:// would send tokens in the clear and is for loopback only")
    return f"{parts.scheme}://{parts.netloc}"


def host_and_port(base_url: str) -> str:
    """`api.hubapi.com:443`, as firewalls and proxies name it."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


BaseUrl = Annotated[
    str,
    BeforeValidator(parse_base_url),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^https?://[^/?#@]+/?$",
            "examples": ["https://acme.my.salesforce.com"],
        }
    ),
]

HOST = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"
)


def parse_host(value: object) -> str:
    """A host name or IP address to listen on; raise ValueError."""
    text = value.strip("[]") if isinstance(value, str) else ""
    try:
        return str(ip_address(text))
    except ValueError:
        if HOST.fullmatch(text):
            return text
    raise ValueError("must be a host name or an IP address to listen on, such as 127.0.0.1")


Host = Annotated[
    str, BeforeValidator(parse_host), WithJsonSchema({"type": "string", "examples": ["127.0.0.1"]})
]

# --- the store's address ------------------------------------------------------------------------------------

STORE_FORM = "must be sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE"


def parse_state(value: object, folder: Path) -> URL:
    """The store's URL; a relative SQLite file is taken from `folder`; raise ValueError.

    A URL's text hides its password, so it may be shown.
    """
    try:
        url = value if isinstance(value, URL) else make_url(value if isinstance(value, str) else "")
    except (ArgumentError, ValueError):
        raise ValueError(STORE_FORM) from None
    if url.drivername in {"postgresql", "postgres"}:
        raise ValueError("must name the driver: postgresql+psycopg://…")
    if {"password", "sslpassword"} & url.query.keys():
        raise ValueError("must have its password before the @, as in USER:${DB_PASSWORD}@HOST")
    if url.drivername == "postgresql+psycopg" and url.database:
        return url
    if url.drivername != "sqlite" or url.host or url.query:
        raise ValueError(STORE_FORM)
    if not url.database or url.database == ":memory:":
        raise ValueError(
            "must name a file (sqlite:///leadline.db); a store in memory would forget every mark"
        )
    return url.set(database=str((folder / url.database).absolute()))
