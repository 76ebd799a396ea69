"""St Venant-Kirchhoff: linear elasticity for small strain at any rotation (bone)."""

from __future__ import annotations

import numpy as np

from fem_lumbar.materials.law import Law, per_cell
from fem_lumbar.materials.pointwise import ST_VENANT_KIRCHHOFF


class StVenantKirchhoff(Law):
    """W = lambda/2 (tr E)^2 + mu E:E with the Green-Lagrange strain E.

    Parameters
    ----------
    modulus : float or (n_e,)
        Young's modulus, MPa.
    poisson_ratio : float or (n_e,)
        Poisson's ratio.
    n_cells : int
        Number of cells.
    """

    number = ST_VENANT_KIRCHHOFF

    def __init__(self, modulus: np.ndarray | float, poisson_ratio: np.ndarray | float, n_cells: int) -> None:
        young, poisson = per_cell(n_cells, modulus, poisson_ratio).T
        lame, shear = young * poisson / ((1 + poisson) * (1 - 2 * poisson)), young / (2 * (1 + poisson))
        self.parameters = per_cell(n_cells, lame, shear)
