"""The two surfaces of a contact: quadrature points on one, quadratic facets on the other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fem_lumbar.mechanics.contact_surface import ContactSurface
from fem_lumbar.mechanics.facet_partner import neighbours_across
from fem_lumbar.mechanics.item import node_dofs
from fem_lumbar.mechanics.space import QuadraticSpace


class ContactInterface:
    """Positions of points and facets in a given state, and the degrees of freedom that move them.

    Parameters
    ----------
    space : QuadraticSpace
        Displacement space.
    points_on : ContactSurface
        Triangles that carry the quadrature points.
    target : ContactSurface
        Triangles they may touch.

    Attributes
    ----------
    weights : (q,)
        Reference area of each quadrature point, mm2.
    shapes : (q, m)
        Shape functions of each point on the nodes ``point_nodes`` (q, m) of the mesh.
    own_nodes, own_shares : (q, 3 or 6)
        Nodes of the point's own triangle, and its shape functions on them.
    across : (f, 3)
        Facet of the target beyond each edge, -1 at the rim.
    """

    _ORDER = 4  # of the quadrature: exact for products of two quadratic functions on a flat triangle

    def __init__(self, space: QuadraticSpace, points_on: ContactSurface, target: ContactSurface) -> None:
        values, _, weights, _ = space.triangles(points_on.triangles, order=self._ORDER)
        self.point_nodes = np.repeat(points_on.nodes, len(values), axis=0)
        self.shapes = np.einsum("qa,kam->kqm", values, points_on.lift).reshape(len(self.point_nodes), -1)
        self.own_nodes = self.point_nodes[:, : points_on.own]
        self.own_shares = np.tile(values, (len(points_on.nodes), 1)) if points_on.own == 6 else self.shapes
        self.weights = weights.ravel()
        self.target, self.across = target, neighbours_across(target.triangles)
        self.surface_nodes = np.unique(self.own_nodes)
        nodes = np.union1d(points_on.nodes, target.nodes)
        self._positions, self.node_dofs = space.nodes[nodes], node_dofs(nodes[:, None])
        self._local_points = np.searchsorted(nodes, self.point_nodes)
        self._local_target = replace(target, nodes=np.searchsorted(nodes, target.nodes))

    def surfaces(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Quadrature points (q, 3) and facet nodes (f, 6, 3) in a state x (n_dofs,), mm."""
        return self.some(x, slice(None), slice(None))

    def some(
        self, x: np.ndarray, points: np.ndarray | slice, facets: np.ndarray | slice
    ) -> tuple[np.ndarray, np.ndarray]:
        """The chosen quadrature points (n, 3) and the nodes (n, 6, 3) of the chosen facets in a state x (n_dofs,)."""
        places = self._positions + x[self.node_dofs]
        chosen = np.einsum("qa,qai->qi", self.shapes[points], places[self._local_points[points]])
        return chosen, self._local_target.places(places)[facets]

    def rows(self, points: np.ndarray, facets: np.ndarray) -> np.ndarray:
        """Degrees of freedom (n, m) of pairs of a point (n,) and a facet (n,)."""
        return node_dofs(np.hstack([self.point_nodes[points], self.target.nodes[facets]]))
