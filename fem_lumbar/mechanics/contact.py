"""Frictionless, large-sliding contact between two surfaces: quadrature points of one against facets of the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from fem_lumbar.foundation.closest_point import nearest_on_surface
from fem_lumbar.foundation.numerics import (
    CONTACT_FAR_MM,
    CONTACT_FORESEEN_FACETS,
    CONTACT_REACH_MM,
    CONTACT_VALLEY_MM,
    CONTACT_WEDGE,
)
from fem_lumbar.foundation.triangles import unit_normals
from fem_lumbar.materials.contact_penalty import ContactPenalty
from fem_lumbar.mechanics.contact_interface import ContactInterface
from fem_lumbar.mechanics.contact_pairs import ContactPairs
from fem_lumbar.mechanics.contact_surface import ContactSurface
from fem_lumbar.mechanics.facet_partner import settled_partners, shared_with
from fem_lumbar.mechanics.item import node_dofs
from fem_lumbar.mechanics.quadratic_facet import NODE_PLACES, feet
from fem_lumbar.mechanics.space import QuadraticSpace

_FLAT_PARTS = np.array([[0, 3, 5], [3, 1, 4], [5, 4, 2], [3, 4, 5]])  # of a quadratic triangle


@dataclass(frozen=True)
class ContactState:
    """Contact of one pair of surfaces in a state.

    ``force`` (3,) N acts on the quadrature surface, ``centre`` (3,) mm is the centre of pressure. ``area`` mm2,
    ``peak_pressure`` MPa (faded at the rim, like the force) and ``penetration`` mm refer to the points in contact.
    ``nodal_pressure`` (k,) MPa is given on ``nodes`` (k,) of the quadrature surface only.
    """

    force: np.ndarray
    centre: np.ndarray
    area: float
    peak_pressure: float
    penetration: float
    nodes: np.ndarray
    nodal_pressure: np.ndarray


class SurfaceContact:
    """Penalty contact of quadrature points with their nearest quadratic facet: pressure is a function of penetration.

    It has no state of its own. :meth:`pair` finds the contact pairs of a state and returns them as an item with the
    energy, residual and tangent of fixed pairs. The search splits each facet into four flat triangles on its six nodes,
    so that the gap does not jump from facet to facet.

    Parameters
    ----------
    name : str
        Name of the contact and of its pairs.
    space : QuadraticSpace
        Displacement space.
    points_on : ContactSurface
        Triangles that carry the quadrature points.
    target : ContactSurface
        Triangles they may touch.
    penalty : ContactPenalty
        Pressure as a function of penetration.
    rim : float
        Width of the band beyond the rim of the target over which the pressure fades to zero, mm. Without it, the force
        would drop abruptly when a loaded point slides off.

    Attributes
    ----------
    points_on, target : ContactSurface
        As given.
    own_nodes : (n,) int
        Nodes of the mesh that move the quadrature surface.
    dofs : (k,) int
        All degrees of freedom that pairs may act on.
    """

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
        self.points_on, self.target = points_on, target
        self._interface = ContactInterface(space, points_on, target)
        self.own_nodes = np.unique(points_on.nodes)
        self.dofs = self._interface.node_dofs.ravel()

    def pair(self, x: np.ndarray) -> ContactPairs:
        """Pairs of quadrature points and their nearest facet of the target, within reach, in a state x (n_dofs,)."""
        interface = self._interface
        points, facets = interface.surfaces(x)
        flat = facets[:, _FLAT_PARTS].reshape(-1, 3, 3)
        nearest, flat_foot = nearest_on_surface(points, flat, len(_FLAT_PARTS))
        hold = self._hold(points, flat[nearest], flat_foot)
        asked = np.flatnonzero((hold > 0) & (np.linalg.norm(points - flat_foot, axis=1) < CONTACT_FAR_MM))
        points = points[asked]
        partner, part = np.divmod(nearest[asked], len(_FLAT_PARTS))
        partner, start = settled_partners(
            points, facets, interface.across, partner, NODE_PLACES[_FLAT_PARTS[part]].mean(axis=1)
        )
        foot = feet(points, facets[partner], start)
        near = (foot.gap < self.penalty.onset / 2) & (foot.gap > -CONTACT_REACH_MM)
        share = np.ones(len(points))
        shared, other, part = shared_with(points, facets, interface.across, partner, foot, CONTACT_VALLEY_MM)
        share[shared] -= part
        taken = near[shared]
        paired = asked[np.concatenate([np.flatnonzero(near), shared[taken]])]
        return ContactPairs(
            name=self.name,
            interface=interface,
            penalty=self.penalty,
            points=paired,
            facets=np.concatenate([partner[near], other[taken]]),
            start=np.concatenate([start[near], np.full((taken.sum(), 2), 1 / 3)]),
            hold=hold[paired],
            share=np.concatenate([share[near], part[taken]]),
            point_hold=hold,
            depth=float(-foot.gap[near].min(initial=0.0)),
        )

    def smallest_gap(self, x: np.ndarray) -> float:
        """Smallest gap (mm) between the surfaces in a state x (n_dofs,), negative in contact."""
        points, facets = self._interface.surfaces(x)
        flat = facets[:, _FLAT_PARTS].reshape(-1, 3, 3)
        nearest, foot = nearest_on_surface(points, flat, len(_FLAT_PARTS))
        offset = points - foot
        gap = np.sum(offset * unit_normals(flat[nearest]), axis=1)
        beside = np.linalg.norm(offset - gap[:, None] * unit_normals(flat[nearest]), axis=1)
        return float(gap[beside < self.rim].min(initial=np.inf))

    def _hold(self, points: np.ndarray, corners: np.ndarray, flat_foot: np.ndarray) -> np.ndarray:
        """Fading factor (q,), 0 to 1, of the pressure at points (q, 3) beside their nearest flat triangle (q, 3, 3)."""
        normal = unit_normals(corners)
        offset = points - flat_foot
        lateral = np.linalg.norm(offset - np.sum(offset * normal, axis=1, keepdims=True) * normal, axis=1)
        return np.clip(1 - (lateral / self.rim - CONTACT_WEDGE), 0, 1)

    def neighbourhood(self, x: np.ndarray) -> np.ndarray:
        """Rows (n, m) of all pairs that points within reach may form when they slide by about one facet."""
        points, facets = self._interface.surfaces(x)
        count = min(CONTACT_FORESEEN_FACETS, len(facets))
        _, candidates = cKDTree(facets.mean(axis=1)).query(points, k=count)
        candidates = candidates.reshape(len(points), count)
        distance = np.linalg.norm(points - facets[candidates[:, 0]].mean(axis=1), axis=1)
        near = np.flatnonzero(distance < CONTACT_REACH_MM)
        return self._interface.rows(np.repeat(near, count), candidates[near].ravel())

    def faded_energy(self, before: np.ndarray, after: np.ndarray) -> float:
        """Energy (N·mm) lost between two states as loaded points slide over the rim, by the trapezoidal rule."""
        first, last = self.pair(before), self.pair(after)
        mean = 0.5 * (first.point_energies(before) + last.point_energies(after))
        return float(mean @ (first.point_hold - last.point_hold))

    def balanced_force(self, forces: np.ndarray) -> np.ndarray:
        """Contact force (3,) N on the quadrature surface, from assembled item forces (n_dofs,) N."""
        return -forces[node_dofs(self.own_nodes[:, None])].sum(axis=0)

    def state(self, x: np.ndarray) -> ContactState:
        """Force, centre, area and pressures of the contact, with the pairs that belong to a state x (n_dofs,)."""
        interface, pairs = self._interface, self.pair(x)
        foot, points = pairs.feet(x)
        _, pressure, _ = self.penalty.response(-foot.gap)
        pushes = pairs.area * pressure
        total = float(np.sum(pushes))
        centre = np.einsum("n,ni->i", pushes, points) / total if total > 0 else np.full(3, np.nan)
        field = np.bincount(pairs.points, pairs.hold * pairs.share * pressure, len(interface.weights))
        return ContactState(
            force=np.einsum("n,ni->i", pushes, foot.normal),
            centre=centre,
            area=float(interface.weights[field > 0].sum()),
            peak_pressure=float(field.max(initial=0.0)),
            penetration=float(-np.minimum(foot.gap, 0).min(initial=0.0)),
            nodes=interface.surface_nodes,
            nodal_pressure=self._nodal(field),
        )

    def _nodal(self, field: np.ndarray) -> np.ndarray:
        """Lumped means (k,) on the nodes of the quadrature surface of a field (q,) at the quadrature points."""
        interface = self._interface
        share = np.abs(interface.own_shares) * interface.weights[:, None]
        own, nodes = interface.own_nodes.ravel(), interface.surface_nodes
        sums = np.bincount(own, (share * field[:, None]).ravel())
        return sums[nodes] / np.bincount(own, share.ravel())[nodes]
