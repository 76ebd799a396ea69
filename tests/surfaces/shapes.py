"""Synthetic surfaces: a stylised vertebra of ellipsoids and rods, smooth warps and rigid motions."""

import numpy as np
import pyvista as pv

from fem_lumbar.surfaces import Surface

_RODS = [  # ends and radius, mm: x anterior, y left, z cranial
    ((-8.0, 12.0, 5.0), (-32.0, 14.0, 3.0), 6.0),  # pedicle
    ((-28.0, 14.0, 3.0), (-30.0, 42.0, 6.0), 5.0),  # transverse process
    ((-32.0, 14.0, 3.0), (-33.0, 18.0, 18.0), 6.0),  # superior articular process
    ((-32.0, 14.0, 3.0), (-47.0, 10.0, -20.0), 5.0),  # inferior articular process, behind the superior one below
    ((-32.0, 14.0, 3.0), (-42.0, 0.0, -5.0), 6.0),  # lamina
    ((-42.0, 0.0, -5.0), (-68.0, 0.0, -12.0), 5.5),  # spinous process
]


def vertebra(spacing: float = 2.0) -> Surface:
    """A closed surface with a body and all processes, symmetric about y = 0."""
    low, size = np.array([-80.0, -55.0, -35.0]), np.array([110.0, 110.0, 66.0])
    counts = np.round(size / spacing).astype(int) + 1
    grid = pv.ImageData(dimensions=counts, spacing=(spacing,) * 3, origin=low)
    points = np.asarray(grid.points, dtype=float)
    depth = [15.0 * (np.linalg.norm(np.stack([points[:, 0] / 18, points[:, 1] / 23, points[:, 2] / 15]), axis=0) - 1.0)]
    for start, end, radius in _RODS:
        for mirror in (1.0, -1.0):
            a, b = np.array(start) * [1, mirror, 1], np.array(end) * [1, mirror, 1]
            along = np.clip((points - a) @ (b - a) / ((b - a) @ (b - a)), 0.0, 1.0)
            depth.append(np.linalg.norm(points - a - along[:, None] * (b - a), axis=1) - radius)
    grid["depth"] = -1.5 * np.log(np.exp(-np.array(depth) / 1.5).sum(axis=0))  # a smooth union
    shell = grid.contour([0.0], scalars="depth", method="flying_edges").triangulate().clean()
    return outward(np.asarray(shell.points, dtype=float), shell.regular_faces)


def sphere(radius: float, centre=(0.0, 0.0, 0.0), fineness: int = 3) -> Surface:
    shell = pv.Icosphere(radius=radius, nsub=fineness)
    return outward(np.asarray(shell.points, dtype=float) + np.array(centre), shell.regular_faces)


def outward(points: np.ndarray, triangles: np.ndarray) -> Surface:
    surface = Surface(points, np.asarray(triangles, dtype=np.int64))
    return surface if surface.volume > 0.0 else inverted(surface)


def inverted(surface: Surface) -> Surface:
    return Surface(surface.points, surface.triangles[:, ::-1])


def joined(*surfaces: Surface) -> Surface:
    starts = np.cumsum([0] + [len(surface.points) for surface in surfaces])
    triangles = [surface.triangles + start for surface, start in zip(surfaces, starts)]
    return Surface(np.vstack([surface.points for surface in surfaces]), np.vstack(triangles))


def shifted(surface: Surface, by) -> Surface:
    return Surface(surface.points + np.array(by), surface.triangles)


def warp(points: np.ndarray) -> np.ndarray:
    """A smooth deformation by several millimetres, without symmetry."""
    x, y, z = (points / 30.0).T
    return points * [1.05, 0.95, 1.08] + 2.0 * np.stack(
        [np.sin(y + z), np.cos(x - 0.5 * z), np.sin(1.3 * x + y)], axis=1
    )


def motion(seed: int) -> np.ndarray:
    """A rigid motion (4, 4) by any angle and some decimetres."""
    random = np.random.default_rng(seed)
    turn = np.linalg.qr(random.normal(size=(3, 3)))[0]
    result = np.eye(4)
    result[:3, :3] = turn * np.sign(np.linalg.det(turn))
    result[:3, 3] = random.uniform(-300.0, 300.0, 3)
    return result


def spine() -> dict[str, Surface]:
    """Three vertebrae on one another."""
    return {
        level: shifted(vertebra(), (0.0, 0.0, height)) for level, height in (("L3", 66.0), ("L4", 33.0), ("L5", 0.0))
    }
