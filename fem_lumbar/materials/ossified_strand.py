"""Force-length law of a ligament strand, part of which may be bone: from slack ligament to bony bar."""

from __future__ import annotations

import numpy as np

from fem_lumbar.materials.ligament import BilinearLigament
from fem_lumbar.materials.rounded_ramp import rounded_ramp

_ROUND_OFF = 64 * np.finfo(float).eps
_MOST_ITERATIONS = 100


class OssifiedStrand:
    """A fibrous part and a bony part in series (Reuss 1929, Z Angew Math Mech 9:49-58).

    Bone is the fraction f of the span. It is assumed to have formed stress-free in the geometry as built, so its rest
    length is f L0; that of the fibrous remainder is 1 - f of the rest length of the ligament, including its prestrain.

    - In tension both parts carry the same force T and their elongations add. At f = 0 it is the ligament alone.
    - When shortened, the fibrous remainder is slack and the strand carries no force. Resistance of the remainder to
      crushing and bending is neglected.
    - When the length of the remainder has shortened to zero, bone touches bone and is compressed as an elastic bar. The
      onset is rounded over a tenth of the remainder, like that of the ligament.
    - At f = 1 there is no remainder: an elastic bar in tension and compression, stress-free in the geometry as built.
      Both limits are continuous, since the prestrain belongs to the remainder.

    Buckling and fracture of bone are neglected.

    Parameters
    ----------
    fibrous : BilinearLigament
        Law of the fibrous part: stress as a function of engineering strain.
    area : (n,)
        Cross-section of the fibrous part, mm2.
    span : (n,)
        Length L0 in the geometry as built, mm.
    prestrain : (n,)
        Strain of the ligament in that geometry.
    fraction : (n,)
        Fraction f of the span that is bone.
    rigidity : (n,)
        Modulus times cross-section of the bony part, N; used where f > 0.

    Attributes
    ----------
    rest : (n,)
        Length up to which the strand is slack, mm.
    """

    def __init__(
        self,
        fibrous: BilinearLigament,
        area: np.ndarray,
        span: np.ndarray,
        prestrain: np.ndarray,
        fraction: np.ndarray,
        rigidity: np.ndarray,
    ) -> None:
        self._fibrous, self._area = fibrous, area
        self._bridged = fraction == 1.0
        self._bone = fraction * span
        remainder = np.where(self._bridged, 1.0, 1.0 - fraction)  # any value where there is none: it is not used
        self._fibre = remainder * (span / (1 + prestrain))
        self.rest = np.where(self._bridged, span, self._fibre + self._bone)
        self._compliance = np.where(fraction > 0.0, self._bone / np.where(fraction > 0.0, rigidity, 1.0), 0.0)
        self._stiffness = np.where(fraction > 0.0, 1.0 / np.where(fraction > 0.0, self._compliance, 1.0), 0.0)
        self._onset = BilinearLigament.ROUNDING * remainder * span

    def response(self, length: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Energy (N·mm), tension (N; negative is compression) and stiffness (N/mm) at lengths (n,) in mm."""
        drawn = self._drawn(length)
        pressed = self._pressed(length)
        stretch = length - self._bone
        bar = (self._stiffness * stretch**2 / 2, self._stiffness * stretch, self._stiffness)
        return tuple(
            np.where(self._bridged, one, two + three) for one, two, three in zip(bar, drawn, pressed, strict=True)
        )

    def _drawn(self, length: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Response in tension: fibres and bone in series."""
        density, stress, modulus = self._fibrous.response(self._fibrous_strain(length))
        force, rate = self._area * stress, self._area * modulus
        energy = self._area * self._fibre * density + self._compliance * force**2 / 2
        return energy, force, rate / (self._fibre + self._compliance * rate)

    def _pressed(self, length: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Response in compression, after bone has touched bone."""
        energy, overlap, slope = rounded_ramp(self._bone - length, self._onset)
        return self._stiffness * energy, -self._stiffness * overlap, self._stiffness * slope

    def _fibrous_strain(self, length: np.ndarray) -> np.ndarray:
        """Strain (n,) of the fibrous part at which its force stretches bone by the rest of the elongation.

        It lies between the onset of tension and the strain with rigid bone. The excess elongation increases with
        strain, so the root is found by Newton's method, safeguarded by bisection of the bracketing interval.
        """
        free = (length - self._bone) / self._fibre - 1
        strain, low, high = free, np.minimum(free, self._fibrous.onset), free
        for _ in range(_MOST_ITERATIONS):
            _, stress, modulus = self._fibrous.response(strain)
            excess = strain - free + self._compliance * self._area * stress / self._fibre
            low, high = np.where(excess < 0, strain, low), np.where(excess > 0, strain, high)
            newton = strain - excess / (1 + self._compliance * self._area * modulus / self._fibre)
            found = np.abs(excess) <= _ROUND_OFF * (1 + np.abs(free))
            strain = np.where(found | ((newton > low) & (newton < high)), newton, (low + high) / 2)
            if np.all(found):
                break
        return strain
