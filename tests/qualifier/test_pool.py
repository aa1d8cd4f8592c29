"""Judging on the threads of Polars: the same results and errors, and nobody waits for ever."""

import os
import subprocess
import sys
import threading

import polars as pl
import pytest

from qualifier.pool import within_pool

MANY_AT_ONCE = """
import threading
import polars as pl
from benchmarks.population import crowd
from benchmarks.qualify import AS_OF, judged

crowds = [crowd(size, 5, AS_OF) for size in (1, 3, 300)]
alone = [judged(people).select("score", "why").rows() for people in crowds]

def judge(first):
    for turn in range(12):
        which = (first + turn) % 3
        assert judged(crowds[which]).select("score", "why").rows() == alone[which]
    done.append(first)

done = []
threads = [threading.Thread(target=judge, args=(first,)) for first in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(pl.thread_pool_size(), len(done))
"""


def test_work_runs_on_another_thread_and_gives_what_it_returns() -> None:
    caller = threading.get_ident()
    ran_on, total = within_pool(lambda: (threading.get_ident(), pl.Series([1, 2]).sum()))

    assert total == 3
    assert (ran_on != caller) == (pl.thread_pool_size() > 1)


def test_an_error_comes_out_as_it_was_raised() -> None:
    def fail() -> None:
        raise LookupError("no such lead")

    with pytest.raises(LookupError, match="no such lead"):
        within_pool(fail)
    assert within_pool(lambda: "and the next one works") == "and the next one works"


@pytest.mark.parametrize("threads", ["1", "2", "3"])
def test_threads_that_judge_at_once_never_wait_for_each_other_for_ever(threads: str) -> None:
    ran = subprocess.run(  # the size of the pool is fixed when Polars starts
        [sys.executable, "-c", MANY_AT_ONCE],
        env={**os.environ, "POLARS_MAX_THREADS": threads},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ran.stdout.split() == [threads, "6"], ran.stderr
