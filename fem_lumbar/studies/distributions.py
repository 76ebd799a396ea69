"""Distributions of a factor as quantile functions, so that any design of samples between 0 and 1 can be mapped to them.

A bounded distribution is truncated at the bounds and renormalised.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import AllowInfNan, Field, Strict, WithJsonSchema
from scipy.special import ndtr, ndtri

from fem_lumbar.foundation.parameters import StrictModel

Number = Annotated[float, Strict(), AllowInfNan(False)]
"""A finite number; no text that reads like one, and neither true nor false."""
Count = Annotated[int, Strict()]
Truth = Annotated[bool, Strict()]
Bounds = tuple[Number | None, Number | None]
"""Lowest and highest value that is drawn; null where there is no such bound."""
AnyValue = Annotated[Any, WithJsonSchema({"type": ["number", "string", "boolean", "array"]})]
_SUM = 1e-6
"""Tolerance of the sum of probabilities."""


class _Continuous(StrictModel, ABC):
    """A distribution of numbers, a function of a standard normal number, that may be cut off at bounds."""

    within: Bounds = Field((None, None), description="lowest and highest value drawn; null for none")

    categories: ClassVar[None] = None

    def quantile(self, u: float, others: Mapping[str, Any]) -> float:
        """Value at a probability ``u`` (0 to 1); ``others`` are the values of other factors (unused)."""
        below, above = self._parts()
        low, high = self.within
        value = self._value(float(ndtri(below + u * (above - below))))
        return float(min(max(value, -math.inf if low is None else low), math.inf if high is None else high))

    def faults(self) -> list[tuple[str, str, str | None]]:
        """Problems of the definition: key, message, allowed values."""
        low, high = self.within
        if low is not None and high is not None and not low < high:
            return [("within", f"the lower bound {low:g} is not below the upper {high:g}", "[lowest, highest]")]
        below, above = self._parts()
        if above - below < 1e-9:
            return [("within", "nothing of the distribution lies between the bounds", "bounds around its middle")]
        return []

    def _parts(self) -> tuple[float, float]:
        """Values of the distribution function at its two bounds."""
        low, high = self.within
        below = 0.0 if low is None else float(ndtr(self._score(low)))
        return below, 1.0 if high is None else float(ndtr(self._score(high)))

    @abstractmethod
    def _value(self, score: float) -> float:
        """Value at a standard normal score."""

    @abstractmethod
    def _score(self, value: float) -> float:
        """Standard normal score of a value."""


class Normal(_Continuous):
    """Normal distribution by mean and standard deviation."""

    kind: Literal["normal"]
    mean: Number
    sd: Number = Field(gt=0.0)

    def _value(self, score: float) -> float:
        return self.mean + self.sd * score

    def _score(self, value: float) -> float:
        return (value - self.mean) / self.sd


class Lognormal(_Continuous):
    """Values whose logarithm is normal, by median and geometric standard deviation."""

    kind: Literal["lognormal"]
    median: Number = Field(gt=0.0)
    geometric_sd: Number = Field(gt=1.0)

    def _value(self, score: float) -> float:
        return self.median * self.geometric_sd**score

    def _score(self, value: float) -> float:
        return math.log(value / self.median) / math.log(self.geometric_sd) if value > 0.0 else -math.inf


class Uniform(StrictModel):
    """Every value between two ends equally likely, on a linear or a logarithmic scale."""

    kind: Literal["uniform"]
    low: Number
    high: Number
    log: Truth = False

    categories: ClassVar[None] = None

    def quantile(self, u: float, others: Mapping[str, Any]) -> float:
        """Value at a probability ``u``."""
        if self.log:
            return float(np.clip(self.low * (self.high / self.low) ** u, self.low, self.high))
        return float(np.clip(self.low + u * (self.high - self.low), self.low, self.high))

    def faults(self) -> list[tuple[str, str, str | None]]:
        """See `_Continuous.faults`."""
        if not self.low < self.high:
            return [("high", f"the upper end {self.high:g} is not above the lower {self.low:g}", None)]
        return [("low", f"a logarithmic scale needs values above 0, got {self.low:g}", None)] if self._no_log else []

    @property
    def _no_log(self) -> bool:
        return self.log and self.low <= 0.0


class Triangular(StrictModel):
    """Density that rises from one end to the most likely value and falls to the other."""

    kind: Literal["triangular"]
    low: Number
    mode: Number
    high: Number

    categories: ClassVar[None] = None

    def quantile(self, u: float, others: Mapping[str, Any]) -> float:
        """See `_Continuous.quantile`."""
        low, mode, high = self.low, self.mode, self.high
        if u * (high - low) < mode - low:
            return low + math.sqrt(u * (high - low) * (mode - low))
        return high - math.sqrt((1.0 - u) * (high - low) * (high - mode))

    def faults(self) -> list[tuple[str, str, str | None]]:
        """See `_Continuous.faults`."""
        if self.low < self.high and self.low <= self.mode <= self.high:
            return []
        return [("mode", f"got low {self.low:g}, mode {self.mode:g}, high {self.high:g}", "low <= mode <= high")]


class Discrete(StrictModel):
    """Single values, each with its probability (equal ones where none are given)."""

    kind: Literal["discrete"]
    values: tuple[AnyValue, ...] = Field(min_length=1)
    probabilities: tuple[Number, ...] | None = None

    def quantile(self, u: float, others: Mapping[str, Any]) -> Any:
        """The value whose probability interval contains ``u``."""
        ends = np.cumsum(self._probabilities)
        return self.values[min(int(np.searchsorted(ends, u, side="right")), len(self.values) - 1)]

    def faults(self) -> list[tuple[str, str, str | None]]:
        """See `_Continuous.faults`."""
        given = self.probabilities
        if given is None:
            return []
        if len(given) != len(self.values):
            told = f"{len(given)} probabilities for {len(self.values)} values"
            return [("probabilities", told, "one for each value")]
        if min(given) < 0.0 or abs(sum(given) - 1.0) > _SUM:
            return [("probabilities", f"they add up to {sum(given):g}", "numbers of at least 0 with the sum 1")]
        return []

    @property
    def categories(self) -> tuple[Any, ...]:
        """The values in their order."""
        return self.values

    @property
    def _probabilities(self) -> tuple[float, ...]:
        return self.probabilities or (1.0 / len(self.values),) * len(self.values)


class Empirical(StrictModel):
    """Values that were measured, each row of a column of a CSV file equally likely."""

    kind: Literal["empirical"]
    file: str = Field(description="CSV file, relative to the study file")
    column: str
    smooth: Truth = Field(False, description="values between neighbouring ones are drawn too")

    categories: ClassVar[None] = None

    def faults(self) -> list[tuple[str, str, str | None]]:
        """See `_Continuous.faults`; the file is checked when it is read."""
        return []


@dataclass(frozen=True)
class Measured:
    """An empirical distribution with its data.

    Attributes
    ----------
    data : (n,) float
        The values, in the unit of the factor.
    smooth : bool
        Whether values between neighbouring data are interpolated.
    """

    data: np.ndarray
    smooth: bool

    categories: ClassVar[None] = None

    def quantile(self, u: float, others: Mapping[str, Any]) -> float:
        """See `_Continuous.quantile`."""
        if self.smooth:
            return float(np.quantile(self.data, u))
        return float(np.quantile(self.data, u, method="inverted_cdf"))


Simple = Normal | Lognormal | Uniform | Triangular | Discrete | Empirical
