"""A broken leadline.yaml: always ConfigFault, one line per fault with key and line, never anything else."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.faults import ConfigFault, KeyPath, dotted
from config.settings import load_settings
from tests.settings_document import FULL, KEYS, PEM, faults, key_of, opened, section, written


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "playbook.yaml").touch()
    (tmp_path / "key.pem").write_text(PEM, encoding="utf-8")
    return tmp_path


# --- values -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("timezone",), "Europe/Berlim", "did you mean 'Europe/Berlin'?"),
        (("timezone",), "../../etc/passwd", "IANA time zone"),
        (("timezone",), "America", "IANA time zone"),
        (("state",), "sqlite://", "must name a file"),
        (("state",), "sqlite:///:memory:", "must name a file"),
        (("state",), "postgresql+psycopg://u@h/db?password=x", "must have its password before the @"),
        (("state",), "postgresql://u@h/d", "postgresql+psycopg://"),
        (("state",), "mysql://u:p@h/d", "sqlite:///FILE or postgresql+psycopg://"),
        (("state",), "no url", "sqlite:///FILE"),
        (("playbook",), "absent.yaml", "there is no file"),
        (("playbook",), "x" * 300, "there is no file"),
        (("playbook",), "a\0b", "there is no file"),
        (("connections",), [], "at least one connection"),
        (("connections", 0, "name"), "Acme", "a-z, 0-9 and -"),
        (("connections", 0, "name"), "hs-token", "taken by another connection"),
        (("connections", 0, "crm"), "salesfroce", "did you mean 'salesforce'?"),
        (("connections", 0, "base_url"), "http://acme.my.salesforce.com", "must be https://"),
        (("connections", 0, "base_url"), "http://127.0.0.1.example.com", "must be https://"),
        (("connections", 0, "base_url"), "http://localhost.example.com", "must be https://"),
        (("connections", 0, "base_url"), "http://[::2]", "must be https://"),
        (("connections", 0, "base_url"), "https://acme.example/services", "remove path"),
        (("connections", 0, "base_url"), "https://acme.example?x=1", "remove path"),
        (("connections", 0, "base_url"), "https://u:p@acme.example", "credentials"),
        (("connections", 0, "base_url"), "ftp://acme.example", "https://host"),
        (("connections", 0, "base_url"), "https://acme.example:99999", "https://host"),
        (("connections", 0, "base_url"), "https://", "https://host"),
        (
            ("connections", 0, "base_url"),
            "https://acme.lightning.force.com",
            "https://NAME.my.salesforce.com",
        ),
        (("connections", 0, "base_url"), "https://acme--uat.sandbox.lightning.force.com/", "use My Domain"),
        (("connections", 0, "base_url"), "https://acme.my.salesforce-setup.com", "address for browsers"),
        (("connections", 0, "base_url"), "https://login.salesforce.com", "https://NAME.my.salesforce.com"),
        (("connections", 0, "base_url"), "https://TEST.salesforce.com", "no client credentials"),
        (("connections", 4, "base_url"), "https://app.hubspot.com", "https://api.hubapi.com"),
        (("connections", 0, "api_version"), "v66", '"66.0"'),
        (("connections", 0, "every"), "2 minutes", "a whole number and one of s, m, h, d, w"),
        (("connections", 0, "every"), "999999999w", "must be a duration"),
        (("connections", 0, "every"), "0s", "between 1s and 1d"),
        (("connections", 0, "overlap"), "2d", "between 1m and 1d"),
        (("connections", 0, "history"), "99999d", "between 1d and 3650d"),
        (("connections", 0, "api_budget"), "120%", "100%"),
        (("connections", 0, "api_budget"), "0", "number of calls"),
        (("connections", 0, "quiet_hours"), "22-6", "22:00-06:00"),
        (("connections", 0, "quiet_hours"), "06:00-06:00", "same time"),
        (("connections", 0, "fields"), {"Employees!": "X"}, "fact's name"),
        (("connections", 0, "fields"), {"employees": "a b"}, "API name"),
        (
            ("connections", 0, "values"),
            {"industry": {"Tech": "softwear"}},
            "values.industry.Tech: is not mapped",
        ),
        (("connections", 0, "touches"), {"demo_requests": ["x"]}, "did you mean 'demo_request'?"),
        (("connections", 0, "touches"), {"demo_request": ["("]}, "regular expression"),
        (("connections", 0, "touches"), {"demo_request": ["a{99999999999}"]}, "regular expression"),
        (("connections", 0, "touches"), {"demo_request": ["(" * 3000]}, "regular expression"),
        (("connections", 0, "touches"), {"demo_request": [""]}, "must not be empty"),
        (("connections", 0, "statuses"), {"close": ["x"]}, "did you mean 'closed'?"),
        (("connections", 0, "statuses"), {"closed": ["x"], "open": ["X"]}, "two words"),
        (("connections", 0, "scope", "created_since"), "2026-13-01", "YYYY-MM-DD"),
        (("connections", 0, "write", "mode"), "of", "did you mean 'off'?"),
        (("connections", 0, "write", "rename"), {"Scores": "X__c"}, "did you mean 'Score'?"),
        (("connections", 0, "write", "rename"), {"Score": "X__c", "Fit": "x__C"}, "two outputs"),
        (("connections", 1, "cron"), "*/5 8-18 * * 1-5", "mon, tue, wed"),
        (("connections", 1, "cron"), "*/5 8-18 * *", "five fields"),
        (("connections", 1, "cron"), "61 * * * *", "minute field"),
        (("connections", 1, "cron"), "* * * * mon-xyz", "day of week field"),
        (("connections", 1, "every"), "2m", "beside every"),
        (("connections", 1, "auth", "private_key"), PEM, "either private_key_file"),
        (("connections", 1, "auth", "private_key_file"), "absent.pem", "no such file"),
        (("connections", 1, "auth", "private_key_file"), "playbook.yaml", "PEM form"),
        (("connections", 2, "auth", "private_key"), "abc", "PEM form"),
        (("connections", 3, "auth", "flow"), "pasword", "did you mean 'password'?"),
        (("connections", 4, "auth", "token"), "", "must not be empty"),
        (("connections", 4, "auth", "token"), "a\nb", "single line"),
        (("connections", 4, "scope"), {"record_types": ["A"]}, "Salesforce only"),
        (("connections", 4, "write"), {"mode": "pilot"}, "scope"),
        (("connections", 5, "api_version"), "3", "v3 or a dated version"),
        (("web", "port"), "http", "whole number"),
        (("web", "port"), "9" * 5000, "whole number"),
        (("web", "port"), 70000, "at most 65535"),
        (("web", "host"), "a b", "host name or an IP address"),
        (("log", "level"), "warn", "did you mean 'warning'?"),
    ],
)
def test_a_wrong_value_says_what_is_allowed(folder: Path, path: KeyPath, value: object, says: str) -> None:
    document, holder = opened(path)
    holder[key_of(path)] = value
    assert any(says in f"{fault.key}: {fault.message}" for fault in faults(folder, written(document)))


def test_an_open_door_needs_a_token(folder: Path) -> None:
    found = faults(folder, written(FULL | {"web": {"host": "0.0.0.0"}}))  # noqa: S104  # that is the fault
    assert [fault.key for fault in found] == ["web.token"]


def test_all_faults_come_at_once_in_the_order_of_their_lines(folder: Path) -> None:
    text = """\
