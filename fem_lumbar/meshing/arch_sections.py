"""Sections of a mamillo-accessory ligament and of the groove under it: where measures put those of the template."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from fem_lumbar.anatomy.measures import LigamentArch, VertebraMeasures
from fem_lumbar.anatomy.parameters import Anatomy, default_anatomy_values
from fem_lumbar.anatomy.placement import on_right, transformed
from fem_lumbar.meshing.section import Section
from fem_lumbar.shape.arch import Arch, placed_arch
from fem_lumbar.shape.details import details
from fem_lumbar.shape.placed import PlacedBone
from fem_lumbar.shape.vertebra import bone_shape

_ALONG = np.linspace(-0.9, 0.9, 5)
"""Sections of the free span: −1 at the mammillary, 1 at the accessory foot."""


@dataclass(frozen=True)
class ArchFrame:
    """Chord of an arch in the global frame, right side.

    Attributes
    ----------
    start, end : ndarray (3,)
        Mammillary and accessory foot, mm.
    along, outward, across : ndarray (3,)
        Unit vectors: along the chord, away from the bone, and along the width.
    """

    start: np.ndarray
    end: np.ndarray
    along: np.ndarray
    outward: np.ndarray
    across: np.ndarray

    @property
    def length(self) -> float:
        """Length of the chord, mm."""
        return float(np.linalg.norm(self.end - self.start))


def arch_frame(vertebra: VertebraMeasures, frame: np.ndarray, level: str) -> ArchFrame:
    """Chord of the arch of the template, whose feet have gone with the processes that they stand on.

    Parameters
    ----------
    vertebra : VertebraMeasures
    frame : (4, 4)
        Body frame in the global frame.
    level : str
    """
    usual, arch = _of_template(level)
    feet = (("mammillary_lower_pole_mm", arch.start), ("accessory_tip_mm", arch.end))
    start, end = (
        transformed(frame, foot + on_right(getattr(vertebra, name)) - on_right(getattr(usual, name)))
        for name, foot in feet
    )
    along = (end - start) / np.linalg.norm(end - start)
    outward = frame[:3, :3] @ arch.outward
    outward -= (outward @ along) * along
    outward /= np.linalg.norm(outward)
    return ArchFrame(start, end, along, outward, np.cross(along, outward))


@cache
def _of_template(level: str) -> tuple[VertebraMeasures, Arch]:
    """Measures of a vertebra of the template, and its arch in the body frame."""
    usual = Anatomy.model_validate(default_anatomy_values())
    bone = PlacedBone(bone_shape(level), np.eye(4))
    return usual.levels[level], placed_arch(bone, usual.levels[level], usual.mal[level])


def arch_corners(arch: ArchFrame, measures: LigamentArch) -> np.ndarray:
    """Corners (5, 4, 3), mm, of sections of the free span of an arch, whose middle is a parabola as on the template."""
    half_width, half_thickness = 0.5 * measures.width_mm, 0.5 * measures.thickness_mm
    at_feet = details()["arch"]["height_at_feet_mm"]
    bow = measures.rise_mm + half_thickness - at_feet
    sections = []
    for along in _ALONG:
        rest = 1.0 - along**2
        normal = arch.outward + 4.0 * bow / arch.length * along * arch.along
        normal /= np.linalg.norm(normal)
        centre = arch.start + 0.5 * (1.0 + along) * arch.length * arch.along + (at_feet + rest * bow) * arch.outward
        inner = rest * measures.spur_mm
        corners = [
            centre + a * half_width * arch.across + b * half_thickness * normal - spur * arch.outward
            for a, b, spur in ((-1, -1, inner), (1, -1, inner), (1, 1, 0.0), (-1, 1, 0.0))
        ]
        sections.append(corners)
    return np.array(sections)


def groove_sections(arch: ArchFrame, measures: LigamentArch) -> list[Section]:
    """Sections of the scoop that gives the groove under the chord its depth."""
    middle = arch.start + 0.5 * arch.length * arch.along
    half_length = 0.5 * measures.width_mm + 3.5
    sections = []
    for fraction, size in ((-1.0, 0.4), (-0.6, 0.85), (0.0, 1.0), (0.6, 0.85), (1.0, 0.4)):
        sections.append(
            Section(
                middle + fraction * half_length * arch.across,
                size * measures.groove_radius_mm * arch.along,
                size * measures.groove_depth_mm * arch.outward,
                exponent=2.0,
            )
        )
    return sections
