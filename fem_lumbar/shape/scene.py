"""The right half of the segment as implicit functions of position, negative inside, placed by an anatomy."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.placement import endplate_frame, facet_frames, level_frames
from fem_lumbar.anatomy.sacrum import sacral_facet_frame, sacral_joint, sacrum_frame
from fem_lumbar.anatomy.spine import (
    ALL_JOINTS,
    ARCH_LEVELS,
    BODIES,
    FACES,
    JOINTS,
    LEVELS,
    SACRAL_JOINT,
    SACRUM,
    joint_levels,
)
from fem_lumbar.shape.arch import Arch, blended_bone, placed_arch
from fem_lumbar.shape.details import details
from fem_lumbar.shape.disc import Disc
from fem_lumbar.shape.facet import FacetSurface
from fem_lumbar.shape.frame import endplate_size
from fem_lumbar.shape.jet import Jet, constant, replaced, smooth_max, smooth_min, smooth_step
from fem_lumbar.shape.placed import PlacedBone
from fem_lumbar.shape.sacrum import SacralPlanes, without_lips
from fem_lumbar.shape.transition import Transition
from fem_lumbar.shape.vertebra import bone_shape

SLEEVE_MM = 2.3
"""Distance from the side wall of the border between body and posterior elements, which is normal to the pedicle."""
_KNOB_BLEND_MM, _GROOVE_BLEND_MM, _PAD_BLEND_MM, _PAD_EDGE_MM = 0.8, 0.5, 0.7, 0.4
_NEAR_ARCH_MM, _NEAR_FACET_MM = 14.0, 17.0
"""Distances beyond which a bone is not changed by its arch and its facets."""
_FADE_OUTSIDE_MM, _FADE_HEIGHT_MM = (0.5, 2.0), (2.2, 4.0)
"""Ranges over which the mid-surface of a facet joint blends into that between the bones: distance outside the outline,
and height."""
_RECESS_FROM_MM, _RECESS_OVER_MM = 0.5, 2.5
"""Distance outside the outline of a facet at which the recess around it begins, and length over which it deepens."""


class Scene:
    """All implicit functions of the segment.

    Parameters
    ----------
    anatomy : Anatomy
        Placement of bodies, facets and ligaments; bones have the shape of the template.
    sacrum : bool
        Whether the segment includes the sacrum.

    Attributes
    ----------
    levels, joints : tuple of str
        Bodies and joints, cranial first.
    frames : dict of ndarray (4, 4)
        Body frames in the global frame, by level.
    bones, facets, discs : dict
        Implicit functions of the bones by level, of the facets and the discs by joint.
    sacrum, transition : SacralPlanes or None, Transition or None
        Planes and transitional process of the sacrum.
    """

    def __init__(self, anatomy: Anatomy, sacrum: bool = False):
        self.anatomy = anatomy
        self.frames = level_frames(anatomy)
        self.levels, self.joints = (BODIES, ALL_JOINTS) if sacrum else (LEVELS, JOINTS)
        measures, facets = dict(anatomy.joints), facet_frames(anatomy)
        self.sacrum: SacralPlanes | None = None
        if sacrum:
            depth, _ = endplate_size(bone_shape(SACRUM), FACES[0])
            self.frames[SACRUM] = sacrum_frame(anatomy, depth)
            self.sacrum = SacralPlanes(self.frames[SACRUM])
            measures[SACRAL_JOINT], facets[SACRAL_JOINT] = sacral_joint(), sacral_facet_frame(self.frames[SACRUM])
        shapes = {level: bone_shape(level) for level in self.levels}
        if sacrum:
            shapes[SACRUM] = without_lips(shapes[SACRUM])
        self.bones = {level: PlacedBone(shape, self.frames[level]) for level, shape in shapes.items()}
        self.transition = Transition(self.bones[SACRUM]) if sacrum else None
        self.facets = {joint: FacetSurface(facets[joint], measures[joint]) for joint in self.joints}
        self.discs: dict[str, Disc] = {}
        for joint in self.joints:
            upper, lower = joint_levels(joint)
            self.discs[joint] = Disc(self.bones[upper], self.bones[lower], measures[joint])

    @cached_property
    def arches(self) -> dict[str, Arch]:
        """Ligament arches by level."""
        levels, arches = self.anatomy.levels, self.anatomy.mal
        return {level: placed_arch(self.bones[level], levels[level], arches[level]) for level in ARCH_LEVELS}

    def bone(self, level: str, points: np.ndarray) -> Jet:
        """Signed distance from a bone before it is trimmed at its facets, mm, to first order."""
        found = self.bones[level](points).bone
        if self.sacrum is not None and level == SACRUM:
            found = self.sacrum.trimmed(found, points)
        if level in self.arches:
            arch = self.arches[level]
            near = np.linalg.norm(points - arch.centre, axis=1) < _NEAR_ARCH_MM
            if near.any():
                here = blended_bone(found[near], arch, points[near], _KNOB_BLEND_MM, _GROOVE_BLEND_MM)
                found = replaced(found, near, here)
        for joint in self.joints:
            if level in joint_levels(joint):
                facet = self.facets[joint]
                near = np.linalg.norm(points - facet.frame.centre, axis=1) < _NEAR_FACET_MM
                if near.any():
                    pad = self._pad(facet, points[near], upper=level == joint_levels(joint)[0])
                    found = replaced(found, near, smooth_min(found[near], pad, _PAD_BLEND_MM))
        return found

    def endplate(self, level: str, face: str) -> np.ndarray:
        """Frame of an endplate in the global frame, (4, 4); for the sacrum this is its body frame."""
        own = np.eye(4) if level == SACRUM else endplate_frame(self.anatomy.levels[level], face)
        return self.frames[level] @ own

    def border(self, level: str, points: np.ndarray) -> Jet:
        """Signed distance from the border between body and posterior elements, mm: positive in the latter."""
        if self.sacrum is not None and level == SACRUM:
            return self.sacrum.behind_border(points)
        return self.bones[level].posterior(points, SLEEVE_MM)

    def _pad(self, facet: FacetSurface, points: np.ndarray, upper: bool) -> Jet:
        """Bone under the cartilage of a facet, extended 1 mm past the mid-surface of the joint; trimmed later."""
        height = facet.height(points) if upper else -facet.height(points)
        bone = details()["facet"]
        around = facet.outside(points) - bone["bone_margin_mm"]
        plate = smooth_max(around, height - facet.bone_offset - bone["bone_depth_mm"], _PAD_EDGE_MM)
        return smooth_max(plate, -height - 1.0, _PAD_EDGE_MM)

    def gap(self, joint: str, points: np.ndarray) -> Jet:
        """Signed distance from the mid-surface of a facet joint, mm, positive towards the upper vertebra.

        Beyond the joint this is the mid-surface between the two bones, so that they do not touch anywhere.
        """
        upper, lower = joint_levels(joint)
        between = 0.5 * (self.bones[lower](points).bone - self.bones[upper](points).bone)
        facet = self.facets[joint]
        height, outside = facet.height(points), facet.outside(points)
        (near, far), (low, high) = _FADE_OUTSIDE_MM, _FADE_HEIGHT_MM
        weight = smooth_step((far - outside) / (far - near)) * smooth_step((high - _size(height)) / (high - low))
        return between + weight * (height - between)

    def bone_offset(self, joint: str, points: np.ndarray, upper: bool) -> Jet:
        """Distance of a bone from the mid-surface of a joint, mm; for L5 over the sacrum it is larger off the faces."""
        facet = self.facets[joint]
        offset = constant(facet.bone_offset, len(points))
        if self.sacrum is None or joint != SACRAL_JOINT or not upper:
            return offset
        beyond = (facet.outside(points) - _RECESS_FROM_MM) / _RECESS_OVER_MM
        return offset + smooth_step(beyond) * self.sacrum.facet_recess_mm


def _size(jet: Jet) -> Jet:
    return jet.of(np.abs, np.sign)
