"""Break each invariant of the pass on purpose and see that its tests notice: `make mutants`.

Every patch beside this file takes one promise back and names, in its first line, the test that must then
fail. Each is applied to a copy of the tree; a test that stays green does not guard the promise. Exit 1 when a
mutant survives or a patch no longer fits the code. Names of patches may be given to try only those.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
LAWS = ("tests/sync/test_machine_laws.py", "tests/sync/test_regressions.py")
ROOMS = ("config", "connectors", "qualifier", "sync", "tests")
FILES = ("pyproject.toml",)
LONGEST_SECONDS = 900
"""A mutant that makes a pass run for ever is noticed by the tests' own limit, long before."""
NOTICED_BY = "Noticed by: "
ALL_PASSED, TESTS_FAILED = 0, 1
"""pytest's exit codes that say something of the mutant; any other says that its tests did not run."""
KILLED, SURVIVED, STALE = "killed", "SURVIVED", "DOES NOT FIT"


def main(names: list[str]) -> int:
    """Try the mutants; print a row for each; return the exit code."""
    patches = sorted(Path(__file__).parent.glob("*.patch"))
    chosen = [patch for patch in patches if not names or patch.stem in names]
    results = {patch.stem: _try(patch) for patch in chosen}
    print(f"{results and list(results.values()).count(KILLED)} of {len(results)} mutants killed")  # noqa: T201  # its output
    return 0 if results and set(results.values()) == {KILLED} else 1


def _try(patch: Path) -> str:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="leadline-mutant-") as folder:
        tree = Path(folder)
        _copy(tree)
        applied = _run(["git", "apply", "-C1", str(patch)], tree)
        test = patch.read_text(encoding="utf-8").splitlines()[0].removeprefix(NOTICED_BY)
        result, by = (STALE, applied.stderr.strip()) if applied.returncode else _test(tree, test)
    print(f"{patch.stem:36} {result:12} {time.monotonic() - began:5.0f} s  {by}", flush=True)  # noqa: T201  # its output
    return result


def _copy(tree: Path) -> None:
    skip = shutil.ignore_patterns("__pycache__")
    for room in ROOMS:
        shutil.copytree(ROOT / room, tree / room, ignore=skip)
    for name in FILES:
        shutil.copy(ROOT / name, tree / name)


def _test(tree: Path, test: str) -> tuple[str, str]:
    """What became of a mutant, and what noticed it."""
    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--tb=no", "-m", "not postgres"]
    done = _run([sys.executable, "-m", "pytest", *options, "-k", test, *LAWS], tree)
    if done.returncode not in {ALL_PASSED, TESTS_FAILED}:
        return STALE, f"{test} did not run (pytest ended with {done.returncode})"
    return (KILLED if done.returncode == TESTS_FAILED else SURVIVED), test


def _run(command: list[str], tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # our own command
        command, cwd=tree, capture_output=True, text=True, check=False, timeout=LONGEST_SECONDS
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
