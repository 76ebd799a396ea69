"""Measures of the facet joints taken from a mesh: position, orientation, gap, cartilage, size."""

from __future__ import annotations

from math import gamma

import numpy as np

from fem_lumbar.anatomy.measures import DiscAndFacetMeasures
from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.part_name import facet_surfaces
from fem_lumbar.anatomy.placement import facet_frame
from fem_lumbar.anatomy.spine import FREE_FACETS, JOINTS, joint_levels
from fem_lumbar.foundation.conventions import CRANIAL, SIDE_SIGN, SIDES, mirrored
from fem_lumbar.foundation.triangles import area_vectors, areas, best_fit_plane, closest, facing_distances, samples
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.shape.details import details
from fem_lumbar.specimen.anatomy_measures import (
    Measure,
    angle,
    in_body_frame,
    length,
    on_side,
    point,
    region_corners,
    surface_corners,
)

ORIENTATION_TOLERANCE_DEG = 5.0
CENTRE_TOLERANCE_MM = 3.0
THICKNESS_TOLERANCE_MM = 0.1
AREA_TOLERANCE = 0.1
"""Relative to the prescribed area."""
_SPACING_MM = 1.0
_FACING_MM, _FACING_RADIUS_MM = 4.0, 20.0
"""Largest distances of bone from the opposite bone, and from the centre of the joint, to count as facing."""
_FREE_FACE_RADIUS_MM = 5.0
_FREE_FACE_CONE_DEG = 25.0


def facet_orientation(mesh: SegmentMesh, joint: str, side: str) -> dict[str, tuple[float, float]]:
    """Angle from the sagittal plane and inclination (degrees) of the ``inferior`` and ``superior`` face of a joint.

    From the best-fit plane of each face, in the body frame of the lower vertebra.
    """
    lower = joint_levels(joint)[1]
    found = {}
    for face, name, sign in zip(("inferior", "superior"), facet_surfaces(joint, side), (-1.0, 1.0)):
        _, normal = best_fit_plane(surface_corners(mesh, lower, name))
        found[face] = face_angles(sign * normal, side)
    return found


def facet_centre(mesh: SegmentMesh, joint: str, side: str) -> np.ndarray:
    """Centre (3,) of the gap between the two faces of a joint in the body frame of the lower vertebra, mm."""
    lower = joint_levels(joint)[1]
    centres = [best_fit_plane(surface_corners(mesh, lower, name))[0] for name in facet_surfaces(joint, side)]
    return 0.5 * (centres[0] + centres[1])


def facing_bone(mesh: SegmentMesh, joint: str, side: str) -> tuple[np.ndarray, np.ndarray]:
    """Centre (3,), mm, and unit normal (3,) of the bone of the lower vertebra close to the upper one at a facet joint.

    In the body frame of the lower vertebra. Facets are measured so on surfaces, which do not show cartilage.
    """
    upper, lower = joint_levels(joint)
    own, other = (region_corners(mesh, lower, f"{level}.posterior") for level in (lower, upper))
    middles = own.mean(axis=1)
    around = np.linalg.norm(middles - facet_centre(mesh, joint, side), axis=1) < _FACING_RADIUS_MM
    own, middles = own[around], middles[around]
    patch = own[np.linalg.norm(closest(middles, other)[0] - middles, axis=1) < _FACING_MM]
    weights, normal = areas(patch), area_vectors(patch).sum(axis=0)
    return weights @ patch.mean(axis=1) / weights.sum(), normal / np.linalg.norm(normal)


def facet_measures(mesh: SegmentMesh, anatomy: Anatomy) -> list[Measure]:
    """Centre, orientation, gap, cartilage and size of each facet joint; orientation of the free faces at the ends."""
    found = []
    for joint in JOINTS:
        for side in SIDES:
            wanted = anatomy.on(side).joints[joint]
            centre = facet_centre(mesh, joint, side)
            found.append(
                point(joint, "facet centre", on_side(wanted.facet_centre_mm, side), centre, side, CENTRE_TOLERANCE_MM)
            )
            for face, angles in facet_orientation(mesh, joint, side).items():
                asked = (wanted.facet_angle_deg, wanted.facet_inclination_deg)
                found += _orientation(joint, side, f"{face} facet", asked, angles)
            found += _layers(mesh, joint, side, wanted) + _sizes(mesh, joint, side, wanted)
    return found + _free_faces(mesh, anatomy)


def _orientation(
    place: str, side: str, name: str, asked: tuple[float, float], angles: tuple[float, float]
) -> list[Measure]:
    kinds = zip(("angle from sagittal", "inclination"), asked, angles)
    return [
        angle(place, f"{name}, {kind}", wanted, got, side, ORIENTATION_TOLERANCE_DEG) for kind, wanted, got in kinds
    ]


def face_angles(normal: np.ndarray, side: str) -> tuple[float, float]:
    """Angle from the sagittal plane and inclination, degrees, of a unit normal that points to the upper vertebra."""
    medial = -SIDE_SIGN[side] * normal[1]
    return float(np.degrees(np.arctan2(-normal[0], medial))), float(np.degrees(np.arcsin(normal[2])))


