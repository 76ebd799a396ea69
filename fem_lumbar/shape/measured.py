"""Measures of the bodies and facet joints of the template, taken on its shape.

``python -m fem_lumbar.shape.measured`` writes them to ``fem_lumbar/anatomy/data/template.yaml``, from which the
defaults of an anatomy are taken.
"""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from fem_lumbar.anatomy.measures import VertebraMeasures
from fem_lumbar.anatomy.parameters import TEMPLATE, Anatomy, published_quantities
from fem_lumbar.anatomy.placement import facet_frame, facet_frames, level_frames, lordosis_deg, mean_endplate_size
from fem_lumbar.anatomy.reference_landmarks import reference_landmarks
from fem_lumbar.anatomy.spine import FREE_FACETS, JOINTS, LEVELS, joint_levels
from fem_lumbar.foundation.parameters import values
from fem_lumbar.shape.frame import body_measures, waist_size
from fem_lumbar.shape.placed import PlacedBone
from fem_lumbar.shape.vertebra import bone_shape

_LANDMARKS = (
    "pedicle_centre_mm",
    "lamina_anterior_mm",
    "spinous_tip_mm",
    "transverse_tip_mm",
    "mammillary_tip_mm",
    "mammillary_lower_pole_mm",
    "accessory_tip_mm",
)
_SAMPLES, _REACH_MM, _CLOSE_MM, _SPREAD_MM = 200_000, 13.0, 0.1, 0.6
_STEPS = 8
_FREE_FACE_MM, _FREE_FACE_CONE_DEG, _FREE_FACE_POINTS = 5.0, 25.0, 21
"""Radius, and half angle of the cone of normals, of the bone that counts as an articular face without a neighbour; and
number of samples per direction."""


def measured_values() -> dict[str, Any]:
    """Measures of bodies and joints, nested like an anatomy, without those that the shape does not show."""
    usual: dict[str, Any] = {"source": TEMPLATE, **values(published_quantities())}
    wanted = lordosis_deg(Anatomy.model_validate(usual))
    landmarks = values(reference_landmarks())["levels"]
    found: dict[str, Any] = {"levels": {}, "joints": {}}
    for level in LEVELS:
        picked = {name: landmarks[level][name] for name in _LANDMARKS}
        found["levels"][level] = {**body_measures(bone_shape(level)), **picked}
        usual["levels"][level].update(found["levels"][level])
        waist = _waist_ratios(Anatomy.model_validate(usual).levels[level], level)
        found["levels"][level] |= waist
        usual["levels"][level].update(waist)
    for joint in JOINTS:
        found["joints"][joint] = _disc_heights(usual, joint, wanted[joint])
        usual["joints"][joint].update(found["joints"][joint])
    for joint in JOINTS:
        found["joints"][joint].update(_facet(Anatomy.model_validate(usual), joint))
    found["free_facets"] = {
        name: _free_facet(level, face, usual["free_facets"][name]) for name, (level, face) in FREE_FACETS.items()
    }
    return _rounded(found)


def _waist_ratios(vertebra: VertebraMeasures, level: str) -> dict[str, float]:
    """Size of the waist relative to the outline midway between the endplates."""
    (depth, width), (mean_depth, mean_width) = waist_size(bone_shape(level)), mean_endplate_size(vertebra)
    return {"waist_width_ratio": width / mean_width, "waist_depth_ratio": depth / mean_depth}


def _free_facet(level: str, face: str, usual: dict[str, Any]) -> dict[str, Any]:
    """Orientation, deg, of the bone around the centre of an articular face without a neighbour."""
    bone, sign = PlacedBone(bone_shape(level), np.eye(4)), 1.0 if face == "superior" else -1.0
    frame = facet_frame(usual["centre_mm"], usual["angle_deg"], usual["inclination_deg"])
    spread = np.linspace(-_FREE_FACE_MM, _FREE_FACE_MM, _FREE_FACE_POINTS)
    across, up = (part.ravel() for part in np.meshgrid(spread, spread))
    points = frame.centre + across[:, None] * frame.across + up[:, None] * frame.up
    for _ in range(_STEPS):
        surface = bone(points).bone
        slope = surface.gradient / np.linalg.norm(surface.gradient, axis=1, keepdims=True)
        points = points - np.clip(surface.value, -1.0, 1.0)[:, None] * slope
    normals = sign * slope[np.linalg.norm(points - points.mean(axis=0), axis=1) < _FREE_FACE_MM]
    normals = normals[normals @ frame.normal > np.cos(np.radians(_FREE_FACE_CONE_DEG))]
    normal = normals.mean(axis=0) / np.linalg.norm(normals.mean(axis=0))
    angle, inclination = np.arctan2(-normal[0], normal[1]), np.arcsin(normal[2])
    return {"angle_deg": np.degrees(angle), "inclination_deg": np.degrees(inclination)}


