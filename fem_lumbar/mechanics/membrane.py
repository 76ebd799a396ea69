"""Thin elastic shells on bone surfaces (cortex, bony endplates) as membranes: in-plane stiffness, no extra unknowns."""

from __future__ import annotations

import numpy as np

from fem_lumbar.mechanics.item import node_dofs
from fem_lumbar.mechanics.solid import edge_ties
from fem_lumbar.mechanics.space import TRI_EDGES, QuadraticSpace


class Membrane:
    """St Venant-Kirchhoff membrane in plane stress on quadratic triangles.

    Parameters
    ----------
    name : str
        Name of the item.
    space : QuadraticSpace
        Displacement space.
    triangles : (k, 3)
        Corner nodes of the surface.
    modulus, poisson_ratio, thickness : float
        MPa, -, mm.
    tied : (n_nodes,) bool, optional
        Mid-edge nodes that follow their edge ends.
    """

    def __init__(
        self,
        name: str,
        space: QuadraticSpace,
        triangles: np.ndarray,
        modulus: float,
        poisson_ratio: float,
        thickness: float,
        tied: np.ndarray | None = None,
    ) -> None:
        self.name = name
        self.nodes = space.triangle_nodes(triangles)
        _, self._gradients, area, self._frames = space.triangles(triangles, order=2)
        self._weights = thickness * area
        self.dofs = node_dofs(self.nodes)
        self.ties = [] if tied is None else edge_ties(self.nodes, tied, TRI_EDGES)
        factor = modulus / (1 - poisson_ratio**2)
        self._stiffness = factor * np.array(
            [[1, poisson_ratio, 0], [poisson_ratio, 1, 0], [0, 0, (1 - poisson_ratio) / 2]]
        )

    def _strain(self, x: np.ndarray):
        u = x[self.dofs].reshape(-1, 6, 3)
        f = self._frames[:, None] + np.einsum("kai,kqab->kqib", u, self._gradients)  # (k, n_q, 3, 2)
        c = np.einsum("kqia,kqib->kqab", f, f)
        strain = np.stack([(c[..., 0, 0] - 1) / 2, (c[..., 1, 1] - 1) / 2, c[..., 0, 1]], axis=-1)
        return f, strain, strain @ self._stiffness

    def _operator(self, f: np.ndarray) -> np.ndarray:
        """dE/du (k, n_q, 3, 18)."""
        g = self._gradients
        first = np.einsum("kqi,kqa->kqai", f[..., 0], g[..., 0])
        second = np.einsum("kqi,kqa->kqai", f[..., 1], g[..., 1])
        shear = np.einsum("kqi,kqa->kqai", f[..., 0], g[..., 1]) + np.einsum("kqi,kqa->kqai", f[..., 1], g[..., 0])
        return np.stack([first, second, shear], axis=2).reshape(*f.shape[:2], 3, 18)

    def forces(self, x: np.ndarray, load: float) -> tuple[float, np.ndarray]:
        """Stored energy (N·mm) and nodal forces (k, 18) in N."""
        f, strain, stress = self._strain(x)
        energy = 0.5 * np.sum(strain * stress * self._weights[..., None])
        return float(energy), np.einsum("kq,kqc,kqca->ka", self._weights, stress, self._operator(f))

    def tangent(self, x: np.ndarray, load: float) -> np.ndarray:
        """Tangent stiffness (k, 18, 18), N/mm."""
        f, _, stress = self._strain(x)
        operator = self._operator(f)
        weighted = (self._weights[..., None, None] * operator).reshape(len(f), -1, 18)
        stressed = (self._stiffness @ operator).reshape(len(f), -1, 18)
        material = np.matmul(np.swapaxes(weighted, 1, 2), stressed)
        tensor = stress[..., [0, 2, 2, 1]].reshape(*stress.shape[:2], 2, 2)
        geometric = np.einsum("kq,kqac,kqcd,kqbd->kab", self._weights, self._gradients, tensor, self._gradients)
        return material + np.einsum("kab,ij->kaibj", geometric, np.eye(3)).reshape(len(f), 18, 18)
