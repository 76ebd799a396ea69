"""Where ligaments and muscles attach: target points on the right side and in the midline, and landmarks.

Positions follow the named measures of the anatomy and the sites of ``anatomy/data/attachments.yaml``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.anatomy.attachment_sites import attachment_values
from fem_lumbar.anatomy.endplates import endplate_size, kidney_radius
from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.placement import body_corners, endplate_frame, facet_frames, level_frames, on_right, transformed
from fem_lumbar.anatomy.spine import JOINTS, KIND, LEVELS, joint_levels
from fem_lumbar.foundation.conventions import mirrored
from fem_lumbar.meshing.posterior_sections import PosteriorElements


@dataclass(frozen=True)
class Target:
    """Target of an attachment: ``point`` (3,) mm, the surfaces it lies on, and the radius (mm) of the patch."""

    point: np.ndarray
    surfaces: tuple[str, ...]
    radius: float


class AttachmentTargets:
    """Targets of all ligament strands and muscles of an anatomy."""

    def __init__(self, anatomy: Anatomy):
        self.anatomy = anatomy
        self.frames = level_frames(anatomy)
        self.facets = facet_frames(anatomy)
        self.shape = {level: PosteriorElements(anatomy.levels[level], self.frames[level]) for level in LEVELS}
        self.sites = attachment_values()

    def midline(self) -> dict[str, Target]:
        """Targets in the mid-sagittal plane."""
        found = {}
        for joint in JOINTS:
            upper, lower = joint_levels(joint)
            for end, level, face in (("upper", upper, "inferior"), ("lower", lower, "superior")):
                found[f"{joint}.ALL.3.{end}"] = self._rim(level, face, 0.0)
                found[f"{joint}.PLL.3.{end}"] = self._rim(level, face, 180.0)
                edge = -1.0 if end == "upper" else 1.0
                for name in ("ISL", "SSL"):
                    site = self.sites["ligaments"][name]
                    for index, fraction in enumerate(site["length_fraction"], start=1):
                        found[f"{joint}.{name}.{index}.{end}"] = self._spinous(level, fraction, site["border"] * edge)
        return found

    def right(self) -> dict[str, Target]:
        """Targets on the right side; the left ones are their mirror images."""
        found = {}
        ligaments = self.sites["ligaments"]
        for joint in JOINTS:
            upper, lower = joint_levels(joint)
            for end, level, face in (("upper", upper, "inferior"), ("lower", lower, "superior")):
                for index, azimuth in enumerate(ligaments["ALL"]["azimuth_deg"], start=1):
                    found[f"{joint}.ALL.{index}.{end}"] = self._rim(level, face, azimuth)
                for index, lateral in enumerate(ligaments["PLL"]["lateral_mm"], start=1):
                    half_width = 0.5 * endplate_size(self.anatomy.levels[level], face)[1]
                    azimuth = np.degrees(np.pi - np.arcsin(-lateral / half_width))
                    found[f"{joint}.PLL.{index}.{end}"] = self._rim(level, face, -azimuth)
                flavum = ligaments["LF"]
                for index, fraction in enumerate(flavum["lateral_fraction"], start=1):
                    found[f"{joint}.LF.right.{index}.{end}"] = self._lamina(
                        level, fraction, flavum[f"{end}_caudal"], flavum[f"{end}_anterior"]
                    )
                for index, fraction in enumerate(ligaments["ITL"]["length_fraction"], start=1):
                    found[f"{joint}.ITL.right.{index}.{end}"] = self._transverse(
                        level, fraction, -1.0 if end == "upper" else 1.0
                    )
                for index in range(len(ligaments["CL"]["rest_length_ratio"])):
                    found[f"{joint}.CL.right.{index + 1}.{end}"] = self._capsule(joint, level, end, index)
        for level in LEVELS:
            found.update(self._muscles(level))
        return found

    def landmarks(self) -> dict[str, np.ndarray]:
        """Named anatomical points in the global frame, both sides, mm."""
        found: dict[str, np.ndarray] = {}
        for level in LEVELS:
            vertebra, frame = self.anatomy.levels[level], self.frames[level]
            for name, corner in body_corners(vertebra).items():
                found[f"{level}.{name}_corner"] = transformed(frame, corner)
            for face in ("superior", "inferior"):
                found[f"{level}.{face}_endplate_centre"] = (frame @ endplate_frame(vertebra, face))[:3, 3]
            found[f"{level}.body_centre"] = frame[:3, 3].copy()
            found[f"{level}.follower"] = self.follower_point(level)
            found[f"{level}.spinous_tip"] = transformed(
                frame, np.array([vertebra.spinous_tip_mm[0], 0.0, vertebra.spinous_tip_mm[1]])
            )
            for name in ("transverse_tip", "mammillary_tip", "mammillary_lower_pole", "accessory_tip"):
                point = transformed(frame, on_right(getattr(vertebra, f"{name}_mm")))
                found[f"{level}.{name}.right"], found[f"{level}.{name}.left"] = point, mirrored(point)
        for joint in JOINTS:
            centre = self.facets[joint].centre
            found[f"{joint}.facet_centre.right"], found[f"{joint}.facet_centre.left"] = centre, mirrored(centre)
            upper, lower = joint_levels(joint)
            found[f"{joint}.disc_centre"] = 0.5 * (
                found[f"{upper}.inferior_endplate_centre"] + found[f"{lower}.superior_endplate_centre"]
            )
        return found

    def follower_point(self, level: str) -> np.ndarray:
        """Point (3,) of the body through which the follower load runs, in the global frame, mm."""
        return transformed(self.frames[level], np.array([self.anatomy.levels[level].follower_offset_mm, 0.0, 0.0]))

    def _rim(self, level: str, face: str, azimuth_deg: float) -> Target:
        vertebra = self.anatomy.levels[level]
        azimuth = np.radians(azimuth_deg)
        radius = kidney_radius(azimuth, *endplate_size(vertebra, face))
        distance = self.sites["body_wall"]["distance_from_endplate_mm"]
        below = -distance if face == "superior" else distance
        local = np.array([radius * np.cos(azimuth), radius * np.sin(azimuth), below])
        point = transformed(self.frames[level] @ endplate_frame(vertebra, face), local)
        if azimuth_deg in (0.0, 180.0):
            point[1] = 0.0
        return Target(point, (f"{level}.cortex",), self.sites["patches"]["radius_mm"])

    def _spinous(self, level: str, fraction: float, edge: float) -> Target:
        """On the spinous process: fraction of its length, ``edge`` −1 caudal to +1 cranial border."""
        vertebra, shape = self.anatomy.levels[level], self.shape[level]
        tip = np.array([vertebra.spinous_tip_mm[0], 0.0, vertebra.spinous_tip_mm[1]])
        point = shape.lamina_centre + fraction * (tip - shape.lamina_centre)
        return self._posterior(level, point + 0.5 * edge * vertebra.spinous_height_mm * np.array([0.0, 0.0, 1.0]))

    def _lamina(self, level: str, fraction: float, down: float, anterior: float) -> Target:
        """On the lamina: fraction from the midline to the pars, ``down`` and ``anterior`` in half sizes."""
        vertebra, shape, site = self.anatomy.levels[level], self.shape[level], self.sites["lamina"]
        point = shape.lamina_centre + fraction * (shape.pars - shape.lamina_centre)
        point = point + site["height_share"] * down * vertebra.lamina_height_mm * np.array(site["caudal_direction"])
        point = point + site["thickness_share"] * anterior * vertebra.lamina_thickness_mm * np.array([1.0, 0.0, 0.0])
        return self._posterior(level, point)

    def _transverse(self, level: str, fraction: float, edge: float) -> Target:
        """On the transverse process: fraction of its length, ``edge`` −1 caudal to +1 cranial border."""
        vertebra, site = self.anatomy.levels[level], self.sites["transverse_process"]
        tip, root = on_right(vertebra.transverse_tip_mm), on_right(vertebra.pedicle_centre_mm)
        root = root + np.array(site["root_offset_mm"])
        lift = site["height_share"] * edge * vertebra.transverse_height_mm * np.array([0.0, 0.0, 1.0])
        return self._posterior(level, root + fraction * (tip - root) + lift)

    def _capsule(self, joint: str, level: str, end: str, index: int) -> Target:
        """Attachment of bundle ``index`` of the facet capsule on the upper or lower vertebra."""
        measures, facet, site = self.anatomy.joints[joint], self.facets[joint], self.sites["ligaments"]["CL"]
        towards = facet.normal if end == "upper" else -facet.normal
        point = facet.centre + (
            (0.5 * measures.facet_width_mm + site[f"{end}_beyond_edge_mm"][index]) * facet.across
            + 0.5 * measures.facet_height_mm * site[f"{end}_height_share"][index] * facet.up
            + site[f"{end}_depth_mm"][index] * towards
        )
        return Target(point, (f"{level}.posterior",), self.sites["patches"]["capsule_radius_mm"])

    def _muscles(self, level: str) -> dict[str, Target]:
        vertebra = self.anatomy.levels[level]
        site, lamina = self.sites["muscles"]["spinous"], self.sites["muscles"]["lamina"]
        x, z = vertebra.spinous_tip_mm
        spinous = (
            x + site["tip_offset_mm"],
            site["thickness_share"] * vertebra.spinous_thickness_mm,
            z - site["height_share"] * vertebra.spinous_height_mm,
        )
        targets = {
            "mammillary": self._posterior(level, on_right(vertebra.mammillary_tip_mm)),
            "accessory": self._posterior(level, on_right(vertebra.accessory_tip_mm)),
            "transverse": self._posterior(level, on_right(vertebra.transverse_tip_mm)),
            "spinous": self._posterior(level, on_right(spinous)),
            "lamina": self._lamina(level, lamina["lateral_fraction"], lamina["caudal"], lamina["anterior"]),
        }
        return {f"{level}.{process}.right": targets[process] for process in KIND[level].processes}

    def _posterior(self, level: str, local: np.ndarray) -> Target:
        radius = self.sites["patches"]["radius_mm"]
        return Target(transformed(self.frames[level], local), (f"{level}.posterior",), radius)
