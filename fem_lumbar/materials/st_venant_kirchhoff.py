"""St Venant-Kirchhoff: linear elasticity for small strain at any rotation (bone)."""

from __future__ import annotations

import numpy as np

from fem_lumbar.materials.law import Response, per_cell


class StVenantKirchhoff:
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

    def __init__(self, modulus: np.ndarray | float, poisson_ratio: np.ndarray | float, n_cells: int) -> None:
        young, poisson = per_cell(n_cells, modulus, poisson_ratio).T
        lame, shear = young * poisson / ((1 + poisson) * (1 - 2 * poisson)), young / (2 * (1 + poisson))
        self.stiffness = np.zeros((n_cells, 6, 6))
        self.stiffness[:, :3, :3] = lame[:, None, None]
        index = np.arange(3)
        self.stiffness[:, index, index] += 2 * shear[:, None]
        self.stiffness[:, index + 3, index + 3] = shear[:, None]

    def response(self, cauchy_green: np.ndarray) -> Response:
        """Energy density (n_e, n_q) MPa, S (n_e, n_q, 6) MPa and dS/dE (n_e, n_q, 6, 6) MPa."""
        c = cauchy_green
        strain = np.stack(
            [
                0.5 * (c[..., 0, 0] - 1),
                0.5 * (c[..., 1, 1] - 1),
                0.5 * (c[..., 2, 2] - 1),
                c[..., 0, 1],
                c[..., 1, 2],
                c[..., 0, 2],
            ],
            axis=-1,
        )
        stress = np.matmul(strain, self.stiffness)
        tangent = np.broadcast_to(self.stiffness[:, None], strain.shape + (6,))
        return 0.5 * np.sum(strain * stress, axis=-1), stress, tangent
