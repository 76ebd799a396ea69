"""Where the time of a solve goes."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from fem_lumbar.solver.compilation import compilation_s


class Clock:
    """Seconds spent in named phases, excluding compilation of kernels; phases do not nest."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def __call__(self, phase: str) -> Iterator[None]:
        """Count the time inside the ``with`` block to a phase."""
        started = time.perf_counter() - compilation_s()
        try:
            yield
        finally:
            self._seconds[phase] += time.perf_counter() - compilation_s() - started

    def seconds(self) -> dict[str, float]:
        """Seconds by phase."""
        return dict(self._seconds)
