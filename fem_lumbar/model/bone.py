"""Bone of a vertebra as solids: linear inside, quadratic where soft tissue attaches; a loose arch is separate."""

from __future__ import annotations

import numpy as np

from fem_lumbar.anatomy.part_name import PartName
from fem_lumbar.materials.records import LinearElastic
from fem_lumbar.materials.st_venant_kirchhoff import StVenantKirchhoff
from fem_lumbar.mechanics.mixed_solid import MixedSolid
from fem_lumbar.mechanics.solid import Solid
from fem_lumbar.mechanics.space import QuadraticSpace
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.meshing.posterior_cleft import bone_pieces

BONE = ("cancellous", "posterior")
LOOSE = "loose"
"""Last part of names of bone that clefts have parted from the body of its vertebra."""


def bone_regions(mesh: SegmentMesh, level: str) -> list[str]:
    """Regions of a mesh that are bone of a vertebra."""
    return [region for region in (f"{level}.{tissue}" for tissue in BONE) if region in mesh.region_names]


def tied_nodes(mesh: SegmentMesh, space: QuadraticSpace) -> np.ndarray:
    """Mid-edge nodes (n_nodes,) bool that belong only to bone, which are tied to their corners in linear bone."""
    bone = np.array([name.part in BONE for name in mesh.region_names])[mesh.region]
    tied = np.zeros(space.n_nodes, dtype=bool)
    tied[space.cell_nodes[bone, 4:]] = True
    tied[space.cell_nodes[~bone]] = False
    return tied


def bone_solids(
    mesh: SegmentMesh, space: QuadraticSpace, region: str, elastic: LinearElastic, tied: np.ndarray | None
) -> list[Solid | MixedSolid]:
    """Solids of a region of bone: a linear part and a quadratic rim for each piece left by clefts.

    Parameters
    ----------
    mesh : SegmentMesh
    space : QuadraticSpace
    region : str
    elastic : LinearElastic
    tied : (n_nodes,) bool or None
        See :func:`tied_nodes`; None where all bone is quadratic.
    """
    found: list[Solid | MixedSolid] = []
    cells = mesh.region_cells(region)
    for name, piece in zip((region, f"{region}.{LOOSE}"), bone_pieces(mesh, PartName(region).place)):
        own = np.intersect1d(cells, piece)
        if len(own):
            found += _piece_solids(space, name, own, elastic, tied)
    return found


def _piece_solids(
    space: QuadraticSpace, name: str, cells: np.ndarray, elastic: LinearElastic, tied: np.ndarray | None
) -> list[Solid | MixedSolid]:
    """Solids of some cells of bone: one, or the linear part and the quadratic rim of linear bone."""

    def law(n: int) -> StVenantKirchhoff:
        return StVenantKirchhoff(elastic.modulus_MPa, elastic.poisson_ratio, n)

    if tied is None:
        return [Solid.quadratic(name, space, cells, law(len(cells)))]
    linear = tied[space.cell_nodes[cells, 4:]].all(axis=1)
    inner, rim = cells[linear], cells[~linear]
    solids: list[Solid | MixedSolid] = [Solid.linear(name, space, inner, law(len(inner)))]
    if len(rim):
        solids.append(Solid.quadratic(f"{name}.rim", space, rim, law(len(rim)), tied))
    return solids
