"""Hand calculation of an insertion on a bridge: a straight clamped bar on two elastic feet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_SHEAR_FACTOR = 5.0 / 6.0
"""Of a rectangular section (Timoshenko & Goodier, Theory of Elasticity)."""
_SLICES = 2000


@dataclass(frozen=True)
class Bar:
    """A straight bar of rectangular section between two feet, pulled at one point of its length.

    Attributes
    ----------
    length_mm, area_mm2, width_mm : float
        The thickness is area over width.
    axes : (3, 3)
        Rows: along the bar from the first foot to the second, across its width, along its thickness.
    pulled_at : float
        Where it is pulled: 0 at the first foot, 1 at the second.
    bony_from, bony_to : float
        Part of the length that is bone, counted like ``pulled_at``.
    fibrous_modulus_MPa, bony_modulus_MPa, poisson_ratio : float
    """

    length_mm: float
    area_mm2: float
    width_mm: float
    axes: np.ndarray
    pulled_at: float
    bony_from: float
    bony_to: float
    fibrous_modulus_MPa: float
    bony_modulus_MPa: float
    poisson_ratio: float

    def axial_stiffness(self) -> float:
        """EA/L, N/mm, of the whole bar; its pieces one behind the other."""
        return self.area_mm2 / self._compliance(0.0, 1.0)

    def stiffness(self) -> np.ndarray:
        """Stiffness (9, 9) N/mm on the displacements of first foot, pulled point and second foot; feet do not turn."""
        along, across, thick = self.axes
        thickness = self.area_mm2 / self.width_mm
        inertia = {"across": thickness * self.width_mm**3 / 12.0, "thick": self.width_mm * thickness**3 / 12.0}
        total = np.zeros((9, 9))
        parts = [(along, self._axial())]
        parts += [(across, self._bending(inertia["across"])), (thick, self._bending(inertia["thick"]))]
        for axis, scalar in parts:
            total += np.kron(scalar, np.outer(axis, axis))
        return total

    def _places(self) -> tuple[np.ndarray, float, np.ndarray]:
        """Middles of slices (n,) along the bar (0 to 1), their length in mm, and their modulus (n,) in MPa."""
        place = (np.arange(_SLICES) + 0.5) / _SLICES
        bony = (place >= self.bony_from) & (place < self.bony_to)
        return place, self.length_mm / _SLICES, np.where(bony, self.bony_modulus_MPa, self.fibrous_modulus_MPa)

    def _compliance(self, start: float, end: float) -> float:
        """Integral of 1/E over a part of the length, mm/MPa."""
        place, step, modulus = self._places()
        return step * float((1.0 / modulus)[(place >= start) & (place < end)].sum())

    def _axial(self) -> np.ndarray:
        first = self.area_mm2 / self._compliance(0.0, self.pulled_at)
        second = self.area_mm2 / self._compliance(self.pulled_at, 1.0)
        return np.array([[first, -first, 0.0], [-first, first + second, -second], [0.0, -second, second]])

    def _bending(self, inertia_mm4: float) -> np.ndarray:
        """Stiffness (3, 3) N/mm in one transverse direction by unit loads on the bar clamped at its first foot.

        Loads: force at the pulled point, force and moment at the second foot, whose rotation is then held.
        """
        place, step, modulus = self._places()
        left = self.pulled_at
        moments = np.array(
            [np.maximum(left - place, 0.0) * self.length_mm, (1.0 - place) * self.length_mm, np.ones(_SLICES)]
        )
        shears = np.array([(place < left).astype(float), np.ones(_SLICES), np.zeros(_SLICES)])
        shear_modulus = modulus / (2.0 * (1.0 + self.poisson_ratio))
        flexibility = step * (
            (moments / (modulus * inertia_mm4)) @ moments.T
            + (shears / (_SHEAR_FACTOR * shear_modulus * self.area_mm2)) @ shears.T
        )
        relative = np.linalg.inv(flexibility)[:2, :2]  # the rotation of the second foot is zero
        to_first_foot = np.array([[-1.0, 1.0, 0.0], [-1.0, 0.0, 1.0]])
        return to_first_foot.T @ relative @ to_first_foot


def on_elastic_feet(bar: np.ndarray, feet_compliance: np.ndarray, load: np.ndarray) -> np.ndarray:
    """Displacements (9,) mm under a load (9,) N: a bar (9, 9) in series with the compliance (6, 6) mm/N of its feet."""
    feet = np.r_[0:3, 6:9]
    total = bar.copy()
    total[np.ix_(feet, feet)] += np.linalg.inv(feet_compliance)
    return np.linalg.solve(total, load)
