"""Geometry of a mesh in a page: closed surfaces of its parts, cells for cuts, and values at drawn points."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from fem_lumbar.anatomy.part_name import PartName
from fem_lumbar.documents.scene_parts import part_of, parts_of
from fem_lumbar.mechanics.space import TET_EDGES
from fem_lumbar.runs.run import Fields
from fem_lumbar.runs.surface import Faces

_SAME_PLACE_MM = 1e-3
"""Distance below which a node is the mirror image of another."""
_FEWEST_KNOWN = 8
"""Smallest number of nodes of a region to determine an affine motion."""


@dataclass(frozen=True, eq=False)
class DrawnBody:
    """Drawn points of a mesh; nodes are shared within a region but not across regions.

    Attributes
    ----------
    fields : Fields
        Geometry of one load case: undeformed positions, mm, and cells.
    names : tuple of PartName
        Regions by tag.
    """

    fields: Fields
    names: tuple[PartName, ...]

    @cached_property
    def region(self) -> np.ndarray:
        """Region tag (m,) of each tetrahedron."""
        return self.fields.cell_data["region"].astype(np.int64)

    @cached_property
    def parts(self) -> list[str]:
        """Parts, vertebrae first, in the order of the regions."""
        return parts_of([self.names[tag] for tag in np.unique(self.region)])

    @cached_property
    def part_of_region(self) -> np.ndarray:
        """Index in ``parts`` of each region; -1 for regions without cells."""
        found = [part_of(name) for name in self.names]
        return np.array([self.parts.index(part) if part in self.parts else -1 for part in found])

    @cached_property
    def _faces(self) -> Faces:
        """Boundary faces of the parts: outer faces once, interfaces between two parts from both sides."""
        faces = Faces.of(self.fields.cell_nodes, self.region)
        part = np.append(self.part_of_region, -1)
        return faces.where(part[faces.region] != part[faces.neighbour])

    @cached_property
    def _keys(self) -> np.ndarray:
        """Integer key of region and node of each drawn point (p,): corners of cells, and mid-edge nodes of faces."""
        corners = (self.region[:, None] * self._size + self.fields.cells).ravel()
        drawn = (self._faces.region[:, None, None] * self._size + self._faces.parts).ravel()
        return np.unique(np.concatenate([corners, drawn]))

    @property
    def _size(self) -> int:
        return len(self.fields.points)

    @cached_property
    def nodes(self) -> np.ndarray:
        """Node (p,) of the mesh at each drawn point."""
        return self._keys % self._size

    @cached_property
    def point_region(self) -> np.ndarray:
        """Region tag (p,) of each drawn point."""
        return self._keys // self._size

    @cached_property
    def triangles(self) -> np.ndarray:
        """Drawn points (k, 3) of the flat triangles of faces, with outward normals."""
        key = self._faces.region[:, None, None] * self._size + self._faces.parts
        return np.searchsorted(self._keys, key).reshape(-1, 3)

    @cached_property
    def triangle_parts(self) -> np.ndarray:
        """Part of each triangle, and part on its other side (k, 2); -1 outside."""
        part = np.append(self.part_of_region, -1)
        both = np.column_stack([part[self._faces.region], part[self._faces.neighbour]])
        return np.repeat(both, self._faces.parts.shape[1], axis=0)

    @cached_property
    def cells(self) -> np.ndarray:
        """Drawn points (m, 4) of the corners of each tetrahedron."""
        return np.searchsorted(self._keys, self.region[:, None] * self._size + self.fields.cells)

    @cached_property
    def surface_points(self) -> np.ndarray:
        """Drawn points on outer faces, (q,)."""
        return np.unique(self.triangles[self.triangle_parts[:, 1] < 0])

    @cached_property
    def _averages(self) -> sparse.csr_matrix:
        """Matrix (p, m) that averages over the cells of the same region around each drawn point."""
        key = (self.region[:, None] * self._size + self.fields.cell_nodes).ravel()
        place = np.searchsorted(self._keys, key).clip(max=len(self._keys) - 1)
        hit = self._keys[place] == key
        cell = np.repeat(np.arange(len(self.region)), self.fields.cell_nodes.shape[1])
        shape = (len(self._keys), len(self.region))
        matrix = sparse.csr_matrix((np.ones(hit.sum()), (place[hit], cell[hit])), shape)
        return sparse.diags(1.0 / np.maximum(matrix.sum(axis=1).A1, 1.0)) @ matrix

    def of_cells(self, values: np.ndarray) -> np.ndarray:
        """Cell values (m,) averaged within each region at the drawn points (p,)."""
        return self._averages @ np.asarray(values, dtype=float)

    def mirror(self) -> np.ndarray | None:
        """Index (p,) of the mirror image in y = 0 of each drawn point; None if the mesh is not symmetric."""
        if any(name.mirrored not in self.names for name in self.names):
            return None
        other = np.array([self.names.index(name.mirrored) for name in self.names])
        place = self.fields.reference[self.nodes]
        found = np.full(len(self.nodes), -1)
        for tag in np.unique(self.point_region):
            mine = np.flatnonzero(self.point_region == tag)
            theirs = np.flatnonzero(self.point_region == other[tag])
            if len(theirs) != len(mine):
                return None
            distance, nearest = cKDTree(place[theirs]).query(place[mine] * (1.0, -1.0, 1.0))
            if distance.max() > _SAME_PLACE_MM:
                return None
            found[mine] = theirs[nearest]
        return found

    def spread(self, nodes: np.ndarray, moved: np.ndarray, full: np.ndarray) -> np.ndarray:
        """Extend the displacement of the corner nodes of the outer surface to all drawn points (p, 3), mm.

        Mid-edge nodes get the mean of the corners; interior nodes an affine motion of their region.

        Parameters
        ----------
        nodes : (k,) int
            Nodes with known displacement.
        moved : (k, 3) float
            Their displacement, mm.
        full : (n, 3) float
            Displacement of all nodes at full load, mm, for regions with too few known nodes.
        """
        displacement = np.full((self._size, 3), np.nan)
        displacement[nodes] = moved
        if self.fields.cell_nodes.shape[1] == 10:
            ends = self.fields.cell_nodes[:, np.asarray(TET_EDGES)]
            displacement[self.fields.cell_nodes[:, 4:]] = displacement[ends].mean(axis=2)
        place, result = self.fields.reference[self.nodes], displacement[self.nodes]
        for tag in np.unique(self.point_region):
            mine = self.point_region == tag
            known = mine & np.isfinite(result).all(axis=1)
            gaps = mine & ~known
            if known.sum() >= _FEWEST_KNOWN:
                ones = [np.column_stack([place[which], np.ones(which.sum())]) for which in (known, gaps)]
                result[gaps] = ones[1] @ np.linalg.lstsq(ones[0], result[known], rcond=None)[0]
            else:
                share = np.linalg.norm(moved, axis=1).max(initial=0.0)
                whole = np.linalg.norm(full[nodes], axis=1).max(initial=0.0)
                result[gaps] = full[self.nodes[gaps]] * (share / whole if whole else 0.0)
        return result
