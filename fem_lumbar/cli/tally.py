"""Progress of a run from its events: waiting, active and completed load cases, stages, and the remaining time."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

from fem_lumbar.solver.events import BalanceEvent, CaseEvent, Event, StageEvent, StepEvent

ENDED = ("converged", "failed", "skipped")


@dataclass
class CaseState:
    """A load case: its status, current load factor, activity, and start time."""

    status: str = "waiting"
    fraction: float = 0.0
    doing: str = ""
    began: float | None = None
    balance: str = ""


@dataclass
class StageState:
    """An active stage, in one process or in several equal ones."""

    event: StageEvent
    began: float


@dataclass
class Tally:
    """State of progress after the events so far.

    Attributes
    ----------
    expected : int
        Smallest number of load cases, as known in advance.
    cases, stages : dict
        Load cases by name, stages by text.
    """

    expected: int = 0
    cases: dict[str, CaseState] = field(default_factory=dict)
    stages: dict[str, StageState] = field(default_factory=dict)
    began: float = field(default_factory=lambda: time.monotonic())
    _took: list[float] = field(default_factory=list)
    _forecast: float | None = None

    def take(self, event: Event) -> None:
        """Update with an event; plain text changes nothing."""
        if isinstance(event, StageEvent):
            self._take_stage(event)
        elif isinstance(event, CaseEvent):
            self._take_case(event)
        elif isinstance(event, StepEvent | BalanceEvent):
            case = self.cases.setdefault(event.case, CaseState())
            case.began = case.began or time.monotonic()
            case.status, case.fraction = "active", event.load_fraction
            if isinstance(event, BalanceEvent):
                case.doing = case.balance = f"balancing muscles, {correction(event)}"
            else:
                searching = case.balance if event.step == 0 and event.message == "iteration" else ""
                case.doing = f"iteration {event.iteration}, {searching}" if searching else step(event)

    @property
    def active(self) -> dict[str, CaseState]:
        """Active load cases."""
        return {name: case for name, case in self.cases.items() if case.status == "active"}

    @property
    def ended(self) -> int:
        """Number of completed load cases."""
        return sum(case.status in ENDED for case in self.cases.values())

    @property
    def total(self) -> int:
        """Total number of load cases."""
        return max(self.expected, len(self.cases))

    def left_s(self) -> float | None:
        """Remaining time, s, from the times of completed cases, else from the forecast; None if unknown."""
        each = sum(self._took) / len(self._took) if self._took else self._forecast
        now = time.monotonic()
        forecasts = [(stage.event.expected_s, now - stage.began) for stage in self.stages.values()]
        left = sum(max(0.0, expected - spent) for expected, spent in forecasts if expected is not None)
        if each is None:
            return left or None
        active = self.active.values()
        waiting = self.total - self.ended - len(active)
        spent = [now - (case.began or now) for case in active]
        return left + (waiting * each + sum(max(0.0, each - one) for one in spent)) / max(1, len(spent))

    def told(self) -> str:
        """Count, elapsed and remaining time as text."""
        parts = [f"{self.ended} of {self.total} load cases"] if self.total else []
        parts.append(clock(time.monotonic() - self.began))
        left = self.left_s()
        if left and self.ended < self.total:
            parts.append(f"about {clock(left)} left")
        return ", ".join(parts)

    def _take_stage(self, event: StageEvent) -> None:
        text = stage_name(event)
        known = self.stages.get(text)
        if event.spent_s is not None:
            self.stages.pop(text, None)
        elif known is None:
            self.stages[text] = StageState(event, time.monotonic())
        else:
            known.event = event

    def _take_case(self, event: CaseEvent) -> None:
        case = self.cases.setdefault(event.case, CaseState())
        case.status = event.status
        self._forecast = event.expected_s or self._forecast
        if event.status in ("converged", "failed") and event.wall_s is not None:
            self._took.append(event.wall_s)


def stage_name(event: StageEvent) -> str:
    """Activity of a stage, with the name of its run if there are several."""
    return f"{event.case}: {event.text}" if event.case else event.text


def step(event: StepEvent) -> str:
    """Step, iteration and residual of an event."""
    residual = f", residual {event.residual:.1e}" if math.isfinite(event.residual) else ""
    return f"step {event.step}, iteration {event.iteration}{residual}"


def correction(event: BalanceEvent) -> str:
    """Number of a correction of muscle activations, and the remaining moment."""
    component = event.component.replace("_", " ")
    return (
        f"correction {event.correction} of at most {event.most}: {event.moment_Nm:.2g} N·m left "
        f"({event.joint} {component})"
    )


def ending(event: CaseEvent) -> str:
    """Outcome of a load case, as text."""
    took = "" if event.wall_s is None else f" after {clock(event.wall_s)}"
    reason = f": {event.reason}" if event.reason else ""
    return f"{event.case}: {event.status}{took}{reason}"


def clock(seconds: float) -> str:
    """A time span as 12 s, 1:05 min or 2:10 h."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02d} h"
