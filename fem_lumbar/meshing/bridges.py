"""Solid bridges of ossified longitudinal ligaments, added to the mesh over a disc and its two bodies.

Prisms are extruded from the faces of bodies and disc under a bridge, all in the same direction, and split into
tetrahedra. No existing node moves, so that a healthy segment and a bridged one differ only in the bridge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from fem_lumbar.anatomy.part_name import PartName
from fem_lumbar.anatomy.spine import joint_levels
from fem_lumbar.foundation.errors import AnatomyError
from fem_lumbar.foundation.tetrahedra import mean_ratio
from fem_lumbar.foundation.triangles import area_vectors, unit_normals
from fem_lumbar.meshing.cell_faces import pieces
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.meshing.quality import LOWEST_QUALITY, count_unknowns
from fem_lumbar.scenario.ossification import Bridge

BRIDGE, ON_BODY = "bridge", "bridge_on_body"
"""Part name of a bridge in region names; cell data of what its cells lie on: 1 upper body, -1 lower one, 0 disc."""
_FACING = {"ALL": 1.0, "PLL": -1.0}
"""Direction from the disc: 1 anterior, -1 posterior."""
_LAYER_MM, _MOST_LAYERS = 3.0, 3
"""Thickness of a layer of cells, and largest number of layers: all of them end at the thin border."""
_AT_ITS_BORDER, _LEAST_MM = 0.15, (0.7, 1.0, 1.3)
"""Least thickness along its edges and at the ends of its feet: as a fraction of that over the middle of the disc, and
in mm, the first value that leaves no flat cell. Faces of the disc are up to 10 mm long in some people."""
_LEAST_FACING = 0.25
"""Least component of the normal of a face under a bridge along the direction of extrusion: others are too steep."""
_PRISM = np.array([[0, 1, 2, 5], [0, 1, 4, 5], [0, 3, 4, 5]])
"""Tetrahedra of a prism with corners 0 1 2 below 3 4 5: diagonals of its walls rise from the corner of lower rank."""


def bridge_region(joint: str, ligament: str) -> PartName:
    """Region name of a bridge."""
    return PartName.of(joint, BRIDGE, ligament)


def with_bridges(mesh: SegmentMesh, bridges: Sequence[Bridge], linear_bone: bool) -> SegmentMesh:
    """The mesh with a solid region for each bridge.

    Parameters
    ----------
    mesh : SegmentMesh
        A whole segment.
    bridges : sequence of Bridge
        Measures and positions.
    linear_bone : bool
        As for :func:`~fem_lumbar.meshing.quality.count_unknowns`.

    Raises
    ------
    AnatomyError
        When cells of a bridge would be flat or inverted, or no face of the disc lies under a bridge.
    """
    for bridge in bridges:
        mesh = _with_bridge(mesh, bridge)
    return replace(mesh, meta={**mesh.meta, **count_unknowns(mesh, linear_bone)}) if bridges else mesh


@dataclass(frozen=True)
class _Place:
    """Axes of a bridge: centre of the disc (3,), mm, and unit vectors along the spine, across and outward."""

    centre: np.ndarray
    along: np.ndarray
    across: np.ndarray
    outward: np.ndarray

    @classmethod
    def of(cls, mesh: SegmentMesh, bridge: Bridge) -> _Place:
        upper, lower = joint_levels(bridge.joint)
        plates = [mesh.surfaces[f"{upper}.endplate.inferior"], mesh.surfaces[f"{lower}.endplate.superior"]]
        normals = [sign * area_vectors(mesh.points[plate]).sum(axis=0) for plate, sign in zip(plates, (-1.0, 1.0))]
        along = sum(normal / np.linalg.norm(normal) for normal in normals)
        centre = np.mean([mesh.points[np.unique(plate)].mean(axis=0) for plate in plates], axis=0)
        if mesh.has_symmetric_nodes:  # round-off must not make a bridge in the midline lean to a side
            along[1] = centre[1] = 0.0
        along /= np.linalg.norm(along)
        left = np.cross(along, [1.0, 0.0, 0.0])
        left /= np.linalg.norm(left)
        forward = np.cross(left, along)
        turn = np.radians(bridge.azimuth_deg)
        outward = _FACING[bridge.ligament] * np.cos(turn) * forward + np.sin(turn) * left
        return cls(centre, along, np.cross(along, outward), outward)

    def height(self, points: np.ndarray) -> np.ndarray:
        """Cranial coordinate (n,) from the centre of the disc, mm."""
        return (points - self.centre) @ self.along

    def aside(self, points: np.ndarray) -> np.ndarray:
        """Coordinate (n,) across, from the middle of the bridge, mm."""
        return (points - self.centre) @ self.across


def _with_bridge(mesh: SegmentMesh, bridge: Bridge) -> SegmentMesh:
    place = _Place.of(mesh, bridge)
    under, on_body, wall = _faces_under(mesh, bridge, place)
    feet, triangles = np.unique(under, return_inverse=True)
    triangles = triangles.reshape(-1, 3)
    layers = min(int(np.ceil(bridge.thickness_mm / _LAYER_MM)), _MOST_LAYERS)
    steps = np.arange(1, layers + 1) / layers
    columns = np.vstack([feet, len(mesh.points) + np.arange(layers * len(feet)).reshape(layers, -1)])
    region = bridge_region(bridge.joint, bridge.ligament)
    for least_mm in _LEAST_MM:
        thickness = bridge.thickness_mm * _profile(place, bridge, mesh.points[feet], wall, least_mm)
        above = mesh.points[feet] + steps[:, None, None] * thickness[:, None] * place.outward
        points = np.vstack([mesh.points, above.reshape(-1, 3)])
        cells = _tetrahedra(points, columns, triangles)
        if mean_ratio(points, cells).min() >= LOWEST_QUALITY:
            break
    else:
        raise AnatomyError(f"{region}: cells of the bridge would be flat; make it thicker or narrower, or finer cells")
    on_body = np.tile(np.repeat(on_body, len(_PRISM)), layers)
    return _extended(mesh, points, cells, region, _mirror(mesh, columns), on_body)


def _faces_under(
    mesh: SegmentMesh, bridge: Bridge, place: _Place
) -> tuple[np.ndarray, np.ndarray, tuple[float, float]]:
    """Triangles (k, 3) under a bridge, on what they lie (k,) as in ``ON_BODY``, and heights of the disc's rims, mm."""
    upper, lower = joint_levels(bridge.joint)
    disc = mesh.surfaces[f"{bridge.joint}.annulus.outer"]
    bodies = np.vstack([mesh.surfaces[f"{level}.cortex"] for level in (upper, lower)])

    def near(triangles: np.ndarray) -> np.ndarray:
        centres = mesh.points[triangles].mean(axis=1)
        facing = unit_normals(mesh.points[triangles]) @ place.outward > _LEAST_FACING
        on_its_side = (centres - place.centre) @ place.outward > 0.0
        return triangles[(np.abs(place.aside(centres)) <= bridge.width_mm / 2.0) & facing & on_its_side]

    over_disc = near(disc)
    if not len(over_disc):
        raise AnatomyError(f"{bridge.joint}: no face of the disc lies under a bridge {bridge.width_mm:g} mm wide")
    heights = place.height(mesh.points[np.unique(over_disc)])
    wall = float(heights.min()), float(heights.max())
    over_bodies = near(bodies)
    reach = place.height(mesh.points[over_bodies].mean(axis=1))
    held = (reach > wall[0] - bridge.foot_mm) & (reach < wall[1] + bridge.foot_mm)
    on_body = np.concatenate([np.zeros(len(over_disc)), np.sign(reach[held])])
    under = np.vstack([over_disc, over_bodies[held]])
    joined = _joined_to(under, len(over_disc))
    return under[joined], on_body[joined], wall


