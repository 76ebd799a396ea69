"""Ligaments, fibrous or ossified, as strands between attachment patches."""

from __future__ import annotations

import numpy as np

from fem_lumbar.materials.ligament import BilinearLigament
from fem_lumbar.materials.ossified_strand import OssifiedStrand
from fem_lumbar.mechanics.lines import Lines, WeightedPoint


class LigamentStrands(Lines):
    """Strands whose force depends on their length: the fibrous part carries tension, the ossified part compression too.

    Parameters
    ----------
    name : str
        Name of the item.
    lower, upper : list of WeightedPoint
        Attachments of each strand.
    area : (n,)
        Cross-section of each strand, mm2.
    prestrain : (n,)
        Strain p in the reference configuration of length L0, negative where slack: the rest length is L0 / (1 + p). A
        published ratio r of rest to geometric length is p = 1/r - 1.
    law : BilinearLigament
        Stress of the fibrous part as a function of engineering strain.
    fraction : (n,), optional
        Fraction of each strand that is bone (default: none).
    rigidity : (n,), optional
        Modulus times cross-section of that part, N.

    Attributes
    ----------
    rest : (n,)
        Length up to which each strand is slack, mm.
    """

    def __init__(
        self,
        name: str,
        lower: list[WeightedPoint],
        upper: list[WeightedPoint],
        area: np.ndarray,
        prestrain: np.ndarray,
        law: BilinearLigament,
        fraction: np.ndarray | None = None,
        rigidity: np.ndarray | None = None,
    ) -> None:
        super().__init__(name, lower, upper)
        none = np.zeros(len(area))
        self.area = area
        self.law = OssifiedStrand(
            law,
            area,
            self.rest,
            prestrain,
            none if fraction is None else fraction,
            none if rigidity is None else rigidity,
        )
        self.rest = self.law.rest

    def tension(self, x: np.ndarray) -> np.ndarray:
        """Tension (n,) of each strand, N; negative where an ossified strand is compressed."""
        return self.law.response(self.lengths(x))[1]

    def strain(self, x: np.ndarray) -> np.ndarray:
        """Strain (n,) of each strand from its rest length; negative where it is slack."""
        return self.lengths(x) / self.rest - 1.0

    def pull_on_fixed_ends(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Lower ends (k, 3), mm, that are fixed in space, and the force (k, 3), N, of the strands on them."""
        fixed = ~np.isclose(self.coefficients.sum(axis=1), 0.0)
        vectors = self.vectors(x)[fixed]
        along = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return self.upper_ends(x)[fixed] - vectors, self.tension(x)[fixed, None] * along

    def forces(self, x: np.ndarray, load_factor: float) -> tuple[float, np.ndarray]:
        """Stored energy (N·mm) and residual (n, 3 k) in N."""
        energy, tension, _ = self.law.response(self.lengths(x))
        return float(np.sum(energy)), self.spread(x, tension)

    def tangent(self, x: np.ndarray, load_factor: float) -> np.ndarray:
        """Tangent (n, 3 k, 3 k), N/mm."""
        _, tension, rate = self.law.response(self.lengths(x))
        return self.stiffness(x, tension, rate)
