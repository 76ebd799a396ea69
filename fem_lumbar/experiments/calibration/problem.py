"""A calibration: free parameters with bounds, and target measurements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fem_lumbar.scenario.model import Scenario

SIGNIFICANT_DIGITS = 4
"""Significant digits of values, the same in the model and in the fitted set."""

TISSUES = "tissue samples"
"""Name of the protocol for targets that are evaluated at a material point."""

ActsAs = Literal["value", "factor", "shift"]


@dataclass(frozen=True)
class Parameter:
    """One free parameter that drives one or more values of the scenarios.

    Attributes
    ----------
    name : str
        Name in the report.
    base : dict
        Driven key paths and their values in the scenarios as written.
    acts_as : str
        Whether the number is the ``value`` of the keys, a common ``factor`` on them, or a ``shift`` of them.
    start, low, high : float
        Starting value and bounds, in the unit of the number.
    published : (2,) float
        Range of the number in which all driven values stay within their published ranges.
    ranges : dict
        Published range of each driven value.
    log : bool
        Whether the fit uses the logarithm; bounds and number as written are then positive.
    unit : str
        Unit of the number.
    """

    name: str
    base: dict[str, float]
    acts_as: ActsAs
    start: float
    low: float
    high: float
    published: tuple[float, float]
    ranges: dict[str, tuple[float, float]]
    log: bool
    unit: str

    @property
    def as_written(self) -> float:
        """The number at which the scenarios keep their values as written: the centre of a prior."""
        return number_as_written(self.acts_as, self.base)

    def values(self, number: float) -> dict[str, float]:
        """Rounded driven values by key path, for a value of the number."""
        combined = {
            "value": lambda base: number,
            "factor": lambda base: number * base,
            "shift": lambda base: number + base,
        }[self.acts_as]
        return {key: rounded(combined(base)) for key, base in self.base.items()}

    def rates(self, number: float) -> dict[str, float]:
        """Derivative of each driven value by key path with respect to the share of the bounds."""
        width = number * np.log(self.high / self.low) if self.log else self.high - self.low
        return {key: float(width * (base if self.acts_as == "factor" else 1.0)) for key, base in self.base.items()}

    def share(self, number: float) -> float:
        """Share of the bounds, from 0 to 1, at a number."""
        low, high, at = (np.log(v) if self.log else v for v in (self.low, self.high, number))
        return float((at - low) / (high - low))

    def number(self, share: float) -> float:
        """The number at a share of the bounds."""
        if self.log:
            return float(self.low * (self.high / self.low) ** share)
        width = self.high - self.low
        return round(float((self.low + share * width) / width), 12) * width

    def at_bound(self, number: float) -> str | None:
        """``low`` or ``high`` if the number is within 0.5 % of that end of its bounds, else None."""
        share = self.share(number)
        return "low" if share < 0.005 else "high" if share > 0.995 else None


@dataclass(frozen=True)
class Target:
    """One measured quantity and the half-width of its band, in the sign and unit of the summary.

    ``load`` names the column of the load curve (``moment_Nm`` …) for ``at``, if the quantity is not taken at full load;
    with ``since`` it is the change from that load.
    """

    id: str
    protocol: str
    case: str
    quantity: str
    target: float
    tolerance: float
    weight: float = 1.0
    source: str = ""
    load: str | None = None
    at: float | None = None
    since: float | None = None

    def misfit(self, ours: float) -> float:
        """Deviation in half-widths of the band; between −1 and 1 within the band."""
        return (ours - self.target) / self.tolerance


@dataclass(frozen=True)
class Calibration:
    """Content of a calibration file, checked against its scenarios.

    ``scenarios`` holds the scenario of each protocol as written, with the load cases needed by its targets. ``starts``
    is the number of starting points; the first one is given by the parameters. Misfits are summed in their ``power``: 2
    is least squares, a large one minimises the largest misfit.
    """

    name: str
    description: str
    file: str
    sha256: str
    scenarios: dict[str, Scenario]
    parameters: tuple[Parameter, ...]
    targets: tuple[Target, ...]
    prior_weight: float
    starts: int = 1
    power: float = 2.0

    @property
    def start(self) -> np.ndarray:
        """Shares (n,) of the starting numbers in their bounds."""
        return np.array([parameter.share(parameter.start) for parameter in self.parameters])

    @property
    def as_written(self) -> np.ndarray:
        """Shares (n,) of the numbers of the scenarios as written; may lie outside [0, 1]."""
        return np.array([parameter.share(parameter.as_written) for parameter in self.parameters])

    def numbers(self, shares: np.ndarray) -> list[float]:
        """Numbers at shares of the bounds."""
        return [parameter.number(share) for parameter, share in zip(self.parameters, shares)]

    def values(self, numbers: Sequence[float]) -> dict[str, float]:
        """Every driven value by key path."""
        return {
            key: value
            for parameter, number in zip(self.parameters, numbers)
            for key, value in parameter.values(number).items()
        }


def number_as_written(acts_as: ActsAs, base: Mapping[str, float]) -> float:
    """The number that reproduces the driven values of the scenarios (of the first key if it drives several)."""
    return {"value": next(iter(base.values())), "factor": 1.0, "shift": 0.0}[acts_as]


def rounded(value: float) -> float:
    """A value with the significant digits that are written."""
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}")
