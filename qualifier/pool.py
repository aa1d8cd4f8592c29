"""The threads on which Polars works.

Most steps of Polars are carried out on its own pool. Who asks from outside waits for another thread
twice at every such step, which on two cores takes a third of the time in which one lead is judged
(measured with `python -m benchmarks qualify`); from within the pool nobody is waited for.
"""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock
from typing import TypeVar

import polars as pl

Result = TypeVar("Result")

_ONE_AT_A_TIME = Lock()
"""Python waits for its interpreter lock and may hold it while Polars works: one thread of the pool stays
free of Python, so that no two of them ever wait for each other."""


def within_pool(work: Callable[[], Result]) -> Result:
    """What `work` returns or raises, run on a thread of Polars' pool; on the caller's where there is but one.

    `work` must not call this again: it would wait for itself.
    """
    if pl.thread_pool_size() == 1:
        return work()
    done: Future[Result] = Future()

    def run(nothing: pl.DataFrame) -> pl.DataFrame:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001  # Polars would wrap it; it is raised below as it is
            done.set_exception(error)
        return nothing

    with _ONE_AT_A_TIME:
        # A single plan is carried out by the caller; those of a list by the pool.
        pl.collect_all([pl.LazyFrame().map_batches(run)], engine="in-memory")
    return done.result()
