"""Pressure-penetration law of a penalty contact: rounded onset, then gradual hardening."""

from __future__ import annotations

import numpy as np

from fem_lumbar.materials.rounded_ramp import rounded_ramp


class ContactPenalty:
    """p = eps (d + d^2 / d0) with penetration d and an onset rounded over a width.

    The rounding keeps light contact smooth for Newton's method; the hardening limits penetration at edges.

    Parameters
    ----------
    stiffness : float
        eps, pressure per penetration, MPa/mm.
    onset : float
        Width of the rounded onset, mm, centred on zero penetration.
    hardening_depth : float
        d0, mm.
    """

    def __init__(self, stiffness: float, onset: float, hardening_depth: float) -> None:
        self.stiffness = stiffness
        self.onset = onset
        self.hardening_depth = hardening_depth

    def response(self, penetration: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Energy per area (N/mm), pressure (MPa) and stiffness (MPa/mm) at penetrations (n,) in mm."""
        integral, depth, slope = rounded_ramp(penetration, self.onset)
        inside = np.clip(penetration + self.onset / 2, 0, self.onset)
        half = self.onset / 2
        above = np.maximum(penetration - half, 0)
        square = inside**5 / (20 * self.onset**2) + ((half + above) ** 3 - half**3) / 3
        return (
            self.stiffness * (integral + square / self.hardening_depth),
            self.stiffness * (depth + depth**2 / self.hardening_depth),
            self.stiffness * slope * (1 + 2 * depth / self.hardening_depth),
        )
