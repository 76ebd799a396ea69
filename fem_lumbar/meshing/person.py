"""The mesh of a person: the default one fitted to the surfaces of the person's vertebrae."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np
from scipy.interpolate import RBFInterpolator
from scipy.spatial import cKDTree

from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.part_name import PartName
from fem_lumbar.anatomy.placement import facet_frames, lordosis_of, transformed
from fem_lumbar.anatomy.spine import ARCH_LEVELS, HORIZONTAL, JOINTS, LEVELS, joint_levels
from fem_lumbar.foundation.conventions import SIDES, mirrored
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.meshing.arch_morph import ArchMorph
from fem_lumbar.meshing.cell_faces import free_faces
from fem_lumbar.meshing.faces import Face, as_high_as_before, facet_faces, facet_nodes, on_their_faces
from fem_lumbar.meshing.mesh import TOLD, SegmentMesh
from fem_lumbar.meshing.morph import carried, vertebra_nodes
from fem_lumbar.shape.scene import Scene
from fem_lumbar.surfaces import (
    Distances,
    Registration,
    Surface,
    aligned_levels,
    check_surfaces,
    read_surface,
    register,
    surfaces_from_labels,
)
from fem_lumbar.surfaces.rigid import best_motion

_BLEND_MM = 8.0
"""Distance from a facet over which the displacement of the facet onto its plane decays in the bone."""
_ANCHORS = 600
_NEAR_MM, _FAR_MM = 1.0, 3.0
"""95th percentile of the distance between bone and surface above which there is a warning, and above which the surface
is refused: half a vertebra leaves 4 to 6 mm, a vertebra of unusual shape with osteophytes up to 1."""
_BARE = 0.05
"""Fraction of the template without bone beside it above which there is a warning: cropped tips of processes leave
2 %."""
FROM_FILES = "from_files"
"""Key of the mesh meta data: rigid motion (4, 4) from the frame of the files to that of each body."""


def person_mesh(
    template: SegmentMesh,
    shape: SegmentMesh,
    source: Anatomy,
    person: Anatomy,
    lowest_quality: float,
    say: Callable[[str], None],
) -> SegmentMesh:
    """The mesh of a symmetric anatomy fitted to a person's vertebrae.

    Bodies and processes come from the surfaces. Each facet joint lies on the mean plane of its two bony faces, with
    curvature, gap and cartilage from the anatomy: images show neither of the last two. Ligament arches and grooves move
    with the template, and are changed where the anatomy differs from it.

    Parameters
    ----------
    template : SegmentMesh
    shape : SegmentMesh
        Mesh of the same anatomy whose bones are registered: one for all densities, so that they get the same fit.
    source : Anatomy
        Anatomy of both.
    person : Anatomy
        With the surface files, and measures of what these do not show.
    lowest_quality : float
        Lowest accepted mean ratio of a cell.
    say : callable
        Receives one line for each stage.

    Raises
    ------
    InputError
        When a surface cannot be used; the message says why.
    AnatomyError
        When a cell becomes too flat or bones would overlap; the message names the place.
    """
    told: list[str] = []

    def tell(line: str) -> None:
        told.append(line)
        say(line)

    targets = person_surfaces(person, tell)
    bodies = {level: _bone(shape, shape.points, level).moved(np.linalg.inv(shape.frames[level])) for level in LEVELS}
    rigid = aligned_levels(targets, bodies)
    fits: dict[str, Registration] = {}
    for level in LEVELS:
        say(f"laying the template on {level}")
        fits[level] = register(bodies[level], targets[level], rigid=rigid[level])
    frames, to_global = _frames(template, fits)
    laid = {level: _Laid(template.frames[level], fits[level], to_global) for level in LEVELS}
    warps: dict[str, Callable[[np.ndarray], np.ndarray]] = dict(laid)
    warps.update(_with_arches(template, source, person, laid, frames))
    mesh = carried(
        template,
        source,
        person,
        warps,
        frames,
        _landmarks(template, laid, frames),
        lambda points: _with_facets(template, source, person, points, frames),
        lowest_quality,
    )
    fit = {level: _fit(_bone(mesh, mesh.points, level), targets[level], to_global, fits[level]) for level in LEVELS}
    for level, found in fit.items():
        for line in _told(level, found):
            tell(line)
    meta = {
        TOLD: told,
        "made_by": "laying the default mesh on a person's surfaces",
        "fit": fit,
        FROM_FILES: {level: (np.linalg.inv(frames[level]) @ to_global).tolist() for level in LEVELS},
        "lordosis_deg": lordosis_of(frames),
    }
    return replace(mesh, meta={**mesh.meta, **meta})


class _Laid:
    """Maps points (n, 3), mm, of a vertebra of the template to the person's, in the global frame."""

    def __init__(self, frame: np.ndarray, fit: Registration, to_global: np.ndarray) -> None:
        self._to_body, self._fit, self._to_global = np.linalg.inv(frame), fit, to_global

    def __call__(self, points: np.ndarray) -> np.ndarray:
        return transformed(self._to_global, self._fit.carried(transformed(self._to_body, points)))


