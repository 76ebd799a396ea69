"""What the solver tells a progress display."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


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

    ``correction`` counts at a load fraction, of at most ``most``; ``moment_Nm`` is the largest moment that is left
    at a joint (``joint``, ``component``): what would turn it by the rotation that is left.
    """

    case: str
    load_fraction: float
    correction: int
    most: int
    moment_Nm: float
    joint: str
    component: str


Report = Callable[["StepEvent | BalanceEvent | str"], None]
"""Takes events, and what else is worth telling as text."""


def silent(event: StepEvent | str) -> None:
    """Progress display that shows nothing."""
