"""How long kernels are being compiled in this process, and which one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from numba.core import event

from fem_lumbar.solver.held_signals import HeldSignals


class _Watch(event.Listener):
    """Times the outermost compilations, and defers Ctrl-C until they end.

    The time of a kernel includes that of the kernels it calls.
    """

    def __init__(self) -> None:
        self.seconds, self.count = 0.0, 0
        self.tell: Callable[[str], None] | None = None
        self._depth = 0
        self._signals = HeldSignals()

    @property
    def is_compiling(self) -> bool:
        """Whether a kernel is being compiled, so that its time is already counted."""
        return self._depth > 0

    def on_start(self, event: Any) -> None:
        if self._depth == 0:
            self._started = time.perf_counter()
            self._signals.hold()
        self._depth += 1
        self.count += 1
        if self.tell is not None:
            self.tell(event.data["dispatcher"].py_func.__name__)

    def on_end(self, event: Any) -> None:
        self._depth -= 1
        if self._depth == 0:
            self.seconds += time.perf_counter() - self._started
            self._signals.release()


_watch = _Watch()
event.register("numba:compile", _watch)


def compilation_s() -> float:
    """Seconds spent compiling so far; kernels loaded from the cache count nothing."""
    return _watch.seconds


def count_waiting(seconds: float) -> None:
    """Count time spent waiting for another process to compile a kernel, as if it had been compiled here."""
    if not _watch.is_compiling:
        _watch.seconds += seconds


def compiled_kernels() -> int:
    """Kernels compiled so far."""
    return _watch.count


@contextmanager
def compilation_told(tell: Callable[[str], None]) -> Iterator[None]:
    """Give the name of every kernel to ``tell`` as its compilation begins."""
    before, _watch.tell = _watch.tell, tell
    try:
        yield
    finally:
        _watch.tell = before
