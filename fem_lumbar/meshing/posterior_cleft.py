"""Clefts of the neural arch in the mesh: a layer of posterior cells that is no longer bone.

No node moves: a vertebra with a cleft and a healthy one have the same cells, and differ in the tissue of that layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import NamedTuple

import numpy as np

from fem_lumbar.anatomy.part_name import PartName, named
from fem_lumbar.anatomy.posterior_cleft import BOTH, MIDLINE, Cleft, cleft_value
from fem_lumbar.foundation.conventions import SIDE_SIGN
from fem_lumbar.foundation.errors import AnatomyError
from fem_lumbar.foundation.tetrahedra import signed_volumes
from fem_lumbar.meshing.cell_faces import all_faces, pieces
from fem_lumbar.meshing.mesh import Patch, SegmentMesh
from fem_lumbar.meshing.quality import count_unknowns

CLEFT = "cleft"
"""Part name of a cleft in region names."""
ENDS = ("upper", "lower")
"""Faces of a cleft: on the side of the pedicle and on that of the arch; in the midline the left and the right one."""
_ON_IT_MM = 1e-6
"""Tolerance for nodes on the mid-plane, such as those of a symmetric mesh."""
_LEAST_PIECE = 0.03
"""Least volume fraction of the posterior bone that is a piece of its own; smaller ones become part of the cleft."""
_LOWER_MM, _STEEPER_DEG = (0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0), (0.0, -10.0, 10.0)
"""Caudal shifts and tilts of the plane of a pars that are tried; 0 may meet a facet or a foot of the MAL."""
_REACH_MM = 1.5
"""An attachment wholly in the gap moves to the bone nodes that are up to this much farther than the nearest."""


@dataclass(frozen=True)
class Plane:
    """Mid-plane of a cleft: a point (3,) in mm and the unit normal (3,), from its upper face to its lower one."""

    point: np.ndarray
    normal: np.ndarray

    def height(self, points: np.ndarray) -> np.ndarray:
        """Signed distance (...,) of points (..., 3), mm, positive on the side of the lower face."""
        return (points - self.point) @ self.normal


class Gap(NamedTuple):
    """One gap: its place, its mid-plane and its cells (k,)."""

    place: str
    plane: Plane
    cells: np.ndarray


def cleft_region(level: str, place: str) -> PartName:
    """Region name of the layer of a cleft: in the ``midline``, or in the pars of a side."""
    return PartName.of(level, CLEFT, place)


def midline_plane(mesh: SegmentMesh, level: str) -> Plane:
    """The mid-sagittal plane of a vertebra, with its normal to the right."""
    frame = mesh.frames[level]
    return Plane(frame[:3, 3], -frame[:3, 1])


def pars_planes(mesh: SegmentMesh, level: str, side: str) -> Iterator[Plane]:
    """Planes across the pars of a side, normals from pedicle to arch: the default first, then shifted and tilted."""
    axes, medial = mesh.frames[level][:3, :3], -SIDE_SIGN[side]
    for lower, steeper in sorted(product(_LOWER_MM, _STEEPER_DEG), key=lambda step: abs(step[0]) + abs(step[1]) / 10.0):
        tilt = np.radians(cleft_value("tilt_deg") + steeper)
        way = np.array([0.0, medial * cleft_value("medial_mm"), -cleft_value("caudal_mm") - lower])
        normal = np.array([0.0, medial * np.sin(tilt), -np.cos(tilt)])
        yield Plane(mesh.landmarks[f"{level}.accessory_tip.{side}"] + axes @ way, axes @ normal)


def with_clefts(mesh: SegmentMesh, clefts: Sequence[Cleft], linear_bone: bool) -> SegmentMesh:
    """The mesh in which a region for each gap of each cleft replaces bone.

    Parameters
    ----------
    mesh : SegmentMesh
        A whole segment.
    clefts : sequence of Cleft
    linear_bone : bool
        As for :func:`~fem_lumbar.meshing.quality.count_unknowns`.

    Raises
    ------
    AnatomyError
        When a gap would not separate the arch, or would take the bone under a facet or under a foot of a MAL.
    """
    for one in clefts:
        mesh = _with_cleft(mesh, one)
    return replace(mesh, meta={**mesh.meta, **count_unknowns(mesh, linear_bone)}) if clefts else mesh


def bone_pieces(mesh: SegmentMesh, level: str) -> list[np.ndarray]:
    """Cells (k,) of each connected piece of the bone of a vertebra: that with its body first, then a loose arch."""
    names = [name for name in (f"{level}.cancellous", f"{level}.posterior") if name in mesh.region_names]
    cells = mesh.region_cells(*names)
    if not named(mesh.region_names, level, CLEFT):
        return [cells]
    piece = _joined(mesh.cells[cells])
    body = np.isin(cells, mesh.region_cells(f"{level}.cancellous"))
    numbers = sorted(range(piece.max() + 1), key=lambda number: not body[piece == number].any())
    return [cells[piece == number] for number in numbers]


def _with_cleft(mesh: SegmentMesh, one: Cleft) -> SegmentMesh:
    posterior = PartName.of(one.level, "posterior")
    bone = mesh.region_cells(posterior)
    gaps = [_gap(mesh, bone, place, one) for place in one.cleft.places]
    taken = np.concatenate([gap.cells for gap in gaps])
    crumbs = _crumbs(mesh, bone, taken)  # small pieces between two gaps go to the nearer one
    middle, planes = mesh.points[mesh.cells[crumbs]].mean(axis=1), [gap.plane for gap in gaps]
    nearer = np.argmin([np.linalg.norm(middle - plane.point, axis=1) for plane in planes], axis=0)
    held = _held(mesh, np.setdiff1d(bone, [*taken, *crumbs]), one)
    if held != ([False, True, True] if one.cleft.site == BOTH else [True, True]):
        what = f"a gap of {one.cleft.width_mm:g} mm at {one.cleft.site} does not part this arch cleanly"
        pieces = f"{len(held)} pieces of bone, {sum(held)} on the body"
        raise AnatomyError(f"{_key(one)}: {what} ({pieces}); use another width or a finer mesh")
    region = mesh.region.copy()
    names = list(mesh.region_names)
    for number, gap in enumerate(gaps):
        region[gap.cells] = region[crumbs[nearer == number]] = len(names)
        names.append(cleft_region(one.level, gap.place))
    cut = replace(mesh, region=region, region_names=tuple(names))
    return replace(cut, surfaces=_surfaces(mesh, cut, gaps, one.level), patches=_patches(cut, one.level))


def _key(one: Cleft) -> str:
    return f"anatomy.posterior_cleft.{one.level}"


def _gap(mesh: SegmentMesh, bone: np.ndarray, place: str, one: Cleft) -> Gap:
    """The gap at a place, with its cells out of ``bone`` (m,).

    A gap in a pars follows the first plane that separates the pars and is clear of facets and of the feet of the MAL.
    It includes the small pieces of bone it leaves at the surface; a gap in the midline does not.

    Raises
    ------
    AnatomyError
        When no plane across the pars does so.
    """
    if place == MIDLINE:
        plane = midline_plane(mesh, one.level)
        return Gap(place, plane, bone[_along(mesh, bone, plane, one.cleft.width_mm)])
    soft = [name for name in named(mesh.region_names, one.level) if name.part in ("facet_cartilage", "mal")]
    kept = np.unique(mesh.cells[mesh.region_cells(*soft)])
    for plane in pars_planes(mesh, one.level, place):
        chosen = bone[_along(mesh, bone, plane, one.cleft.width_mm)]
        if not len(chosen):
            continue
        number = _joined(mesh.cells[chosen])  # the plane also crosses other parts of the bone
        middle = mesh.points[mesh.cells[chosen]].mean(axis=1)
        chosen = chosen[number == number[np.linalg.norm(middle - plane.point, axis=1).argmin()]]
        taken = np.concatenate([chosen, _crumbs(mesh, bone, chosen)])
        if not np.isin(mesh.cells[taken], kept).any() and _held(mesh, np.setdiff1d(bone, taken), one) == [True, True]:
            return Gap(place, plane, taken)
    raise AnatomyError(
        f"{_key(one)}: no gap of {one.cleft.width_mm:g} mm through the pars of the {place} side parts it and is clear "
        "of facets and of the feet of the MAL; use a smaller width or a finer mesh"
    )


def _along(mesh: SegmentMesh, bone: np.ndarray, plane: Plane, width_mm: float) -> np.ndarray:
    """Mask (m,) of ``bone`` cells that a plane crosses or touches, or whose centre is within half of the width."""
    corners = plane.height(mesh.points[mesh.cells[bone]])
    crossed = (corners.min(axis=1) < _ON_IT_MM) & (corners.max(axis=1) > -_ON_IT_MM)
    return crossed | (np.abs(corners.mean(axis=1)) < 0.5 * width_mm)


def _crumbs(mesh: SegmentMesh, bone: np.ndarray, gap: np.ndarray) -> np.ndarray:
    """Cells (k,) of the small pieces of bone that a gap leaves between itself and the surface."""
    rest = np.setdiff1d(bone, gap)
    piece = _joined(mesh.cells[rest], 3)
    volume = np.bincount(piece, signed_volumes(mesh.points, mesh.cells[rest]))
    return rest[(volume < _LEAST_PIECE * volume.sum())[piece]]


def _held(mesh: SegmentMesh, bone: np.ndarray, one: Cleft) -> list[bool]:
    """Whether each connected piece of posterior bone is attached to the vertebral body, sorted with False first."""
    cells = mesh.cells[bone]
    piece = _joined(cells)
    shared = np.isin(cells, mesh.cells[mesh.region_cells(f"{one.level}.cancellous")])
    on_body = np.asarray(shared.any(axis=1))
    return sorted(bool(on_body[piece == number].any()) for number in range(piece.max(initial=-1) + 1))


def _joined(cells: np.ndarray, shared: int = 1) -> np.ndarray:
    """Connected component (k,) of each of some cells (k, 4), connected by shared nodes (1) or shared faces (3)."""
    return pieces(cells[:, [[0], [1], [2], [3]] if shared == 1 else [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]]])


def _surfaces(before: SegmentMesh, mesh: SegmentMesh, gaps: Sequence[Gap], level: str) -> dict[str, np.ndarray]:
    """Surfaces with both faces of each gap; free faces of the gap are removed from the posterior surface."""
    faces = all_faces(mesh.cells, mesh.region)
    posterior = f"{level}.posterior"
    bone = mesh.region_names.index(PartName(posterior))
    found = dict(before.surfaces)
    gone = np.zeros(len(faces.nodes), dtype=bool)
    for gap in gaps:
        name = cleft_region(level, gap.place)
        own = faces.owner == mesh.region_names.index(name)
        gone |= own
        height = gap.plane.height(mesh.points[faces.nodes].mean(axis=1))
        for end, beyond in zip(ENDS, (height <= 0.0, height > 0.0)):
            found[f"{name}.{end}"] = faces.nodes[own & (faces.neighbour == bone) & beyond]
    if posterior in found:
        lost = {tuple(nodes) for nodes in np.sort(faces.nodes[gone], axis=1).tolist()}
        kept = [tuple(nodes) not in lost for nodes in np.sort(found[posterior], axis=1).tolist()]
        found[posterior] = found[posterior][kept]
    return found


def _patches(mesh: SegmentMesh, level: str) -> dict[str, Patch]:
    """Attachments of the mesh; those on the vertebra without the nodes that belong only to its gaps."""
    names = named(mesh.region_names, level, CLEFT)
    bone = np.unique(mesh.cells[mesh.region_cells(f"{level}.posterior", f"{level}.cancellous")])
    lost = np.setdiff1d(mesh.cells[mesh.region_cells(*names)], bone)
    found = dict(mesh.patches)
    for name, patch in mesh.patches.items():
        in_gap = np.isin(patch.nodes, lost)
        if PartName(name).body != level or not in_gap.any():
            continue
        if in_gap.all():
            far = np.linalg.norm(mesh.points[bone] - patch.point(mesh.points), axis=1)
            nodes = bone[far < far.min() + _REACH_MM]
            found[name] = Patch(nodes, np.full(len(nodes), 1.0 / len(nodes)))
        else:
            weights = patch.weights[~in_gap]
            found[name] = Patch(patch.nodes[~in_gap], weights / weights.sum())
    return found
