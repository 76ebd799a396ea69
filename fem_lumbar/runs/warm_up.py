"""Compilation of kernels before the first load case, each once, distributed over processes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing

from fem_lumbar.runs.executors import Report
from fem_lumbar.runs.kernel_cache import is_kept
from fem_lumbar.runs.workers import local_executor
from fem_lumbar.simulation.expected_times import expected_s, keep_time
from fem_lumbar.simulation.preparation import COMPILATION, COMPILING
from fem_lumbar.solver.events import StageEvent

_MOST_PROCESSES = 6
"""Largest number of processes; more would only wait for the largest kernel."""


def warm_up(report: Report, jobs: int) -> float:
    """Compile the kernels that are not cached yet, with progress events.

    Parameters
    ----------
    report : callable
        Receives `StageEvent`.
    jobs : int
        Largest number of processes; with one, this process compiles (a user's script may not be able to start others).

    Returns
    -------
    seconds : float
        Time taken; 0 if there was nothing to compile.
    """
    from fem_lumbar.simulation.kernel_list import kernels

    started = time.perf_counter()
    missing = [place for place, kernel in enumerate(kernels()) if not is_kept(kernel.function, kernel.types)]
    if not missing:
        return 0.0
    expected = expected_s(COMPILATION, 1)

    def tell(done: int) -> None:
        report(StageEvent("", COMPILATION, COMPILING, f"{done} of {len(missing)} kernels", expected))

    tell(0)
    with (
        local_executor(min(jobs, len(missing), _MOST_PROCESSES)) as executor,
        closing(executor.run(_compile, missing, lambda event: None)) as outcomes,
    ):
        for done, outcome in enumerate(outcomes, 1):
            outcome.value()
            tell(done)
    spent = time.perf_counter() - started
    report(StageEvent("", COMPILATION, COMPILING, f"{len(missing)} kernels", spent_s=spent))
    if len(missing) == len(kernels()):
        keep_time(COMPILATION, spent, None)
    return spent


def _compile(place: int, report: Report) -> Iterator[int]:
    """Compile one kernel, which numba stores on disk."""
    from fem_lumbar.simulation.kernel_list import kernels

    kernel = kernels()[place]
    kernel.function.compile(kernel.types)
    yield place
