"""Cartilaginous endplates: thin layers of cells between the discs and the bony endplates.

Nodes of a disc that meet bone at its nucleus and the inner part of its annulus get a twin. The twin moves into the
disc by the thickness of the cartilage, the disc makes room over its whole height, and the prisms between are cut into
tetrahedra. The outer annulus stays on the rim of bone that its fibres are anchored in. Bone does not move.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_array, csr_array, diags_array
from scipy.sparse.linalg import splu
from scipy.spatial import cKDTree

from fem_lumbar.anatomy.part_name import CARTILAGE_ENDPLATE, PartName
from fem_lumbar.anatomy.spine import joint_levels
from fem_lumbar.foundation.conventions import mirrored
from fem_lumbar.foundation.errors import AnatomyError
from fem_lumbar.foundation.triangles import area_vectors
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.meshing.quality import LOWEST_QUALITY, cell_edges, count_unknowns, mean_ratio

COVERED_TO = 2 / 3
"""Radial place in the annulus (0 at the nucleus, 1 at the outer wall) up to which it is anchored in cartilage: fibres
of the inner two thirds end in the cartilage, those of the outer third in the ring of bone around it (Inoue 1981, Spine
6:139-146; from memory)."""
RUNS_OUT_OVER = 1 / 6
"""Radial width over which a layer thins out to half at its border, from where it runs out within a cell."""
MOST_OF_HEIGHT = 0.15
"""Part of the height of the disc at a place that a layer takes at most: at the sides of a narrow disc it is thinner."""
_PRISM = np.array([[0, 1, 2, 5], [0, 1, 4, 5], [0, 3, 4, 5]])
"""Tetrahedra of a prism with corners 0 1 2 on the bone and 3 4 5 in the disc."""


def layer_region(joint: str, end: str) -> PartName:
    """Name of the layer at the ``upper`` or ``lower`` end of a disc."""
    return PartName.of(joint, CARTILAGE_ENDPLATE, end)


def with_cartilage_endplates(mesh: SegmentMesh, thickness_mm: Mapping[str, float], linear_bone: bool) -> SegmentMesh:
    """The mesh with cartilage at both ends of some discs.

    Parameters
    ----------
    mesh : SegmentMesh
        A whole segment.
    thickness_mm : mapping
        Joint to the thickness of either layer, mm. It runs out at its border, and where the disc is low it takes no
        more than `MOST_OF_HEIGHT` of it.
    linear_bone : bool
        As for :func:`~fem_lumbar.meshing.quality.count_unknowns`.

    Raises
    ------
    AnatomyError
        When cells of a layer, or of the disc that makes room for it, would be too flat.
    """
    for joint, thickness in thickness_mm.items():
        mesh = _with_layers(mesh, joint, thickness)
    return replace(mesh, meta={**mesh.meta, **count_unknowns(mesh, linear_bone)}) if thickness_mm else mesh


@dataclass(frozen=True)
class _Layer:
    """Triangles (k, 3) of an endplate, its covered nodes (n,), and their way into the disc (n, 3), mm."""

    end: str
    triangles: np.ndarray
    covered: np.ndarray
    way: np.ndarray


def _with_layers(mesh: SegmentMesh, joint: str, thickness_mm: float) -> SegmentMesh:
    disc = mesh.region_cells(f"{joint}.annulus", f"{joint}.nucleus")
    upper, lower = joint_levels(joint)
    radial = _radial_places(mesh, disc)
    above, below = mesh.surfaces[f"{upper}.endplate.inferior"], mesh.surfaces[f"{lower}.endplate.superior"]
    layers = [
        _layer(mesh, "upper", above, below, radial, thickness_mm),
        _layer(mesh, "lower", below, above, radial, thickness_mm),
    ]
    covered = np.concatenate([layer.covered for layer in layers])
    count = len(mesh.points)
    twin = np.arange(count)
    twin[covered] = count + np.arange(len(covered))
    cells = mesh.cells.copy()
    cells[disc] = twin[cells[disc]]
    mirror = _mirror(mesh, covered, twin)
    points = np.vstack([mesh.points, mesh.points[covered]])
    points = points + _shift(cells[disc], len(points), twin[covered], layers, mesh.surfaces, joint, mirror, twin)
    region, names, added = [mesh.region], list(mesh.region_names), [cells]
    for layer in layers:
        new = _tetrahedra(points, layer.triangles, twin)
        added.append(new)
        region.append(np.full(len(new), len(names)))
        names.append(layer_region(joint, layer.end))
    every = np.vstack(added)
    checked = np.concatenate([disc, np.arange(len(cells), len(every))])
    if mean_ratio(points, every[checked]).min() < LOWEST_QUALITY:
        raise AnatomyError(
            f"{joint}: cells of a cartilaginous endplate {thickness_mm:g} mm thick, or of the disc beside it, would be "
            "too flat; make it thinner, or cells coarser"
        )
    new_cells = len(every) - len(cells)
    return replace(
        mesh,
        points=points,
        cells=every,
        region=np.concatenate(region),
        region_names=tuple(names),
        cell_data={
            name: np.concatenate([data, np.full((new_cells, *data.shape[1:]), np.nan, dtype=data.dtype)])
            for name, data in mesh.cell_data.items()
        },
        mirror=mirror,
    )


def _radial_places(mesh: SegmentMesh, disc: np.ndarray) -> np.ndarray:
    """Mean radial place (n,) of the cells of a disc around each node, 0 in the nucleus; NaN elsewhere."""
    radial = np.nan_to_num(mesh.cell_data["annulus_radial"][disc], nan=0.0)
    nodes = mesh.cells[disc]
    size = len(mesh.points)
    sums = np.bincount(nodes.ravel(), np.repeat(radial, 4), size)
    with np.errstate(invalid="ignore"):
        return sums / np.bincount(nodes.ravel(), minlength=size)


def _layer(
    mesh: SegmentMesh, end: str, triangles: np.ndarray, opposite: np.ndarray, radial: np.ndarray, thickness_mm: float
) -> _Layer:
    """What of an endplate is covered, and how far its nodes go towards the opposite one into the disc."""
    nodes = np.unique(triangles)
    edges = np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    each, uses = np.unique(edges, axis=0, return_counts=True)
    inner = np.setdiff1d(nodes, each[uses == 1])  # the border of an endplate is left alone
    covered = inner[radial[inner] < COVERED_TO]
    if len(mesh.mirror):
        covered = covered[np.isin(mesh.mirror[covered], covered)]
    normal = np.zeros((len(mesh.points), 3))
    for corner in range(3):
        np.add.at(normal, triangles[:, corner], area_vectors(mesh.points[triangles]))
    way = normal[covered] / np.linalg.norm(normal[covered], axis=1, keepdims=True)
    height, _ = cKDTree(mesh.points[np.unique(opposite)]).query(mesh.points[covered])
    inward = np.clip((COVERED_TO - radial[covered]) / RUNS_OUT_OVER, 0.0, 1.0)
    thickness = thickness_mm * (0.5 + 0.5 * inward)
    return _Layer(end, triangles, covered, np.minimum(thickness, MOST_OF_HEIGHT * height)[:, None] * way)


def _shift(
    disc: np.ndarray,
    count: int,
    twins: np.ndarray,
    layers: list[_Layer],
    surfaces: Mapping[str, np.ndarray],
    joint: str,
    mirror: np.ndarray,
    twin: np.ndarray,
) -> np.ndarray:
    """How far all nodes (count, 3) move: twins by their way, the inside of a disc smoothly in between, mm.

    Inside, each node moves by the mean of its neighbours (a discrete harmonic function), so that all cells give way.
    """
    shift = np.zeros((count, 3))
    shift[twins] = np.concatenate([layer.way for layer in layers])
    held = np.zeros(count, dtype=bool)
    held[twin[np.unique(np.concatenate([layer.triangles.ravel() for layer in layers]))]] = True
    held[surfaces[f"{joint}.annulus.outer"]] = True
    nodes = np.unique(disc)
    free = nodes[~held[nodes]]
    edges = cell_edges(disc)
    ends = np.concatenate([edges, edges[:, ::-1]])
    neighbours: csr_array = coo_array((np.ones(len(ends)), ends.T), shape=(count, count)).tocsr()
    laplacian = diags_array(neighbours.sum(axis=1)) - neighbours
    rows = laplacian.tocsr()[free]
    if len(free):
        shift[free] = splu(rows[:, free].tocsc()).solve(-(rows @ shift))
    if len(mirror):  # to the last bit
        shift = 0.5 * (shift + mirrored(shift[mirror]))
    return shift


def _tetrahedra(points: np.ndarray, triangles: np.ndarray, twin: np.ndarray) -> np.ndarray:
    """Cells (k, 4) of the prisms between triangles on bone and their twins, the same in the mirror.

    Where a corner has no twin the prism has an edge less, and so one tetrahedron less.
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


def _mirror(mesh: SegmentMesh, covered: np.ndarray, twin: np.ndarray) -> np.ndarray:
    """Node permutation of the reflection with the twins; empty where the mesh has none."""
    return np.concatenate([mesh.mirror, twin[mesh.mirror[covered]]]) if len(mesh.mirror) else mesh.mirror
