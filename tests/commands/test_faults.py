"""Whatever an admin gets wrong: a sentence with the next step and the contract's exit code, no traceback."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.conftest import Call
from tests.commands.office import TRACEBACK, WORKER, environment, run

PLAIN = """\
connections:
  - {name: portal, crm: hubspot, base_url: 'http://127.0.0.1:9', auth: {flow: token, token: a-token}}
"""


def plain(folder: Path) -> Path:
    file = folder / "leadline.yaml"
    file.write_text(PLAIN, encoding="utf-8")
    return file


Prepare = Callable[[Path], object]


@pytest.mark.parametrize(
    ("prepare", "args", "code", "says"),
    [
        (lambda _: None, ["status"], 2, "cannot be read (no such file"),
        (lambda folder: (folder / "leadline.yaml").mkdir(), ["status"], 2, "cannot be read"),
        (lambda folder: (folder / "leadline.yaml").write_bytes(b"\xff\xfe"), ["sync"], 2, "UTF-8"),
        (lambda folder: (folder / "leadline.yaml").write_text(""), ["run"], 2, "is empty"),
        (lambda folder: (folder / "leadline.yaml").write_text("a: [}"), ["check"], 2, "is not YAML"),
        (lambda folder: (folder / "leadline.yaml").write_text("- a"), ["setup"], 2, "keys and values"),
        (plain, ["--state", "nonsense", "status"], 2, "--state: must be"),
        (plain, ["--state", "sqlite:////proc/none/x.db", "status"], 1, "the store sqlite:////proc/none/x.db"),
        (
            plain,
            ["--state", "postgresql+psycopg://u:hidden@127.0.0.1:9/d", "status"],
            1,
            "the database server runs",
        ),
        (plain, ["status", "portla"], 2, "did you mean 'portal'?"),
        (plain, ["sync", "portla"], 2, "did you mean 'portal'?"),
        (plain, ["explain", "portla", "1"], 2, "did you mean 'portal'?"),
        (plain, ["explain", "portal", "1"], 1, "no lead 1 is known"),
        (plain, ["explain", "portal", "1", "--as-of", "yesterday"], 2, "must be a time"),
        (plain, ["sync", "--as-of", "2026-11-21T09:00"], 2, "needs a zone"),
        (plain, ["quarantine", "list", "portla"], 2, "did you mean 'portal'?"),
        (plain, ["sync"], 1, "portal"),
        (plain, ["check"], 1, "✘"),
        (plain, ["setup"], 1, "portal"),
        (plain, ["lint", "absent.yaml"], 2, "cannot be read"),
        (plain, ["lint", "."], 2, "cannot be read"),
        (plain, ["lint", "leadline.yaml"], 2, "is not a key of the playbook"),
        (plain, ["init", "leadline.yaml"], 2, "cannot be written"),
        (plain, ["demo", "--leads", "x.csv"], 2, "needs --mapping"),
        (plain, ["demo", "--mapping", "x.yaml"], 2, "add --leads"),
        (plain, ["demo", "--leads", "x.csv", "--mapping", "x.yaml"], 2, "x.yaml: cannot be read"),
        (plain, ["demo", "--playbook", "absent.yaml"], 2, "absent.yaml:1: this file cannot be read"),
        (plain, ["demo", "--keep", "."], 2, "choose an empty folder"),
        (plain, ["sandbox", "serve", "--leads", "x.csv"], 2, "needs --mapping"),
        (plain, ["sandbox", "serve", "--salesforce", "99999"], 2, "65535"),
        (plain, ["statsu"], 2, "Did you mean 'status'?"),
        (plain, ["sync", "--limit", "0"], 2, "--limit"),
        (plain, ["setup", "--plan", "--apply"], 2, "choose one"),
        (plain, ["--log-level", "loud", "status"], 2, "debug, info, warning or error"),
    ],
)
def test_it_is_said_in_a_sentence(
    call: Call, tmp_path: Path, prepare: Prepare, args: list[str], code: int, says: str
) -> None:
    prepare(tmp_path)
    answer = call(*args)
    said = " ".join((answer.out + answer.err).split())
    assert TRACEBACK not in said
    assert "does not know; please report" not in said
    assert says in said
    assert answer.code == code
    assert "hidden" not in said, "a password in a URL is never shown"


def test_init_never_overwrites(call: Call, tmp_path: Path) -> None:
    plain(tmp_path)
    answer = call("init")
    assert answer.code == 1
    assert "was left as it is" in answer.err
    assert (tmp_path / "leadline.yaml").read_text("utf-8") == PLAIN
    assert (tmp_path / "playbook.yaml").exists()


def test_a_wrong_fact_name_is_a_fault_with_its_line(call: Call, tmp_path: Path) -> None:
    plain(tmp_path).write_text(PLAIN.replace("token: a-token}", "token: a-token}, fields: {industri: x}"))
    answer = call("status")
    assert answer.code == 2
    assert (
        "leadline.yaml:2: connections[0].fields.industri: is no fact; did you mean 'industry'?" in answer.err
    )


def test_a_store_that_turned_read_only(tmp_path: Path) -> None:
    if os.geteuid() == 0:  # root writes anywhere: take the folder's place away instead
        (tmp_path / "leadline.db").mkdir()
    else:
        tmp_path.chmod(0o555)
    plain_folder = tmp_path if os.geteuid() == 0 else tmp_path.parent
    file = plain(plain_folder)
    answer = run(tmp_path, "--config", str(file), "--state", f"sqlite:///{tmp_path}/leadline.db", "status")
    assert answer.code == 1
    assert "check that its folder exists and is writable" in answer.err
    assert TRACEBACK not in answer.err


def test_a_reader_that_leaves_early_is_no_error_of_ours(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, str(WORKER), "schema", "config"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(30) == 1
    assert err == ""


def test_a_closed_standard_output_is_no_traceback(tmp_path: Path) -> None:
    plain(tmp_path)
    answer = subprocess.run(
        ["sh", "-c", '"$0" "$1" status >&-', sys.executable, str(WORKER)],  # noqa: S607  # the machine's own
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert TRACEBACK not in answer.stderr


def test_a_terminal_without_the_signs_still_gets_the_text(tmp_path: Path) -> None:
    plain(tmp_path)
    answer = run(tmp_path, "check", PYTHONIOENCODING="ascii")
    assert answer.code == 1
    assert "configuration" in answer.out
    assert TRACEBACK not in answer.err


def test_a_taken_port_is_told(call: Call) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        answer = call("sandbox", "serve", "--salesforce", str(taken.getsockname()[1]), "--hubspot", "0")
    assert answer.code == 2
    assert "the ports cannot be opened (address already in use)" in answer.err
