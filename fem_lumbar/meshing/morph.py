"""Morphing of the mesh of one anatomy to another: same cells, regions and attachments, other node positions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from fem_lumbar.anatomy.mirror_image import is_reverse, mirror_image
from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.part_name import PartName, named
from fem_lumbar.anatomy.placement import level_frames, lordosis_deg
from fem_lumbar.anatomy.spine import ARCH_LEVELS, JOINTS, LEVELS
from fem_lumbar.foundation.conventions import SIDES, mirrored
from fem_lumbar.meshing.arch_morph import ArchMorph
from fem_lumbar.meshing.attachments import AttachmentTargets
from fem_lumbar.meshing.clashes import parted, refuse_overlap
from fem_lumbar.meshing.disc_morph import moved_disc
from fem_lumbar.meshing.faces import Face, anatomical_faces, as_high_as_before, face_normals, on_their_faces
from fem_lumbar.meshing.facet_gaps import opened
from fem_lumbar.meshing.mesh import Patch, SegmentMesh
from fem_lumbar.meshing.mirror import COORDINATE_STEP_MM
from fem_lumbar.meshing.patches import follower_patch, symmetric_patch
from fem_lumbar.meshing.quality import sound_quality
from fem_lumbar.meshing.repair import repaired
from fem_lumbar.meshing.tracked import TrackedMeasures
from fem_lumbar.shape.scene import Scene

_SLIDES = 3
"""How often nodes of bad cells slide along their faces and are projected back onto them: a face is curved, and an
offset of a few hundredths of a millimetre spoils cells of cartilage that is 0.3 mm thick."""


def morphed(
    template: SegmentMesh,
    source: Anatomy,
    target: Anatomy,
    lowest_quality: float,
    step_mm: float = COORDINATE_STEP_MM,
) -> SegmentMesh:
    """The mesh of a symmetric anatomy morphed to another anatomy.

    Parameters
    ----------
    template : SegmentMesh
        Symmetric mesh.
    source : Anatomy
        Anatomy of the template.
    target : Anatomy
    lowest_quality : float
        Lowest accepted mean ratio of a cell.
    step_mm : float
        Coordinates are rounded to multiples of it; differences between neighbouring anatomies need a finer one.

    Raises
    ------
    AnatomyError
        When a cell becomes too flat or bones would overlap; the message names the place.
    """
    frames = level_frames(target)
    if is_reverse(target):
        image = morphed(template, source, mirror_image(target), lowest_quality, step_mm)
        points = mirrored(image.points[template.mirror])
        landmarks = _landmarks({side: target.on(side) for side in SIDES})
        return replace(assembled(template, points, target.is_symmetric, frames, landmarks), meta=image.meta)
    sides: dict[str, Anatomy] = {side: target.on(side) for side in SIDES}
    faces = list(_faces(template, source, sides, frames))
    warps = dict(_warps(template, source, sides, frames))
    mesh = carried(
        template,
        source,
        target,
        warps,
        frames,
        _landmarks(sides),
        lambda points: on_their_faces(points, faces),
        lowest_quality,
        step_mm,
        lambda points: face_normals(points, faces),
    )
    meta = {"made_by": "moving the mesh of the default anatomy", "lordosis_deg": lordosis_deg(target)}
    return replace(mesh, meta={**mesh.meta, **meta})


def _warps(
    template: SegmentMesh, source: Anatomy, sides: dict[str, Anatomy], frames: dict[str, np.ndarray]
) -> Iterator[tuple[str, Callable[[np.ndarray], np.ndarray]]]:
    """Levels and maps of points (n, 3), mm, of their vertebrae: ligament arches first, then the vertebra as a whole."""
    scene = Scene(source)
    for level in LEVELS:
        whole = TrackedMeasures(template, source, level).warp(source, sides, frames[level])
        yield level, ArchMorph(template, scene, level, whole, sides, frames[level]) if level in ARCH_LEVELS else whole


def _faces(
    template: SegmentMesh, source: Anatomy, sides: dict[str, Anatomy], frames: dict[str, np.ndarray]
) -> Iterator[Face]:
    """Faces of the new anatomy, over which nodes keep their heights."""
    faces = anatomical_faces(template, sides, frames)
    before = anatomical_faces(template, dict.fromkeys(SIDES, source), level_frames(source))
    return as_high_as_before(template.points, before, faces)


def carried(
    template: SegmentMesh,
    source: Anatomy,
    target: Anatomy,
    warps: Mapping[str, Callable[[np.ndarray], np.ndarray]],
    frames: dict[str, np.ndarray],
    landmarks: dict[str, np.ndarray],
    flattened: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
    lowest_quality: float,
    step_mm: float = COORDINATE_STEP_MM,
    sliding: Callable[[np.ndarray], np.ndarray] | None = None,
) -> SegmentMesh:
    """The mesh of a symmetric anatomy with every vertebra moved by its own map.

    Parameters
    ----------
    template, source, target, lowest_quality, step_mm
        As for :func:`morphed`.
    warps : mapping
        Level to the map of points (n, 3), mm, of its vertebra.
    frames : dict of (4, 4)
        Body frames after the motion, in the global frame.
    landmarks : dict of (3,)
        Landmarks after the motion, mm.
    flattened : callable
        Projects nodes of faces onto these: positions (n, 3) to new positions and a mask (n,) of those projected.
    sliding : callable, optional
        Positions (n, 3) to the normals (n, 3) of the faces, in which nodes of bad cells may slide.

    Raises
    ------
    AnatomyError
        As for :func:`morphed`.
    """
    started = time.perf_counter()
    points = template.points.copy()
    own = {level: vertebra_nodes(template, level) for level in LEVELS}
    for level, warp in warps.items():
        points[own[level]] = warp(template.points[own[level]])
    points, flat = flattened(points)
    points, pushed = parted(template, points, own, flat)
    for joint in JOINTS:
        points = moved_disc(template, points, source, target, joint, warps)
    if sliding is None:
        points = repaired(template.points, points, template.cells, flat)
    else:
        for _ in range(_SLIDES):
            points = repaired(template.points, points, template.cells, flat, sliding(points))
            points, flat = flattened(points)
        points, again = parted(template, points, own, flat)
        points = repaired(template.points, points, template.cells, flat) if again else points
        pushed = max(pushed, again)
    points = opened(template, points, JOINTS)
    if target.is_symmetric:
        points = symmetrised(template, points)
    points = np.round(points / step_mm) * step_mm
    if pushed:  # repairing cells may have brought bones together again
        refuse_overlap(template, points)
    quality = sound_quality(template, points, lowest_quality)
    meta = {
        **template.meta,
        "build_s": round(time.perf_counter() - started, 1),
        "pushed_apart_mm": round(pushed, 2),
        "minimum_quality": quality,
    }
    return replace(assembled(template, points, target.is_symmetric, frames, landmarks), meta=meta)


def assembled(
    template: SegmentMesh,
    points: np.ndarray,
    symmetric: bool,
    frames: dict[str, np.ndarray],
    landmarks: dict[str, np.ndarray],
) -> SegmentMesh:
    """The template with its nodes at points (n, 3), mm, and everything that depends on them."""
    return replace(
        template,
        points=points,
        patches={**template.patches, **_followers(template, points, landmarks, frames, symmetric)},
        cell_data=turned_axes(template, points),
        landmarks=landmarks,
        frames=frames,
        mirror=template.mirror if symmetric else np.empty(0, dtype=int),
    )


def vertebra_nodes(mesh: SegmentMesh, level: str) -> np.ndarray:
    """Nodes (k,) of all regions of a vertebra, with its cartilage and ligament arches."""
    return np.unique(mesh.cells[mesh.region_cells(*named(mesh.region_names, level))])


def symmetrised(mesh: SegmentMesh, points: np.ndarray) -> np.ndarray:
    """Node positions (n, 3), mm, of the right side and its mirror image."""
    right = mesh.points[:, 1] <= 0.0
    points = points.copy()
    points[mesh.mirror[right]] = mirrored(points[right])
    points[mesh.mirror == np.arange(len(points)), 1] = 0.0
    return points


def _landmarks(sides: dict[str, Anatomy]) -> dict[str, np.ndarray]:
    """Landmarks, those of each side by the anatomy of that side."""
    right, left = (AttachmentTargets(sides[side]).landmarks() for side in ("right", "left"))
    return {
        name: mirrored(left[PartName(name).mirrored]) if PartName(name).side == "left" else point
        for name, point in right.items()
    }


def _followers(
    mesh: SegmentMesh, points: np.ndarray, landmarks: dict, frames: dict, symmetric: bool
) -> dict[str, Patch]:
    """Patches of the follower load, with new weights so that it runs through its points."""
    found = {}
    for level in LEVELS:
        name = f"{level}.follower"
        patch = follower_patch(
            points, np.unique(mesh.surfaces[f"{level}.cortex"]), frames[level], landmarks[name], level
        )
        found[name] = symmetric_patch(patch, mesh.mirror) if symmetric else patch
    return found


def turned_axes(mesh: SegmentMesh, points: np.ndarray) -> dict[str, np.ndarray]:
    """Cell data with the axes of the annulus transformed by the deformation gradient of each cell."""
    data = dict(mesh.cell_data)
    own = np.flatnonzero(np.isfinite(data["annulus_radial"]))
    before, after = (x[mesh.cells[own, 1:]] - x[mesh.cells[own, :1]] for x in (mesh.points, points))
    gradient = np.linalg.solve(before, after)  # rows of edges: its transpose is the deformation gradient
    axial, tangent = (np.einsum("cij,ci->cj", gradient, data[key][own]) for key in ("annulus_axial", "annulus_tangent"))
    axial /= np.linalg.norm(axial, axis=1, keepdims=True)
    tangent -= np.sum(tangent * axial, axis=1, keepdims=True) * axial
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    for key, values in (("annulus_axial", axial), ("annulus_tangent", tangent)):
        data[key] = data[key].copy()
        data[key][own] = values
    return data
