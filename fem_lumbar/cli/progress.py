"""How far a run is: a bar on a terminal, plain lines otherwise."""

from __future__ import annotations

import math
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

from typing_extensions import Self

if TYPE_CHECKING:
    from fem_lumbar.solver.events import StepEvent


MOST_BARS = 16
"""Bars on the screen; the oldest make room for new ones."""


def progress(quiet: bool) -> Quiet | Lines | Bars:
    """What shows the events of a run: nothing, lines, or bars when standard error is a terminal."""
    if quiet:
        return Quiet()
    return Bars() if sys.stderr.isatty() else Lines()


class Quiet:
    """Shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        return None

    def __call__(self, event: StepEvent | str) -> None:
        """Take an event of a load step, or a stage as text."""


class Lines(Quiet):
    """A line for each stage and each decision about a load step."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def __call__(self, event: StepEvent | str) -> None:
        """Print a line when something was decided."""
        if isinstance(event, str):
            self._print(event)
        elif event.message == "accepted":
            self._print(f"{event.case}: {_state(event)}")
        elif event.message != "iteration":
            self._print(f"{event.case}: load {event.load_fraction:.3f}: {event.message}")

    def _print(self, text: str) -> None:
        print(f"[{time.perf_counter() - self._start:7.1f} s] {text}", file=sys.stderr, flush=True)


class Bars(Quiet):
    """A bar for each load case with load fraction, step and residual."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[state]}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self._tasks: dict[str, int] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bars.stop()

    def __call__(self, event: StepEvent | str) -> None:
        """Move the bar of the event's load case; print stages above the bars."""
        if isinstance(event, str):
            self._bars.console.print(event, highlight=False, markup=False)
            return
        if event.case not in self._tasks:
            self._tasks[event.case] = self._bars.add_task(event.case, total=1.0, state="")
            for oldest in list(self._tasks)[:-MOST_BARS]:
                self._bars.remove_task(self._tasks.pop(oldest))
        task = self._tasks[event.case]
        self._bars.update(task, completed=event.load_fraction, state=_state(event, load=False))
        if event.message not in ("iteration", "accepted"):
            self._bars.console.print(f"{event.case}: {event.message}", highlight=False, markup=False)
        if event.load_fraction >= 1.0 and event.message == "accepted":
            self._bars.stop_task(task)


def _state(event: StepEvent, load: bool = True) -> str:
    """Load fraction, step, iteration and residual of an event."""
    fraction = f"load {event.load_fraction:.3f}, " if load else ""
    residual = f", residual {event.residual:.1e}" if math.isfinite(event.residual) else ""
    return f"{fraction}step {event.step}, iteration {event.iteration}{residual}"
