"""Short-range stiffness of active muscle: tension over a small change of length at constant activation."""

from __future__ import annotations

import numpy as np

from fem_lumbar.materials.rounded_ramp import rounded_ramp

_CORNER = 0.1
"""Width, as a share of the tension at the set length, over which the end of the tension is rounded."""


class ShortRangeStiffness:
    """Tension T = F (1 + gamma e), never below zero, with e the change of length relative to the set length L.

    The stiffness gamma F / L is proportional to the force, as both are to the number of attached cross-bridges (Cui et
    al. 2008, J Biomech 41:1945-1952).

    Parameters
    ----------
    gamma : float
        Dimensionless stiffness, k L / F for a stiffness k, above zero.
    """

    def __init__(self, gamma: float) -> None:
        self.gamma = gamma

    def response(self, strain: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Energy, tension and its slope over the strain (n,), all relative to F at the set length (energy to F L)."""
        width = np.full(np.shape(strain), _CORNER)
        integral, value, slope = rounded_ramp(1.0 + self.gamma * np.asarray(strain), width)
        at_rest = rounded_ramp(np.ones(1), np.full(1, _CORNER))[0]
        return (integral - at_rest) / self.gamma, value, self.gamma * slope
