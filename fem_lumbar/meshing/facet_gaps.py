"""Removal of overlaps of facets, where the gap is smaller than the deviation of triangles from the curved face."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fem_lumbar.anatomy.part_name import facet_surfaces
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.triangles import facing_distances, nearest_normals
from fem_lumbar.meshing.mesh import SegmentMesh

LEAST_MM = 0.01
"""Least gap between a node and the triangles that it faces."""
_ROUNDS = 4


def opened(mesh: SegmentMesh, points: np.ndarray, joints: Sequence[str]) -> np.ndarray:
    """Node positions (n, 3), mm, with nodes of facets pushed out of the opposite facet to the least gap.

    Parameters
    ----------
    mesh : SegmentMesh
    points : (n, 3)
        mm.
    joints : sequence of str
    """
    points = points.copy()
    faces = [[mesh.surfaces[name] for name in facet_surfaces(joint, side)] for joint in joints for side in SIDES]
    for _ in range(_ROUNDS):
        for pair in faces:
            for own, other in (pair, pair[::-1]):
                nodes = np.unique(own)
                gap = facing_distances(points[nodes], points[other])
                closed = nodes[gap < LEAST_MM]  # false where a node faces nothing
                out = nearest_normals(points[closed], points[other])
                points[closed] += (LEAST_MM - gap[gap < LEAST_MM])[:, None] * out
    return points
