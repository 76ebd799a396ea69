"""Critical size of an opening, for the range of assumed nerve diameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.measures.tunnel_section import Section
from fem_lumbar.nerve.critical import by_all_walls
from fem_lumbar.nerve.parameters import diameter_range_mm, nerve_tissue, thresholds_kPa
from fem_lumbar.nerve.press import Press

_MEASURE = "contact_mean"


@dataclass(frozen=True)
class CriticalOpening:
    """Clearance of an opening, as a function of the diameter of the nerve, at which a pressure is reached.

    Attributes
    ----------
    threshold : str
        Name of the pressure.
    pressure_kPa : float
        Mean contact pressure.
    diameters_mm : tuple of float
        Smallest, most likely and largest nerve, mm.
    clearances_mm : tuple of float
        Diameter of the largest circle in the opening at which each nerve reaches the pressure, mm.
    present_mm : float
        Clearance of the narrowest tunnel of the anatomy, mm.
    """

    threshold: str
    pressure_kPa: float
    diameters_mm: tuple[float, float, float]
    clearances_mm: tuple[float, float, float]
    present_mm: float

    def chance(self, clearance_mm: float) -> float:
        """Fraction of nerves under at least this pressure at a clearance (mm); diameters: triangular distribution."""
        critical, diameters = self.clearances_mm, self.diameters_mm
        if clearance_mm <= critical[0]:
            return 1.0
        if clearance_mm >= critical[-1]:
            return 0.0
        return float(_spread(diameters).sf(np.interp(clearance_mm, critical, diameters)))

    def clearance_at(self, chance: float) -> float:
        """Clearance, mm, at which a given fraction of nerves (0 to 1) is under at least this pressure."""
        return float(np.interp(_spread(self.diameters_mm).isf(chance), self.diameters_mm, self.clearances_mm))


def critical_openings(section: Section, centre: np.ndarray, radius: float) -> list[CriticalOpening]:
    """Critical clearance for each threshold, by moving all walls of a section inwards along their normals.

    Parameters
    ----------
    section : Section
        Narrowest section of a tunnel.
    centre : (2,) float
        Centre of its largest circle, mm.
    radius : float
        Radius of that circle, mm.

    Returns
    -------
    openings : list of CriticalOpening
        One for each threshold; empty when a pressure is not reached or cannot be computed.
    """
    diameters, limits = diameter_range_mm(), thresholds_kPa()
    found: dict[str, list[float]] = {name: [] for name in limits}
    for diameter in diameters:
        try:
            narrowing = by_all_walls(Press(nerve_tissue(diameter)), section, centre, radius, max(limits.values()))
        except PhysicsError:
            return []
        for name, limit in limits.items():
            inward = narrowing.reaches(limit, _MEASURE)
            if inward is None:
                return []
            found[name].append(2.0 * (radius - inward))
    return [
        CriticalOpening(name, limits[name], diameters, (one[0], one[1], one[2]), 2.0 * radius)
        for name, one in found.items()
    ]


def _spread(diameters: tuple[float, float, float]):  # type: ignore[no-untyped-def]  # a frozen distribution of scipy
    from scipy.stats import triang

    low, mode, high = diameters
    return triang((mode - low) / (high - low), loc=low, scale=high - low)
