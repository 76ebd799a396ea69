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


Report = Callable[["StepEvent | str"], None]
"""Takes events, and what else is worth telling as text."""


def silent(event: StepEvent | str) -> None:
    """Progress display that shows nothing."""
