"""The release is a wheel built through the sdist: one installed name, every file of every room."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from hatch_build import ROOMS

ROOT = Path(__file__).parent.parent


def build(source: Path, out: Path, kind: str) -> Path:
    """Build one distribution without network or isolation and return its file."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(out)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    return next(out.glob("*.whl" if kind == "wheel" else "*.tar.gz"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as a release makes it: checkout, sdist, wheel."""
    folder = tmp_path_factory.mktemp("release")
    with tarfile.open(build(ROOT, folder / "sdist", "sdist")) as sdist:
        sdist.extractall(folder, filter="data")
    source = next(folder.glob("leadline-*"))
    return build(source, folder / "wheel", "wheel")


def names_in(wheel: Path) -> set[PurePosixPath]:
    with zipfile.ZipFile(wheel) as archive:
        return {PurePosixPath(name) for name in archive.namelist()}


def room_files() -> set[PurePosixPath]:
    """Every file of every room in the checkout that a release must hold."""
    found = [path for room in ROOMS for path in [ROOT / room, *(ROOT / room).rglob("*")]]
    return {
        PurePosixPath(path.relative_to(ROOT).as_posix())
        for path in found
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_only_leadline_is_installed(wheel: Path) -> None:
    top = {name.parts[0] for name in names_in(wheel)}
    assert "leadline" in top
    assert all(name == "leadline" or name.endswith(".dist-info") for name in top)


def test_every_file_of_every_room_is_in_the_wheel(wheel: Path) -> None:
    prefix = PurePosixPath("leadline/_app")
    assert {name for name in names_in(wheel) if name.is_relative_to(prefix)} == {
        prefix / name for name in room_files()
    }


def test_the_rooms_hold_more_than_python() -> None:
    assert {path.suffix for path in room_files()} > {".py"}


def test_the_wheel_runs_from_an_unrelated_folder(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "installed"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(target),
    ]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True)
    away = tmp_path / "away"
    away.mkdir()
    answer = subprocess.run(
        [sys.executable, "-m", "leadline", "--help"],
        cwd=away,
        env={"PYTHONPATH": str(target), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert "explain" in answer.stdout
