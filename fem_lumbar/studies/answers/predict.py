"""Predictions at values that were not run, with their error, and a check for extrapolation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fem_lumbar.studies.answers.coordinates import Points
from fem_lumbar.studies.answers.surrogate import Surrogate


@dataclass(frozen=True)
class Question:
    """Values of all factors for a prediction.

    Attributes
    ----------
    x : (d,) float
        Coordinates of the factors.
    given : dict
        Given values, by name of factor.
    middle : dict
        Values of the other factors: the median, or the most frequent one.
    outside : tuple of str
        Factors with a value outside the range of the study, with that range.
    """

    x: np.ndarray
    given: dict[str, str]
    middle: dict[str, str]
    outside: tuple[str, ...]

    def told(self) -> dict[str, Any]:
        """Its content without coordinates, for JSON."""
        return {"set": self.given, "in_the_middle": self.middle, "outside": list(self.outside)}


@dataclass(frozen=True)
class Prediction:
    """Prediction of one surrogate.

    Attributes
    ----------
    case, output : str
    value, half_width : float
        Value and half-width of its 95 % interval, in the unit of the output. The interval is based on leave-one-out
        errors, and so holds only within the data.
    q2 : float
        Predictivity of the surrogate.
    resolved : bool
        Whether the surrogate is accurate enough for its output.
    remote : bool
        Whether the leverage exceeds that of all points of this output (extrapolation).
    """

    case: str
    output: str
    value: float
    half_width: float
    q2: float
    resolved: bool
    remote: bool


def question(points: Points, settings: Mapping[str, object]) -> Question:
    """Factor values for a prediction, given by names or scenario keys.

    Raises
    ------
    InputError
        When a name is not a factor, or a factor cannot have a value.
    """
    set_at = {points.index(name): value for name, value in settings.items()}
    x = np.array([_middle(points, i) for i in range(len(points.factors))])
    outside = []
    for i, value in set_at.items():
        x[i] = points.factors[i].coordinate(value)
        low, high = float(points.x[:, i].min()), float(points.x[:, i].max())
        margin = 1e-9 * (high - low)
        if not low - margin <= x[i] <= high + margin:
            one = points.factors[i]
            outside.append(f"{one.name} = {one.shown(x[i])}: the study has {one.shown(low)} to {one.shown(high)}")
    names = [factor.name for factor in points.factors]
    return Question(
        x,
        {names[i]: points.factors[i].shown(x[i]) for i in set_at},
        {names[i]: points.factors[i].shown(x[i]) for i in range(len(names)) if i not in set_at},
        tuple(outside),
    )


def predict(surrogate: Surrogate, case: str, output: str, asked: Question) -> Prediction:
    """Prediction of a surrogate."""
    x = asked.x[None]
    return Prediction(
        case,
        output,
        value=float(surrogate(x)[0]),
        half_width=float(surrogate.half_width(x)[0]),
        q2=surrogate.q2,
        resolved=surrogate.resolved,
        remote=bool(surrogate.leverage(x)[0] > surrogate.largest_leverage * (1.0 + 1e-9)),
    )


def _middle(points: Points, factor: int) -> float:
    values = points.x[:, factor]
    kinds, counts = np.unique(values, return_counts=True)
    if points.factors[factor].words is not None:
        return float(kinds[np.argmax(counts)])
    return float(np.median(values))
