"""Mooney-Rivlin on the isochoric invariants, with an optional volumetric term."""

from __future__ import annotations

import numpy as np

from fem_lumbar.materials.law import Law, PerCell, per_cell
from fem_lumbar.materials.pointwise import MOONEY_RIVLIN


class MooneyRivlin(Law):
    """W = c10 (I1bar - 3) + c01 (I2bar - 3) + K/2 e^2 (1 + b/2 e^2) with e = J - 1 - s.

    Parameters
    ----------
    c10, c01 : float or (n_e,)
        Mooney-Rivlin coefficients, MPa.
    bulk_modulus : float or (n_e,)
        K, MPa; zero where a pressure field carries the volume change.
    n_cells : int
        Number of cells.
    volume_stiffening : float
        b, stiffening of the volumetric part with the volume strain.
    swelling : float or (n_e,)
        s, the volume strain of free swelling.
    """

    number = MOONEY_RIVLIN

    def __init__(
        self,
        c10: PerCell,
        c01: PerCell,
        bulk_modulus: PerCell,
        n_cells: int,
        volume_stiffening: float = 0.0,
        swelling: PerCell = 0.0,
    ) -> None:
        self.parameters = per_cell(n_cells, c10, c01, bulk_modulus, volume_stiffening, swelling)

    @classmethod
    def neo_hookean(cls, modulus: PerCell, poisson_ratio: PerCell, n_cells: int) -> MooneyRivlin:
        """Neo-Hookean law with the small-strain modulus (MPa) and Poisson's ratio given."""
        young, poisson = np.asarray(modulus, dtype=float), np.asarray(poisson_ratio, dtype=float)
        shear, bulk = young / (2 * (1 + poisson)), young / (3 * (1 - 2 * poisson))
        return cls(shear / 2, 0.0, bulk, n_cells)
