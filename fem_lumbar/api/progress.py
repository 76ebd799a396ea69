"""Progress of a run: one updating line in a notebook, elsewhere as on the command line."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from fem_lumbar.cli.live import shortened
from fem_lumbar.cli.progress import Quiet, progress
from fem_lumbar.cli.tally import Tally
from fem_lumbar.solver.events import Event

_WIDTH = 100
_EVERY_S = 0.25


def shown_progress(wanted: bool, cases: int) -> Quiet:
    """Progress display for a number of load cases: none, one line in a notebook, or that of the command line."""
    return NotebookLine(cases) if wanted and in_notebook() else progress(not wanted, cases)


def in_notebook() -> bool:
    """Whether the program runs in the kernel of a notebook."""
    shell = sys.modules.get("IPython")
    return shell is not None and type(shell.get_ipython()).__name__ == "ZMQInteractiveShell"


class NotebookLine(Quiet):
    """One line below the cell: finished load cases, current activity and remaining time."""

    def __init__(self, cases: int) -> None:
        self._tally = Tally(cases)
        self._next = 0.0

    def __call__(self, event: Event) -> None:
        """Receive an event; the line is rewritten a few times per second."""
        self._tally.take(event)
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _EVERY_S
            self._write()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._write("\n")

    def _write(self, end: str = "") -> None:
        going_on = [f"{name} {case.fraction:.0%}" for name, case in self._tally.active.items()]
        text = shortened("; ".join([self._tally.told(), *self._tally.stages, *going_on]), _WIDTH)
        print(f"\r{text:<{_WIDTH}}", end=end, flush=True)
