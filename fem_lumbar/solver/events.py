"""What a run tells a progress display."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class StepEvent:
    """One iteration or decision of the load stepping.

    ``residual`` is relative to the largest force of any item; ``message`` is "iteration", "accepted" or
    "cut back: reason".
    """

    case: str
    step: int
    iteration: int
    load_fraction: float
    residual: float
    message: str


@dataclass(frozen=True)
class BalanceEvent:
    """One correction of the activations that hold a posture.

    ``correction`` counts at a load factor, of at most ``most``; ``moment_Nm`` is the largest moment that is left
    at a joint (``joint``, ``component``): what would turn it by the rotation that is left.
    """

    case: str
    load_fraction: float
    correction: int
    most: int
    moment_Nm: float
    joint: str
    component: str


@dataclass(frozen=True)
class StageEvent:
    """A stage of the preparation has begun, moved on or ended.

    Attributes
    ----------
    case : str
        Label of the run it belongs to; empty in a run of one scenario.
    phase : str
        Entry of ``timing_s`` that its seconds are counted to.
    text : str
        What is done, e.g. "deformation modes of L3 (1 of 3)".
    detail : str
        Where in it the program is, e.g. the kernel being compiled.
    expected_s : float or None
        How long it should take in all.
    spent_s : float or None
        How long it took; None as long as it lasts.
    """

    case: str
    phase: str
    text: str
    detail: str = ""
    expected_s: float | None = None
    spent_s: float | None = None


@dataclass(frozen=True)
class CaseEvent:
    """A load case waits, is skipped, or has ended.

    ``status`` is "waiting", "skipped", "converged" or "failed"; ``expected_s`` is how long a case that waits should
    take, ``wall_s`` how long one that has ended took.
    """

    case: str
    status: str
    wall_s: float | None = None
    expected_s: float | None = None
    reason: str | None = None


Event = StepEvent | BalanceEvent | StageEvent | CaseEvent | str
"""Progress of the work; text is additional information."""

Report = Callable[[Event], None]
"""Takes events."""


def silent(event: Event) -> None:
    """Progress display that shows nothing."""


def labelled(label: str, event: Event) -> Event:
    """An event of one run among several."""
    if isinstance(event, str):
        return f"{label}: {event}"
    return replace(event, case=f"{label}: {event.case}" if event.case else label)
