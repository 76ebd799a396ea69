"""Progress events of a run."""

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

    ``correction`` counts from 1 to at most ``most`` at each load factor. ``moment_Nm`` is the largest remaining moment
    and acts at ``joint`` about ``component``: it would turn the joint by the rotation that remains.
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
    """A stage of the preparation has begun, progressed or ended.

    Attributes
    ----------
    case : str
        Label of its run; empty in a run of one scenario.
    phase : str
        Entry of ``timing_s`` that its time counts towards.
    text : str
        What is done, e.g. "deformation modes of L3 (1 of 3)".
    detail : str
        Current item, e.g. the kernel being compiled.
    expected_s : float or None
        Expected duration.
    spent_s : float or None
        Duration; None while it is running.
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

    ``status`` is "waiting", "skipped", "converged" or "failed"; ``expected_s`` is the expected duration of a waiting
    case, ``wall_s`` the duration of one that has ended.
    """

    case: str
    status: str
    wall_s: float | None = None
    expected_s: float | None = None
    reason: str | None = None


Event = StepEvent | BalanceEvent | StageEvent | CaseEvent | str
"""A progress event, or plain text for further information."""

Report = Callable[[Event], None]
"""Receives events."""


def silent(event: Event) -> None:
    """Ignore an event."""


def labelled(label: str, event: Event) -> Event:
    """The event with the label of its run, where several runs share a display."""
    if isinstance(event, str):
        return f"{label}: {event}"
    return replace(event, case=f"{label}: {event.case}" if event.case else label)
