"""Frictionless, large-sliding contact between two surfaces: quadrature points of one against facets of the other."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numba
import numpy as np
from scipy.spatial import cKDTree

from fem_lumbar.closest_point import nearest_on_surface
from fem_lumbar.materials.contact_penalty import ContactPenalty
from fem_lumbar.mechanics.contact_surface import ContactSurface
from fem_lumbar.mechanics.facet_partner import neighbours_across, settled_partners, shared_with
from fem_lumbar.mechanics.item import Ties, node_dofs
from fem_lumbar.mechanics.quadratic_facet import NODE_PLACES, Foot, feet
from fem_lumbar.mechanics.space import QuadraticSpace

_FLAT_PARTS = np.array([[0, 3, 5], [3, 1, 4], [5, 4, 2], [3, 4, 5]])  # of a quadratic triangle


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
    """Penalty pressure over penetration at every quadrature point, against the quadratic facet nearest to it.

    The gap is the distance to the foot on the deformed quadratic triangle. Pairs are found anew in :meth:`update`
    (from the nearest of four flat triangles on the six nodes of each facet, so that the gap does not jump from facet
    to facet); for fixed pairs residual and tangent
    are the exact derivatives of the energy, the sliding of the foot over the curved facet included (Laursen & Simo
    1993, IJNME 36:3451-3485), so force and moment balance exactly.

    Parameters
    ----------
    name : str
        Name of the item.
    space : QuadraticSpace
        Displacement space.
    points_on : ContactSurface
        Triangles that carry the quadrature points.
    target : ContactSurface
        Triangles they may touch.
    penalty : ContactPenalty
        Pressure over penetration.
    rim : float
        Band beyond the rim of the target over which pressure fades to nothing, mm; without it a loaded point that
        slides off would change the force abruptly.
    """

    _NEIGHBOURS = 8
    _REACH_MM = 3.0  # within it pairs are foreseen, and a point behind a face counts as having passed through it
    _WEDGE = 0.03  # of the rim; so far beside the nearest flat part points are also in a valley between two of them
    _VALLEY_MM = 0.003  # a third of the usual depth of contact; see `shared_with`

    def __init__(
        self,
        name: str,
        space: QuadraticSpace,
        points_on: ContactSurface,
        target: ContactSurface,
        penalty: ContactPenalty,
        rim: float,
    ) -> None:
        self.name = name
        self.penalty = penalty
        self.rim = rim
        self.ties: Ties = []
        values, _, weights, _ = space.triangles(points_on.triangles, order=4)
        self._point_nodes = np.repeat(points_on.nodes, len(values), axis=0)
        self._values = np.tile(values, (len(points_on.nodes), 1))
        self._shapes = np.einsum("qa,kam->kqm", values, points_on.lift).reshape(len(self._point_nodes), -1)
        self._weights = weights.ravel()
        self._target, self._across = target, neighbours_across(target.triangles)
        self.surface_nodes = np.unique(points_on.nodes[:, :6])
        self.own_nodes = np.unique(points_on.nodes)
        self._own_dofs = node_dofs(self.own_nodes[:, None])
        nodes = np.union1d(points_on.nodes, target.nodes)
        self._positions, self._node_dofs = space.nodes[nodes], node_dofs(nodes[:, None])
        self._local_points = np.searchsorted(nodes, self._point_nodes)
        self._local_target = replace(target, nodes=np.searchsorted(nodes, target.nodes))
        self._last = np.empty((0, 3))
        self._active = np.empty(0, dtype=int)
        self._partner = np.empty(0, dtype=int)
        self._start = np.empty((0, 2))
        self._hold, self._share = np.empty(0), np.empty(0)  # of pairs
        self._held = np.empty(0)  # of points
        self.dofs = self._rows(self._active, self._partner)
        self.depth = 0.0

    def update(self, x: np.ndarray) -> None:
        """Pair every quadrature point with the nearest facet of the target, if that is near."""
        places = self._places(x)
        if np.array_equal(places, self._last):
            return
        self._last = places
        points, facets = self._surfaces(places)
        flat = facets[:, _FLAT_PARTS].reshape(-1, 3, 3)
        nearest, flat_foot = nearest_on_surface(points, flat)
        partner, part = np.divmod(nearest, len(_FLAT_PARTS))
        corner = flat[nearest]
        partner, start = settled_partners(
            points, facets, self._across, partner, NODE_PLACES[_FLAT_PARTS[part]].mean(axis=1)
        )
        foot = feet(points, facets[partner], start)
        gap = foot.gap
        normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        offset = points - flat_foot
        lateral = np.linalg.norm(offset - np.sum(offset * normal, axis=1, keepdims=True) * normal, axis=1)
        self._held = hold = np.clip(1 - (lateral / self.rim - self._WEDGE), 0, 1)
        near = (gap < self.penalty.onset / 2) & (gap > -self._REACH_MM) & (hold > 0)
        self.depth = float(-gap[near].min(initial=0.0))
        share = np.ones(len(points))
        shared, other, part = shared_with(points, facets, self._across, partner, foot, self._VALLEY_MM)
        share[shared] -= part
        taken = near[shared]
        active = np.concatenate([np.flatnonzero(near), shared[taken]])
        partner = np.concatenate([partner[near], other[taken]])
        self._start = np.concatenate([start[near], np.full((taken.sum(), 2), 1 / 3)])
        self._hold, self._share = hold[active], np.concatenate([share[near], part[taken]])
        if not (np.array_equal(active, self._active) and np.array_equal(partner, self._partner)):
            self._active, self._partner = active, partner
            self.dofs = self._rows(active, partner)

    def neighbourhood(self, x: np.ndarray) -> np.ndarray:
        """Rows (n, m) of all pairs that sliding by about a facet may make, for points within reach."""
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
        """Quadrature points (q, 3) and facet nodes (f, 6, 3)."""
        return self._at(places, slice(None)), self._local_target.places(places)

    def _at(self, places: np.ndarray, chosen: np.ndarray | slice) -> np.ndarray:
        """Chosen quadrature points (n, 3)."""
        return np.einsum("qa,qai->qi", self._shapes[chosen], places[self._local_points[chosen]])

    @property
    def _active_weights(self) -> np.ndarray:
        """Area (n,) mm2 that each pair stands for, faded at the rim."""
        return self._weights[self._active] * self._hold * self._share

    def _rows(self, points: np.ndarray, facets: np.ndarray) -> np.ndarray:
        return node_dofs(np.hstack([self._point_nodes[points], self._target.nodes[facets]]))

    def _active_feet(self, x: np.ndarray) -> tuple[Foot, np.ndarray]:
        """Feet of the active points in a state x (n_dofs,), and the points (n, 3)."""
        places = self._places(x)
        points = self._at(places, self._active)
        return feet(points, self._local_target.places(places)[self._partner], self._start), points

    def forces(self, x: np.ndarray, load: float) -> tuple[float, np.ndarray]:
        """Penalty energy (N·mm) and residual (n, m) in N."""
        foot, _ = self._active_feet(x)
        energy, pressure, _ = self.penalty.response(-foot.gap)
        push = -(self._active_weights * pressure)[:, None, None] * self._lever(foot)[:, :, None] * foot.normal[:, None]
        return float(self._active_weights @ energy), push.reshape(self.dofs.shape)

    def tangent(self, x: np.ndarray, load: float) -> np.ndarray:
        """Derivative of the residual (n, m, m), N/mm."""
        foot, _ = self._active_feet(x)
        _, pressure, stiffness = self.penalty.response(-foot.gap)
        weights = self._active_weights
        slopes = np.einsum("nsa,nam->nsm", foot.slopes, self._target.lift[self._partner])
        foot = foot._replace(slopes=slopes)
        return _tangent(weights * pressure, weights * stiffness, self._lever(foot), *foot)

    def _lever(self, foot: Foot) -> np.ndarray:
        """Share (n, m / 3) of each node of a pair in the vector from foot to point."""
        of_facet = np.einsum("na,nam->nm", foot.values, self._target.lift[self._partner])
        return np.hstack([self._shapes[self._active], -of_facet])

    def faded_energy(self, before: np.ndarray, after: np.ndarray) -> float:
        """Energy (N·mm) lost between two states because loaded points slid over the rim, trapezoidal in time."""
        (energy0, hold0), (energy1, hold1) = self._point_energies(before), self._point_energies(after)
        return float(0.5 * (energy0 + energy1) @ (hold0 - hold1))

    def _point_energies(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Energy (q,) of every quadrature point as if it were held fully, N·mm, and how far it is held (q,)."""
        self.update(x)
        density, _, _ = self.penalty.response(-self._active_feet(x)[0].gap)
        energy = np.bincount(self._active, self._weights[self._active] * self._share * density, len(self._weights))
        return energy, self._held

    def balanced_force(self, forces: np.ndarray) -> np.ndarray:
        """Force (3,) N on the quadrature surface that is part of an equilibrium with item forces (n_dofs,) N."""
        return -forces[self._own_dofs].sum(axis=0)

    def state(self, x: np.ndarray) -> ContactState:
        """Force, centre, area and pressures of the contact, with the pairs that belong to a state x (n_dofs,)."""
        self.update(x)
        foot, points = self._active_feet(x)
        _, pressure, _ = self.penalty.response(-foot.gap)
        pushes = self._active_weights * pressure
        force = np.einsum("n,ni->i", pushes, foot.normal)
        total = float(np.sum(pushes))
        centre = np.einsum("n,ni->i", pushes, points) / total if total > 0 else np.full(3, np.nan)
        field = np.bincount(self._active, self._hold * self._share * pressure, len(self._weights))
        share = np.abs(self._values) * self._weights[:, None]
        own = self._point_nodes[:, :6].ravel()
        nodal = np.bincount(own, (share * field[:, None]).ravel())
        lumped = np.bincount(own, share.ravel())
        return ContactState(
            force=force,
            centre=centre,
            area=float(self._weights[field > 0].sum()),
            peak_pressure=float(field.max(initial=0.0)),
            penetration=float(-np.minimum(foot.gap, 0).min(initial=0.0)),
            nodes=self.surface_nodes,
            nodal_pressure=nodal[self.surface_nodes] / lumped[self.surface_nodes],
        )