playbok: x
state: nothing
connections:
  - name: a
    crm: salesforce
    base_url: http://acme.example
    auth: {flow: client_credentials, client_id: "${UNSET}", client_secret: ${file:absent}}
    cron: 0 0 * * 1
  - name: a
    crm: hubspot
    auth: {flow: token, token: ${UNSET_TOO}}
    every: soon
web: {port: 0}
"""
    found = [(fault.line, fault.key) for fault in faults(folder, text)]
    assert found == sorted(found)
    assert set(found) == {
        (1, "playbok"),
        (2, "state"),
        (6, "connections[0].base_url"),
        (7, "connections[0].auth.client_id"),
        (7, "connections[0].auth.client_secret"),
        (8, "connections[0].cron"),
        (9, "connections[1].name"),
        (11, "connections[1].auth.token"),
        (12, "connections[1].every"),
        (13, "web.port"),
    }


# --- placeholders -------------------------------------------------------------------------------------------


def test_a_missing_variable_is_named_and_nothing_else_is_said_of_its_key(folder: Path) -> None:
    for path in (key for key in KEYS if isinstance(section(FULL, key)[key[-1]], str)):
        document, holder = opened(path)
        holder[key_of(path)] = "x${NOT_SET}"
        found = [fault for fault in faults(folder, written(document)) if fault.key == dotted(path)]
        assert [("NOT_SET is not set" in fault.message) for fault in found] == [True], path


@pytest.mark.parametrize("text", ["${", "${NAME", "${}", "${NA ME}", "${1ST}", "${env:X}"])
def test_a_malformed_placeholder_is_a_fault(folder: Path, text: str) -> None:
    document, holder = opened(("log", "level"))
    holder["level"] = text
    assert ["no placeholder" in fault.message for fault in faults(folder, written(document))] == [True]


def test_a_file_placeholder_names_the_file_it_cannot_read(folder: Path) -> None:
    for path, why in {"absent": "no such file", ".": "directory"}.items():
        document, holder = opened(("log", "level"))
        holder["level"] = f"${{file:{path}}}"
        assert any(why in fault.message for fault in faults(folder, written(document)))


def test_no_fault_quotes_a_value_other_than_a_path(folder: Path) -> None:
    for path in KEYS:
        if path[-1] in {"playbook", "private_key_file"}:
            continue
        document, holder = opened(path)
        holder[key_of(path)] = "${SECRET}"
        (folder / "leadline.yaml").write_text(written(document), encoding="utf-8")
        message = ""
        try:
            load_settings(folder / "leadline.yaml", {"SECRET": "hunter2 (☃"})
        except ConfigFault as error:
            message = str(error)
        assert "hunter2" not in message


# --- files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"# only a comment\n", "is empty"),
        (b"- a\n- b\n", "must hold keys and values"),
        (b"text", "must hold keys and values"),
        (b"null", "must hold keys and values"),
        (b"a: [1, 2\nb: 3\n", "is not YAML"),
        (b"a: b: c\n", "is not YAML"),
        (b"a:\n\t- b\n", "tab"),
        (b"a: *nowhere\n", "is not YAML"),
        (b"a: 1\n---\nb: 2\n", "is not YAML"),
        (b"%YAML 9.9\n---\na: 1\n", ""),
        (b"\x00\x01\x02", "control character"),
        (b"a: \x07\n", "control character"),
        (b"\xff\xfe\x00\xd8", "UTF-8"),
        (b"a: \xc3\x28", "UTF-8"),
        (b"x" * 1_000_001, "1 MB"),
        (b"[" * 5000, "not YAML"),
        ("a: \ue0000\ue001".encode(), "U+E000"),
        (b"a: &a [*a]\n", "contains itself"),
        (b"a: !!python/object:os.system x\n", "not a known key"),
        (b"log: !secret {level: info}\n", "tag"),
        (b"? [a, b]\n: c\n", "plain word"),
        (b"log: {level: info}\nlog: {level: debug}\n", "given twice, first on line 1"),
        (b"connections: [~]\n", "is empty"),
        (b"connections: [[]]\n", "must hold keys and values"),
        (b"<<: {a: b}\n", "not a known key"),
        (b"log: {level: 'a\n\n  b'}", "debug or info"),
    ],
)
def test_what_is_no_settings_file_is_told_apart(folder: Path, content: bytes, says: str) -> None:
    assert any(says in f"{fault.key}: {fault.message}" for fault in faults(folder, content))


def test_aliases_that_unfold_without_end_are_refused(folder: Path) -> None:
    laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9)
    )
    assert any("unfolds" in fault.message for fault in faults(folder, laughs))


def test_a_line_counts_the_same_under_any_line_end(folder: Path) -> None:
    for end in ("\n", "\r\n"):
        for mark in ("", "\ufeff"):
            text = mark + end.join(["log:", "  format: json", "  level: loud", ""])
            lines = {fault.key: fault.line for fault in faults(folder, text)}
            assert lines == {"connections": 1, "log.level": 3}


@pytest.mark.parametrize("name", ["absent.yaml", ".", "a\0b", "x" * 300])
def test_a_file_that_cannot_be_read_is_a_fault(folder: Path, name: str) -> None:
    with pytest.raises(ConfigFault, match="this file cannot be read"):
        load_settings(folder / name, {})


def test_a_link_to_itself_is_a_fault(folder: Path) -> None:
    (folder / "loop.yaml").symlink_to(folder / "loop.yaml")
    with pytest.raises(ConfigFault, match="this file cannot be read"):
        load_settings(folder / "loop.yaml", {})


# --- anything -----------------------------------------------------------------------------------------------

WORDS = st.one_of(
    st.sampled_from([str(path[-1]) for path in KEYS]),
    st.sampled_from(["salesforce", "hubspot", "token", "jwt_bearer", "${X}", "2m", "UTC", "on", "1"]),
    st.text(max_size=8),
)
TREES = st.recursive(
    st.one_of(WORDS, st.none(), st.booleans(), st.integers(), st.floats()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(WORDS, inner, max_size=6)),
    max_leaves=25,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=TREES, position=st.sampled_from(KEYS))
def test_no_document_raises_anything_else(folder: Path, tree: object, position: KeyPath) -> None:
    document, holder = opened(position)
    holder[key_of(position)] = tree
    file = folder / "leadline.yaml"
    file.write_text(json.dumps(document), encoding="utf-8")
    with suppress(ConfigFault):
        load_settings(file, {"X": "x"})


def test_a_fault_stays_on_its_line_whatever_a_key_holds(folder: Path) -> None:
    (fault,) = faults(folder, written(FULL | {"a\nb\u2028c": "x"}))
    assert str(fault).isprintable()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(st.binary(max_size=80), st.text(alphabet="ab:-[]{}#&*!|>'\"%@`,? \n\t${}", max_size=60))
)
def test_no_bytes_raise_anything_else(folder: Path, content: bytes | str) -> None:
    faults(folder, content)
