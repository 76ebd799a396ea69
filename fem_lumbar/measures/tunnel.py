"""The tunnel between a mamillo-accessory ligament and the groove under it, where the medial branch runs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from fem_lumbar.anatomy.part_name import named
from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.foundation.triangles import area_vectors
from fem_lumbar.measures.tunnel_section import Section, largest_opening
from fem_lumbar.meshing.cell_faces import FREE, all_faces
from fem_lumbar.meshing.mesh import SegmentMesh

SECTIONS = 7
"""Cross-sections over the width of a ligament."""
_MIDDLE = 0.8
"""Part of the width of the ligament over which cross-sections are taken: its edges are ragged."""
LEAST_CLOSED = 0.5
"""Part of the middle of the width of the ligament under which a tunnel is doubtful; mean surfaces have 0.85 to 0.95."""
_TRIED = 20
"""Planes between the middle of the ligament and either end that are tried for where the tunnel opens."""
_REACH_MM = 16.0
"""Bone further than this from the ligament is not looked at."""


class Tunnel:
    """Opening under one arch, cut by planes that are fixed in the unloaded anatomy and go with the vertebra.

    The nerve runs across the ligament, so each plane holds the direction of the chord from foot to foot and that
    away from the bone. The planes are spread evenly over the middle of the width of the ligament, as far as the
    opening is closed there before loading: where the feet lie obliquely, the ligament reaches beyond it.

    Parameters
    ----------
    mesh : SegmentMesh
        With the ligament in it.
    level, side : str

    Attributes
    ----------
    width_mm : float
        Of the tunnel across its chord, before loading.
    closed_ratio : float
        Part of the middle of the width of the ligament in which the opening is closed before loading.

    Raises
    ------
    PhysicsError
        When nothing is closed under the middle of the ligament.
    """

    def __init__(self, mesh: SegmentMesh, level: str, side: str) -> None:
        self.name = f"{level} {side}"
        ligament = f"{level}.mal.{side}"
        self._feet = [np.unique(mesh.surfaces[f"{ligament}.{end}_end"]) for end in ("mammillary", "accessory")]
        self._outer = np.concatenate([mesh.surfaces[f"{ligament}.{face}"] for face in ("dorsal", "lateral")])
        bone = [name for name in named(mesh.region_names, level) if name.part != "mal"]
        cells = mesh.region_cells(ligament, *bone)
        nodes = np.unique(mesh.cells[mesh.region_cells(ligament)])
        middle = mesh.points[nodes].mean(axis=0)
        cells = cells[np.linalg.norm(mesh.points[mesh.cells[cells]].mean(axis=1) - middle, axis=1) < _REACH_MM]
        faces = all_faces(mesh.cells[cells], mesh.region[cells])
        free = faces.neighbour == FREE
        self._triangles = faces.nodes[free]
        self._is_ligament = faces.owner[free] == mesh.region_names.index(ligament)
        self._unloaded = mesh.points
        roof = self._local(mesh.points)[np.unique(self._triangles[self._is_ligament]), 1]
        middle, half = 0.5 * (roof.min() + roof.max()), 0.5 * _MIDDLE * np.ptp(roof)
        low, high = self._closed(middle - half, middle + half)
        self.width_mm = (high - low) / _MIDDLE
        self.closed_ratio = 0.5 * (high - low) / half
        self._offsets = np.linspace(low, high, SECTIONS)

    @cached_property
    def area_unloaded_mm2(self) -> float:
        """Smallest cross-section before loading."""
        return min(section.area for section in self.sections(self._unloaded))

    def sections(self, points: np.ndarray) -> list[Section]:
        """Closed cross-sections for node positions (n, 3), mm; a plane in which the opening is not closed gives none.

        Raises
        ------
        PhysicsError
            When it is closed in none of them.
        """
        local = self._local(points)
        found = [self._section(local, float(offset)) for offset in self._offsets]
        closed = [section for section in found if section is not None]
        if not closed:
            raise PhysicsError(f"{self.name}: no closed cross-section of the tunnel under the ligament was found")
        return closed

    def measures(self, points: np.ndarray) -> dict[str, float]:
        """Size of the opening for node positions (n, 3) in mm.

        Returns
        -------
        dict
            ``area_mm2``: smallest cross-section; ``height_mm``: distance of bone and ligament under the middle of its
            roof, mean over the cross-sections (a smallest or greatest one jumps to another place from mesh to mesh, and
            so does what a load does to it); ``volume_mm3``: mean cross-section times the width of the tunnel.
        """
        return self.measured(self.sections(points))

    def measured(self, sections: Sequence[Section]) -> dict[str, float]:
        """Size of the opening by its closed cross-sections, see :meth:`measures`."""
        areas = [section.area for section in sections]
        return {
            "area_mm2": min(areas),
            "height_mm": float(np.mean([section.height for section in sections])),
            "volume_mm3": float(np.mean(areas)) * self.width_mm,
        }

    def frame(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Middle between the feet, and the axes along the chord, across it and outwards as rows (3, 3)."""
        start, end = (points[nodes].mean(axis=0) for nodes in self._feet)
        along = (end - start) / np.linalg.norm(end - start)
        corners = points[self._outer]
        outward = area_vectors(corners).sum(axis=0)
        outward -= (outward @ along) * along
        outward /= np.linalg.norm(outward)
        return 0.5 * (start + end), np.stack([along, np.cross(outward, along), outward])

    def _local(self, points: np.ndarray) -> np.ndarray:
        origin, axes = self.frame(points)
        return (points - origin) @ axes.T

    def _section(self, local: np.ndarray, offset: float) -> Section | None:
        return largest_opening(local, self._triangles, self._is_ligament, offset)

    def _closed(self, low: float, high: float) -> tuple[float, float]:
        """The part of a range (mm) about the middle of the ligament in which the opening is closed before loading."""
        local, middle = self._local(self._unloaded), 0.5 * (low + high)
        if self._section(local, middle) is None:
            raise PhysicsError(f"{self.name}: the tunnel is not closed under the middle of the ligament")
        ends = []
        for end in (low, high):
            closed = middle
            for offset in np.linspace(middle, end, _TRIED + 1)[1:]:
                if self._section(local, float(offset)) is None:
                    break
                closed = float(offset)
            ends.append(closed)
        return ends[0], ends[1]


@lru_cache(maxsize=4 * 6)
def tunnel_of(mesh: SegmentMesh, level: str, side: str) -> Tunnel:
    """The tunnel under an arch of a mesh: where it is cut is found once for all states of the last few meshes."""
    return Tunnel(mesh, level, side)


def tunnel_summary(mesh: SegmentMesh, level: str, side: str, displacement: np.ndarray) -> dict[str, Any]:
    """Measures of a tunnel in a state with displacements (n, 3) of the nodes of a mesh, beside its unloaded area.

    What cannot be measured is left out, and ``warning`` says why.
    """
    try:
        tunnel = tunnel_of(mesh, level, side)
        sections = tunnel.sections(mesh.points + displacement)
        found = tunnel.measured(sections)
        found["area_unloaded_mm2"] = tunnel.area_unloaded_mm2
        open_planes = SECTIONS - len(sections)
    except PhysicsError as problem:
        return {"warning": str(problem)}
    warnings = []
    if tunnel.closed_ratio < LEAST_CLOSED:
        warnings.append(f"closed over {100 * tunnel.closed_ratio:.0f} % of the middle of the ligament only")
    if open_planes:
        warnings.append(f"not closed under load in {open_planes} of {SECTIONS} planes, which are left out")
    return {**found, **({"warning": "; ".join(warnings)} if warnings else {})}
