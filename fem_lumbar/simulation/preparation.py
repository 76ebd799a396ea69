"""Preparation before the first load case: progress and time by phase."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from fem_lumbar.simulation.expected_times import expected_s, keep_time
from fem_lumbar.solver.compilation import compilation_s, compilation_told, compiled_kernels
from fem_lumbar.solver.events import Report, StageEvent

COMPILATION, CONDENSATION, SETUP = "compilation", "condensation", "setup"
COMPILING = "compiling kernels for this processor, once"


@contextmanager
def compilation_reported(report: Report, expected: float | None = None) -> Iterator[None]:
    """Report the kernels compiled in a ``with`` block: the current one, their number, and the time.

    ``expected`` is the expected time in seconds, if known.
    """
    before, first = compilation_s(), compiled_kernels()

    def tell(kernel: str) -> None:
        detail = f"number {compiled_kernels() - first}, {kernel.lstrip('_')}"
        told = expected if expected is not None and expected > 0.0 else None
        report(StageEvent("", COMPILATION, COMPILING, detail, told))

    with compilation_told(tell):
        yield
    if compiled_kernels() > first:
        report(StageEvent("", COMPILATION, COMPILING, spent_s=compilation_s() - before))


class Preparation:
    """Stages of setting up a model.

    Parameters
    ----------
    report : callable
        Receives a `StageEvent` when a stage begins, progresses and ends.
    cells : int
        Cells of the mesh, for the forecast.
    """

    def __init__(self, report: Report, cells: int) -> None:
        self._report, self._cells = report, cells
        self._seconds: dict[str, float] = defaultdict(float)
        self._compiled_before = compiled_kernels()

    @contextmanager
    def __call__(self, phase: str, text: str, expected: float | None = None) -> Iterator[None]:
        """Report a stage and time it as a phase; nested stages and compilation count towards their own phases."""
        started, compiled = time.perf_counter(), compilation_s() - self._seconds[COMPILATION]
        counted = sum(self._seconds.values())
        self._report(StageEvent("", phase, text, expected_s=expected))
        left = self.expected_s(COMPILATION)
        with compilation_reported(self._report, None if left is None else left - self._seconds[COMPILATION]):
            yield
        compiled = compilation_s() - self._seconds[COMPILATION] - compiled
        if compiled > 0.0:
            self._seconds[COMPILATION] += compiled
        spent = time.perf_counter() - started - (sum(self._seconds.values()) - counted)
        self._seconds[phase] += spent
        self._report(StageEvent("", phase, text, expected_s=expected, spent_s=spent))

    @property
    def has_compiled(self) -> bool:
        """Whether kernels had to be compiled, so that more may follow."""
        return compiled_kernels() > self._compiled_before

    def expected_s(self, what: str) -> float | None:
        """Expected seconds of ``what`` on this mesh, see :func:`~fem_lumbar.simulation.expected_times.expected_s`."""
        return expected_s(what, self._cells)

    def seconds(self) -> dict[str, float]:
        """Seconds by phase."""
        return dict(self._seconds)

    def keep(self, bodies: int) -> None:
        """Store the times for the next forecast; ``bodies`` is the number of vertebrae condensed."""
        if self.has_compiled:
            keep_time(COMPILATION, self._seconds[COMPILATION], None)
        if bodies:
            keep_time(CONDENSATION, self._seconds[CONDENSATION] / bodies, self._cells)
