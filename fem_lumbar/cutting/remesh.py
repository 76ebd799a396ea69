"""Remeshing of a cut mesh by mmg; surfaces are preserved, each with a reference to its function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.foundation.tetrahedra import oriented, shared_faces

_OUTSIDE = 0
_FIRST_REFERENCE = 100
"""Offset of the references of triangles: mmg keeps small ones for itself."""

_SMOOTH_COSINE = 0.8
"""Functions that meet at less than this cosine between their normals, 37°, meet in a ridge."""


@dataclass(frozen=True)
class Meshed:
    """Tetrahedra with their regions, and the functions on which the nodes lie.

    Attributes
    ----------
    points, cells, region
        (n, 3) mm, (m, 4), (m,).
    on : ndarray (n, functions) of bool
    """

    points: np.ndarray
    cells: np.ndarray
    region: np.ndarray
    on: np.ndarray


@dataclass(frozen=True)
class Pass:
    """Options of one pass of mmg: lengths in mm, ``growth`` the ratio of neighbouring edges."""

    deviation: float
    growth: float
    smallest: float
    largest: float


def mesher() -> type:
    """The mesh class of mmg.

    Raises
    ------
    InputError
        When mmgpy is not installed.
    """
    try:
        from mmgpy import MmgMesh3D
    except ImportError as reason:
        message = (
            "a new mesh needs mmgpy (pip install mmgpy; there is none for macOS on Intel); "
            "its meshes of the densities test and coarse are shipped"
        )
        raise InputError(message) from reason
    return MmgMesh3D


def without_outside(mesh: Meshed) -> Meshed:
    """The cells of all regions but the outside, renumbered."""
    inside = mesh.region != _OUTSIDE
    used, cells = np.unique(mesh.cells[inside], return_inverse=True)
    return Meshed(mesh.points[used], cells.reshape(-1, 4), mesh.region[inside], mesh.on[used])


def remeshed(mesh: Meshed, sizes: np.ndarray, priority: Sequence[int], options: Pass) -> Meshed:
    """The mesh with target edge lengths and well-shaped cells; region borders and their functions are preserved.

    Parameters
    ----------
    mesh : Meshed
    sizes : (n,)
        Target edge length at each node, mm.
    priority : sequence of int
        Of each function: a face on several functions belongs to the one of highest priority.
    options : Pass
    """
    faces, reference = _borders(mesh, priority)
    ridges = _ridges(mesh.points, faces, reference)
    mmg = mesher()()
    mmg.set_mesh_size(vertices=len(mesh.points), tetrahedra=len(mesh.cells), triangles=len(faces), edges=len(ridges))
    mmg.set_vertices(mesh.points)
    mmg.set_tetrahedra(oriented(mesh.points, mesh.cells).astype(np.int32), mesh.region.astype(np.int32))
    mmg.set_triangles(faces.astype(np.int32), reference.astype(np.int32))
    mmg.set_edges(ridges.astype(np.int32), np.ones(len(ridges), dtype=np.int32))
    mmg.set_ridge_edges(np.arange(len(ridges), dtype=np.int32))
    mmg.set_field("metric", np.ascontiguousarray(sizes[:, None], dtype=float))
    mmg.remesh(
        hausd=options.deviation,
        hgrad=options.growth,
        hmin=options.smallest,
        hmax=options.largest,
        angle=0,
        verbose=-1,
    )
    cells, region = (np.array(found, dtype=np.int64) for found in mmg.get_tetrahedra_with_refs())
    triangles, on_function = (np.array(found, dtype=np.int64) for found in mmg.get_triangles_with_refs())
    points = np.array(mmg.get_vertices())
    on = np.zeros((len(points), mesh.on.shape[1]), dtype=bool)
    for column in range(on.shape[1]):
        on[np.unique(triangles[on_function == _FIRST_REFERENCE + 1 + column]), column] = True
    used, cells = np.unique(cells, return_inverse=True)
    return Meshed(points[used], cells.reshape(-1, 4), region.ravel(), on[used])


def _borders(mesh: Meshed, priority: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Faces (k, 3) on borders of regions and at the free surface, and the references of their functions (k,)."""
    faces, first, second = shared_faces(mesh.cells)
    other = np.where(second >= 0, mesh.region[second], _OUTSIDE)
    border = mesh.region[first] != other
    faces = faces[border]
    on = mesh.on[faces].all(axis=1)
    rank = on * (1 + np.asarray(priority))
    function = np.where(on.any(axis=1), rank.argmax(axis=1) + 1, 0)
    return faces, function + _FIRST_REFERENCE


def _ridges(points: np.ndarray, faces: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Edges (k, 2) at which two functions meet at an angle: mmg would treat the surface there as sharply curved."""
    edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    face = np.repeat(np.arange(len(faces)), 3)
    order = np.lexsort(edges.T[::-1])
    edges, face = edges[order], face[order]
    _, start, count = np.unique(edges, axis=0, return_index=True, return_counts=True)
    a, b, c = (points[faces[:, i]] for i in range(3))
    normals = np.cross(b - a, c - a)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    pair = start[count == 2]
    one, other = face[pair], face[pair + 1]
    angle = np.abs(np.einsum("ij,ij->i", normals[one], normals[other])) < _SMOOTH_COSINE
    return edges[pair[angle & (reference[one] != reference[other])]]
