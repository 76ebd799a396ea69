"""Medial facetectomy: the part of a facet joint that is removed.

The joint is cut along an upright line in its own plane, so that the given fraction of the articular surface lies medial
to it. The medial part has no contact and no capsule, and bone next to it has no contact with other bone. The bone of
both processes stays as a solid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.anatomy.spine import joint_levels
from fem_lumbar.foundation.conventions import CRANIAL, SIDE_SIGN
from fem_lumbar.foundation.triangles import area_vectors, areas
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.scenario.model import Scenario


@dataclass(frozen=True)
class FacetCut:
    """A plane across a facet joint: what lies at less than ``place`` (mm) along ``outward`` (3,) is removed."""

    outward: np.ndarray
    place: float

    def takes(self, points: np.ndarray) -> np.ndarray:
        """Whether points (..., 3) lie in the removed part."""
        return points @ self.outward < self.place

    def kept(self, mesh: SegmentMesh, surface: str) -> np.ndarray:
        """Triangles (k, 3) of a surface whose centres lie in the remaining part."""
        triangles = mesh.surfaces[surface]
        return triangles[~self.takes(mesh.points[triangles].mean(axis=1))]


def facet_cut(scenario: Scenario, mesh: SegmentMesh, joint: str, side: str) -> FacetCut:
    """The cut through a facet joint in a scenario; without facetectomy it removes nothing."""
    upper, lower = joint_levels(joint)
    faces = [mesh.surfaces[f"{lower}.facet.superior.{side}"], mesh.surfaces[f"{upper}.facet.inferior.{side}"]]
    outward = _outward(mesh, faces[0], side)
    fraction = scenario.structures.removed_facet(joint, side)
    if fraction in (0.0, 1.0):
        return FacetCut(outward, np.inf if fraction else -np.inf)
    corners = mesh.points[np.vstack(faces)]
    place = corners.mean(axis=1) @ outward
    area = areas(corners)
    order = np.argsort(place)
    medial = (np.cumsum(area[order]) - 0.5 * area[order]) / area.sum()
    return FacetCut(outward, float(np.interp(fraction, medial, place[order])))


def _outward(mesh: SegmentMesh, face: np.ndarray, side: str) -> np.ndarray:
    """Horizontal unit vector (3,) in the plane of a facet from its medial to its lateral edge."""
    normal = area_vectors(mesh.points[face]).sum(axis=0)
    along = np.cross(CRANIAL, normal)
    return along * np.sign(along[1] * SIDE_SIGN[side]) / np.linalg.norm(along)
