"""Ctrl-C deferred while foreign code runs that would lose it."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

_ENDING = (signal.SIGINT, signal.SIGTERM)


class HeldSignals:
    """Defers signals that end this process; works in the main thread only.

    LLVM calls back into Python while it compiles. An exception raised in that callback is lost, and the compilation
    fails with an unrelated error.
    """

    def __init__(self) -> None:
        self._before: dict[signal.Signals, Any] = {}
        self._come: list[int] = []

    def hold(self) -> None:
        """Record signals instead of acting on them; ignored ones stay ignored."""
        if threading.current_thread() is not threading.main_thread():
            return
        for one in _ENDING:
            handler = signal.getsignal(one)
            if callable(handler):
                self._before[one] = handler
                signal.signal(one, self._note)

    def release(self) -> None:
        """Restore the handlers, and act on the last signal that arrived in the meantime."""
        for one, handler in self._before.items():
            signal.signal(one, handler)
        self._before, come, self._come = {}, self._come, []
        if come:
            signal.raise_signal(come[-1])

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._come.append(number)
