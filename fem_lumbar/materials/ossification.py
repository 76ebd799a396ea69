"""An ossified band: the part of the span between its two ends that is bone, and its stiffness.

The mamillo-accessory ligament, a spinal ligament and a bridge between two bodies are such bands. Bone grows from one
end over a fraction of the span; the remainder is unchanged. Both parts are in series and carry the same force (Reuss
1929, Z Angew Math Mech 9:49-58).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_APART = 1e-4
"""Separation of corners at equal position, relative to the span."""


@dataclass(frozen=True)
class Ossification:
    """Ossified part of a band.

    Attributes
    ----------
    fraction : float
        Part of the span that is bone, 0 to 1.
    modulus_MPa : float
        Young's modulus of that part: bone, or the cartilage of a bridge.
    from_first_end : bool
        Whether bone grows from the end at span 0 rather than from that at span 1.
    thickness_ratio : float
        Its thickness relative to the unossified band; the width is unchanged.
    """

    fraction: float
    modulus_MPa: float
    from_first_end: bool = True
    thickness_ratio: float = 1.0

    @property
    def complete(self) -> bool:
        """Whether the span is ossified from end to end."""
        return self.fraction == 1.0

    @property
    def reach(self) -> tuple[float, float]:
        """Positions on the span at which bone begins and ends."""
        return (0.0, self.fraction) if self.from_first_end else (1.0 - self.fraction, 1.0)

    def part(self, span: np.ndarray) -> np.ndarray:
        """Part (n,) of the volume of tetrahedra that is bone, for the position (n, 4) of their corners on the span."""
        if self.fraction in (0.0, 1.0):
            return np.full(len(span), self.fraction)
        return part_below(span if self.from_first_end else 1.0 - span, self.fraction)

    def modulus_with(self, fibrous_MPa: float, part: np.ndarray) -> np.ndarray:
        """Modulus (n,) in MPa of pieces of the band of which a fraction (n,) is bone and the rest fibrous tissue."""
        return 1.0 / (part / self.modulus_MPa + (1.0 - part) / fibrous_MPa)


def part_below(values: np.ndarray, limit: float) -> np.ndarray:
    """Part (n,) of the volume of tetrahedra in which a linear field with corner values (n, 4) is below a limit.

    The volume over which a linear field exceeds a limit is a divided difference of cubes (Curry & Schoenberg 1966,
    J Anal Math 17:71-107); equal corner values are separated by an amount that does not affect the result.
    """
    corners = np.sort(values, axis=1)
    corners = corners + _APART * (np.arange(4) - 1.5) * max(np.ptp(values), 1e-12)
    above = np.maximum(corners - limit, 0.0) ** 3
    gaps = corners[:, :, None] - corners[:, None, :]
    gaps[:, range(4), range(4)] = 1.0
    return np.clip(1.0 - (above / gaps.prod(axis=2)).sum(axis=1), 0.0, 1.0)
