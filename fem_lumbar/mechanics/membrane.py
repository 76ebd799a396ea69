"""Thin elastic shells on bone surfaces (cortex, bony endplates) as membranes: in-plane stiffness, no extra unknowns."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from fem_lumbar.mechanics.item import node_dofs
from fem_lumbar.mechanics.solid import edge_ties
from fem_lumbar.mechanics.space import TRI_EDGES, QuadraticSpace

_OPTIONS: dict[str, Any] = {"cache": True, "fastmath": {"contract"}, "error_model": "numpy"}


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

    Attributes
    ----------
    modulus, poisson_ratio, thickness : float
        As given.
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
        self.modulus, self.poisson_ratio, self.thickness = modulus, poisson_ratio, thickness
        self.nodes = space.triangle_nodes(triangles)
        _, self._gradients, area, self._frames = space.triangles(triangles, order=2)
        self._weights = thickness * area
        self.dofs = node_dofs(self.nodes)
        self.ties = [] if tied is None else edge_ties(self.nodes, tied, TRI_EDGES)
        factor = modulus / (1 - poisson_ratio**2)
        self._stiffness = factor * np.array(
            [[1, poisson_ratio, 0], [poisson_ratio, 1, 0], [0, 0, (1 - poisson_ratio) / 2]]
        )

    def forces(self, x: np.ndarray, load_factor: float) -> tuple[float, np.ndarray]:
        """Stored energy (N·mm) and nodal forces (k, 18) in N."""
        energy, rows = _forces(x, self.dofs, self._gradients, self._weights, self._frames, self._stiffness)
        return float(energy.sum()), rows

    def tangent(self, x: np.ndarray, load_factor: float) -> np.ndarray:
        """Tangent stiffness (k, 18, 18), N/mm."""
        return _tangent(x, self.dofs, self._gradients, self._weights, self._frames, self._stiffness)


@numba.njit(**_OPTIONS)
def _point(
    x: np.ndarray,
    dofs: np.ndarray,
    gradients: np.ndarray,
    frame: np.ndarray,
    stiffness: np.ndarray,
    f: np.ndarray,
    stress: np.ndarray,
    operator: np.ndarray,
) -> float:
    """Set F (3, 2), the stress (3,) and dE/du (3, 18), both in Voigt order 11, 22, 12; returns the energy density."""
    for i in range(3):
        f[i, 0], f[i, 1] = frame[i, 0], frame[i, 1]
        for a in range(6):
            f[i, 0] += x[dofs[3 * a + i]] * gradients[a, 0]
            f[i, 1] += x[dofs[3 * a + i]] * gradients[a, 1]
    c11, c22, c12 = 0.0, 0.0, 0.0
    for i in range(3):
        c11 += f[i, 0] * f[i, 0]
        c22 += f[i, 1] * f[i, 1]
        c12 += f[i, 0] * f[i, 1]
        for a in range(6):
            operator[0, 3 * a + i] = f[i, 0] * gradients[a, 0]
            operator[1, 3 * a + i] = f[i, 1] * gradients[a, 1]
            operator[2, 3 * a + i] = f[i, 0] * gradients[a, 1] + f[i, 1] * gradients[a, 0]
    e11, e22 = 0.5 * (c11 - 1.0), 0.5 * (c22 - 1.0)
    for m in range(3):
        stress[m] = stiffness[m, 0] * e11 + stiffness[m, 1] * e22 + stiffness[m, 2] * c12
    return 0.5 * (stress[0] * e11 + stress[1] * e22 + stress[2] * c12)


@numba.njit(parallel=True, **_OPTIONS)
def _forces(
    x: np.ndarray,
    dofs: np.ndarray,
    gradients: np.ndarray,
    weights: np.ndarray,
    frames: np.ndarray,
    stiffness: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    n_triangles, n_points = weights.shape
    energy, out = np.zeros(n_triangles), np.zeros((n_triangles, 18))
    for t in numba.prange(n_triangles):
        f, stress, operator = np.empty((3, 2)), np.empty(3), np.empty((3, 18))
        for q in range(n_points):
            w = weights[t, q]
            energy[t] += w * _point(x, dofs[t], gradients[t, q], frames[t], stiffness, f, stress, operator)
            for a in range(18):
                out[t, a] += w * (stress[0] * operator[0, a] + stress[1] * operator[1, a] + stress[2] * operator[2, a])
    return energy, out


@numba.njit(parallel=True, **_OPTIONS)
def _tangent(
    x: np.ndarray,
    dofs: np.ndarray,
    gradients: np.ndarray,
    weights: np.ndarray,
    frames: np.ndarray,
    stiffness: np.ndarray,
) -> np.ndarray:
    n_triangles, n_points = weights.shape
    out = np.zeros((n_triangles, 18, 18))
    for t in numba.prange(n_triangles):
        f, stress, operator = np.empty((3, 2)), np.empty(3), np.empty((3, 18))
        stressed = np.empty((3, 18))
        for q in range(n_points):
            w, g = weights[t, q], gradients[t, q]
            _point(x, dofs[t], g, frames[t], stiffness, f, stress, operator)
            for m in range(3):
                d0, d1, d2 = w * stiffness[m, 0], w * stiffness[m, 1], w * stiffness[m, 2]
                for b in range(18):
                    stressed[m, b] = d0 * operator[0, b] + d1 * operator[1, b] + d2 * operator[2, b]
            for a in range(18):
                o0, o1, o2 = operator[0, a], operator[1, a], operator[2, a]
                for b in range(18):
                    out[t, a, b] += o0 * stressed[0, b] + o1 * stressed[1, b] + o2 * stressed[2, b]
            for a in range(6):
                along = w * (stress[0] * g[a, 0] + stress[2] * g[a, 1])
                across = w * (stress[2] * g[a, 0] + stress[1] * g[a, 1])
                for b in range(6):
                    for i in range(3):
                        out[t, 3 * a + i, 3 * b + i] += along * g[b, 0] + across * g[b, 1]
    return out
