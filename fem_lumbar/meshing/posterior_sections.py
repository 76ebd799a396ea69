"""Cross-sections of the posterior elements of a vertebra, right half, from the measures.

Sizes below given as fractions or as small lengths are shape choices by eye on the mean surfaces of
Clouthier et al. 2023; every measure with a name comes from the anatomy.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fem_lumbar.anatomy.parameters import VertebraMeasures
from fem_lumbar.anatomy.placement import FacetFrame, on_right, transformed
from fem_lumbar.meshing.section import Section

ANTERIOR, LATERAL, CRANIAL = np.array([1.0, 0.0, 0.0]), np.array([0.0, -1.0, 0.0]), np.array([0.0, 0.0, 1.0])
"""Axes of the body frame on the right side."""


class PosteriorElements:
    """Cross-sections of the posterior elements of one vertebra, right side, in the global frame.

    Parameters
    ----------
    vertebra : VertebraMeasures
    frame : ndarray (4, 4)
        Body frame in the global frame.
    """

    def __init__(self, vertebra: VertebraMeasures, frame: np.ndarray):
        self.vertebra = vertebra
        self.frame = frame
        x, z = vertebra.lamina_anterior_mm
        pedicle_x, pedicle_lateral, _ = vertebra.pedicle_centre_mm
        self.pars = on_right((0.5 * (x + pedicle_x) - 2.75, pedicle_lateral - 1.0, z - 4.5))
        self.lamina_centre = np.array(
            [x - 0.5 * vertebra.lamina_thickness_mm - 2.0, 0.0, z + 1.0 - 0.5 * vertebra.lamina_height_mm]
        )

    def _placed(self, sections: list[Section]) -> list[Section]:
        """Cross-sections given in the body frame, transformed to the global frame."""
        rotation = self.frame[:3, :3]
        return [
            replace(s, centre=transformed(self.frame, s.centre), first=rotation @ s.first, second=rotation @ s.second)
            for s in sections
        ]

    def pedicle(self) -> list[Section]:
        """From inside the body to the root of the articular and transverse processes."""
        v = self.vertebra
        angle = np.radians(v.pedicle_angle_deg)
        axis = np.array([np.cos(angle), np.sin(angle), 0.0])
        side = np.array([np.sin(angle), -np.cos(angle), 0.0])
        centre = on_right(v.pedicle_centre_mm)
        sections = []
        for along, lift, width, height in ((12.0, 0.0, 1.0, 0.95), (0.0, 0.0, 1.0, 1.0), (-9.5, -1.0, 0.85, 0.75)):
            sections.append(
                Section(
                    centre + along * axis + lift * CRANIAL,
                    0.5 * width * v.pedicle_width_mm * side,
                    0.5 * height * v.pedicle_height_mm * CRANIAL,
                )
            )
        return self._placed(sections)

    def lamina(self) -> list[Section]:
        """From the midline to the pars interarticularis."""
        v = self.vertebra
        slope = np.array([-0.5, 0.0, -0.87])
        half_height, half_depth = 0.5 * v.lamina_height_mm, 0.5 * v.lamina_thickness_mm
        middle = self.lamina_centre
        between = np.array([self.pars[0] - 1.2, 0.6 * self.pars[1], 0.5 * (middle[2] + self.pars[2])])
        return self._placed(
            [
                Section(middle + np.array([-0.8, 2.0, 0.0]), half_depth * ANTERIOR, half_height * slope),
                Section(between, 1.15 * half_depth * ANTERIOR, 0.9 * half_height * slope),
                Section(self.pars, 1.35 * half_depth * ANTERIOR, 0.75 * half_height * slope),
                Section(self.pars + 3.2 * LATERAL, 0.8 * half_depth * ANTERIOR, 0.45 * half_height * slope),
            ],
        )

    def spinous_process(self) -> list[Section]:
        """Midline plate from the lamina to the tip."""
        v = self.vertebra
        tip = np.array([v.spinous_tip_mm[0], 0.0, v.spinous_tip_mm[1]])
        root = self.lamina_centre + np.array([1.0, 0.0, 0.0])
        sections = []
        for fraction, drop, height, thickness in (
            (0.0, 1.0, 0.9, 2.2),
            (0.18, 1.4, 0.95, 1.5),
            (0.45, 1.8, 1.05, 0.95),
            (0.92, 0.6, 0.95, 1.1),
            (1.0, 0.0, 0.6, 0.7),
        ):
            sections.append(
                Section(
                    root + fraction * (tip - root) - drop * CRANIAL,
                    0.5 * thickness * v.spinous_thickness_mm * LATERAL,
                    0.5 * height * v.spinous_height_mm * CRANIAL,
                )
            )
        return self._placed(sections)

    def transverse_process(self) -> list[Section]:
        """From the back of the pedicle to the lateral tip."""
        v = self.vertebra
        tip = on_right(v.transverse_tip_mm)
        root = on_right(v.pedicle_centre_mm) + np.array([-5.0, -1.0, -2.0])
        axis = (tip - root) / np.linalg.norm(tip - root)
        depth = np.cross(axis, CRANIAL)
        depth /= np.linalg.norm(depth)
        sections = []
        for fraction, height, thickness in (
            (0.0, 1.25, 1.7),
            (0.45, 1.0, 1.05),
            (0.93, 0.95, 0.9),
            (1.0, 0.65, 0.65),
        ):
            sections.append(
                Section(
                    root + fraction * (tip - root),
                    0.5 * thickness * v.transverse_thickness_mm * depth,
                    0.5 * height * v.transverse_height_mm * CRANIAL,
                )
            )
        return self._placed(sections)

    def accessory_process(self) -> list[Section]:
        """Bump at the root of the transverse process, ending just beyond the foot of the ligament arch."""
        v = self.vertebra
        tip = on_right(v.accessory_tip_mm)
        root = on_right((v.pedicle_centre_mm[0] - 6.0, v.pedicle_centre_mm[1] + 3.0, v.accessory_tip_mm[2] + 2.0))
        axis = (tip - root) / np.linalg.norm(tip - root)
        side = np.cross(axis, CRANIAL)
        side /= np.linalg.norm(side)
        upward = np.cross(side, axis)
        return self._placed(
            [
                Section(root, 4.2 * side, 4.8 * upward),
                Section(tip - 2.0 * axis, 3.4 * side, 4.1 * upward),
                Section(tip + 0.5 * axis, 2.5 * side, 3.0 * upward),
            ],
        )

    def mammillary_process(self) -> list[Section]:
        """Upright ridge on the back of the superior articular process."""
        v = self.vertebra
        tip, pole = on_right(v.mammillary_tip_mm), on_right(v.mammillary_lower_pole_mm)
        sections = []
        for centre, half_depth, half_width in (
            (pole + np.array([7.0, 1.2, -6.0]), 2.8, 2.4),
            (pole + np.array([3.2, 0.4, -0.8]), 4.8, 3.5),
            (tip + np.array([4.2, 0.0, 0.0]), 4.4, 3.6),
            (tip + np.array([6.5, 0.0, 6.0]), 2.8, 2.3),
        ):
            sections.append(Section(centre, half_depth * ANTERIOR, half_width * LATERAL, exponent=2.2))
        return self._placed(sections)

    def superior_process(self, facet: FacetFrame, offset: float, width: float, height: float) -> list[Section]:
        """Superior articular process behind the face ``facet`` (global frame).

        ``offset`` is the distance of the bone from the middle of the joint gap, ``width`` and ``height`` are
        those of the face (mm).
        """
        base = transformed(self.frame, self.pars + np.array([1.5, -1.5, 1.5]))
        half_width, half_height = 0.5 * width + 1.6, 0.5 * height
        back = facet.centre - (offset + 3.0) * facet.normal
        sections = [Section(base, 6.0 * facet.across, 4.5 * facet.normal)]
        for along, deeper, wide, thick in (
            (-0.75 * half_height, 0.4, 1.0, 4.6),
            (0.1 * half_height, 0.0, 1.0, 4.3),
            (half_height, 0.0, 0.85, 4.0),
            (half_height + 2.4, 0.6, 0.5, 2.4),
        ):
            sections.append(
                Section(
                    back + along * facet.up - deeper * facet.normal,
                    wide * half_width * facet.across,
                    thick * facet.normal,
                    exponent=2.8,
                )
            )
        return sections

    def inferior_process(self, facet: FacetFrame, offset: float, width: float, height: float) -> list[Section]:
        """Inferior articular process behind the face ``facet`` (global frame)."""
        base = transformed(self.frame, self.pars + np.array([-1.5, 2.5, -1.0]))
        half_width, half_height = 0.5 * width + 1.4, 0.5 * height
        back = facet.centre + (offset + 3.6) * facet.normal
        sections = [Section(base, 6.0 * facet.across, 5.0 * facet.normal)]
        for along, deeper, wide, thick in (
            (0.75 * half_height, 0.6, 1.0, 5.4),
            (-0.1 * half_height, 0.0, 1.0, 5.0),
            (-half_height, 0.0, 0.85, 4.6),
            (-half_height - 2.0, 0.6, 0.5, 2.6),
        ):
            sections.append(
                Section(
                    back + along * facet.up + deeper * facet.normal,
                    wide * half_width * facet.across,
                    thick * facet.normal,
                    exponent=2.8,
                )
            )
        return sections
