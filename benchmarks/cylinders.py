"""The cylinders that are compared, from the verification suite: two shipped meshes and structured ones of any size."""

from __future__ import annotations

import numpy as np

from benchmarks.problem import Answers, Cylinder
from fem_lumbar.mechanics.space import QuadraticSpace
from fem_lumbar.verification import cylinder

STRUCTURED = {"m5k": (5, 2), "m20k": (8, 4), "m40k": (10, 5)}
"""Rings, and layers in each third, of meshes of about so many nodes."""

_MIRRORED = [0, 2, 1, 3, 6, 5, 4, 7, 9, 8]
"""Nodes of a tetrahedron with two corners exchanged."""


def names() -> list[str]:
    """Meshes by name."""
    return [*cylinder.DISPLACEMENT, *STRUCTURED]


def make(name: str) -> Cylinder:
    """The cylinder on the mesh of that name."""
    mesh = cylinder.structured_mesh(*STRUCTURED[name]) if name in STRUCTURED else cylinder.shipped_mesh(name)
    space = QuadraticSpace(mesh.points, mesh.cells)
    cells = space.cell_nodes.copy()
    a, b, c, d = np.moveaxis(space.nodes[cells[:, :4]], 1, 0)
    inside_out = np.einsum("ei,ei->e", np.cross(b - a, c - a), d - a) < 0
    cells[inside_out] = cells[inside_out][:, _MIRRORED]
    z = space.nodes[:, 2]
    return Cylinder(
        nodes=space.nodes,
        cells=cells,
        disc=mesh.region == 1,
        bottom=np.flatnonzero(z < 1e-6),
        top=np.flatnonzero(z > z.max() - 1e-6),
        points=mesh.points,
        corner_cells=mesh.cells,
        young=cylinder.BONE_MPA,
        poisson=cylinder.BONE_POISSON,
        c10=cylinder.C10_MPA,
        c01=cylinder.C01_MPA,
        bulk=cylinder.BULK_MPA,
        steps=cylinder.STEPS,
        down=1.0,
        along=1.0,
    )


def published(name: str) -> Answers | None:
    """Answers on which three codes agreed before, where there are any for that mesh."""
    return Answers(*cylinder.DISPLACEMENT[name]) if name in cylinder.DISPLACEMENT else None
