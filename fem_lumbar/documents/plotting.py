"""Three-dimensional drawing: coloured surfaces of a state, and the camera."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pyvista as pv
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, LinearSegmentedColormap, LogNorm, Normalize
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from fem_lumbar.anatomy.part_name import PartName
from fem_lumbar.documents.style import BONE_SCALE, BOTH_WAYS_SCALE, PULL_SCALE, SOFT_SCALE
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.runs.run import Fields
from fem_lumbar.runs.surface import Surface

FEATURE_ANGLE_DEG = 45.0
ColourMap = Literal["YlOrRd", "viridis"] | Colormap
AXES_NOTE = "axes: x anterior, y left, z cranial"


SOFT_COLOURS = LinearSegmentedColormap.from_list("soft tissue", SOFT_SCALE)
BONE_COLOURS = LinearSegmentedColormap.from_list("bone", BONE_SCALE)
BOTH_WAYS_COLOURS = LinearSegmentedColormap.from_list("both ways", BOTH_WAYS_SCALE)
PULL_COLOURS = LinearSegmentedColormap.from_list("pull", PULL_SCALE)


@dataclass(frozen=True)
class ColourScale:
    """Colours of one quantity, shared by all panels that show it.

    Attributes
    ----------
    title : str
        Quantity and unit.
    colours : str or Colormap
        The colour map or its name.
    low, high : float
        Ends of the scale, in the unit of the title.
    log : bool
        Logarithmic scale.
    scope : str
        Load cases covered by the scale.
    exact : bool
        Whether all drawn values are within the ends.
    """

    title: str
    colours: ColourMap
    low: float
    high: float
    log: bool = False
    scope: str = ""
    exact: bool = False

    def add(self, plotter: pv.Plotter, mesh: pv.DataSet, closed: bool = False) -> None:
        """Add a mesh coloured by its scalars named like the title; back faces of a closed one are not drawn."""
        plotter.add_mesh(
            mesh,
            scalars=self.title,
            clim=(self.low, self.high),
            cmap=self.colours,
            log_scale=self.log,
            smooth_shading=True,
            show_scalar_bar=False,
            ambient=0.3,
            specular=0.05,
            culling="back" if closed else None,
        )

    def ticks(self) -> list[float] | None:
        """Labels of a logarithmic scale: its ends and the powers of ten at some distance from them; None for others."""
        if not self.log:
            return None
        powers = 10.0 ** np.arange(np.ceil(np.log10(1.5 * self.low)), np.log10(self.high / 1.5))
        return [self.low, *powers.tolist(), self.high]

    def mappable(self) -> ScalarMappable:
        """The same colours for a Matplotlib colour bar."""
        norm = LogNorm(self.low, self.high) if self.log else Normalize(self.low, self.high)
        return ScalarMappable(norm, self.colours)


_ROW = "row"
"""Name of the array with the index of the drawn node, needed since nodes are split at sharp edges."""


def surface_polydata(
    fields: Fields,
    keep: np.ndarray | None = None,
    scalars: dict[str, np.ndarray] | None = None,
    reference: bool = False,
    point_scalars: dict[str, np.ndarray] | None = None,
) -> pv.PolyData:
    """Free surface of the kept tetrahedra, deformed (or before loading), with shading normals.

    Parameters
    ----------
    fields : Fields
        Geometry of one load case, mm.
    keep : (m,) bool, optional
        Tetrahedra to show.
    scalars : dict of (m,) arrays, optional
        Cell values, averaged at the nodes within each region.
    reference : bool
        Geometry before loading.
    point_scalars : dict of (n,) arrays, optional
        Nodal values.
    """
    return DrawnSurface.of(fields, keep).polydata(fields, scalars, reference, point_scalars)


@dataclass(frozen=True)
class DrawnSurface:
    """Free surface of some tetrahedra and averaging of cell values on it, the same for all states of a mesh."""

    surface: Surface
    averages: csr_array

    @classmethod
    def of(cls, fields: Fields, keep: np.ndarray | None = None) -> DrawnSurface:
        """The surface of the kept tetrahedra, (m,) bool, from any state of a mesh."""
        region = fields.cell_data["region"].astype(int)
        surface = Surface.of(fields.cell_nodes, region, keep)
        return cls(surface, surface.averages(fields.cell_nodes, region))

    def polydata(
        self,
        fields: Fields,
        scalars: dict[str, np.ndarray] | None = None,
        reference: bool = False,
        point_scalars: dict[str, np.ndarray] | None = None,
    ) -> pv.PolyData:
        """The surface in one state, see :func:`surface_polydata`."""
        return self.coloured(self.shaded(fields.reference if reference else fields.points), scalars, point_scalars)

    def shaded(self, points: np.ndarray) -> pv.PolyData:
        """The surface with nodes at points (n, 3), mm, and shading normals: common to all fields of one state."""
        polydata = triangle_polydata(points[self.surface.nodes], self.surface.triangles)
        polydata.point_data[_ROW] = np.arange(len(self.surface.nodes))
        return with_normals(polydata)

    def nodes_of(self, drawn: pv.PolyData) -> np.ndarray:
        """Node of the mesh (k,) at each point of a surface from :meth:`shaded` or :meth:`coloured`."""
        return self.surface.nodes[drawn.point_data[_ROW]]

    def coloured(
        self,
        shaded: pv.PolyData,
        scalars: dict[str, np.ndarray] | None = None,
        point_scalars: dict[str, np.ndarray] | None = None,
    ) -> pv.PolyData:
        """A copy of a surface from :meth:`shaded`, with cell and nodal values."""
        polydata = shaded.copy(deep=False)
        rows = polydata.point_data[_ROW]
        for name, values in (scalars or {}).items():
            polydata.point_data[name] = (self.averages @ np.asarray(values, dtype=float))[rows]
        for name, values in (point_scalars or {}).items():
            polydata.point_data[name] = values[self.surface.nodes][rows]
        return polydata


def moved_by(fields: Fields, scale: float) -> Fields:
    """The fields with the displacement multiplied by a factor."""
    if scale == 1.0:
        return fields
    return replace(fields, points=fields.reference + scale * (fields.points - fields.reference))


def triangle_polydata(points: np.ndarray, triangles: np.ndarray) -> pv.PolyData:
    """Triangles (k, 3) on points (n, 3), mm, as PolyData."""
    return pv.PolyData.from_regular_faces(np.asarray(points, dtype=float), np.asarray(triangles))


def with_normals(polydata: pv.PolyData) -> pv.PolyData:
    """The surface with smooth shading and sharp edges."""
    return polydata.compute_normals(
        cell_normals=False, split_vertices=True, feature_angle=FEATURE_ANGLE_DEG, consistent_normals=False
    )


def look(plotter: pv.Plotter, direction: ArrayLike, centre: ArrayLike, half_height_mm: float) -> None:
    """Point the camera of a plotter at a centre, in parallel projection.

    Parameters
    ----------
    plotter : Plotter
    direction : (3,) float
        From the model towards the camera.
    centre : (3,) float
        Centre of the view, mm.
    half_height_mm : float
        Half of the visible height.
    """
    target = np.asarray(centre, dtype=float)
    eye = target + 400.0 * (np.asarray(direction, dtype=float) / np.linalg.norm(direction))
    plotter.camera_position = [tuple(eye), tuple(target), (0.0, 0.0, 1.0)]
    plotter.renderer.enable_parallel_projection()
    plotter.camera.parallel_scale = half_height_mm
    plotter.reset_camera_clipping_range()


def add_regions(plotter: pv.Plotter, mesh: SegmentMesh, regions: list[str], colour: str) -> None:
    """Add the outer surfaces of the given regions that exist in the mesh."""
    there = [PartName(name) for name in regions if name in mesh.region_names]
    if there:
        own = np.zeros(len(mesh.cells), dtype=bool)
        own[mesh.region_cells(*there)] = True
        surface = Surface.of(mesh.cells, np.where(own, 0, 1), own)
        polydata = triangle_polydata(mesh.points[surface.nodes], surface.triangles)
        plotter.add_mesh(
            polydata, color=colour, smooth_shading=False, ambient=0.2, show_edges=True, edge_color="#8C8C8C"
        )
