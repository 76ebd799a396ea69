"""Whether an effect can be told from the errors of the output."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from fem_lumbar.comparison.differences import RESOLVED_AT


class Resolution(str, Enum):
    """Answer for one effect; the value is what reports print.

    On this mesh: larger than the floor, but the mesh error is not known.
    """

    RESOLVED = "resolved"
    ON_THIS_MESH = "on this mesh"
    ERRORS_UNKNOWN = "errors not known"
    NOT_RESOLVED = "not resolved"


@dataclass(frozen=True)
class OutputErrors:
    """What is known of the errors of an output over the points of a study.

    Attributes
    ----------
    floor : float or None
        Largest numerical floor, unit of the output; None where no point has one.
    mesh_error : float or None
        Largest discretisation error of a value, same unit; None where no point has one.
    size : float
        Largest absolute value of the output.
    """

    floor: float | None
    mesh_error: float | None
    size: float

    def of_difference(self, difference: float) -> float:
        """Error of a difference of two values, same unit.

        Floors of both in full; of the discretisation error the same part of the difference as of the value, since all
        points have the same cells. That holds for values that go together and is an assumption for others.
        """
        floor = np.sqrt(2.0) * (self.floor or 0.0)
        relative = 0.0 if self.mesh_error is None or self.size == 0.0 else self.mesh_error / self.size
        return float(np.hypot(floor, relative * difference))

    def judge(self, difference: float, low: float | None = None) -> Resolution:
        """Whether a difference is resolved.

        Parameters
        ----------
        difference : float
            The effect, at least 0, unit of the output.
        low : float, optional
            Lower end of its interval, where it comes from a surrogate.
        """
        if difference <= RESOLVED_AT * self.of_difference(difference) or (low is not None and low <= 0.0):
            return Resolution.NOT_RESOLVED
        if self.floor is None:
            return Resolution.ERRORS_UNKNOWN
        return Resolution.ON_THIS_MESH if self.mesh_error is None else Resolution.RESOLVED


def output_errors(values: np.ndarray, floor: np.ndarray, mesh_error: np.ndarray) -> OutputErrors:
    """Errors of an output from columns (n,) of its values, floors and discretisation errors, NaN where unknown."""
    return OutputErrors(_largest(floor), _largest(mesh_error), float(np.max(np.abs(values), initial=0.0)))


def _largest(errors: np.ndarray) -> float | None:
    known = errors[np.isfinite(errors)]
    return float(np.max(np.abs(known))) if len(known) else None
