"""Progress of a run: a live display on a terminal, plain lines otherwise."""

from __future__ import annotations

import sys
import time
from abc import ABC, abstractmethod
from types import TracebackType
from typing import TYPE_CHECKING

from typing_extensions import Self

from fem_lumbar.cli.tally import Tally, clock, correction, ending, stage_name, step
from fem_lumbar.solver.events import BalanceEvent, CaseEvent, Event, StageEvent, StepEvent

if TYPE_CHECKING:
    from rich.text import Text

EVERY_S = 10.0
"""Interval of plain lines during a stage."""
_WORTH_TELLING_S = 1.0


def progress(quiet: bool, cases: int = 0) -> Quiet | Lines | Live:
    """Display for the events of a run: none, plain lines, or a live display if standard error is a terminal.

    ``cases`` is the expected number of load cases, if known in advance.
    """
    if quiet:
        return Quiet()
    return Live(cases) if sys.stderr.isatty() else Lines(cases)


class Quiet:
    """Shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        return None

    def __call__(self, event: Event) -> None:
        """Receive an event (see `fem_lumbar.solver.events`)."""


class _Teller(Quiet, ABC):
    """Records all events, and prints a line for the important ones."""

    def __init__(self, cases: int = 0) -> None:
        self._tally = Tally(cases)

    def __call__(self, event: Event) -> None:
        """Receive an event, and print its line, if any."""
        known = isinstance(event, StageEvent) and stage_name(event) in self._tally.stages
        self._tally.take(event)
        line = self._line(event, known)
        if line is not None:
            self._print(line)

    @abstractmethod
    def _line(self, event: Event, known: bool) -> str | None:
        """Line for an event, or None; ``known``: the event belongs to a stage that was active before."""

    @abstractmethod
    def _print(self, text: str) -> None: ...


class Lines(_Teller):
    """One line for each stage and each decision on a load step."""

    def __init__(self, cases: int = 0) -> None:
        super().__init__(cases)
        self._start = self._told = time.monotonic()

    def _line(self, event: Event, known: bool) -> str | None:
        if isinstance(event, str):
            return event
        if isinstance(event, StageEvent):
            return self._stage_line(event, known)
        if isinstance(event, CaseEvent):
            return None if event.status in ("waiting", "skipped") else f"{ending(event)} ({self._tally.told()})"
        if isinstance(event, BalanceEvent):
            return f"{event.case}: load {event.load_fraction:.3f}: muscle balance, {correction(event)}"
        at = f"{event.case}: load {event.load_fraction:.3f}"
        if event.message == "accepted":
            return f"{at}, {step(event)}"
        return None if event.message == "iteration" else f"{at}: {event.message}"

    def _stage_line(self, event: StageEvent, known: bool) -> str | None:
        text, now = stage_name(event), time.monotonic()
        if event.spent_s is not None:
            return f"{text}: took {clock(event.spent_s)}" if known and event.spent_s >= _WORTH_TELLING_S else None
        if not known:
            self._told = now
            return text if event.expected_s is None else f"{text}: about {clock(event.expected_s)}"
        if now - self._told < EVERY_S:
            return None
        self._told = now
        return f"{text}: {event.detail}"

    def _print(self, text: str) -> None:
        print(f"[{time.monotonic() - self._start:7.1f} s] {text}", file=sys.stderr, flush=True)


class Live(_Teller):
    """One line for the whole run and one for each active stage and load case; finished ones are printed above."""

    def __init__(self, cases: int = 0) -> None:
        from rich.console import Console
        from rich.live import Live as RichLive

        super().__init__(cases)
        self._console = Console(stderr=True)
        self._live = RichLive(
            console=self._console, get_renderable=self._rendered, refresh_per_second=4, transient=True
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._live.stop()

    def _rendered(self) -> Text:
        from rich.text import Text

        from fem_lumbar.cli.live import live_lines

        lines = live_lines(self._tally, self._console.width)
        return Text("\n".join(lines), no_wrap=True, overflow="crop")

    def _line(self, event: Event, known: bool) -> str | None:
        if isinstance(event, str):
            return event
        if isinstance(event, StageEvent):
            spent_s = event.spent_s or 0.0
            worth = known and spent_s >= _WORTH_TELLING_S
            return f"{stage_name(event)}: took {clock(spent_s)}" if worth else None
        if isinstance(event, CaseEvent):
            return None if event.status in ("waiting", "skipped") else ending(event)
        if isinstance(event, StepEvent) and event.message not in ("iteration", "accepted"):
            return f"{event.case}: {event.message}"
        return None

    def _print(self, text: str) -> None:
        self._console.print(text, highlight=False, markup=False)
