"""From solids to tetrahedra: element sizes, gmsh's mesher, and the arrays of the right half."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from fem_lumbar.anatomy.part_name import PartName
from fem_lumbar.meshing.occ import kernel_failure_as

GROWTH = 0.4
"""Increase of the element size per mm of distance from a finely meshed tissue."""
ATTEMPTS: tuple[dict[str, float], ...] = (
    {"Mesh.MeshSizeFromCurvature": 12, "Mesh.Algorithm": 1},
    {"Mesh.MinimumCurveNodes": 5, "Mesh.MeshSizeFromCurvature": 8},
    {"Mesh.MinimumCurveNodes": 4, "Mesh.MeshSizeFromCurvature": 6, "Mesh.Algorithm": 5},
)
"""Options of the mesher, tried in this order until a mesh is good: where coarse curves cross, finer ones do not."""

_SIZE_OF = {
    "facet_cartilage": "facet_cartilage_mm",
    "transition": "facet_cartilage_mm",
    "mal": "mal_mm",
    "annulus": "disc_mm",
    "nucleus": "disc_mm",
}


@dataclass(frozen=True)
class HalfMesh:
    """Right half of the segment: ``points`` (n, 3) mm, ``cells`` (m, 4), ``region`` (m,) into ``region_names``."""

    points: np.ndarray
    cells: np.ndarray
    region: np.ndarray
    region_names: tuple[str, ...]


def tissue_size(name: str, sizes_mm: Mapping[str, float]) -> float:
    """Element size (mm) of a region by its name."""
    return sizes_mm[_SIZE_OF.get(PartName(name).part, "bone_mm")]


def mesh_half(
    gmsh: ModuleType,
    volumes: Mapping[str, list[int]],
    sizes_mm: Mapping[str, float],
    options: Mapping[str, float],
) -> HalfMesh:
    """Mesh the solids of the open session.

    Parameters
    ----------
    gmsh : module
        With the geometry of :func:`fem_lumbar.meshing.geometry.half_segment` in its model.
    volumes : mapping
        Region name to volume tags.
    sizes_mm : mapping
        ``bone_mm``, ``disc_mm``, ``mal_mm``, ``facet_cartilage_mm``.
    options : mapping
        Options of gmsh, one of :data:`ATTEMPTS`.

    Raises
    ------
    AnatomyError
        When gmsh gives up; the session must then be closed.
    """
    _set_size_field(gmsh, volumes, sizes_mm)
    fixed = {
        "Mesh.MeshSizeExtendFromBoundary": 0,
        "Mesh.MeshSizeFromPoints": 0,
        "Mesh.Algorithm": 6,
        "Mesh.Algorithm3D": 1,
        "Mesh.Optimize": 1,
        "Mesh.RandomSeed": 1,
    }
    for name, value in {**fixed, **options}.items():
        gmsh.option.setNumber(name, value)
    with kernel_failure_as("the mesher failed"):
        gmsh.model.mesh.generate(3)
    return _collect(gmsh, volumes)


def _set_size_field(gmsh: ModuleType, volumes: Mapping[str, list[int]], sizes_mm: Mapping[str, float]) -> None:
    """Each tissue its own size; bone grows from the size of the tissue it touches to its own."""
    field = gmsh.model.mesh.field
    bone = sizes_mm["bone_mm"]
    members = []
    by_size: dict[float, list[int]] = {}
    for name, tags in volumes.items():
        size = tissue_size(name, sizes_mm)
        if size < bone:
            by_size.setdefault(size, []).extend(tags)
    for size, tags in by_size.items():
        inside = field.add("Constant")
        field.setNumbers(inside, "VolumesList", tags)
        field.setNumber(inside, "VIn", size)
        field.setNumber(inside, "VOut", bone)
        faces = [tag for _, tag in gmsh.model.getBoundary([(3, tag) for tag in tags], combined=False, oriented=False)]
        distance = field.add("Distance")
        field.setNumbers(distance, "SurfacesList", sorted(set(faces)))
        field.setNumber(distance, "Sampling", 30)
        graded = field.add("Threshold")
        field.setNumber(graded, "InField", distance)
        field.setNumber(graded, "SizeMin", size)
        field.setNumber(graded, "SizeMax", bone)
        field.setNumber(graded, "DistMin", 0.3 * size)
        field.setNumber(graded, "DistMax", 0.3 * size + (bone - size) / GROWTH)
        members += [inside, graded]
    smallest = field.add("Min")
    field.setNumbers(smallest, "FieldsList", members)
    field.setAsBackgroundMesh(smallest)


def _collect(gmsh: ModuleType, volumes: Mapping[str, list[int]]) -> HalfMesh:
    tags, coordinates, _ = gmsh.model.mesh.getNodes()
    position = np.zeros(int(tags.max()) + 1, dtype=int)
    position[tags.astype(int)] = np.arange(len(tags))
    cells, region = [], []
    for index, solids in enumerate(volumes.values()):
        for solid in solids:
            _, corners = gmsh.model.mesh.getElementsByType(4, solid)
            found = position[corners.astype(int)].reshape(-1, 4)
            cells.append(found)
            region.append(np.full(len(found), index))
    all_cells = np.vstack(cells)
    used, renumbered = np.unique(all_cells, return_inverse=True)
    points = coordinates.reshape(-1, 3)[used]
    return HalfMesh(points, renumbered.reshape(-1, 4), np.concatenate(region), tuple(volumes))