def _landmarks(
    template: SegmentMesh, laid: Mapping[str, Callable[[np.ndarray], np.ndarray]], frames: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Landmarks (3,), mm, moved with their bodies."""
    landmarks = {}
    for name, point in template.landmarks.items():
        carried_by = [laid[level](point[None])[0] for level in PartName(name).bodies]
        landmarks[name] = np.mean(carried_by, axis=0)
    for level in LEVELS:  # the follower load runs in the mid-sagittal plane of the body
        local = transformed(np.linalg.inv(frames[level]), landmarks[f"{level}.follower"])
        landmarks[f"{level}.follower"] = transformed(frames[level], local * [1.0, 0.0, 1.0])
    return landmarks


def _with_arches(
    template: SegmentMesh,
    source: Anatomy,
    person: Anatomy,
    laid: Mapping[str, Callable[[np.ndarray], np.ndarray]],
    frames: dict[str, np.ndarray],
) -> Iterator[tuple[str, Callable[[np.ndarray], np.ndarray]]]:
    """Levels whose ligament arches differ from those of the template, with the map of points (n, 3), mm, there."""
    sides: dict[str, Anatomy] = {side: person.on(side) for side in SIDES}
    changed = [level for level in ARCH_LEVELS if any(own.mal[level] != source.mal[level] for own in sides.values())]
    if not changed:
        return
    scene = Scene(source)
    for level in changed:
        yield level, ArchMorph(template, scene, level, laid[level], sides, frames[level], feet_follow=True)


def person_surfaces(person: Anatomy, say: Callable[[str], None]) -> dict[str, Surface]:
    """Checked surfaces of a person's vertebrae, all in the right-handed frame of the files, mm.

    Parameters
    ----------
    person : Anatomy
        With the surface files.
    say : callable
        Receives warnings.

    Raises
    ------
    InputError
        When a surface cannot be used; the message says why.
    """
    files = person.surfaces.paths
    if "segmentation" in files:
        surfaces = surfaces_from_labels(files["segmentation"], person.surfaces.labels or "", say)
        names = {level: f"{level} in {files['segmentation'].name}" for level in LEVELS}
    else:
        surfaces = {level: read_surface(files[level]) for level in LEVELS}
        names = {level: f"{level} ({files[level].name})" for level in LEVELS}
    sound = check_surfaces(surfaces, names)
    for warning in sound.warnings:
        say(f"warning: {warning}")
    return sound.surfaces


def _bone(mesh: SegmentMesh, points: np.ndarray, level: str) -> Surface:
    """Outer surface of the bone of a vertebra, with nodes at points (n, 3), mm."""
    triangles = free_faces(mesh.cells[mesh.region_cells(f"{level}.cancellous", f"{level}.posterior")])
    used, numbered = np.unique(triangles, return_inverse=True)
    return Surface(points[used], numbered.reshape(-1, 3))


def _frames(template: SegmentMesh, fits: dict[str, Registration]) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Body frames (4, 4) in the global frame, and the motion (4, 4) from the frame of the files to the global one.

    A body frame follows the best rigid motion of the cancellous bone. That of ``HORIZONTAL`` is parallel to the global
    axes. The origin is that of the template, the centre of the lowermost endplate.
    """
    found = {}
    for level in LEVELS:
        nodes = np.unique(template.cells[template.region_cells(f"{level}.cancellous")])
        local = transformed(np.linalg.inv(template.frames[level]), template.points[nodes])
        found[level] = best_motion(local, fits[level].carried(local))
    lowest = LEVELS[-1]
    base = fits[lowest].carried(transformed(np.linalg.inv(template.frames[lowest]), np.zeros((1, 3))))[0]
    to_global = np.eye(4)
    to_global[:3, :3] = found[HORIZONTAL][:3, :3].T
    to_global[:3, 3] = -to_global[:3, :3] @ base
    return {level: to_global @ frame for level, frame in found.items()}, to_global


def _with_facets(
    template: SegmentMesh, source: Anatomy, person: Anatomy, points: np.ndarray, frames: dict[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Positions (n, 3), mm, with facet joints on their mean planes and nearby bone moved along; mask (n,) of facets."""
    joints = [(joint, side) for joint in JOINTS for side in SIDES]
    faces = [face for joint in joints for face in _joint_faces(template, source, person, *joint, points, frames)]
    flat_points, flat = on_their_faces(points, faces)
    moved = points.copy()
    for level in LEVELS:
        own = vertebra_nodes(template, level)
        on_face = own[flat[own]]
        away = own[cKDTree(points[on_face]).query(points[own])[0] > _BLEND_MM]
        anchors = away[:: max(1, len(away) // _ANCHORS)]
        shift = RBFInterpolator(
            points[np.r_[on_face, anchors]],
            np.vstack([(flat_points - points)[on_face], np.zeros((len(anchors), 3))]),
            kernel="linear",
        )
        near = np.setdiff1d(own, np.r_[on_face, away])
        moved[near] += shift(points[near])
        moved[on_face] = flat_points[on_face]
    return moved, flat


def _joint_faces(
    mesh: SegmentMesh,
    source: Anatomy,
    person: Anatomy,
    joint: str,
    side: str,
    points: np.ndarray,
    frames: dict[str, np.ndarray],
) -> Iterator[Face]:
    """Faces of a facet joint around the plane midway between its two bony ones, over which nodes keep their heights.

    The plane of a bony face is that of the template, moved with it. Faces are curved in the direction ``across``, which
    is horizontal in the body frame of the lower vertebra, as for any other anatomy.
    """
    upper, lower = joint_levels(joint)
    there = mirrored if side == "left" else np.asarray
    facet = facet_frames(source)[joint]
    usual = there(facet.normal)
    before = list(facet_faces(mesh, source, joint, side, there(facet.centre), usual, there(facet.across)))
    bony = [facet_nodes(mesh, *which, side)[1] for which in ((upper, "inferior"), (lower, "superior"))]
    normals = [usual + _normal(points[nodes], usual) - _normal(mesh.points[nodes], usual) for nodes in bony]
    normal = sum(normals) / np.linalg.norm(sum(normals))
    centre = there(facet.centre) + 0.5 * sum((points[nodes] - mesh.points[nodes]).mean(axis=0) for nodes in bony)
    across = np.cross(normal, frames[lower][:3, 2])
    across /= np.linalg.norm(across)
    after = facet_faces(mesh, person.on(side), joint, side, centre, normal, across)
    faces = list(as_high_as_before(mesh.points, before, after))
    off = np.mean([(face.height(points[face.nodes]) - face.rest).mean() for face in faces[1::2]])
    yield from (replace(face, centre=centre + off * normal) for face in faces)


def _normal(points: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Normal of the plane that fits points (n, 3) best, on the side of a vector (3,)."""
    normal = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)[2][2]
    return normal * np.sign(normal @ like)


def _told(level: str, fit: Mapping[str, float]) -> Iterator[str]:
    """Report lines on the distance between a vertebra of the mesh and its surface.

    Raises
    ------
    InputError
        When the distance is too large for the surface of a whole vertebra.
    """
    farthest = max(fit["p95_mm"], fit["p95_back_mm"])
    bare = f"{100 * fit['not_reached']:.1f} % of the template found no bone"
    if farthest > _FAR_MM:
        raise InputError(
            f"the surface of {level} is not that of a whole vertebra: 5 % of it, or of the mesh laid on it, are "
            f"further than {farthest:.1f} mm from the other (expected at most {_FAR_MM:g}); {bare}"
        )
    yield f"{level}: mesh to surface {fit['mean_mm']:.2f} mm in the mean, {fit['p95_mm']:.2f} at most for 95 %; {bare}"
    if farthest > _NEAR_MM or fit["not_reached"] > _BARE:
        yield (
            f"warning: {level} is further from its surface than usual ({_NEAR_MM:g} mm for 95 %, {100 * _BARE:g} % of "
            f"the template without bone): {farthest:.1f} mm; fem-lumbar mesh report shows where"
        )


def _fit(bone: Surface, target: Surface, to_global: np.ndarray, fit: Registration) -> dict[str, float]:
    """Distances between mesh and surface in both directions, mm, and fraction of the template without bone."""
    there = target.moved(to_global)
    out, back = Distances.between(bone, there), Distances.between(there, bone)
    return {
        "mean_mm": out.mean,
        "p95_mm": out.p95,
        "largest_mm": out.max,
        "mean_back_mm": back.mean,
        "p95_back_mm": back.p95,
        "largest_back_mm": back.max,
        "not_reached": float(fit.not_reached.mean()),
    }
