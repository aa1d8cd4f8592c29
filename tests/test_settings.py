"""What a valid leadline.yaml means: values, defaults, placeholders, secrets."""

from datetime import date, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from config.auth import JwtBearer
from config.connections import Connection, SalesforceConnection
from config.faults import ConfigFault
from config.settings import Settings, load_settings
from config.values import format_duration, parse_budget, parse_duration, parse_quiet_hours

TEMPLATE = Path(__file__).parent.parent / "config" / "templates" / "leadline.yaml"
ENVIRON = {"SF_CLIENT_ID": "id-1", "SF_CLIENT_SECRET": "secret-1", "HUBSPOT_TOKEN": "secret-2"}

MINIMAL = """
connections:
  - name: hub
    crm: hubspot
    auth: {flow: token, token: ${HUBSPOT_TOKEN}}
  - name: force
    crm: salesforce
    base_url: https://acme.my.salesforce.com/
    auth:
      flow: client_credentials
      client_id: ${SF_CLIENT_ID}
      client_secret: ${SF_CLIENT_SECRET}
"""


def load(folder: Path, text: str, **environ: str) -> Settings:
    file = folder / "leadline.yaml"
    file.write_text(text, encoding="utf-8")
    return load_settings(file, ENVIRON | environ)


def salesforce(folder: Path, lines: str) -> Connection:
    """The Salesforce connection of MINIMAL with more keys, given as `key: value` lines."""
    more = "".join(f"    {line}\n" for line in lines.splitlines())
    return load(folder, f"timezone: UTC{MINIMAL}{more}").connections[1]


def test_what_is_left_out_has_the_documented_default(tmp_path: Path) -> None:
    settings = load(tmp_path, MINIMAL)
    hub, force = settings.connections
    assert settings.playbook is None
    assert settings.state.database == str(tmp_path / "leadline.db")
    assert settings.timezone == ZoneInfo("UTC")
    assert (settings.web.host, settings.web.port, settings.web.token) == ("127.0.0.1", 8787, None)
    assert (settings.log.format, settings.log.level) == ("json", "info")
    assert (force.interval, hub.interval) == (timedelta(minutes=2), timedelta(minutes=1))
    assert (force.overlap, hub.overlap) == (timedelta(minutes=15), timedelta(minutes=10))
    assert (force.base_url, hub.base_url) == ("https://acme.my.salesforce.com", "https://api.hubapi.com")
    assert (force.api_version, hub.api_version) == ("66.0", "v3")
    assert force.history == timedelta(days=365)
    assert force.api_budget.limit(1000) == 200
    assert (force.write.mode, force.write.profile) == ("on", "full")
    assert force.scope.is_everything


def test_null_is_the_same_as_left_out(tmp_path: Path) -> None:
    assert (
        salesforce(tmp_path, "quiet_hours: null\nscope:\nevery: ~") == load(tmp_path, MINIMAL).connections[1]
    )


def test_the_template_of_init_loads(tmp_path: Path) -> None:
    (tmp_path / "playbook.yaml").touch()
    settings = load(tmp_path, TEMPLATE.read_text(encoding="utf-8"))
    assert [connection.crm for connection in settings.connections] == ["salesforce", "hubspot"]
    assert {connection.write.mode for connection in settings.connections} == {"off"}
    assert settings.playbook == tmp_path / "playbook.yaml"


def test_on_and_off_are_words(tmp_path: Path) -> None:
    assert salesforce(tmp_path, "write: {mode: off}").write.mode == "off"


def test_every_key_of_a_connection_arrives(tmp_path: Path) -> None:
    connection = salesforce(
        tmp_path,
        "api_version: 60.0\n"
        "cron: '*/5  8-18 * * mon-fri'\n"
        "api_budget: 1500\n"
        "fields: {employees: Company_Size__c}\n"
        "values: {industry: {Fintech: financial_services, 0123: software}}\n"
        "touches: {demo_request: ['live tour']}\n"
        "statuses: {closed: [Dead]}\n"
        "scope: {created_since: 2026-01-31, owners: ['005'], record_types: [Inbound], list: 00B1}\n"
        "write: {mode: pilot, profile: minimal, rename: {Score: Lead_Priority__c}}\n"
        "overlap: 2h\n"
        "history: 4w\n"
        "quiet_hours: 22:00-06:00\n"
        "automation_users: [0051, 0052]",
    )
    assert connection.cron == "*/5 8-18 * * mon-fri"
    assert connection.interval is None
    assert connection.api_budget.limit(None) == 1500
    assert connection.fields == {"employees": "Company_Size__c"}
    assert connection.values == {"industry": {"Fintech": "financial_services", "0123": "software"}}
    assert connection.touches == {"demo_request": ("live tour",)}
    assert connection.statuses == {"closed": ("Dead",)}
    assert connection.scope.created_since == date(2026, 1, 31)
    assert (connection.scope.owners, connection.scope.listing) == (("005",), "00B1")
    assert connection.write.rename == {"Score": "Lead_Priority__c"}
    assert isinstance(connection, SalesforceConnection)
    assert (connection.api_version, connection.overlap) == ("60.0", timedelta(hours=2))
    assert connection.history == timedelta(weeks=4)
    assert connection.quiet_hours == parse_quiet_hours("22:00-06:00")
    assert connection.automation_users == ("0051", "0052")


