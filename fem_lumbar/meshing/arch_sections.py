"""The mamillo-accessory ligament: an arch between two processes of one vertebra, and the groove under it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.anatomy.parameters import LigamentArch, VertebraMeasures
from fem_lumbar.anatomy.placement import on_right, transformed
from fem_lumbar.meshing.section import Section

_OUTWARD = np.array([-0.75, -0.65, 0.0])
"""Roughly away from the bone at the groove, right side: posterolateral."""
_FOOT_RISE = 0.2
"""Height of the mammillary foot above the lower pole, as a fraction of the way to the tip of the process."""
_FOOT_DEPTH_MM = 1.6
"""Distance of the mammillary foot in front of the dorsal ridge of the process."""
_EMBEDDED = 0.18
"""Length of each end sunk into the bone before it is trimmed there, as a fraction of the chord."""


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


def arch_frame(vertebra: VertebraMeasures, frame: np.ndarray) -> ArchFrame:
    """Chord from the lower part of the mammillary process to the tip of the accessory process."""
    pole, tip = on_right(vertebra.mammillary_lower_pole_mm), on_right(vertebra.mammillary_tip_mm)
    start = transformed(frame, pole + _FOOT_RISE * (tip - pole) + np.array([_FOOT_DEPTH_MM, 0.0, 0.0]))
    end = transformed(frame, on_right(vertebra.accessory_tip_mm))
    along = (end - start) / np.linalg.norm(end - start)
    outward = frame[:3, :3] @ _OUTWARD
    outward -= (outward @ along) * along
    outward /= np.linalg.norm(outward)
    return ArchFrame(start, end, along, outward, np.cross(along, outward))


def arch_corners(arch: ArchFrame, measures: LigamentArch) -> np.ndarray:
    """Corners (9, 4, 3), mm, of the rectangular sections of an arch whose ends are sunk in the bone."""
    sections = []
    half_width, half_thickness = 0.5 * measures.width_mm, 0.5 * measures.thickness_mm
    for fraction in np.linspace(-_EMBEDDED, 1.0 + _EMBEDDED, 9):
        bow = 1.0 - (2.0 * fraction - 1.0) ** 4
        height = half_thickness + measures.rise_mm * bow
        slope = -8.0 * measures.rise_mm * (2.0 * fraction - 1.0) ** 3 / arch.length
        normal = arch.outward - slope * arch.along
        normal /= np.linalg.norm(normal)
        centre = arch.start + fraction * arch.length * arch.along + height * arch.outward
        inner = max(bow, 0.0) * measures.spur_mm
        corners = [
            centre + a * half_width * arch.across + b * half_thickness * normal - spur * arch.outward
            for a, b, spur in ((-1, -1, inner), (1, -1, inner), (1, 1, 0.0), (-1, 1, 0.0))
        ]
        sections.append(corners)
    return np.array(sections)


def groove_sections(arch: ArchFrame, measures: LigamentArch) -> list[Section]:
    """Sections of a scoop to be cut from the bone so that the groove under the chord has its depth."""
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
