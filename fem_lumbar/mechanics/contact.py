"""Frictionless, large-sliding contact between two surfaces: quadrature points of one against facets of the other."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from scipy.spatial import cKDTree

from fem_lumbar.materials.contact_penalty import ContactPenalty
from fem_lumbar.mechanics.closest_point import nearest_on_surface
from fem_lumbar.mechanics.item import Ties, node_dofs
from fem_lumbar.mechanics.space import QuadraticSpace

_EDGES = np.zeros((2, 9))  # of the touched facet, from the nine nodes of a pair
_EDGES[:, 6] = -1.0
_EDGES[0, 7] = _EDGES[1, 8] = 1.0
_SUBTRIANGLES = np.array([[0, 3, 5], [3, 1, 4], [5, 4, 2], [3, 4, 5]])


@dataclass(frozen=True)
class ContactState:
    """Contact of one pair of surfaces in a state.

    ``force`` (3,) N acts on the quadrature surface; ``centre`` (3,) mm is the centre of pressure; ``area`` mm2,
    ``peak_pressure`` MPa (faded at the rim as the force is) and ``penetration`` mm are over the points in contact;
    ``nodal_pressure`` (k,) MPa is on ``nodes`` (k,) of the quadrature surface, the other surface carries none.
    """

    force: np.ndarray
    centre: np.ndarray
    area: float
    peak_pressure: float
    penetration: float
    nodes: np.ndarray
    nodal_pressure: np.ndarray


class FacetContact:
    """Penalty pressure over penetration at every quadrature point, against the nearest flat sub-facet.

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
    penalty : ContactPenalty
        Pressure over penetration.
    rim : float
        Band beyond the rim of the target over which pressure fades to nothing, mm; without it a loaded point that
        slides off would change the force abruptly.
    """

    _NEIGHBOURS = 16
    _REACH_MM = 3.0  # within it pairs are foreseen, and a point behind a face counts as having passed through it

    def __init__(
        self,
        name: str,
        space: QuadraticSpace,
        points_on: np.ndarray,
        target: np.ndarray,
        penalty: ContactPenalty,
        rim: float,
    ) -> None:
        self.name = name
        self.penalty = penalty
        self.rim = rim
        self.ties: Ties = []
        triangles = space.triangle_nodes(points_on)
        values, _, weights, _ = space.triangles(points_on, order=4)
        self._point_nodes = np.repeat(triangles, len(values), axis=0)
        self._shapes = np.tile(values, (len(triangles), 1))
        self._weights = weights.ravel()
        self._facets = space.triangle_nodes(target)[:, _SUBTRIANGLES].reshape(-1, 3)
        self.surface_nodes = np.unique(triangles)
        nodes = np.union1d(triangles, self._facets)
        self._positions, self._node_dofs = space.nodes[nodes], node_dofs(nodes[:, None])
        self._local_points = np.searchsorted(nodes, self._point_nodes)
        self._local_facets = np.searchsorted(nodes, self._facets)
        self._last = np.empty((0, 3))
        self._active = np.empty(0, dtype=int)
        self._partner = np.empty(0, dtype=int)
        self._active_weights = np.empty(0)
        self.dofs = np.empty((0, 27), dtype=int)
        self.depth = 0.0

    def update(self, x: np.ndarray) -> None:
        """Pair every quadrature point with the nearest facet of the target, if that is near."""
        places = self._places(x)
        if np.array_equal(places, self._last):
            return
        self._last = places
        points, facets = self._surfaces(places)
        partner, foot = nearest_on_surface(points, facets)
        corner = facets[partner]
        normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        offset = points - foot
        gap = np.sum(normal * (points - corner[:, 0]), axis=1)
        lateral = np.linalg.norm(offset - np.sum(offset * normal, axis=1, keepdims=True) * normal, axis=1)
        hold = np.clip(1 - lateral / self.rim, 0, 1)
        near = (gap < self.penalty.onset / 2) & (gap > -self._REACH_MM) & (hold > 0)
        self._active_weights = (self._weights * hold)[near]
        self.depth = float(-gap[near].min(initial=0.0))
        active, partner = np.flatnonzero(near), partner[near]
        if not (np.array_equal(active, self._active) and np.array_equal(partner, self._partner)):
            self._active, self._partner = active, partner
            self.dofs = self._rows(active, partner)

    def neighbourhood(self, x: np.ndarray) -> np.ndarray:
        """Rows (n, 27) of all pairs that sliding by about a facet may make, for points within reach."""
        points, facets = self._surfaces(self._places(x))
        count = min(self._NEIGHBOURS, len(facets))
        _, candidates = cKDTree(facets.mean(axis=1)).query(points, k=count)
        candidates = candidates.reshape(len(points), count)
        distance = np.linalg.norm(points - facets[candidates[:, 0]].mean(axis=1), axis=1)
        near = np.flatnonzero(distance < self._REACH_MM)
        return self._rows(np.repeat(near, count), candidates[near].ravel())

    def _places(self, x: np.ndarray) -> np.ndarray:
        """Current positions (k, 3) of the nodes of both surfaces."""
        return self._positions + x[self._node_dofs]

    def _surfaces(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Quadrature points (q, 3) and facet corners (f, 3, 3)."""
        return np.einsum("qa,qai->qi", self._shapes, places[self._local_points]), places[self._local_facets]

    def _rows(self, points: np.ndarray, facets: np.ndarray) -> np.ndarray:
        return node_dofs(np.hstack([self._point_nodes[points], self._facets[facets]]))

    def _geometry(self, x: np.ndarray):
        places = self._places(x)
        points = np.einsum("qa,qai->qi", self._shapes[self._active], places[self._local_points[self._active]])
        corner = places[self._local_facets[self._partner]]
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
        energy, pressure, _ = self.penalty.response(-gap)
        weights = self._active_weights
        push = -(weights * pressure)[:, None, None] * coefficients[:, :, None] * normal[:, None]
        return float(weights @ energy), push.reshape(-1, 27)

    def tangent(self, x: np.ndarray, load: float) -> np.ndarray:
        """Derivative of the residual (n, 27, 27), N/mm."""
        gap, normal, dual, metric, coefficients, _ = self._geometry(x)
        _, pressure, stiffness = self.penalty.response(-gap)
        weights = self._active_weights
        return _tangent(weights * pressure, weights * stiffness, gap, normal, dual, metric, coefficients)

    def faded_energy(self, before: np.ndarray, after: np.ndarray) -> float:
        """Energy (N·mm) lost between two states because loaded points slid over the rim, trapezoidal in time."""
        (energy0, hold0), (energy1, hold1) = self._point_energies(before), self._point_energies(after)
        return float(0.5 * (energy0 + energy1) @ (hold0 - hold1))

    def _point_energies(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Energy (q,) of every quadrature point as if it were held fully, N·mm, and how far it is held (q,)."""
        self.update(x)
        density, _, _ = self.penalty.response(-self._geometry(x)[0])
        energy, hold = np.zeros(len(self._weights)), np.ones(len(self._weights))
        energy[self._active] = self._weights[self._active] * density
        hold[self._active] = self._active_weights / self._weights[self._active]
        return energy, hold

    def state(self, x: np.ndarray) -> ContactState:
        """Force, centre, area and pressures of the contact."""
        self.update(x)
        gap, normal, _, _, _, points = self._geometry(x)
        _, pressure, _ = self.penalty.response(-gap)
        weights = self._weights[self._active] * (pressure > 0)
        pressure *= self._active_weights / self._weights[self._active]
        force = np.einsum("n,ni->i", weights * pressure, normal)
        total = float(np.sum(weights * pressure))
        centre = np.einsum("n,ni->i", weights * pressure, points) / total if total > 0 else np.full(3, np.nan)
        field = np.zeros(len(self._weights))
        field[self._active] = pressure
        share = np.abs(self._shapes) * self._weights[:, None]
        nodal = np.bincount(self._point_nodes.ravel(), (share * field[:, None]).ravel())
        lumped = np.bincount(self._point_nodes.ravel(), share.ravel())
        return ContactState(
            force=force,
            centre=centre,
            area=float(weights.sum()),
            peak_pressure=float(pressure.max(initial=0.0)),
            penetration=float(-np.minimum(gap, 0).min(initial=0.0)),
            nodes=self.surface_nodes,
            nodal_pressure=nodal[self.surface_nodes] / lumped[self.surface_nodes],
        )


@numba.njit(parallel=True, cache=True, error_model="numpy")
def _tangent(force, stiffness, gap, normal, dual, metric, coefficients):
    """Second derivative (n, 27, 27) of the energy of pairs.

    The gap g has the gradient c_a n at node a. Its second derivative comes from the normal, which an edge tilts by
    n . d(edge): the tilt times the slide d_alpha . d(offset), made symmetric, plus g times the tilt squared in the
    metric of the facet.

    ``force`` (n,) N and ``stiffness`` (n,) N/mm of each pair, ``gap`` (n,) mm, ``normal`` (n, 3), ``dual`` (n, 2, 3)
    and ``metric`` (n, 2, 2) of the facet's edges, ``coefficients`` (n, 9) of the nodes.
    """
    out = np.empty((len(gap), 27, 27))
    for pair in numba.prange(len(gap)):
        c, n, d, g = coefficients[pair], normal[pair], dual[pair], metric[pair]
        for a in range(9):
            for b in range(9):
                tilts = 0.0
                for alpha in range(2):
                    for beta in range(2):
                        tilts += _EDGES[alpha, a] * g[alpha, beta] * _EDGES[beta, b]
                normal_part = stiffness[pair] * c[a] * c[b] + force[pair] * gap[pair] * tilts
                for i in range(3):
                    slide_a = force[pair] * c[a] * (_EDGES[0, b] * d[0, i] + _EDGES[1, b] * d[1, i])
                    for j in range(3):
                        slide_b = force[pair] * c[b] * (_EDGES[0, a] * d[0, j] + _EDGES[1, a] * d[1, j])
                        out[pair, 3 * a + i, 3 * b + j] = normal_part * n[i] * n[j] + slide_a * n[j] + n[i] * slide_b
    return out
