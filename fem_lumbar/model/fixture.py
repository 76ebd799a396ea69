"""The fixture on the uppermost endplate: what the weight of the trunk, moments and muscles from above act on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.foundation.numerics import FIXTURE_POINT_N_PER_MM
from fem_lumbar.foundation.triangles import areas
from fem_lumbar.mechanics.coupling import ReferencePointCoupling
from fem_lumbar.meshing.mesh import SegmentMesh

_POINTS = 100.0 * np.array([[0, 1, 0], [0, -1, 0], [1, 0, 0], [0, 0, 1]])
"""Places (4, 3) of its points from the reference point, mm; the first two are mirror images of each other."""


@dataclass(frozen=True)
class Fixture:
    """A rigid fixture, potted on the uppermost endplate.

    Attributes
    ----------
    reference_point : (3,)
        Centre of the endplate, mm.
    reference_dof : int
        First of the six motions of the reference point in the state.
    multiplier_dof : int
        First of the two unknowns that an axial displacement and a rotation of it take, where prescribed.
    nodes : (4,) int
        Points of the fixture, whose displacements come last in the state. They are numbered as if they were nodes of
        the mesh, so that lines may end on them.
    places : (4, 3)
        Where they are, mm.
    items : list of ReferencePointCoupling
        The potting, and what holds the points.
    """

    reference_point: np.ndarray
    reference_dof: int
    multiplier_dof: int
    nodes: np.ndarray
    places: np.ndarray
    items: list[ReferencePointCoupling]

    @property
    def n_dofs(self) -> int:
        """Length of a state that ends with it."""
        return 3 * int(self.nodes[-1] + 1)


def fixture_on(mesh: SegmentMesh, level: str, bed_MPa_per_mm: float, n_dofs: int) -> Fixture:
    """Fixture on the superior endplate of a vertebra.

    Parameters
    ----------
    mesh : SegmentMesh
    level : str
        The vertebra.
    bed_MPa_per_mm : float
        Stiffness of the potting per area.
    n_dofs : int
        Length of the state so far; the unknowns of the fixture follow.
    """
    triangles = mesh.surfaces[f"{level}.endplate.superior"]
    area = areas(mesh.points[triangles])
    bed, local = np.unique(triangles, return_inverse=True)
    nodal_area = np.bincount(local.ravel(), np.repeat(area / 3, 3))
    centre = nodal_area @ mesh.points[bed] / nodal_area.sum()
    nodes = -(-(n_dofs + 8) // 3) + np.arange(len(_POINTS))  # after six motions and two multipliers, on a multiple of 3
    places = centre + _POINTS
    stiff = np.full(len(nodes), FIXTURE_POINT_N_PER_MM)
    potting = ReferencePointCoupling("potting", bed, mesh.points[bed], bed_MPa_per_mm * nodal_area, centre, n_dofs)
    points = ReferencePointCoupling("fixture_points", nodes, places, stiff, centre, n_dofs)
    return Fixture(centre, n_dofs, n_dofs + 6, nodes, places, [potting, points])
