"""Tension-only ligament law on the engineering strain of a strand: bilinear, with a rounded onset and corner."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from fem_lumbar.materials.rounded_ramp import rounded_ramp


class BilinearLigament:
    """Stress of a ligament: zero in compression, a toe modulus up to the transition strain, a second modulus beyond.

    Onset and corner are rounded by parabolas over a tenth of the transition strain, so that the tangent is continuous
    and Newton's method does not chatter. Shape after Goel et al. as tabulated in PMC5592017.

    Parameters
    ----------
    toe_modulus, modulus : (n,)
        Slope before and after the transition, MPa.
    transition_strain : (n,)
        Strain of the transition.

    Attributes
    ----------
    onset : (n,)
        Strain up to which it carries no tension.
    """

    ROUNDING = 0.1

    def __init__(self, toe_modulus: ArrayLike, modulus: ArrayLike, transition_strain: ArrayLike) -> None:
        self.toe_modulus, self.modulus = np.asarray(toe_modulus, float), np.asarray(modulus, float)
        self.transition = np.asarray(transition_strain, float)
        self.onset = -self.ROUNDING * self.transition / 2

    def response(self, strain: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Energy density (MPa), stress (MPa) and tangent modulus (MPa) at engineering strains (n,)."""
        width = self.ROUNDING * self.transition
        onset = rounded_ramp(strain, width)
        corner = rounded_ramp(strain - self.transition, width)
        extra = self.modulus - self.toe_modulus
        return tuple(self.toe_modulus * a + extra * b for a, b in zip(onset, corner, strict=True))
