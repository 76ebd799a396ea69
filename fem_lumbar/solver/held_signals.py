"""Ctrl-C held back while foreign code runs that loses it."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

_ENDING = (signal.SIGINT, signal.SIGTERM)


class HeldSignals:
    """Holds back the wish to end this process until it is released; only the main thread can.

    LLVM calls back into Python while it compiles, and an exception raised in there is lost: the compilation then fails
    with an error of its own.
    """

    def __init__(self) -> None:
        self._before: dict[signal.Signals, Any] = {}
        self._come: list[int] = []

    def hold(self) -> None:
        """Note signals instead of acting on them; those that are ignored stay ignored."""
        if threading.current_thread() is not threading.main_thread():
            return
        for one in _ENDING:
            handler = signal.getsignal(one)
            if callable(handler):
                self._before[one] = handler
                signal.signal(one, self._note)

    def release(self) -> None:
        """Act on signals as before, and on the last one that has come meanwhile."""
        for one, handler in self._before.items():
            signal.signal(one, handler)
        self._before, come, self._come = {}, self._come, []
        if come:
            signal.raise_signal(come[-1])

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._come.append(number)