@numba.njit(parallel=True, cache=True, error_model="numpy")
def _tangent(force, stiffness, lever, gap, normal, values, slopes, tangents, curvature):
    """Second derivative (n, m, m) of the energy of pairs.

    With the normal part N_a = n . dy,_a of the facet's tilt and the slide T_a = y,_a . (dx - dy) of the point over it,
    the foot moves by D = A^-1 (T + g N), A = m - g k, and the gap has the second derivative
    -(D.N + N.D) - D.k D + g (N + k D) . m^-1 (N + k D), with the metric m and the curvature k of the facet.

    ``force`` (n,) N and ``stiffness`` (n,) N/mm of each pair, ``lever`` (n, m / 3) of its nodes; the rest is a Foot
    whose ``slopes`` are those of the nodes of the mesh.
    """
    nodes = lever.shape[1]
    first, size = nodes - slopes.shape[2], 3 * nodes
    out = np.empty((len(gap), size, size))
    for pair in numba.prange(len(gap)):
        n, g, k, y = normal[pair], gap[pair], curvature[pair], tangents[pair]
        m11 = y[0, 0] ** 2 + y[0, 1] ** 2 + y[0, 2] ** 2
        m12 = y[0, 0] * y[1, 0] + y[0, 1] * y[1, 1] + y[0, 2] * y[1, 2]
        m22 = y[1, 0] ** 2 + y[1, 1] ** 2 + y[1, 2] ** 2
        a11, a12, a22 = m11 - g * k[0, 0], m12 - g * k[0, 1], m22 - g * k[1, 1]
        in_plane, area = m11 * m22 - m12 * m12, a11 * a22 - a12 * a12
        along, tilt, foot, bent = np.empty(size), np.zeros((2, size)), np.empty((2, size)), np.empty((2, size))
        for a in range(nodes):
            for i in range(3):
                e = 3 * a + i
                along[e] = lever[pair, a] * n[i]
                if a >= first:
                    tilt[0, e], tilt[1, e] = slopes[pair, 0, a - first] * n[i], slopes[pair, 1, a - first] * n[i]
                slide0 = lever[pair, a] * y[0, i] + g * tilt[0, e]
                slide1 = lever[pair, a] * y[1, i] + g * tilt[1, e]
                foot[0, e] = (a22 * slide0 - a12 * slide1) / area
                foot[1, e] = (a11 * slide1 - a12 * slide0) / area
                bent[0, e] = tilt[0, e] + k[0, 0] * foot[0, e] + k[0, 1] * foot[1, e]
                bent[1, e] = tilt[1, e] + k[1, 0] * foot[0, e] + k[1, 1] * foot[1, e]
        for e in range(size):
            up0 = (m22 * bent[0, e] - m12 * bent[1, e]) / in_plane
            up1 = (m11 * bent[1, e] - m12 * bent[0, e]) / in_plane
            for f in range(size):
                second = g * (up0 * bent[0, f] + up1 * bent[1, f])
                second -= foot[0, e] * bent[0, f] + foot[1, e] * bent[1, f]  # D.N + D.k D
                second -= tilt[0, e] * foot[0, f] + tilt[1, e] * foot[1, f]
                out[pair, e, f] = stiffness[pair] * along[e] * along[f] - force[pair] * second
    return out