def _joined_to(triangles: np.ndarray, count: int) -> np.ndarray:
    """Mask (k,) of triangles (k, 3) connected by edges to the first ``count``; others share at most nodes with them."""
    piece = pieces(triangles[:, [[0, 1], [1, 2], [2, 0]]])
    return np.isin(piece, piece[:count])


def _profile(
    place: _Place, bridge: Bridge, points: np.ndarray, wall: tuple[float, float], least_mm: float
) -> np.ndarray:
    """Thickness (n,) at points (n, 3), relative to that over the middle of the disc; thinner at edges and ends."""
    edge = np.minimum(np.abs(place.aside(points)) / (bridge.width_mm / 2.0), 1.0)
    height = place.height(points)
    beyond = np.maximum(np.maximum(wall[0] - height, height - wall[1]), 0.0)
    end = np.minimum(beyond / bridge.foot_mm, 1.0)
    border = min(max(_AT_ITS_BORDER, least_mm / bridge.thickness_mm), 1.0)
    return 1.0 - (1.0 - border) * np.minimum(np.hypot(edge**2, end), 1.0)


def _tetrahedra(points: np.ndarray, columns: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Cells (k, 4) of the prisms over triangles of columns (layers + 1, n) of nodes, mirror-symmetric."""
    x, y, z = points[columns[0]].T
    rank = np.argsort(np.lexsort((np.abs(y), x, z)))
    ordered = np.take_along_axis(triangles, np.argsort(rank[triangles], axis=1), axis=1)
    prisms = [np.hstack([low[ordered], high[ordered]]) for low, high in pairwise(columns)]
    cells = np.vstack(prisms)[:, _PRISM].reshape(-1, 4)
    corners = points[cells]
    turned = np.linalg.det(corners[:, 1:] - corners[:, :1]) < 0.0
    cells[turned] = cells[turned][:, [0, 2, 1, 3]]
    return cells


def _mirror(mesh: SegmentMesh, columns: np.ndarray) -> np.ndarray:
    """Node permutation of the reflection, empty when the bridge is not symmetric."""
    feet = columns[0]
    if not len(mesh.mirror) or set(mesh.mirror[feet]) != set(feet):
        return np.empty(0, dtype=int)
    order = np.argsort(feet)
    partner = order[np.searchsorted(feet[order], mesh.mirror[feet])]
    return np.concatenate([mesh.mirror, columns[1:][:, partner].ravel()])


def _extended(
    mesh: SegmentMesh, points: np.ndarray, cells: np.ndarray, region: PartName, mirror: np.ndarray, on_body: np.ndarray
) -> SegmentMesh:
    """The mesh with all points (n, 3), mm, and cells (k, 4) of a new region, with their ``ON_BODY`` data (k,)."""
    known = mesh.cell_data.get(ON_BODY, np.full(len(mesh.cells), np.nan))

    def unknown(data: np.ndarray) -> np.ndarray:
        return np.concatenate([data, np.full((len(cells), *data.shape[1:]), np.nan)])

    return replace(
        mesh,
        points=points,
        cells=np.vstack([mesh.cells, cells]),
        region=np.concatenate([mesh.region, np.full(len(cells), len(mesh.region_names))]),
        region_names=(*mesh.region_names, region),
        cell_data={
            **{name: unknown(data) for name, data in mesh.cell_data.items()},
            ON_BODY: np.concatenate([known, on_body]),
        },
        mirror=mirror,
    )