def _disc_heights(anatomy: dict[str, Any], joint: str, lordosis: float) -> dict[str, float]:
    """Anterior and posterior height of a disc: mean as in the anatomy, wedge such that ``lordosis`` (deg) is met."""
    measures = deepcopy(anatomy)
    own = measures["joints"][joint]
    mean = 0.5 * (own["disc_height_anterior_mm"] + own["disc_height_posterior_mm"])
    wedge = own["disc_height_anterior_mm"] - own["disc_height_posterior_mm"]
    heights = {}
    for _ in range(_STEPS):
        heights = {"disc_height_anterior_mm": mean + 0.5 * wedge, "disc_height_posterior_mm": mean - 0.5 * wedge}
        own.update(heights)
        off = np.radians(lordosis - lordosis_deg(Anatomy.model_validate(measures))[joint])
        depth = anatomy["levels"][joint_levels(joint)[0]]["inferior_endplate_depth_mm"]
        wedge += float(off) * depth
    return heights


def _facet(anatomy: Anatomy, joint: str) -> dict[str, Any]:
    """Centre, orientation and curvature of the surface equidistant from both bones of a joint."""
    upper, lower = joint_levels(joint)
    frames = level_frames(anatomy)
    bones = {level: PlacedBone(bone_shape(level), frames[level]) for level in (upper, lower)}
    start = facet_frames(anatomy)[joint].centre
    return facet_between(bones[upper], bones[lower], start, anatomy.joints[joint].facet_width_mm)


def facet_between(upper: PlacedBone, lower: PlacedBone, start: np.ndarray, width: float) -> dict[str, Any]:
    """Measures of the surface equidistant from two bones around a point (3,), mm, in the frame of the lower bone."""
    points = start + np.random.default_rng(0).uniform(-_REACH_MM, _REACH_MM, (_SAMPLES, 3))
    points = points[points[:, 1] < -2.0]
    above, below = upper(points).bone.value, lower(points).bone.value
    middle = (np.abs(above - below) < _CLOSE_MM) & (np.abs(above + below) < 5.0)
    total = (above + below)[middle]
    points = points[middle][total < np.median(total) + _SPREAD_MM]
    local = (points - lower.frame[:3, 3]) @ lower.frame[:3, :3]
    return _bent_plane(local, width)


def _bent_plane(points: np.ndarray, width: float) -> dict[str, Any]:
    """Measures of a surface curved across, fitted to points (n, 3) in a body frame, mm."""
    for _ in range(_STEPS):
        centre = points.mean(axis=0)
        normal = np.linalg.svd(points - centre, full_matrices=False)[2][2]
        normal = normal * np.sign(normal[1])
        angle, inclination = np.arctan2(-normal[0], normal[1]), np.arcsin(normal[2])
        across = np.array([-np.cos(angle), -np.sin(angle), 0.0])
        axes = (across, np.cross(normal, across), normal)
        a, b, h = ((points - centre) @ axis for axis in axes)
        terms = np.column_stack([np.ones_like(a), a, b, a * a, a * b, b * b])
        fit = np.linalg.lstsq(terms, h, rcond=None)[0]
        rest = h - terms @ fit
        points = points[np.abs(rest) < 2.5 * max(float(rest.std()), 0.15)]
    curvature = 2.0 * fit[3]
    centre = centre + (fit[0] + curvature * width**2 / 32.0) * normal
    return {
        "facet_centre_mm": [centre[0], -centre[1], centre[2]],
        "facet_angle_deg": np.degrees(angle),
        "facet_inclination_deg": np.degrees(inclination),
        "facet_curvature_per_mm": curvature,
        "facet_inferior_ratio": 1.0,  # both faces have one outline
    }


def _rounded(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _rounded(item) for key, item in tree.items()}
    return [_rounded(item) for item in tree] if isinstance(tree, list | tuple) else round(float(tree), 4)


if __name__ == "__main__":
    text = "# Measures of the template, written by `python -m fem_lumbar.shape.measured`: not to be edited.\n"
    target = Path(__file__).parents[1] / "anatomy" / "data" / "template.yaml"
    target.write_text(text + yaml.safe_dump(measured_values(), sort_keys=False, default_flow_style=None))
    print(target)