def facet_layers(mesh: SegmentMesh, anatomy: Anatomy) -> list[Measure]:
    """Gap and cartilage of each facet joint, which come from the anatomy also for surfaces: images show neither.

    The gap is the distance of the inferior face from the superior one, averaged over the area where they face one
    another. It is smaller at the nodes and larger between them, by up to edge² x curvature / 8, as flat triangles
    approximate curved faces.
    """
    return [
        row for joint in JOINTS for side in SIDES for row in _layers(mesh, joint, side, anatomy.on(side).joints[joint])
    ]


def _layers(mesh: SegmentMesh, joint: str, side: str, wanted: DiscAndFacetMeasures) -> list[Measure]:
    upper, lower = joint_levels(joint)
    inferior, superior = (surface_corners(mesh, lower, name) for name in facet_surfaces(joint, side))
    spread, weight, _ = samples(inferior, _SPACING_MM)
    distance = facing_distances(spread, superior)
    facing = np.isfinite(distance)
    gap = weight[facing] @ distance[facing] / weight[facing].sum() if facing.any() else float("nan")
    found = [length(joint, "facet gap", wanted.facet_gap_mm, gap, side, THICKNESS_TOLERANCE_MM)]
    for face, level, corners in (("inferior", upper, inferior), ("superior", lower, superior)):
        thickness = _cartilage_thickness(mesh, level, face, side, lower, corners)
        asked = wanted.facet_cartilage_thickness_mm
        found.append(length(joint, f"{face} cartilage thickness", asked, thickness, side, THICKNESS_TOLERANCE_MM))
    return found


def _sizes(mesh: SegmentMesh, joint: str, side: str, wanted: DiscAndFacetMeasures) -> list[Measure]:
    lower = joint_levels(joint)[1]
    found = []
    for face, name in zip(("inferior", "superior"), facet_surfaces(joint, side)):
        corners = surface_corners(mesh, lower, name)
        share = wanted.facet_inferior_ratio if face == "inferior" else 1.0
        width, height = _extent(corners)
        asked_width, asked_height = share * wanted.facet_width_mm, share * wanted.facet_height_mm
        area = plate_area(asked_width, asked_height)
        found += [
            length(joint, f"{face} facet width", asked_width, width, side),
            length(joint, f"{face} facet height", asked_height, height, side),
            Measure(joint, side, f"{face} facet area", "mm²", area, float(areas(corners).sum()), AREA_TOLERANCE * area),
        ]
    return found


def plate_area(width: float, height: float) -> float:
    """Area (mm²) of the outline of cartilage of given width and height (mm)."""
    power = 1.0 / details()["facet"]["outline_exponent"]
    return width * height * gamma(1.0 + power) ** 2 / gamma(1.0 + 2.0 * power)


def _cartilage_thickness(
    mesh: SegmentMesh, level: str, face: str, side: str, frame_of: str, articular: np.ndarray
) -> float:
    """Mean distance (mm) of the nodes shared by cartilage and bone from the articular face (k, 3, 3); NaN if none."""
    cartilage = mesh.cells[mesh.region_cells(f"{level}.facet_cartilage.{face}.{side}")]
    bone = mesh.cells[mesh.region_cells(f"{level}.posterior")]
    shared = np.intersect1d(cartilage, bone)
    if not len(shared):
        return float("nan")
    nodes = in_body_frame(mesh, frame_of, mesh.points[shared])
    distance = facing_distances(nodes, articular)
    facing = np.isfinite(distance)
    return float(np.abs(distance[facing]).mean()) if facing.any() else float("nan")


def _extent(corners: np.ndarray) -> tuple[float, float]:
    """Width and height (mm) of a face (k, 3, 3): across and up in its best-fit plane."""
    _, normal = best_fit_plane(corners)
    across = np.cross(CRANIAL, normal)
    across /= np.linalg.norm(across)
    up = np.cross(normal, across)
    return float(np.ptp(corners @ across)), float(np.ptp(corners @ up))


def _free_faces(mesh: SegmentMesh, anatomy: Anatomy) -> list[Measure]:
    """Orientation of the bony faces without a neighbour at the two ends of the segment."""
    found = []
    for name, (level, face) in FREE_FACETS.items():
        sign = 1.0 if face == "superior" else -1.0
        corners = region_corners(mesh, level, f"{level}.cancellous", f"{level}.posterior")
        vectors = area_vectors(corners)
        for side in SIDES:
            wanted = anatomy.on(side).free_facets[name]
            frame = facet_frame(wanted.centre_mm, wanted.angle_deg, wanted.inclination_deg)
            centre, normal = (
                mirrored(vector) if side == "left" else vector for vector in (frame.centre, sign * frame.normal)
            )
            facing = vectors @ normal > np.cos(np.radians(_FREE_FACE_CONE_DEG)) * np.linalg.norm(vectors, axis=1)
            near = np.linalg.norm(corners.mean(axis=1) - centre, axis=1) < _FREE_FACE_RADIUS_MM
            chosen = corners[facing & near]
            angles = face_angles(sign * best_fit_plane(chosen)[1], side) if len(chosen) else (float("nan"),) * 2
            asked = (wanted.angle_deg, wanted.inclination_deg)
            found += _orientation(level, side, f"free {face} facet", asked, angles)
    return found
