"""Reflection of states in the mid-sagittal plane, on a symmetric mesh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.foundation.conventions import mirrored
from fem_lumbar.mechanics.item import node_dofs
from fem_lumbar.mechanics.mixed_solid import MixedSolid
from fem_lumbar.model.segment import Segment


@dataclass(frozen=True)
class StateMirror:
    """Permutation and signs of a reflection in the mid-sagittal plane: image = signs * x[order]."""

    order: np.ndarray
    signs: np.ndarray

    def image(self, x: np.ndarray) -> np.ndarray:
        """Mirror image (n_dofs,) of a state, or of its rate."""
        return self.signs * x[self.order]


def state_mirror(segment: Segment) -> StateMirror | None:
    """Reflection of the states of a segment; None where the mesh is not symmetric.

    Displacements are vectors, the rotation vector of the fixture is an axial vector, pressures are scalars.
    The points of the fixture beside the midline change places.
    """
    corner = segment.mesh.mirror
    if len(corner) == 0:
        return None
    space = segment.space
    node = np.concatenate([corner, space.mid_nodes(corner[space.edges])])
    order, signs = np.arange(segment.n_dofs), np.ones(segment.n_dofs)
    reflection = mirrored(np.ones((1, 3)))[0]
    order[: 3 * len(node)] = (3 * node[:, None] + np.arange(3)).ravel()
    signs[: 3 * len(node)] = np.tile(reflection, len(node))
    for items in segment.solids.values():
        for item in items:
            if isinstance(item, MixedSolid):
                order[item.pressure_dofs] = item.pressure_dofs[
                    np.searchsorted(item.pressure_nodes, corner[item.pressure_nodes])
                ]
    first = segment.fixture.reference_dof
    signs[first : first + 6] = np.concatenate([reflection, -reflection])
    left, right, *middle = segment.fixture.nodes
    order[node_dofs(segment.fixture.nodes)] = node_dofs(np.array([right, left, *middle]))
    signs[node_dofs(segment.fixture.nodes)] = np.tile(reflection, len(segment.fixture.nodes))
    return StateMirror(order, signs)
