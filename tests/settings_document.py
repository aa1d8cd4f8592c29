"""A leadline.yaml that uses every key, and the means to break it: shared by the tests of settings."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.faults import ConfigFault, Fault, KeyPath
from config.settings import load_settings

PEM = "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----"
FREE_KEYS = ("fields", "values", "touches", "statuses", "rename")
"""Mappings whose keys are the user's own or words of a list, not keys of the schema."""


def salesforce(name: str, auth: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "crm": "salesforce", "base_url": "https://acme.example", "auth": auth} | more


FULL: dict[str, Any] = {
    "playbook": "playbook.yaml",
    "state": "sqlite:///leadline.db",
    "timezone": "UTC",
    "connections": [
        salesforce(
            "sf-client",
            {"flow": "client_credentials", "client_id": "a", "client_secret": "b"},
            api_version="66.0",
            every="2m",
            api_budget="20%",
            fields={"employees": "Size__c"},
            values={"industry": {"Tech": "software"}},
            touches={"demo_request": ["demo"]},
            statuses={"closed": ["Dead"]},
            scope={"created_since": "2026-01-01", "owners": ["005"], "record_types": ["A"], "list": "00B"},
            write={"mode": "on", "profile": "full", "rename": {"Score": "Prio__c"}},
            overlap="15m",
            history="365d",
            quiet_hours="22:00-06:00",
            automation_users=["0051"],
        ),
        salesforce(
            "sf-file",
            {
                "flow": "jwt_bearer",
                "client_id": "a",
                "username": "u",
                "private_key_file": "key.pem",
                "audience": "https://acme.example",
            },
            cron="*/5 8-18 * * mon-fri",
        ),
        salesforce("sf-key", {"flow": "jwt_bearer", "client_id": "a", "username": "u", "private_key": PEM}),
        salesforce(
            "sf-password",
            {
                "flow": "password",
                "username": "u",
                "password": "p",
                "security_token": "t",
                "client_id": "a",
                "client_secret": "b",
            },
        ),
        {"name": "hs-token", "crm": "hubspot", "auth": {"flow": "token", "token": "t"}},
        {
            "name": "hs-refresh",
            "crm": "hubspot",
            "auth": {"flow": "refresh_token", "client_id": "a", "client_secret": "b", "refresh_token": "c"},
        },
    ],
    "web": {"host": "127.0.0.1", "port": 8787, "token": "t"},
    "log": {"format": "json", "level": "info"},
}


def keys_in(data: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Every key of the schema that the document uses."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in pairs:
        if isinstance(key, str):
            yield (*path, key)
        if key not in FREE_KEYS:
            yield from keys_in(value, (*path, key))


KEYS = list(keys_in(FULL))


def section(document: Any, path: KeyPath) -> Any:
    """The mapping that holds the last key of `path`."""
    for part in path[:-1]:
        document = document[part]
    return document


def key_of(path: KeyPath) -> str:
    """The last key of a path."""
    return str(path[-1])


def opened(path: KeyPath) -> tuple[dict[str, Any], dict[str, Any]]:
    """A copy of FULL, and within it the mapping that holds the last key of `path`."""
    document = copy.deepcopy(FULL)
    return document, section(document, path)


def written(document: dict[str, Any]) -> str:
    """The document as JSON, which is YAML with one key a line."""
    return json.dumps(document, indent=1, ensure_ascii=False)


def faults(folder: Path, text: str | bytes, **environ: str) -> tuple[Fault, ...]:
    """The faults of a file; each one prints as one line."""
    file = folder / "leadline.yaml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ConfigFault) as raised:
        load_settings(file, environ)
    assert raised.value.faults
    for fault in raised.value.faults:
        assert str(fault).startswith(f"{file}:{fault.line}: ")
        assert "\n" not in str(fault)
    return raised.value.faults
