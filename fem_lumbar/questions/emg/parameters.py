"""Parameters of electromyography and of the test, read from the data file, and the study designs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from fem_lumbar.foundation.parameters import Quantity, QuantityTree, read_quantities

_DATA = Path(str(files("fem_lumbar.questions.emg") / "data" / "emg.yaml"))


@dataclass(frozen=True)
class Design:
    """A measurement design, with the standard deviation of the logarithm of the left/right ratio.

    Attributes
    ----------
    name, text : str
    spread, low, high : float
        Standard deviation of the tested difference, and the ends of its range.
    """

    name: str
    text: str
    spread: float
    low: float
    high: float


@cache
def emg_quantities() -> QuantityTree:
    """All parameters with unit, source and range."""
    return read_quantities(_DATA)


def power_wanted() -> float:
    """Required power of the test."""
    return float(emg_quantities()["test"]["power"].value)


def significance() -> float:
    """Significance level of the test."""
    return float(emg_quantities()["test"]["significance"].value)


def designs() -> tuple[Design, ...]:
    """Designs with one measurement per person, and with two per person, with and without the state.

    Errors of the two sides and of the two sessions are independent: each pair doubles the variance of the logarithm.
    """
    repeatability, asymmetry = emg_quantities()["repeatability"], emg_quantities()["asymmetry"]
    return (
        _design("sides", "left against right, one session of persons with the state on one side",
                asymmetry["between_persons"], 1.0),
        _design("same day", "the same persons without and with the state on one day, electrodes in place",
                repeatability["within_day"], 4.0),
        _design("other day", "the same persons without and with the state on different days",
                repeatability["between_days"], 4.0),
    )  # fmt: skip


def _design(name: str, text: str, quantity: Quantity, variances: float) -> Design:
    if quantity.range is None:
        raise KeyError(f"the spread of design {name!r} has no range")
    factor = math.sqrt(variances)
    return Design(name, text, factor * quantity.value, factor * quantity.range[0], factor * quantity.range[1])
