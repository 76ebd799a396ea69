"""Disc outputs: intradiscal pressure, shortening and bulge."""

from __future__ import annotations

import numpy as np

from fem_lumbar.anatomy.spine import joint_levels
from fem_lumbar.foundation.conventions import ANTERIOR
from fem_lumbar.foundation.triangles import area_mean
from fem_lumbar.measures.kinematics import current_places, disc_axis, displacement, level_rotations
from fem_lumbar.mechanics.rotation import best_fit_rotation
from fem_lumbar.model.segment import Segment

_REGIONS = {"anterior": 0.0, "left": 90.0, "posterior": 180.0, "right": -90.0}
_HALF_WIDTH_DEG = 15.0


def intradiscal_pressures_MPa(segment: Segment, x: np.ndarray) -> dict[str, float]:
    """Volume-averaged pressure -tr(stress)/3 in each nucleus, MPa, positive in compression.

    A joint without nucleus is left out.
    """
    pressures = {}
    for joint in segment.joints:
        for nucleus in segment.solids.get(f"{joint}.nucleus", ()):
            volume = nucleus.weights.sum(axis=1)
            pressures[joint] = float(
                -volume @ np.trace(nucleus.cauchy_stress(x)[0], axis1=1, axis2=2) / 3 / volume.sum()
            )
    return pressures


def disc_shortening_mm(segment: Segment, x: np.ndarray, joint: str) -> float:
    """Mean approach, mm, of the two endplates of a disc along its unloaded axis, which moves with the lower vertebra.

    This matches a test of the joint with the lower vertebra fixed. Along an axis fixed in space, rotation of the whole
    disc by the joints below would count as a change of height, more so in a sheared disc.
    """
    upper, lower = levels = joint_levels(joint)
    plates = [segment.mesh.surfaces[name] for name in (f"{upper}.endplate.inferior", f"{lower}.endplate.superior")]

    def apart(state: np.ndarray) -> np.ndarray:
        places = [current_places(segment, plate.ravel(), state).reshape(-1, 3, 3) for plate in plates]
        above, below = (area_mean(segment.mesh.points[plate], at) for plate, at in zip(plates, places))
        return above - below

    turned = level_rotations(segment, x)[lower]
    axis = disc_axis(segment, joint, {level: np.eye(3) for level in levels})
    return float((apart(np.zeros_like(x)) - apart(x) @ turned) @ axis)


def disc_bulge_mm(segment: Segment, x: np.ndarray, joint: str) -> dict[str, float | None]:
    """Largest outward displacement of the disc wall in each region, mm, in a frame that moves with the disc.

    The frame follows the two adjacent endplates; a region is 30° of the circumference about the disc axis, and outward
    is perpendicular to that axis. None where a region has no node.
    """
    mesh = segment.mesh
    upper, lower = joint_levels(joint)
    plates = np.unique(
        np.vstack([mesh.surfaces[f"{upper}.endplate.inferior"], mesh.surfaces[f"{lower}.endplate.superior"]])
    )
    reference, moved = mesh.points[plates], displacement(plates, x)
    rotation = best_fit_rotation(reference, reference + moved)
    centre = reference.mean(axis=0)
    wall = np.setdiff1d(np.unique(mesh.surfaces[f"{joint}.annulus.outer"]), plates)
    arms = mesh.points[wall] - centre
    relative = (arms + displacement(wall, x) - moved.mean(axis=0)) @ rotation - arms
    axis = disc_axis(segment, joint, {level: np.eye(3) for level in (upper, lower)})
    anterior = ANTERIOR - (ANTERIOR @ axis) * axis
    anterior /= np.linalg.norm(anterior)
    left = np.cross(axis, anterior)
    azimuth = np.degrees(np.arctan2(arms @ left, arms @ anterior))
    bulge = {}
    for region, direction in _REGIONS.items():
        there = np.abs((azimuth - direction + 180) % 360 - 180) <= _HALF_WIDTH_DEG
        outward = np.cos(np.radians(direction)) * anterior + np.sin(np.radians(direction)) * left
        bulge[region] = float((relative[there] @ outward).max()) if there.any() else None
    return bulge
