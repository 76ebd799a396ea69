"""Cartilaginous endplates: thin layers of cells between the discs and the bony endplates.

Interface nodes of disc and bone, at the nucleus and the inner annulus, are duplicated. The duplicate moves into the
disc by the thickness of the cartilage, the displacement is distributed over the whole height of the disc, and the
prisms between are split into tetrahedra. The outer annulus stays attached to the bony rim in which its fibres are
anchored. Bone does not move.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_array, diags_array
from scipy.sparse.linalg import splu
from scipy.spatial import cKDTree

from fem_lumbar.anatomy.cartilage_endplates import cartilage_site
from fem_lumbar.anatomy.part_name import CARTILAGE_ENDPLATE, PartName
from fem_lumbar.anatomy.spine import joint_levels
from fem_lumbar.foundation.conventions import mirrored
from fem_lumbar.foundation.errors import AnatomyError
from fem_lumbar.foundation.tetrahedra import cell_edges, mean_ratio
from fem_lumbar.foundation.triangles import area_vectors
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.meshing.quality import LOWEST_QUALITY, count_unknowns

UNCOVERED_BELOW, LEAST_COVERED = 0.15, 0.5
"""Mean ratio of cells below which their nodes are left uncovered, and the least fraction of nodes kept covered."""
_WORTH_SAYING = 0.1
"""Uncovered fraction above which it is reported."""
_PRISM = np.array([[0, 1, 2, 5], [0, 1, 4, 5], [0, 3, 4, 5]])
"""Tetrahedra of a prism with corners 0 1 2 on the bone and 3 4 5 in the disc."""


def layer_region(joint: str, end: str) -> PartName:
    """Region name of the layer at the ``cranial`` or ``caudal`` end of a disc."""
    return PartName.of(joint, CARTILAGE_ENDPLATE, end)


def with_cartilage_endplates(
    mesh: SegmentMesh,
    thickness_mm: Mapping[str, float],
    linear_bone: bool,
    report: Callable[[str], None] | None = None,
) -> SegmentMesh:
    """The mesh with cartilage at both ends of some discs.

    Parameters
    ----------
    mesh : SegmentMesh
        A whole segment.
    thickness_mm : mapping
        Joint to the thickness of each of its two layers, mm. It tapers to half towards the border of the layer, and is
        limited to the fraction ``most_of_height`` of the disc height (``anatomy/data/cartilage_endplates.yaml``).
    linear_bone : bool
        As for :func:`~fem_lumbar.meshing.quality.count_unknowns`.
    report : callable, optional
        Receives a line for a disc so low that part of its endplates stays uncovered.

    Raises
    ------
    AnatomyError
        When cells of a layer, or of the disc that makes room for it, would be too flat.
    """
    for joint, thickness in thickness_mm.items():
        mesh = _with_layers(mesh, joint, thickness, report)
    return replace(mesh, meta={**mesh.meta, **count_unknowns(mesh, linear_bone)}) if thickness_mm else mesh


def with_the_same_layers(mesh: SegmentMesh, thickness_mm: Mapping[str, float], like: SegmentMesh) -> SegmentMesh:
    """A morphed mesh with cartilage on the same endplate nodes and the cells of ``like``, however flat they are.

    Parameters
    ----------
    mesh : SegmentMesh
        A whole segment.
    thickness_mm : mapping
        As for :func:`with_cartilage_endplates`.
    like : SegmentMesh
        Result of :func:`with_cartilage_endplates` for another state of the mesh.
    """
    for joint, thickness in thickness_mm.items():
        disc = mesh.region_cells(f"{joint}.annulus", f"{joint}.nucleus")
        held = np.unique(like.cells[like.region_cells(f"{joint}.annulus", f"{joint}.nucleus")])
        layers = [layer.without(np.intersect1d(layer.covered, held)) for layer in _layers(mesh, joint, disc, thickness)]
        mesh = _grown(mesh, joint, disc, layers)
    return replace(mesh, cells=like.cells)


@dataclass(frozen=True)
class _Layer:
    """Triangles (k, 3) of an endplate, its covered nodes (n,), and their displacements (n, 3) into the disc, mm."""

    end: str
    triangles: np.ndarray
    covered: np.ndarray
    way: np.ndarray

    def without(self, nodes: np.ndarray) -> _Layer:
        """The layer without some of its nodes, which are left uncovered."""
        kept = ~np.isin(self.covered, nodes)
        return replace(self, covered=self.covered[kept], way=self.way[kept])


def _with_layers(
    mesh: SegmentMesh, joint: str, thickness_mm: float, report: Callable[[str], None] | None
) -> SegmentMesh:
    """The mesh with both layers of a disc; nodes around which cells would be flat are left uncovered."""
    disc = mesh.region_cells(f"{joint}.annulus", f"{joint}.nucleus")
    layers = _layers(mesh, joint, disc, thickness_mm)
    at_first = sum(len(layer.covered) for layer in layers)
    while True:
        grown = _grown(mesh, joint, disc, layers)
        own = np.concatenate([disc, np.arange(len(mesh.cells), len(grown.cells))])
        quality = mean_ratio(grown.points, grown.cells[own])
        covered = np.concatenate([layer.covered for layer in layers])
        flat = np.unique(grown.cells[own[quality < UNCOVERED_BELOW]])
        left = covered[flat[flat >= len(mesh.points)] - len(mesh.points)]
        if not len(left):
            break
        left = np.union1d(left, mesh.mirror[left]) if len(mesh.mirror) else left
        layers = [layer.without(left) for layer in layers]
        if sum(len(layer.covered) for layer in layers) < LEAST_COVERED * at_first:
            is_disc = own[quality.argmin()] < len(mesh.cells)
            remedy = "thinner, or cells coarser" if is_disc else "thicker, or cells finer"
            place = "the disc beside" if is_disc else "cells of"
            raise AnatomyError(
                f"{joint}: {place} a cartilaginous endplate {thickness_mm:g} mm thick would be too flat; "
                f"make it {remedy}"
            )
    if quality.min() < LOWEST_QUALITY:
        raise AnatomyError(
            f"{joint}: cells of the disc are too flat for a cartilaginous endplate {thickness_mm:g} mm thick; make it "
            "thinner (materials.cartilage_endplate.thickness_mm) or the disc higher, or leave both endplates out "
            "(structures.cartilage_endplates: false)"
        )
    if report is not None and (bare := 1.0 - len(covered) / at_first) > _WORTH_SAYING:
        report(f"{joint}: cartilaginous endplates leave {bare:.0%} of their place bare, where cells would be flat")
    return grown


def _layers(mesh: SegmentMesh, joint: str, disc: np.ndarray, thickness_mm: float) -> list[_Layer]:
    """Cranial and caudal layer of a disc, before nodes of flat cells are left out."""
    upper, lower = joint_levels(joint)
    above, below = mesh.surfaces[f"{upper}.endplate.inferior"], mesh.surfaces[f"{lower}.endplate.superior"]
    radial = _radial_places(mesh, disc)
    return [
        _layer(mesh, "cranial", above, below, radial, thickness_mm),
        _layer(mesh, "caudal", below, above, radial, thickness_mm),
    ]


def _grown(mesh: SegmentMesh, joint: str, disc: np.ndarray, layers: list[_Layer]) -> SegmentMesh:
    """The mesh with covered nodes duplicated, disc cells (k,) attached to the duplicates, and the cells between."""
    covered = np.concatenate([layer.covered for layer in layers])
    twin = np.arange(len(mesh.points))
    twin[covered] = len(mesh.points) + np.arange(len(covered))
    cells = mesh.cells.copy()
    cells[disc] = twin[cells[disc]]
    mirror = np.concatenate([mesh.mirror, twin[mesh.mirror[covered]]]) if len(mesh.mirror) else mesh.mirror
    points = np.vstack([mesh.points, mesh.points[covered]])
    held = twin[np.unique(np.concatenate([layer.triangles.ravel() for layer in layers]))]
    held = np.union1d(held, mesh.surfaces[f"{joint}.annulus.outer"])
    shift = np.zeros((len(points), 3))
    shift[twin[covered]] = np.concatenate([layer.way for layer in layers])
    shift = _smooth(shift, cells[disc], held)
    if len(mirror):  # to the last bit
        shift = 0.5 * (shift + mirrored(shift[mirror]))
    points = points + shift
    added = [_tetrahedra(points, layer.triangles, twin) for layer in layers]
    first, count = len(mesh.region_names), sum(map(len, added))
    return replace(
        mesh,
        points=points,
        cells=np.vstack([cells, *added]),
        region=np.concatenate([mesh.region, *(np.full(len(new), first + i) for i, new in enumerate(added))]),
        region_names=(*mesh.region_names, *(layer_region(joint, layer.end) for layer in layers)),
        cell_data={
            name: np.concatenate([data, np.full((count, *data.shape[1:]), np.nan, dtype=data.dtype)])
            for name, data in mesh.cell_data.items()
        },
        mirror=mirror,
    )


def _radial_places(mesh: SegmentMesh, disc: np.ndarray) -> np.ndarray:
    """Mean radial coordinate (n,) of the disc cells around each node, 0 in the nucleus; NaN off the disc."""
    radial = np.nan_to_num(mesh.cell_data["annulus_radial"][disc], nan=0.0)
    nodes = mesh.cells[disc]
    size = len(mesh.points)
    sums = np.bincount(nodes.ravel(), np.repeat(radial, 4), size)
    with np.errstate(invalid="ignore"):
        return sums / np.bincount(nodes.ravel(), minlength=size)


def _layer(
    mesh: SegmentMesh, end: str, triangles: np.ndarray, opposite: np.ndarray, radial: np.ndarray, thickness_mm: float
) -> _Layer:
    """Covered part of an endplate, with the displacements of its nodes into the disc towards the opposite one."""
    site = cartilage_site()
    nodes = np.unique(triangles)
    edges = np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    each, uses = np.unique(edges, axis=0, return_counts=True)
    inner = np.setdiff1d(nodes, each[uses == 1])  # the border of an endplate is left alone
    covered = inner[radial[inner] < site["covered_to"]]
    if len(mesh.mirror):
        covered = covered[np.isin(mesh.mirror[covered], covered)]
    normal = np.zeros((len(mesh.points), 3))
    for corner in range(3):
        np.add.at(normal, triangles[:, corner], area_vectors(mesh.points[triangles]))
    way = normal[covered] / np.linalg.norm(normal[covered], axis=1, keepdims=True)
    height, _ = cKDTree(mesh.points[np.unique(opposite)]).query(mesh.points[covered])
    inward = np.clip((site["covered_to"] - radial[covered]) / site["thins_out_over"], 0.0, 1.0)
    thickness = thickness_mm * (0.5 + 0.5 * inward)
    return _Layer(end, triangles, covered, np.minimum(thickness, site["most_of_height"] * height)[:, None] * way)


def _smooth(shift: np.ndarray, disc: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Displacements (n, 3) in which free nodes of disc cells (k, 4) move by the mean of their neighbours.

    Nodes ``held`` keep their displacement in ``shift`` (n, 3). The result is a discrete harmonic function, so that all
    cells between the endplates deform.
    """
    free = np.setdiff1d(disc, held)
    if not len(free):
        return shift
    edges = cell_edges(disc)
    ends = np.concatenate([edges, edges[:, ::-1]])
    neighbours = coo_array((np.ones(len(ends)), ends.T), shape=(len(shift), len(shift))).tocsr()
    rows = (diags_array(neighbours.sum(axis=1)) - neighbours).tocsr()[free]
    smooth = shift.copy()
    smooth[free] = splu(rows[:, free].tocsc()).solve(-(rows @ shift))
    return smooth


def _tetrahedra(points: np.ndarray, triangles: np.ndarray, twin: np.ndarray) -> np.ndarray:
    """Cells (k, 4) of the prisms between triangles on bone and their duplicates, mirror-symmetric.

    A corner without a duplicate collapses an edge of the prism, which then has one tetrahedron less.
    """
    x, y, z = points[: len(twin)].T
    rank = np.argsort(np.lexsort((np.abs(y), x, z)))
    ordered = np.take_along_axis(triangles, np.argsort(rank[triangles], axis=1), axis=1)
    cells = np.hstack([ordered, twin[ordered]])[:, _PRISM].reshape(-1, 4)
    by_size = np.sort(cells, axis=1)
    cells = cells[np.all(by_size[:, 1:] > by_size[:, :-1], axis=1)]
    corners = points[cells]
    turned = np.linalg.det(corners[:, 1:] - corners[:, :1]) < 0.0
    cells[turned] = cells[turned][:, [0, 2, 1, 3]]
    return cells
