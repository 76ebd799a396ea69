"""Fascia that attaches a fascicle to two insertions: division of its force where one of them is compliant."""

from __future__ import annotations

import numpy as np

from fem_lumbar.materials.rounded_ramp import rounded_ramp

_CORNER = 0.05
"""Width, as a share of the force, over which the end of the fascia's tension is rounded, at most."""


class SharedFascia:
    """Two strips of fascia in parallel at the end of a fascicle with a given force F.

    A strip of stiffness k1 ends on a compliant insertion that deflects by d along the pull, one of stiffness k2 on the
    bone next to it. Both end in the fascicle, so their elongations e1, e2 differ by d (e1 = e2 + d, d < 0 where the
    insertion yields to the pull), and k1 e1 + k2 e2 = F. The first strip carries

        T1 = k1 / (k1 + k2) F + k d,    k = k1 k2 / (k1 + k2),

    and the second one the rest. Strips carry tension only, so T1 stays between 0 and F.

    Parameters
    ----------
    force : (n,)
        Force of each fascicle, N, above zero.
    yielding, firm : (n,)
        Stiffness of the strip to the compliant insertion, and to bone, N/mm.
    """

    def __init__(self, force: np.ndarray, yielding: np.ndarray, firm: np.ndarray) -> None:
        self.force = np.asarray(force, dtype=float)
        both = np.asarray(yielding, dtype=float) + firm
        self.firm_share = np.asarray(yielding / both, dtype=float)
        """Share (n,) of the force on the first strip while its insertion does not deflect."""
        self.stiffness = np.asarray(yielding * firm / both, dtype=float)
        # No wider than leaves the share of a firm insertion as it is, or the first strip would have to push.
        self._corner = np.minimum(_CORNER, 2.0 * np.minimum(self.firm_share, 1.0 - self.firm_share))

    def response(self, lengthening: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Energy (N·mm), force transferred from the second strip to the first (N), and its slope (N/mm), (n,) each.

        Parameters
        ----------
        lengthening : (n,)
            d, mm.
        """
        share = self.firm_share + self.stiffness / self.force * np.asarray(lengthening)
        integral, value, slope = _between_0_and_1(share, self._corner)
        at_rest, _, _ = _between_0_and_1(self.firm_share, self._corner)
        energy = self.force**2 / self.stiffness * (integral - at_rest - self.firm_share * (share - self.firm_share))
        return energy, self.force * (value - self.firm_share), self.stiffness * slope


def _between_0_and_1(x: np.ndarray, corner: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Integral, value and slope of x clipped to [0, 1], with corners rounded over a width ``corner``."""
    low, high = rounded_ramp(x, corner), rounded_ramp(x - 1.0, corner)
    return low[0] - high[0], low[1] - high[1], low[2] - high[2]
