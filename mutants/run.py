"""Break each invariant of the pass on purpose and see that its tests notice: `make mutants`.

Every patch beside this file takes one promise back and names, in its first line, the test that must then
fail; all of these run in `make test`. They are first run on the tree as it is: a test that is red already
proves nothing, so the runner ends there. Then each patch is applied to a copy of the tree; a test that stays
green does not guard the promise. Exit 1 when a mutant survives or a patch no longer fits the code. Names of
patches may be given to try only those.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("config", "connectors", "qualifier", "sandbox", "sync", "tests")
FILES = ("pyproject.toml",)
LONGEST_SECONDS = 900
"""A mutant that makes a pass run for ever is noticed by the tests' own limit, long before."""
NOTICED_BY = "Noticed by: "
PYTEST = ("-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--tb=line")
IN_MAKE_TEST = "not slow and not soak and not browser and not postgres"
ALL_PASSED, TESTS_FAILED = 0, 1
"""pytest's exit codes that say something of the mutant; any other says that its tests did not run."""
KILLED, SURVIVED, STALE = "killed", "SURVIVED", "DOES NOT FIT"


def main(names: list[str]) -> int:
    """Try the mutants; print a row for each; return the exit code."""
    patches = sorted(Path(__file__).parent.glob("*.patch"))
    chosen = [patch for patch in patches if not names or patch.stem in names]
    if unknown := set(names) - {patch.stem for patch in chosen}:
        _say(f"no such mutant: {', '.join(sorted(unknown))}")
        return 1
    if not _is_green(sorted({_test_of(patch) for patch in chosen})):
        return 1
    results = [_try(patch) for patch in chosen]
    _say(f"{results.count(KILLED)} of {len(results)} mutants killed")
    return 0 if set(results) == {KILLED} else 1


def _is_green(tests: list[str]) -> bool:
    """Whether the tests pass while nothing is broken."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="leadline-unbroken-") as folder:
        _copy(Path(folder))
        done = _run_tests(Path(folder), tests)
    if done.returncode == ALL_PASSED:
        _say(f"{'nothing broken':36} {'green':12} {time.monotonic() - began:5.0f} s  {len(tests)} tests")
        return True
    _say(f"these tests fail though nothing is broken; mend them first:\n{done.stdout}{done.stderr}")
    return False


def _try(patch: Path) -> str:
    began, test = time.monotonic(), _test_of(patch)
    with tempfile.TemporaryDirectory(prefix="leadline-mutant-") as folder:
        tree = Path(folder)
        _copy(tree)
        applied = _run(["git", "apply", "-C1", str(patch)], tree)
        result, told = (STALE, applied.stderr.strip()) if applied.returncode else _judge(tree, test)
    _say(f"{patch.stem:36} {result:12} {time.monotonic() - began:5.0f} s  {told}")
    return result


def _test_of(patch: Path) -> str:
    """The node id on a patch's first line."""
    return patch.read_text(encoding="utf-8").splitlines()[0].removeprefix(NOTICED_BY)


def _copy(tree: Path) -> None:
    skip = shutil.ignore_patterns("__pycache__")
    for room in ROOMS:
        shutil.copytree(ROOT / room, tree / room, ignore=skip)
    for name in FILES:
        shutil.copy(ROOT / name, tree / name)


def _judge(tree: Path, test: str) -> tuple[str, str]:
    """What became of a mutant, and what noticed it."""
    done = _run_tests(tree, [test])
    if done.returncode not in {ALL_PASSED, TESTS_FAILED}:
        return STALE, f"{test} did not run (pytest ended with {done.returncode})"
    return (KILLED if done.returncode == TESTS_FAILED else SURVIVED), test


def _run_tests(tree: Path, tests: list[str]) -> subprocess.CompletedProcess[str]:
    return _run([sys.executable, *PYTEST, "-m", IN_MAKE_TEST, *tests], tree)


def _run(command: list[str], tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # our own command
        command, cwd=tree, capture_output=True, text=True, check=False, timeout=LONGEST_SECONDS
    )


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  # its output


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
