"""Ligaments as tension-only strands between attachment patches."""

from __future__ import annotations

import numpy as np

from fem_lumbar.materials.ligament import BilinearLigament
from fem_lumbar.mechanics.lines import Lines, WeightedPoint


class LigamentStrands(Lines):
    """Strands with force = area times stress(strain), strain relative to the rest length.

    Parameters
    ----------
    name : str
        Name of the item.
    lower, upper : list of WeightedPoint
        Attachments of each strand.
    area : (n,)
        Cross-section of each strand, mm2.
    prestrain : (n,)
        Strain p in the reference configuration of length L0: the rest length is L0 / (1 + p), negative is slack. A
        published ratio r of rest to geometric length is p = 1/r - 1.
    law : BilinearLigament
        Stress over engineering strain.
    """

    def __init__(
        self,
        name: str,
        lower: list[WeightedPoint],
        upper: list[WeightedPoint],
        area: np.ndarray,
        prestrain: np.ndarray,
        law: BilinearLigament,
    ) -> None:
        super().__init__(name, lower, upper)
        self.area = area
        self.law = law
        self.rest = self.rest / (1 + prestrain)

    def _response(self, x: np.ndarray):
        return self.law.response(self.lengths(x) / self.rest - 1)

    def tension(self, x: np.ndarray) -> np.ndarray:
        """Tension (n,) of each strand, N."""
        return self.area * self._response(x)[1]

    def forces(self, x: np.ndarray, load: float) -> tuple[float, np.ndarray]:
        """Stored energy (N·mm) and residual (n, 3 k) in N."""
        energy, stress, _ = self._response(x)
        return float(np.sum(self.area * self.rest * energy)), self.spread(x, self.area * stress)

    def tangent(self, x: np.ndarray, load: float) -> np.ndarray:
        """Tangent (n, 3 k, 3 k), N/mm."""
        _, stress, modulus = self._response(x)
        return self.stiffness(x, self.area * stress, self.area * modulus / self.rest)
