"""Frictionless, large-sliding contact between two surfaces: quadrature points of one against facets of the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from fem_lumbar.mechanics.closest_point import closest_on_triangles
from fem_lumbar.mechanics.item import Ties, node_dofs
from fem_lumbar.mechanics.space import QuadraticSpace

_SUBTRIANGLES = np.array([[0, 3, 5], [3, 1, 4], [5, 4, 2], [3, 4, 5]])


@dataclass(frozen=True)
class ContactState:
    """Contact of one pair of surfaces in a state.

    ``force`` (3,) N acts on the quadrature surface; ``centre`` (3,) mm is the centre of pressure; ``area`` mm2,
    ``peak_pressure`` MPa and ``penetration`` mm are over the points in contact; ``nodal_pressure`` (k,) MPa is on
    ``nodes`` (k,).
    """

    force: np.ndarray
    centre: np.ndarray
    area: float
    peak_pressure: float
    penetration: float
    nodes: np.ndarray
    nodal_pressure: np.ndarray


class FacetContact:
    """Penalty energy 1/2 eps w min(g, 0)^2 at every quadrature point, g the distance to the nearest flat sub-facet.

    Each quadratic triangle of the target surface is taken as four flat triangles on its six nodes; pairs are found
    anew in :meth:`update`, and for fixed pairs residual and tangent are the exact derivatives of the energy (the
    second variation of the distance to a moving plane included), so force and moment balance exactly.

    Parameters
    ----------
    name : str
        Name of the item.
    space : QuadraticSpace
        Displacement space.
    points_on : (k, 3)
        Triangles that carry the quadrature points, normals outward.
    target : (m, 3)
        Triangles they may touch, normals outward.
    penalty : float
        Pressure per penetration, MPa/mm.
    reach : float
        Distance within which pairs are kept, mm.
    """

    _NEAREST = 12
    _OVERHANG = 0.05  # of a sub-facet's size: how far beyond the rim of the target a point still counts as on it

    def __init__(
        self,
        name: str,
        space: QuadraticSpace,
        points_on: np.ndarray,
        target: np.ndarray,
        penalty: float,
        reach: float = 0.1,
        deepest: float = 1.0,
    ) -> None:
        self.name = name
        self.penalty = penalty
        self.reach = reach
        self.deepest = deepest
        self.ties: Ties = []
        self._positions = space.nodes
        triangles = space.triangle_nodes(points_on)
        values, _, weights, _ = space.triangles(points_on, order=4)
        self.surface_nodes = np.unique(triangles)
        self._point_nodes = np.repeat(triangles, len(values), axis=0)
        self._shapes = np.tile(values, (len(triangles), 1))
        self._weights = weights.ravel()
        self._facets = space.triangle_nodes(target)[:, _SUBTRIANGLES].reshape(-1, 3)
        self.dofs = np.empty((0, 27), dtype=int)
        self._active = np.empty(0, dtype=int)
        self._partner = np.empty(0, dtype=int)

    def update(self, x: np.ndarray) -> None:
        """Pair every quadrature point with the nearest facet of the target, if that is near."""
        points = np.einsum("qa,qai->qi", self._shapes, self._current(x, self._point_nodes))
        facets = self._current(x, self._facets)
        centroids = facets.mean(axis=1)
        nearest = min(self._NEAREST, len(facets))
        _, candidates = cKDTree(centroids).query(points, k=nearest)
        candidates = candidates.reshape(len(points), nearest)
        feet = closest_on_triangles(np.repeat(points[:, None], nearest, axis=1), facets[candidates])
        distance = np.linalg.norm(points[:, None] - feet, axis=2)
        rows = np.arange(len(points))
        # Ties between neighbours are broken by the lowest facet number within round-off, so that runs repeat.
        best = np.argmax(distance <= distance.min(axis=1, keepdims=True) * (1 + 1e-9) + 1e-12, axis=1)
        partner, foot = candidates[rows, best], feet[rows, best]
        corner = facets[partner]
        normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
        size = np.sqrt(np.linalg.norm(normal, axis=1))
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        offset = points - foot
        gap = np.sum(normal * (points - corner[:, 0]), axis=1)
        lateral = np.linalg.norm(offset - np.sum(offset * normal, axis=1, keepdims=True) * normal, axis=1)
        near = (gap < self.reach) & (gap > -self.deepest) & (lateral < self._OVERHANG * size)
        self._active, self._partner = np.flatnonzero(near), partner[near]
        self.dofs = node_dofs(np.hstack([self._point_nodes[self._active], self._facets[self._partner]]))

    def _current(self, x: np.ndarray, nodes: np.ndarray) -> np.ndarray:
        return self._positions[nodes] + x[node_dofs(nodes)].reshape(*nodes.shape, 3)

    def _geometry(self, x: np.ndarray):
        points = np.einsum("qa,qai->qi", self._shapes[self._active], self._current(x, self._point_nodes[self._active]))
        corner = self._current(x, self._facets[self._partner])
        edges = corner[:, 1:] - corner[:, :1]
        normal = np.cross(edges[:, 0], edges[:, 1])
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        metric = np.linalg.inv(np.einsum("nai,nbi->nab", edges, edges))
        dual = np.einsum("nab,nbi->nai", metric, edges)
        offset = points - corner[:, 0]
        local = np.einsum("nai,ni->na", dual, offset)
        gap = np.sum(normal * offset, axis=1)
        coefficients = np.hstack(
            [self._shapes[self._active], local.sum(axis=1, keepdims=True) - 1, -local]
        )  # of the nodes in the vector from foot to point
        return gap, normal, dual, metric, coefficients, points

    def forces(self, x: np.ndarray, load: float) -> tuple[float, np.ndarray]:
        """Penalty energy (N·mm) and residual (n, 27) in N."""
        gap, normal, _, _, coefficients, _ = self._geometry(x)
        push = self.penalty * self._weights[self._active] * np.minimum(gap, 0)
        energy = 0.5 * np.sum(push * np.minimum(gap, 0))
        return float(energy), (push[:, None, None] * coefficients[:, :, None] * normal[:, None]).reshape(-1, 27)

    def tangent(self, x: np.ndarray, load: float) -> np.ndarray:
        """Derivative of the residual (n, 27, 27), N/mm."""
        gap, normal, dual, metric, coefficients, _ = self._geometry(x)
        touching = gap < 0
        stiffness = np.where(touching, self.penalty * self._weights[self._active], 0.0)
        first = (coefficients[:, :, None] * normal[:, None]).reshape(-1, 27)
        edge = np.zeros((len(gap), 2, 9))
        edge[:, :, 6] = -1.0
        edge[:, 0, 7] = edge[:, 1, 8] = 1.0
        tilt = (edge[..., None] * normal[:, None, None]).reshape(-1, 2, 27)  # n · d(edge)
        slide = (coefficients[:, None, :, None] * dual[:, :, None]).reshape(-1, 2, 27)  # dual · d(offset)
        mixed = np.einsum("nai,naj->nij", slide, tilt)
        hessian = (
            mixed + np.swapaxes(mixed, 1, 2) + gap[:, None, None] * np.einsum("nai,nab,nbj->nij", tilt, metric, tilt)
        )
        return stiffness[:, None, None] * (first[:, :, None] * first[:, None] - gap[:, None, None] * hessian)

    def state(self, x: np.ndarray) -> ContactState:
        """Force, centre, area and pressures of the contact."""
        self.update(x)
        gap, normal, _, _, _, points = self._geometry(x)
        touching = gap < 0
        weights = self._weights[self._active] * touching
        pressure = -self.penalty * np.minimum(gap, 0)
        force = np.einsum("n,ni->i", weights * pressure, normal)
        total = float(np.sum(weights * pressure))
        centre = np.einsum("n,ni->i", weights * pressure, points) / total if total > 0 else np.full(3, np.nan)
        field = np.zeros(len(self._weights))
        field[self._active] = pressure
        share = np.abs(self._shapes) * self._weights[:, None]
        nodal = np.bincount(self._point_nodes.ravel(), (share * field[:, None]).ravel(), minlength=len(self._positions))
        lumped = np.bincount(self._point_nodes.ravel(), share.ravel(), minlength=len(self._positions))
        return ContactState(
            force=force,
            centre=centre,
            area=float(weights.sum()),
            peak_pressure=float(pressure.max(initial=0.0)),
            penetration=float(-np.minimum(gap, 0).min(initial=0.0)),
            nodes=self.surface_nodes,
            nodal_pressure=nodal[self.surface_nodes] / lumped[self.surface_nodes],
        )
