"""Comparison of effects with the errors of the output."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from fem_lumbar.comparison.differences import RESOLVED_AT


class Resolution(str, Enum):
    """Verdict on one effect; the value is printed in reports.

    On this mesh: the effect exceeds the floor, but the mesh error is unknown.
    """

    RESOLVED = "resolved"
    ON_THIS_MESH = "on this mesh"
    ERRORS_UNKNOWN = "errors not known"
    NOT_RESOLVED = "not resolved"


@dataclass(frozen=True)
class OutputErrors:
    """Errors of an output over the points of a study.

    Attributes
    ----------
    floor : float or None
        Largest numerical floor, in the unit of the output; None if no point has one.
    mesh_error : float or None
        Largest discretisation error of a value, in the same unit; None if no point has one.
    size : float
        Largest absolute value of the output.
    """

    floor: float | None
    mesh_error: float | None
    size: float

    def of_difference(self, difference: float) -> float:
        """Error of a difference of two values, in the same unit.

        Root of the sum of squares of both floors and of the relative discretisation error times the difference. The
        relative error applies to a difference since all points have the same cells: this holds for values that change
        together and is an assumption for others.
        """
        floor = np.sqrt(2.0) * (self.floor or 0.0)
        relative = 0.0 if self.mesh_error is None or self.size == 0.0 else self.mesh_error / self.size
        return float(np.hypot(floor, relative * difference))

    def judge(self, difference: float, low: float | None = None) -> Resolution:
        """Whether a difference is resolved.

        Parameters
        ----------
        difference : float
            The magnitude of the effect, in the unit of the output.
        low : float, optional
            Lower end of its confidence interval, if from a surrogate.
        """
        if difference <= RESOLVED_AT * self.of_difference(difference) or (low is not None and low <= 0.0):
            return Resolution.NOT_RESOLVED
        if self.floor is None:
            return Resolution.ERRORS_UNKNOWN
        return Resolution.ON_THIS_MESH if self.mesh_error is None else Resolution.RESOLVED


def output_errors(values: np.ndarray, floor: np.ndarray, mesh_error: np.ndarray) -> OutputErrors:
    """Errors of an output from arrays (n,) of values, floors and discretisation errors, NaN if unknown."""
    return OutputErrors(_largest(floor), _largest(mesh_error), float(np.max(np.abs(values), initial=0.0)))


def _largest(errors: np.ndarray) -> float | None:
    known = errors[np.isfinite(errors)]
    return float(np.max(np.abs(known))) if len(known) else None
