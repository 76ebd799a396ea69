"""Visible part of a segment in the viewer: hidden parts, and a plane that cuts or slices it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

import numpy as np
import pyvista as pv

from fem_lumbar.anatomy.part_name import PartName
from fem_lumbar.documents.plotting import triangle_polydata
from fem_lumbar.documents.scene_parts import part_of
from fem_lumbar.runs.run import Fields

CUTS = {
    "": None,
    "right half": (1, -1),
    "left half": (1, 1),
    "back": (0, -1),
    "front": (0, 1),
    "lower part": (2, -1),
    "upper part": (2, 1),
    "sagittal slice": (1, 0),
    "frontal slice": (0, 0),
    "transverse slice": (2, 0),
}
"""Cuts: axis of the plane, and the side that is kept; 0 for a slice."""
_HEIGHT = "height above the plane"
_BESIDE_MM = 5e-4
"""Outward offset of the plane: a cut through nodes, as at the centre, would have jagged edges."""


@dataclass(frozen=True)
class Left:
    """The visible part of a segment.

    The plane is defined in the undeformed segment and deforms with it, so that it cuts the same tissue in all load
    cases.

    Attributes
    ----------
    cut : str
        One of ``CUTS``.
    at_mm : float
        Position of the plane along its axis, mm from the centre of the segment.
    hidden : frozenset of str
        Hidden parts, see :func:`fem_lumbar.documents.scene_parts.part_of`.
    """

    cut: str = ""
    at_mm: float = 0.0
    hidden: frozenset[str] = frozenset()

    @property
    def is_slice(self) -> bool:
        """Whether only the slice is visible."""
        return "slice" in self.cut

    @property
    def words(self) -> str:
        """Description of cut and hidden parts in one line; empty if everything is shown."""
        plane = f"{self.cut}, plane {self.at_mm:+.3g} mm from the middle" if self.cut else ""
        hidden = f"hidden: {', '.join(sorted(self.hidden))}" if self.hidden else ""
        return "; ".join(filter(None, (plane, hidden)))

    def shown_cells(self, names: tuple[PartName, ...], fields: Fields) -> np.ndarray:
        """Mask (m,) of the tetrahedra of visible parts; region tags are indices into ``names``."""
        shown = np.array([part_of(name) not in self.hidden for name in names])
        return shown[fields.cell_data["region"].astype(int)]

    def heights(self, fields: Fields) -> np.ndarray:
        """Distance (n,) of each node from the plane on the removed side, mm, undeformed."""
        axis, side = CUTS[self.cut] or (0, 0)
        along = fields.reference[:, axis]
        middle = 0.0 if axis == 1 else float(along.min() + along.max()) / 2
        return (-side or 1) * (along - middle - self.at_mm) - _BESIDE_MM

    def cells_at_plane(self, fields: Fields) -> np.ndarray:
        """Mask (m,) of the tetrahedra kept by the plane; for a slice those that it intersects."""
        if not self.cut:
            return np.ones(len(fields.cells), dtype=bool)
        heights = self.heights(fields)[fields.cells]
        if self.is_slice:
            return (heights.min(axis=1) <= 0.0) & (heights.max(axis=1) >= 0.0)
        return heights.mean(axis=1) <= 0.0


WHOLE = Left()
"""The whole segment."""


def clipped(surface: pv.PolyData, heights: np.ndarray) -> pv.PolyData:
    """The part of a surface below the plane, from heights (p,) of its points above it, mm."""
    surface.point_data[_HEIGHT] = heights
    left = surface.clip_scalar(scalars=_HEIGHT, invert=True, value=0.0)
    left.point_data.remove(_HEIGHT)
    return left


@dataclass(frozen=True, eq=False)
class Section:
    """Intersection of a plane with tetrahedra: triangles whose corners lie on edges of cells.

    Values are interpolated linearly along edges.

    Attributes
    ----------
    cells : (m, 4) int
        Corners of the tetrahedra, positively oriented.
    region : (m,) int
        Region tag of each cell: values are averaged at the corners within a region.
    heights : (n,) float
        Heights of the nodes above the plane, mm.
    """

    cells: np.ndarray
    region: np.ndarray
    heights: np.ndarray
    _meets: tuple[np.ndarray, np.ndarray] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_meets", _edges_met(self.heights[self.cells] > 0.0))

    @cached_property
    def _ends(self) -> np.ndarray:
        """Indices (k, 3, 2) in ``cells.ravel()`` of both ends of the edge at each corner of the triangles."""
        cell, ends = self._meets
        return 4 * cell[:, None, None] + ends

    @cached_property
    def _share(self) -> np.ndarray:
        """Relative position (k, 3) of each corner along its edge."""
        first, second = np.moveaxis(self.heights[self.cells.ravel()[self._ends]], -1, 0)
        return first / (first - second)

    @cached_property
    def _rows(self) -> tuple[np.ndarray, np.ndarray]:
        """Index of the (region, node) pair at each corner of each cell (4 m,), and number of cells that share it."""
        keys = (self.region[:, None] * len(self.heights) + self.cells).ravel()
        _, rows = np.unique(keys, return_inverse=True)
        return rows, np.bincount(rows)

    def _between(self, of_corners: np.ndarray) -> np.ndarray:
        """Values at the corners of the triangles (3 k, …) from those at the corners of cells (4 m, …)."""
        share = self._share.reshape(*self._share.shape, *(1,) * (of_corners.ndim - 1))
        first, second = np.moveaxis(of_corners[self._ends], 2, 0)
        found = (1.0 - share) * first + share * second
        return found.reshape(-1, *of_corners.shape[1:])

    def polydata(self, points: np.ndarray) -> pv.PolyData:
        """The section with nodes at points (n, 3), mm; empty if the plane intersects nothing."""
        places = self._between(points[self.cells.ravel()])
        if not len(places):
            return pv.PolyData()
        made = triangle_polydata(places, np.arange(len(places)).reshape(-1, 3))
        first, second, third = np.moveaxis(places.reshape(-1, 3, 3), 1, 0)
        normals = np.cross(second - first, third - first)
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)  # zero if degenerate
        made.point_data["Normals"] = np.repeat(normals, 3, axis=0)
        return made

    def of_nodes(self, values: np.ndarray) -> np.ndarray:
        """Values at the points of the section from nodal values (n,)."""
        return self._between(values[self.cells.ravel()])

    def of_cells(self, values: np.ndarray) -> np.ndarray:
        """Values at the points of the section from cell values (m,)."""
        rows, count = self._rows
        average = np.bincount(rows, np.repeat(np.asarray(values, dtype=float), 4)) / count
        return self._between(average[rows])


def _edges_met(above: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Triangles in which a plane intersects tetrahedra.

    Parameters
    ----------
    above : (m, 4) bool
        Whether each corner lies above the plane.

    Returns
    -------
    cell : (k,) int
        Tetrahedron of each triangle.
    ends : (k, 3, 2) int
        Ends of the cell edge at each corner of each triangle. Seen from above, triangles of positively oriented
        tetrahedra are counter-clockwise.
    """
    order, count = np.argsort(above, axis=1, kind="stable"), above.sum(axis=1)
    swapped = [order[:, first] > order[:, second] for first, second in combinations(range(4), 2)]
    odd = np.sum(swapped, axis=0) % 2 == 1
    found_cells, found_ends = [], []
    # Corners by rank: one above (the last), one below (the first), or two of each, which give two triangles.
    for number, triangle in (
        (1, ((3, 0), (3, 1), (3, 2))),
        (3, ((0, 1), (0, 2), (0, 3))),
        (2, ((0, 2), (0, 3), (1, 3))),
        (2, ((0, 2), (1, 3), (1, 2))),
    ):
        cell = np.flatnonzero(count == number)
        found_cells.append(cell)
        met = order[cell][:, np.array(triangle)]
        found_ends.append(np.where(odd[cell][:, None, None], met[:, ::-1], met))
    return np.concatenate(found_cells), np.concatenate(found_ends)
