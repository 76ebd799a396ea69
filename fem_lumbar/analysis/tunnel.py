"""The tunnel between a mamillo-accessory ligament and the groove under it, where the medial branch runs."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.integrate import trapezoid

from fem_lumbar.meshing.cell_faces import FREE, all_faces
from fem_lumbar.meshing.mesh import SegmentMesh

_ALONG, _SLICES = 60, 7
"""Samples from foot to foot, and cross-sections over the width."""
_MIDDLE = 0.8
"""Part of the width of the ligament over which cross-sections are taken: its edges are ragged."""
_REACH_MM = 9.0


class Tunnel:
    """Opening under one arch.

    The nerve runs across the ligament, so a cross-section is a plane through its chord, in which the opening lies
    between the underside of the arch and the bone.

    Parameters
    ----------
    mesh : SegmentMesh
    level, side : str
    """

    def __init__(self, mesh: SegmentMesh, level: str, side: str) -> None:
        region = f"{level}.mal.{side}"
        own = mesh.region_cells(region)
        faces = all_faces(mesh.cells[own], mesh.region[own])
        feet = np.concatenate([mesh.surfaces[f"{region}.{end}_end"] for end in ("mammillary", "accessory")])
        outer = np.concatenate([mesh.surfaces[f"{region}.dorsal"], mesh.surfaces[f"{region}.lateral"]])
        free = faces.nodes[faces.neighbour == FREE]
        known = {tuple(sorted(face)) for face in np.vstack([feet, outer]).tolist()}
        self._under = np.array([face for face in free.tolist() if tuple(sorted(face)) not in known])
        self._feet = [np.unique(mesh.surfaces[f"{region}.{end}_end"]) for end in ("mammillary", "accessory")]
        self._outer = outer
        bone = mesh.surfaces[f"{level}.posterior"]
        middle = mesh.points[self._under].mean(axis=(0, 1))
        near = np.linalg.norm(mesh.points[bone].mean(axis=1) - middle, axis=1) < _REACH_MM
        self._bone = bone[near]

    def measures(self, points: np.ndarray) -> dict[str, float]:
        """Size of the opening for node positions (n, 3) in mm.

        Returns
        -------
        dict
            ``area_mm2``: smallest cross-section; ``height_mm``: smallest over the cross-sections of the greatest
            distance between ligament and bone; ``volume_mm3``: over the whole width of the ligament.
        """
        origin, axes = self.frame(points)
        under, bone = ((points[triangles] - origin) @ axes.T for triangles in (self._under, self._bone))
        feet = [((points[nodes] - origin) @ axes.T)[:, 0].mean() for nodes in self._feet]
        width = np.ptp(under[..., 1])
        along = np.linspace(*feet, _ALONG)
        across = under[..., 1].min() + width * (0.5 + _MIDDLE * np.linspace(-0.5, 0.5, _SLICES))
        grid = np.stack(np.meshgrid(across, along, indexing="ij"), axis=-1)[..., ::-1].reshape(-1, 2)
        roof = _heights(under, grid, np.inf).min(axis=1)
        floor = _heights(bone, grid, -np.inf)
        floor = np.where(floor < roof[:, None], floor, -np.inf).max(axis=1)
        clear = np.where(np.isfinite(roof) & np.isfinite(floor), roof - floor, 0.0).reshape(_SLICES, _ALONG)
        areas = trapezoid(clear, along, axis=1)
        return {
            "area_mm2": float(areas.min()),
            "height_mm": float(clear.max(axis=1).min()),
            "volume_mm3": float(areas.mean() * width),
        }

    def frame(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Middle between the feet, and the axes along the chord, across it and outwards as rows (3, 3)."""
        start, end = (points[nodes].mean(axis=0) for nodes in self._feet)
        along = (end - start) / np.linalg.norm(end - start)
        corners = points[self._outer]
        outward = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]).sum(axis=0)
        outward -= (outward @ along) * along
        outward /= np.linalg.norm(outward)
        return 0.5 * (start + end), np.stack([along, np.cross(outward, along), outward])


def _heights(triangles: np.ndarray, grid: np.ndarray, missing: float) -> np.ndarray:
    """Third coordinate (n, m) of triangles (m, 3, 3) over points (n, 2), ``missing`` where they do not cover one."""
    a, b, c = triangles[:, 0], triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    area = b[:, 0] * c[:, 1] - b[:, 1] * c[:, 0]
    flat = np.abs(area) < 1e-9
    area = np.where(flat, 1.0, area)
    x, y = grid[:, None, 0] - a[:, 0], grid[:, None, 1] - a[:, 1]
    first, second = (x * c[:, 1] - y * c[:, 0]) / area, (y * b[:, 0] - x * b[:, 1]) / area
    covers = (first >= -1e-9) & (second >= -1e-9) & (first + second <= 1.0 + 1e-9) & ~flat
    return np.where(covers, a[:, 2] + first * b[:, 2] + second * c[:, 2], missing)


def tunnel_summary(tunnel: Tunnel, mesh: SegmentMesh, displacement: np.ndarray) -> dict[str, Any]:
    """Measures of a tunnel in a state with displacements (n, 3) of the nodes of a mesh, beside its unloaded area."""
    before = tunnel.measures(mesh.points)
    return {**tunnel.measures(mesh.points + displacement), "area_unloaded_mm2": before["area_mm2"]}
