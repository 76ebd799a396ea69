"""Flat facets: the cut that makes an articular process flat, and the cartilage plate on it."""

from __future__ import annotations

from types import ModuleType

import numpy as np

from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.placement import FacetFrame
from fem_lumbar.anatomy.spine import JOINTS
from fem_lumbar.meshing.shapes import Section, closed_wire, loft, polygon_wire

PLATE_EXPONENT = 2.6
"""Exponent of the superelliptic outline of the cartilage."""
_MARGIN_MM = 14.0


def opposite_side(gmsh: ModuleType, facet: FacetFrame, offset: float, width: float, height: float, side: float) -> int:
    """Block that removes from a process all that lies beyond its own bony face.

    Its end towards the root of the process slopes, so that no ledge is left there.

    Parameters
    ----------
    facet : FacetFrame
        Middle of the joint gap.
    offset : float
        Distance of the bony face from the middle of the gap, mm.
    width, height : float
        Size of the face, mm.
    side : float
        −1 for the superior process of the lower vertebra, +1 for the inferior process of the upper one.
    """
    near = facet.centre + side * offset * facet.normal
    half_width, half_height = 0.5 * (width + _MARGIN_MM), 0.5 * (height + _MARGIN_MM)
    wires = []
    for depth in (0.0, _MARGIN_MM):
        root_end = side * (half_height + depth)
        tip_end = -side * half_height
        corners = [
            near - side * depth * facet.normal + a * half_width * facet.across + b * facet.up
            for a, b in ((-1, tip_end), (1, tip_end), (1, root_end), (-1, root_end))
        ]
        wires.append(polygon_wire(gmsh, np.array(corners)))
    return loft(gmsh, wires, ruled=True)


def cartilage_plate(
    gmsh: ModuleType, facet: FacetFrame, near: float, far: float, width: float, height: float, side: float
) -> int:
    """Plate of cartilage between the distances ``near`` and ``far`` (mm) from the middle of the gap."""
    wires = []
    for distance in (near, far):
        section = Section(
            facet.centre + side * distance * facet.normal,
            0.5 * width * facet.across,
            0.5 * height * facet.up,
            PLATE_EXPONENT,
        )
        wires.append(closed_wire(gmsh, section.points(16)))
    return loft(gmsh, wires, ruled=True)


def bony_facet(anatomy: Anatomy, name: str) -> tuple[float, float, float]:
    """Distance of the bone from the middle of the gap, width and height of a facet (mm)."""
    measures = anatomy.joints[name if name in JOINTS else JOINTS[0]]
    offset = 0.5 * measures.facet_gap_mm + measures.facet_cartilage_thickness_mm
    return offset, measures.facet_width_mm, measures.facet_height_mm
