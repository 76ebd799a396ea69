"""Attachments of the ligaments between the lowermost vertebra and the sacrum, and of the follower load on it.

There is no supraspinous ligament: it ends above the sacrum in nearly everybody. The intertransverse ligament is
replaced by the iliolumbar one, from the transverse process to the ilium, which is fixed in space.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fem_lumbar.anatomy.endplates import endplate_size
from fem_lumbar.anatomy.part_name import PartName
from fem_lumbar.anatomy.placement import on_right, transformed
from fem_lumbar.anatomy.sacrum import sacral_joint, sacral_values
from fem_lumbar.anatomy.spine import LEVELS, SACRAL_JOINT, SACRUM
from fem_lumbar.foundation.conventions import ILIOLUMBAR, mirrored
from fem_lumbar.meshing.attachments import AttachmentTargets, Target
from fem_lumbar.meshing.mesh import Patch, SegmentMesh
from fem_lumbar.meshing.patches import mirror_image, near_patch, symmetric_patch
from fem_lumbar.shape.frame import in_body_frame
from fem_lumbar.shape.scene import Scene

_RIM_POINTS = 721


class SacralTargets(AttachmentTargets):
    """Targets of the strands of the lowermost joint, with the sacrum of a scene under the vertebrae."""

    def __init__(self, scene: Scene):
        joints = {**scene.anatomy.joints, SACRAL_JOINT: sacral_joint()}
        super().__init__(scene.anatomy.model_copy(update={"joints": joints}))
        self._shape = scene.bones[SACRUM].shape
        self.frames[SACRUM] = scene.frames[SACRUM]
        self.facets[SACRAL_JOINT] = scene.facets[SACRAL_JOINT].frame

    def midline(self) -> dict[str, Target]:
        """Targets in the mid-sagittal plane."""
        vertebra, joint = LEVELS[-1], PartName(SACRAL_JOINT)
        border = self.sites["ligaments"]["ISL"]
        found = {
            f"{joint}.ALL.3.upper": self._rim(vertebra, "inferior", 0.0),
            f"{joint}.ALL.3.lower": self._sacral_rim(0.0),
            f"{joint}.PLL.3.upper": self._rim(vertebra, "inferior", 180.0),
            f"{joint}.PLL.3.lower": self._sacral_rim(180.0),
        }
        sites = zip(border["length_fraction"], sacral_values()["ligaments"]["ISL"]["sites_mm"])
        for index, (fraction, site) in enumerate(sites, start=1):
            found[f"{joint}.ISL.{index}.upper"] = self._spinous(vertebra, fraction, -border["border"])
            found[f"{joint}.ISL.{index}.lower"] = self._posterior(SACRUM, on_right(site))
        return found

    def right(self) -> dict[str, Target]:
        """Targets on the right side; the left ones are their mirror images."""
        vertebra, joint, ligaments = LEVELS[-1], SACRAL_JOINT, self.sites["ligaments"]
        found = {}
        for index, azimuth in enumerate(ligaments["ALL"]["azimuth_deg"], start=1):
            found[f"{joint}.ALL.{index}.upper"] = self._rim(vertebra, "inferior", azimuth)
            found[f"{joint}.ALL.{index}.lower"] = self._sacral_rim(azimuth)
        half_width = 0.5 * endplate_size(self.anatomy.levels[vertebra], "inferior")[1]
        for index, lateral in enumerate(ligaments["PLL"]["lateral_mm"], start=1):
            azimuth = -np.degrees(np.pi - np.arcsin(-lateral / half_width))
            found[f"{joint}.PLL.{index}.upper"] = self._rim(vertebra, "inferior", azimuth)
            found[f"{joint}.PLL.{index}.lower"] = self._sacral_rim(azimuth)
        flavum = ligaments["LF"]
        sites = zip(flavum["lateral_fraction"], sacral_values()["ligaments"]["LF"]["sites_mm"])
        for index, (fraction, site) in enumerate(sites, start=1):
            upper = self._lamina(vertebra, fraction, flavum["upper_caudal"], flavum["upper_anterior"])
            found[f"{joint}.LF.right.{index}.upper"] = upper
            found[f"{joint}.LF.right.{index}.lower"] = self._posterior(SACRUM, on_right(site))
        for end, level in (("upper", vertebra), ("lower", SACRUM)):
            for index in range(len(ligaments["CL"]["rest_length_ratio"])):
                found[f"{joint}.CL.right.{index + 1}.{end}"] = self._capsule(joint, level, end, index)
        iliolumbar = sacral_values()["ligaments"][ILIOLUMBAR]
        for index, fraction in enumerate(iliolumbar["transverse_length_fraction"], start=1):
            found[f"{joint}.{ILIOLUMBAR}.right.{index}.upper"] = self._transverse(vertebra, fraction, 0.0)
        return found

    def fixed(self) -> dict[str, np.ndarray]:
        """Attachment points (3,) on the ilium, mm, both sides, by the name of the strand end fixed there."""
        found = {}
        for index, point in enumerate(sacral_values()["ligaments"][ILIOLUMBAR]["ilium_mm"], start=1):
            place = transformed(self.frames[SACRUM], on_right(point))
            found[f"{SACRAL_JOINT}.{ILIOLUMBAR}.right.{index}.lower"] = place
            found[f"{SACRAL_JOINT}.{ILIOLUMBAR}.left.{index}.lower"] = mirrored(place)
        return found

    def follower(self) -> Target:
        """Target of the follower load on the sacrum: the centre of its endplate."""
        x, z = sacral_values()["body"]["follower_mm"]
        point = transformed(self.frames[SACRUM], np.array([x, 0.0, z]))
        return Target(point, (f"{SACRUM}.endplate.superior",), self.sites["patches"]["radius_mm"])

    def _sacral_rim(self, azimuth_deg: float) -> Target:
        """Target below the rim of the sacral endplate, at an azimuth about its centre (0 anterior, negative right)."""
        rim = in_body_frame(self._shape, self._shape.rim("superior", np.linspace(0.0, np.pi, _RIM_POINTS)))
        azimuth = np.degrees(np.arctan2(rim[:, 1], rim[:, 0]))
        local = rim[np.abs(azimuth - abs(azimuth_deg)).argmin()] * [1.0, np.sign(azimuth_deg), 1.0]
        if azimuth_deg in (0.0, 180.0):
            local[1] = 0.0
        local[2] -= self.sites["body_wall"]["distance_from_endplate_mm"]
        radius = self.sites["patches"]["radius_mm"]
        return Target(transformed(self.frames[SACRUM], local), (f"{SACRUM}.cortex",), radius)


def with_sacral_attachments(mesh: SegmentMesh, scene: Scene) -> SegmentMesh:
    """The mesh of a scene with the attachments and landmarks of the sacrum added."""
    targets = SacralTargets(scene)
    found: dict[str, Patch] = {}
    for name, target in targets.midline().items():
        found[name] = symmetric_patch(near_patch(mesh, mesh.surfaces, target), mesh.mirror)
    for name, target in targets.right().items():
        patch = near_patch(mesh, mesh.surfaces, target, right_only=True)
        found[name] = patch
        found[mirror_image(PartName(name))] = Patch(mesh.mirror[patch.nodes], patch.weights)
    follower = targets.follower()
    found[f"{SACRUM}.follower"] = symmetric_patch(near_patch(mesh, mesh.surfaces, follower), mesh.mirror)
    landmarks = {
        f"{SACRUM}.superior_endplate_centre": scene.frames[SACRUM][:3, 3].copy(),
        f"{SACRUM}.follower": follower.point,
        f"{SACRAL_JOINT}.disc_centre": scene.discs[SACRAL_JOINT].middle[:3, 3],
        **{
            f"{SACRAL_JOINT}.facet_centre.{side}": flip(targets.facets[SACRAL_JOINT].centre)
            for side, flip in (("right", np.copy), ("left", mirrored))
        },
        **targets.fixed(),
    }
    patches = dict(sorted({**mesh.patches, **found}.items()))
    return replace(mesh, patches=patches, landmarks={**mesh.landmarks, **landmarks})
