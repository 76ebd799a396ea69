"""Remove what intersections of solids leave in a mesh: needlessly short edges and flat cells."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.spatial import cKDTree

from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.placement import endplate_frame, facet_frames, level_frames
from fem_lumbar.anatomy.spine import JOINTS, LEVELS
from fem_lumbar.meshing.discretise import GROWTH, HalfMesh, tissue_size
from fem_lumbar.meshing.editor import MeshEditor
from fem_lumbar.meshing.geometry_facet import bony_facet
from fem_lumbar.meshing.quality import cell_edges, is_soft

SHORT_EDGE = 0.6
"""Edges shorter than this fraction of the wanted size are merged where that leaves good cells."""
GOOD_QUALITY = 0.3
_MERGE_ROUNDS = 3
_REPAIR_ROUNDS = 6
_SMALLEST_GAIN = 1e-3


def improved(mesh: HalfMesh, anatomy: Anatomy, sizes_mm: Mapping[str, float]) -> HalfMesh:
    """The mesh of the right half with short edges merged and its worst cells repaired.

    Parameters
    ----------
    mesh : HalfMesh
    anatomy : Anatomy
        Gives the planes that stay flat: symmetry plane, endplates, facets.
    sizes_mm : mapping
        Wanted element sizes, as for :func:`fem_lumbar.meshing.discretise.mesh_half`.
    """
    editor = MeshEditor(mesh, flat_planes(anatomy))
    wanted = _wanted_size(mesh, sizes_mm)
    for _ in range(_MERGE_ROUNDS):
        if not _merge_short_edges(editor, wanted):
            break
    for _ in range(_REPAIR_ROUNDS):
        if not _repair_worst(editor):
            break
    return editor.result()


def flat_planes(anatomy: Anatomy) -> list[tuple[np.ndarray, np.ndarray]]:
    """Planes (point, unit normal) of the right half in which free faces lie."""
    planes = [(np.zeros(3), np.array([0.0, 1.0, 0.0]))]
    frames, facets = level_frames(anatomy), facet_frames(anatomy)
    for level in LEVELS:
        for face in ("superior", "inferior"):
            plane = frames[level] @ endplate_frame(anatomy.levels[level], face)
            planes.append((plane[:3, 3], plane[:3, 2]))
    for name, facet in facets.items():
        distances = [bony_facet(anatomy, name)[0]]
        if name in JOINTS:
            distances.append(0.5 * anatomy.joints[name].facet_gap_mm)
        for distance in distances:
            planes += [(facet.centre + side * distance * facet.normal, facet.normal) for side in (-1.0, 1.0)]
    return planes


def _wanted_size(mesh: HalfMesh, sizes_mm: Mapping[str, float]) -> np.ndarray:
    """Wanted edge length at every node, mm: that of its tissue, growing with distance into the bone."""
    wanted = np.full(len(mesh.points), sizes_mm["bone_mm"])
    for index, name in enumerate(mesh.region_names):
        if is_soft(name):
            size = tissue_size(name, sizes_mm)
            own = np.unique(mesh.cells[mesh.region == index])
            distance, _ = cKDTree(mesh.points[own]).query(mesh.points)
            wanted = np.minimum(wanted, size + GROWTH * distance)
    return wanted


def _merge_short_edges(editor: MeshEditor, wanted: np.ndarray) -> bool:
    """One round over all short edges, shortest first; False when none could be merged."""
    merged = False
    edges = cell_edges(editor.cells[editor.alive])
    length = np.linalg.norm(editor.points[edges[:, 0]] - editor.points[edges[:, 1]], axis=1)
    relative = length / np.minimum(wanted[edges[:, 0]], wanted[edges[:, 1]])
    for index in np.argsort(relative, kind="stable"):
        if relative[index] > SHORT_EDGE:
            break
        first, second = (int(node) for node in edges[index])
        for gone, kept in ((first, second), (second, first)):
            around = editor.star[gone]
            if not around or not editor.star[kept]:
                break
            lowest = min(GOOD_QUALITY, editor.quality[sorted(around)].min() + _SMALLEST_GAIN)
            if editor.collapse(gone, kept, lowest):
                merged = True
                break
    return merged


def _repair_worst(editor: MeshEditor) -> bool:
    """One round over all cells below the good quality, worst first; False when nothing could be changed."""
    bad = np.flatnonzero(editor.alive & (editor.quality < GOOD_QUALITY))
    changed = False
    for cell in bad[np.argsort(editor.quality[bad], kind="stable")]:
        if editor.alive[cell] and editor.quality[cell] < GOOD_QUALITY:
            changed |= _repair(editor, int(cell))
    return changed


def _repair(editor: MeshEditor, cell: int) -> bool:
    nodes = editor.cells[cell].tolist()
    pairs = [(a, b) for a in nodes for b in nodes if a != b]
    pairs.sort(key=lambda pair: np.linalg.norm(editor.points[pair[0]] - editor.points[pair[1]]))
    for gone, kept in pairs:
        lowest = editor.quality[sorted(editor.star[gone])].min() + _SMALLEST_GAIN
        if editor.collapse(gone, kept, lowest):
            return True
    moved = False
    for node in nodes:
        around = sorted(editor.star[node])
        size = np.cbrt(np.median(np.ptp(editor.points[editor.cells[around]], axis=1).prod(axis=1)))
        moved |= editor.move(node, [0.2 * size, 0.08 * size, 0.03 * size])
    return moved
