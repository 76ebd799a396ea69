"""Anderson acceleration of the modified Newton iteration: earlier steps improve the next one on the same tangent."""

from __future__ import annotations

import numpy as np

from fem_lumbar.foundation.numerics import ANDERSON_CUTOFF, ANDERSON_DEPTH


class AndersonAcceleration:
    """The multisecant update of Anderson (1965, J ACM 12:547-560) of corrections with a fixed tangent.

    With a fixed tangent K the correction of a state is g = -K⁻¹ r. Earlier steps s_i changed it by y_i. The next
    step is g - sum w_i (s_i + y_i), with weights w_i that minimise the displacements in g - sum w_i y_i. For a linear
    problem this is equivalent to GMRES (Walker & Ni 2011, SIAM J Numer Anal 49:1715-1735).

    Parameters
    ----------
    measured : (n_equations,) bool
        Equations that enter the least-squares problem: displacements, which share one unit.
    """

    def __init__(self, measured: np.ndarray) -> None:
        self._measured = measured
        self._steps: list[np.ndarray] = []
        self._changes: list[np.ndarray] = []
        self._last: np.ndarray | None = None

    def improved(self, correction: np.ndarray) -> np.ndarray:
        """Accelerated step (n_equations,) for the correction (n_equations,) from the fixed tangent."""
        if self._last is not None:
            self._changes.append(correction - self._last)
            del self._steps[:-ANDERSON_DEPTH], self._changes[:-ANDERSON_DEPTH]
        self._last = correction
        if not self._changes:
            return correction
        changes = np.stack([change[self._measured] for change in self._changes], axis=1)
        weights, *_ = np.linalg.lstsq(changes, correction[self._measured], rcond=ANDERSON_CUTOFF)
        step = correction.copy()
        for weight, moved, change in zip(weights, self._steps, self._changes, strict=True):
            step -= weight * (moved + change)
        return step

    def taken(self, step: np.ndarray) -> None:
        """Remember the step (n_equations,) that was taken."""
        self._steps.append(step)
