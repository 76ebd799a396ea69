"""Local changes to a tetrahedral mesh that keep its regions, interfaces and flat faces: edge collapse, node moves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fem_lumbar.foundation.triangles import area_vectors
from fem_lumbar.meshing.cell_faces import FREE, all_faces
from fem_lumbar.meshing.discretise import HalfMesh
from fem_lumbar.meshing.quality import mean_ratio

_IN_PLANE_MM = 1e-5
_LARGEST_NORMAL_TURN = np.cos(np.radians(25.0))
_NEGLIGIBLE_MM = 0.2
"""Nodes closer than this may be merged whatever happens to the normals of the slivers between them."""
_NEGLIGIBLE_MM2 = 5e-7
"""A triangle with no more area than this has no normal."""
_DIAGONALS = np.array([[a, b, c] for a in (1.0, -1.0) for b in (1.0, -1.0) for c in (1.0, -1.0)]) / np.sqrt(3.0)
_DIRECTIONS = np.vstack([np.eye(3), -np.eye(3), _DIAGONALS])


class MeshEditor:
    """A mesh that can be changed locally.

    Every node knows the surfaces it lies on: the interface between two regions, a flat free face, or the other
    free faces of a region. A node may only be merged into one that lies on all of its own surfaces, and only
    along an edge of each of them.

    Parameters
    ----------
    mesh : HalfMesh
    planes : sequence of (point (3,), normal (3,))
        Planes in which free faces must stay flat.
    """

    def __init__(self, mesh: HalfMesh, planes: Sequence[tuple[np.ndarray, np.ndarray]]):
        self.points = mesh.points.copy()
        self.cells = mesh.cells.copy()
        self.region = mesh.region
        self.region_names = mesh.region_names
        self.planes = list(planes)
        self.alive = np.ones(len(self.cells), dtype=bool)
        self.quality = mean_ratio(self.points, self.cells)
        self.star: list[set[int]] = [set() for _ in self.points]
        for index, cell in enumerate(self.cells):
            for node in cell:
                self.star[node].add(index)
        self._on_plane = np.array([np.abs((self.points - p) @ n) < _IN_PLANE_MM for p, n in self.planes])
        self.surfaces: list[set[tuple]] = [set() for _ in self.points]
        faces = all_faces(self.cells, self.region)
        for nodes, owner, neighbour in zip(faces.nodes, faces.owner, faces.neighbour):
            if owner != neighbour:
                key = self._surface_of(nodes, owner, neighbour)
                for node in nodes:
                    self.surfaces[node].add(key)

    def result(self) -> HalfMesh:
        """The changed mesh, renumbered."""
        cells = self.cells[self.alive]
        used, renumbered = np.unique(cells, return_inverse=True)
        return HalfMesh(self.points[used], renumbered.reshape(-1, 4), self.region[self.alive], self.region_names)

    def collapse(self, gone: int, kept: int, lowest: float) -> bool:
        """Merge node ``gone`` into ``kept``; only when all changed cells end up above ``lowest`` quality."""
        if not self.surfaces[gone] <= self.surfaces[kept]:
            return False
        around_gone, around_kept = self.star[gone], self.star[kept]
        removed = around_gone & around_kept
        changed = np.array(sorted(around_gone - removed), dtype=int)
        if not removed or not self._link_allows(gone, kept, removed):
            return False
        new_cells = np.where(self.cells[changed] == gone, kept, self.cells[changed])
        new_quality = mean_ratio(self.points, new_cells)
        if len(changed) and new_quality.min() <= lowest:
            return False
        self.cells[changed] = new_cells
        self.quality[changed] = new_quality
        for index in removed:
            self.alive[index] = False
            for node in self.cells[index]:
                self.star[node].discard(index)
        self.star[kept] |= set(changed.tolist())
        self.star[gone] = set()
        return True

    def move(self, node: int, steps_mm: Sequence[float]) -> bool:
        """Shift a node to raise the lowest quality around it, along the one surface it may lie on."""
        keys = self.surfaces[node]
        if len(keys) > 1:
            return False
        around = np.array(sorted(self.star[node]), dtype=int)
        start = best_point = self.points[node].copy()
        best = self.quality[around].min()
        directions = _DIRECTIONS
        if keys:
            normal = self._normal(node, around)
            if normal is None:
                return False
            directions = directions - np.outer(directions @ normal, normal)
        for step in steps_mm:
            for direction in directions:
                self.points[node] = best_point + step * direction
                lowest = mean_ratio(self.points, self.cells[around]).min()
                if lowest > best + 1e-3:
                    best, best_point = lowest, self.points[node].copy()
            self.points[node] = best_point
        self.quality[around] = mean_ratio(self.points, self.cells[around])
        return not np.array_equal(best_point, start)

    def neighbours(self, node: int) -> set[int]:
        """Nodes sharing a cell with ``node``."""
        return set(self.cells[sorted(self.star[node])].ravel().tolist()) - {node}

    def _surface_of(self, nodes: np.ndarray, owner: int, neighbour: int) -> tuple:
        if neighbour != FREE:
            return (min(owner, neighbour), max(owner, neighbour))
        flat = np.flatnonzero(self._on_plane[:, nodes].all(axis=1))
        return ("flat", int(flat[0])) if len(flat) else ("free", int(owner))

    def _surface_faces(self, cells: set[int], node: int) -> list[tuple[tuple, np.ndarray]]:
        """Surface faces at ``node``: surface and nodes (3,), oriented."""
        index = np.array(sorted(cells), dtype=int)
        faces = all_faces(self.cells[index], self.region[index])
        at_node = (faces.nodes == node).any(axis=1) & (faces.owner != faces.neighbour)
        return [
            (self._surface_of(n, o, b), n)
            for n, o, b in zip(faces.nodes[at_node], faces.owner[at_node], faces.neighbour[at_node])
        ]

    def _link_allows(self, gone: int, kept: int, removed: set[int]) -> bool:
        """Whether the collapse keeps the topology of volume and surfaces and turns no surface face far."""
        opposite = set(self.cells[sorted(removed)].ravel().tolist()) - {gone, kept}
        if self.neighbours(gone) & self.neighbours(kept) != opposite:
            return False
        if not self.surfaces[gone]:
            return True
        own = self._surface_faces(self.star[gone], gone)
        other = self._surface_faces(self.star[kept], kept)
        shared = [(key, nodes) for key, nodes in own if kept in nodes]
        if {key for key, _ in shared} != self.surfaces[gone]:
            return False
        ring_own = {n for _, nodes in own for n in nodes.tolist()} - {gone}
        ring_other = {n for _, nodes in other for n in nodes.tolist()} - {kept}
        if ring_own & ring_other != {n for _, nodes in shared for n in nodes.tolist()} - {gone, kept}:
            return False
        if np.linalg.norm(self.points[gone] - self.points[kept]) < _NEGLIGIBLE_MM:
            return True
        for _, nodes in own:
            if kept in nodes:
                continue
            before = self._unit_normal(nodes)
            after = self._unit_normal(np.where(nodes == gone, kept, nodes))
            if before is not None and (after is None or before @ after < _LARGEST_NORMAL_TURN):
                return False
        return True

    def _unit_normal(self, nodes: np.ndarray) -> np.ndarray | None:
        normal = area_vectors(self.points[nodes])
        area = np.linalg.norm(normal)
        return normal / area if area > _NEGLIGIBLE_MM2 else None

    def _normal(self, node: int, around: np.ndarray) -> np.ndarray | None:
        """Unit normal of the one surface at ``node``; None where that surface is not nearly flat."""
        faces = self._surface_faces(set(around.tolist()), node)
        found = (self._unit_normal(nodes) for _, nodes in faces)
        normals = [n for n in found if n is not None]
        if not normals:
            return None
        reference = normals[0]
        aligned = np.array([n if n @ reference > 0 else -n for n in normals])
        mean = aligned.mean(axis=0)
        mean /= np.linalg.norm(mean)
        return mean if (aligned @ mean).min() > _LARGEST_NORMAL_TURN else None
