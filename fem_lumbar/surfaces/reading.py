"""Reading of a triangulated surface from an STL, OBJ or PLY file."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import meshio
import numpy as np

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.surfaces.surface import Surface

SUFFIXES = (".stl", ".obj", ".ply")


def read_surface(path: Path) -> Surface:
    """The triangles of a file, with coincident points and repeated triangles merged; nothing is repaired.

    Parameters
    ----------
    path : Path
        STL, OBJ or PLY; coordinates are taken as mm.

    Raises
    ------
    InputError
        When the file is missing, of another format, damaged or without triangles.
    """
    path = Path(path)
    if not path.is_file():
        found = "is a folder" if path.is_dir() else "does not exist"
        raise InputError(f"surface file {path} {found}; expected a file with the triangles of one vertebra")
    kind = path.suffix.lower()
    if kind not in SUFFIXES:
        found = f"not from {path.suffix}" if path.suffix else "and this file has no extension"
        raise InputError(f"{path.name}: surfaces are read from {', '.join(SUFFIXES)} files, {found}")
    # Readers in Python: those of VTK crash the program on some damaged files.
    try:
        points, triangles = _read_obj(path) if kind == ".obj" else _read_with_meshio(path, kind)
    except (OSError, ValueError, LookupError, TypeError, AssertionError, OverflowError, meshio.ReadError) as reason:
        message = f"{path.name} cannot be read as {kind[1:].upper()}: it is damaged or of another format"
        raise InputError(f"{message}; export the surface again") from reason
    if not np.isfinite(points).all():
        raise InputError(f"{path.name} has coordinates that are not numbers; export the surface again")
    if len(triangles) and not 0 <= triangles.min() <= triangles.max() < len(points):
        raise InputError(f"{path.name} has triangles that refer to missing points; export the surface again")
    surface = _merged(points, triangles)
    if len(surface.triangles) < 4:
        found = f"{len(surface.triangles)} triangles" if len(surface.triangles) else "no triangles"
        raise InputError(f"{path.name} has {found}; expected the closed surface of one vertebra, in mm")
    return surface


def _read_with_meshio(path: Path, kind: str) -> tuple[np.ndarray, np.ndarray]:
    with np.errstate(over="ignore"):  # the number of triangles that a damaged header claims
        mesh = (meshio.stl if kind == ".stl" else meshio.ply).read(path)
    polygons = [block.data for block in mesh.cells if np.ndim(block.data) == 2]
    fans = [_fans(np.asarray(block, dtype=np.int64)) for block in polygons if block.shape[1] >= 3]
    return np.asarray(mesh.points, dtype=float).reshape(-1, 3), np.vstack([np.empty((0, 3), np.int64), *fans])


def _read_obj(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Points and triangles of an OBJ file; textures, normals, groups and materials are ignored."""
    points: list[list[float]] = []
    triangles: list[tuple[int, int, int]] = []
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    for line in text.replace("\\\r\n", " ").replace("\\\n", " ").splitlines():  # a backslash continues a line
        words = line.split()
        if words[:1] == ["v"]:
            points.append([float(word) for word in words[1:4]])
        elif words[:1] == ["f"]:
            corners = [int(word.split("/")[0]) for word in words[1:]]
            # Numbers count from 1, negative ones back from the latest point.
            corners = [corner - 1 if corner > 0 else len(points) + corner for corner in corners]
            triangles += [(corners[0], *pair) for pair in pairwise(corners[1:])]
    if not points:
        raise ValueError("no line of an OBJ file")
    return np.array(points, dtype=float).reshape(-1, 3), np.array(triangles, dtype=np.int64).reshape(-1, 3)


def _fans(polygons: np.ndarray) -> np.ndarray:
    """Triangles (k, 3) of convex polygons (m, sides)."""
    return np.vstack([polygons[:, [0, i, i + 1]] for i in range(1, polygons.shape[1] - 1)])


def _merged(points: np.ndarray, triangles: np.ndarray) -> Surface:
    """Surface with exactly coincident points and repeated triangles merged.

    Triangles that thereby lose a corner are dropped, and so are unused points.
    """
    places, index = np.unique(points + 0.0, axis=0, return_inverse=True)
    corners = index.ravel()[triangles]
    following = np.roll(corners, 1, axis=1)
    corners = corners[np.all(corners != following, axis=1)]
    turned = (corners.argmin(axis=1)[:, None] + np.arange(3)) % 3  # each begins with its lowest point
    _, once = np.unique(np.take_along_axis(corners, turned, axis=1), axis=0, return_index=True)
    corners = corners[np.sort(once)]
    used, new = np.unique(corners, return_inverse=True)
    return Surface(places[used], new.reshape(corners.shape).astype(np.int64))
