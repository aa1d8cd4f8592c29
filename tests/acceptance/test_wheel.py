"""The wheel, built through the sdist, in an environment of its own: one new name, and the demo runs."""

import subprocess
import sys
import sysconfig
import tarfile
import venv
from pathlib import Path

import pytest

from tests.acceptance.customer import ROOT
from tests.test_packaging import build

DEMO_SECONDS = 180
"""The contract's minute, and what a busy machine may add."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty virtual environment with the wheel; its dependencies are lent by this one, by a path."""
    folder = tmp_path_factory.mktemp("release")
    with tarfile.open(build(ROOT, folder / "sdist", "sdist")) as sdist:
        sdist.extractall(folder, filter="data")
    wheel = build(next(folder.glob("leadline-*")), folder / "wheel", "wheel")
    made = folder / "environment"
    venv.create(made, with_pip=False)
    site = site_of(made)
    before = set(site.iterdir())
    pip = [sys.executable, "-m", "pip", "--python", str(made / "bin" / "python")]
    install = [*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    added = {path.name for path in set(site.iterdir()) - before}
    assert {name for name in added if not name.endswith(".dist-info")} == {"leadline"}
    (site / "lent.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return made


def site_of(environment: Path) -> Path:
    return Path(sysconfig.get_path("purelib", vars={"base": str(environment), "platbase": str(environment)}))


def leadline(environment: Path, away: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The installed command, from a folder that has nothing to do with the checkout."""
    return subprocess.run(
        [str(environment / "bin" / "leadline"), *words],
        cwd=away,
        env={"PATH": "", "HOME": str(away)},
        capture_output=True,
        text=True,
        timeout=DEMO_SECONDS,
        check=False,
    )


def test_what_runs_is_the_installed_copy(environment: Path, tmp_path: Path) -> None:
    answer = subprocess.run(
        [str(environment / "bin" / "python"), "-c", "import leadline; print(leadline.__file__)"],
        cwd=tmp_path,
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(answer.stdout.strip()).is_relative_to(site_of(environment))


def test_help_answers_from_an_unrelated_folder(environment: Path, tmp_path: Path) -> None:
    answer = leadline(environment, tmp_path, "--help")
    assert answer.returncode == 0, answer.stderr
    assert "explain" in answer.stdout


def test_the_demo_runs_from_an_unrelated_folder(environment: Path, tmp_path: Path) -> None:
    answer = leadline(environment, tmp_path, "demo")
    assert answer.returncode == 0, answer.stdout[-2_000:] + answer.stderr[-2_000:]
    assert "Second pass: nothing changed, so nothing is written" in answer.stdout
    assert not list(tmp_path.glob("*leadline*")), "the demo leaves nothing behind"