def test_placeholders_read_the_environment_and_files(tmp_path: Path) -> None:
    (tmp_path / "tail").write_text("\ufeff  -hub \n", encoding="utf-8")
    text = MINIMAL.replace("name: hub", "name: ${PREFIX}${file:tail}")
    settings = load(tmp_path, text + "web: {port: ${PORT}}\n", PREFIX="acme", PORT="9000")
    assert settings.connections[0].name == "acme-hub"
    assert settings.web.port == 9000


def test_what_a_placeholder_brings_is_not_looked_at_again(tmp_path: Path) -> None:
    settings = load(tmp_path, MINIMAL, HUBSPOT_TOKEN="a${NOT_SET}b")
    assert "a${NOT_SET}b" in settings.secret_values()


def test_a_doubled_sign_escapes(tmp_path: Path) -> None:
    settings = load(tmp_path, MINIMAL.replace("${HUBSPOT_TOKEN}}", "'x$${HUBSPOT_TOKEN}y'}"))
    assert "x${HUBSPOT_TOKEN}y" in settings.secret_values()


def test_a_jwt_key_comes_from_its_file(tmp_path: Path) -> None:
    pem = "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n"
    (tmp_path / "key.pem").write_text(pem, encoding="utf-8")
    text = MINIMAL.replace("client_credentials", "jwt_bearer").replace(
        "client_secret: ${SF_CLIENT_SECRET}", "username: u@example.com\n      private_key_file: key.pem"
    )
    settings = load(tmp_path, text)
    auth = settings.connections[1].auth
    assert isinstance(auth, JwtBearer)
    assert auth.private_key.get_secret_value() == pem
    assert pem in settings.secret_values()


def test_secrets_are_known_and_never_shown(tmp_path: Path) -> None:
    text = f"{MINIMAL}state: postgresql+psycopg://u:secret-3@db/leadline\nweb: {{token: secret-4}}\n"
    settings = load(tmp_path, text)
    assert settings.secret_values() == {"secret-1", "secret-2", "secret-3", "secret-4"}
    for shown in (repr(settings), str(settings), settings.model_dump_json(), str(settings.state)):
        assert "secret-" not in shown


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:8001", True),
        ("http://127.9.9.9", True),
        ("http://localhost:8001", True),
        ("http://[::1]:8001", True),
        ("https://acme.my.salesforce.com", False),
    ],
)
def test_the_sandbox_is_known_by_its_address(tmp_path: Path, url: str, loopback: bool) -> None:
    text = MINIMAL.replace("https://acme.my.salesforce.com/", url)
    connection = load(tmp_path, text).connections[1]
    assert (connection.base_url, connection.on_loopback) == (url, loopback)


def test_connections_are_chosen_by_name(tmp_path: Path) -> None:
    settings = load(tmp_path, MINIMAL)
    assert settings.chosen([]) == settings.connections
    assert [connection.name for connection in settings.chosen(["force", "force"])] == ["force"]
    with pytest.raises(ConfigFault, match=r"^CONNECTION: forse: is not in the file; did you mean 'force'\?"):
        settings.chosen(["hub", "forse"])


def test_the_command_line_may_name_another_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load(tmp_path, MINIMAL).with_state("sqlite:///other.db")
    assert settings.state.database == str(tmp_path / "other.db")
    with pytest.raises(ConfigFault, match=r"^--state: must be sqlite:///FILE"):
        settings.with_state("redis://:secret@host")


@pytest.mark.parametrize("text", ["90s", "15m", "2h", "365d"])
def test_a_duration_reads_back(text: str) -> None:
    assert format_duration(parse_duration(text)) == text


def test_quiet_hours_may_cross_midnight() -> None:
    night, noon = parse_quiet_hours("22:00-06:00"), parse_quiet_hours("12:00-13:00")
    assert night.cover(time(23))
    assert night.cover(time(5, 59))
    assert not night.cover(time(6))
    assert noon.cover(time(12))
    assert not noon.cover(time(13))


def test_a_budget_is_a_share_or_a_number() -> None:
    assert parse_budget("2.5%").limit(1000) == 25
    assert parse_budget("20%").limit(None) is None
    assert parse_budget("300").limit(100_000) == 300


def test_settings_made_in_code_need_no_file() -> None:
    settings = Settings.model_validate(
        {
            "connections": [
                {
                    "name": "x",
                    "crm": "hubspot",
                    "auth": {"flow": "token", "token": SecretStr("t")},
                    "every": "5s",
                }
            ]
        }
    )
    assert settings.connections[0].interval == timedelta(seconds=5)
