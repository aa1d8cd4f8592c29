"""A PostgreSQL server of our own, from the Debian package, on loopback, gone when the tests are."""

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def serve() -> Iterator[str]:
    """Start a server; yields the URL of its empty database, without the database's name."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        raise RuntimeError(
            "PostgreSQL is not installed; apt-get install postgresql, then run these tests again"
        )
    folder = Path(tempfile.mkdtemp(prefix="leadline-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    port = _free_port()
    data, bin_folder = folder / "data", programs[-1]
    _run(f"{bin_folder}/initdb -D {data} -A trust -U leadline -E UTF8")
    _run(
        f"{bin_folder}/pg_ctl -D {data} -l {folder}/log -w start "
        f"-o '-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off'"
    )
    try:
        yield f"postgresql+psycopg://leadline@127.0.0.1:{port}"
    finally:
        _run(f"{bin_folder}/pg_ctl -D {data} -m immediate stop")
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: str) -> None:
    """PostgreSQL refuses to run as root; its own user is there wherever the package is."""
    as_user = ["su", "postgres", "-c"] if getpass.getuser() == "root" else ["sh", "-c"]
    subprocess.run(
        [*as_user, command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60
    )  # our own words


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
