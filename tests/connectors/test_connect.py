"""One door for both CRMs, which loads only the one in use."""

import subprocess
import sys

import pytest
from pydantic import TypeAdapter

from config.connections import AnyConnection
from connectors import connect
from qualifier.facts import FACTS

SALESFORCE = {
    "name": "org",
    "crm": "salesforce",
    "base_url": "http://127.0.0.1:9",
    "auth": {"flow": "client_credentials", "client_id": "a", "client_secret": "b"},
}
HUBSPOT = {
    "name": "portal",
    "crm": "hubspot",
    "base_url": "http://127.0.0.1:9",
    "auth": {"flow": "token", "token": "pat-na1-x"},
}
ANY: TypeAdapter[AnyConnection] = TypeAdapter(AnyConnection)


@pytest.mark.parametrize("settings", [SALESFORCE, HUBSPOT], ids=["salesforce", "hubspot"])
def test_the_crm_decides_and_nothing_is_sent_yet(settings: dict[str, object]) -> None:
    connector = connect(ANY.validate_python(settings), FACTS)
    assert (connector.name, connector.crm) == (settings["name"], settings["crm"])
    assert connector.calls == 0
    assert "lead" in connector.streams
    connector.close()


def test_the_library_of_the_other_crm_is_not_loaded() -> None:
    code = f"""
import sys
from pydantic import TypeAdapter
from config.connections import AnyConnection
from connectors import connect
connect(TypeAdapter(AnyConnection).validate_python({SALESFORCE!r}), {{}})
assert "simple_salesforce" in sys.modules
assert "hubspot" not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
