"""Mid-surface between the two faces of a facet joint, curved across and straight along the joint."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.anatomy.measures import DiscAndFacetMeasures
from fem_lumbar.anatomy.placement import FacetFrame
from fem_lumbar.shape.details import details
from fem_lumbar.shape.jet import Jet, coordinate, root, superellipse

_BENT_WITHIN_MM = 11.0
"""Distance from the middle of the joint beyond which the surface is straight."""


@dataclass(frozen=True)
class FacetSurface:
    """Mid-surface of the gap of a joint on the right side.

    Attributes
    ----------
    frame : FacetFrame
        Mean plane in the global frame.
    measures : DiscAndFacetMeasures
        Width, height and curvature of the face, cartilage and gap.
    """

    frame: FacetFrame
    measures: DiscAndFacetMeasures

    @property
    def half_gap(self) -> float:
        """Distance of the cartilage from the mid-surface of the gap, mm."""
        return 0.5 * self.measures.facet_gap_mm

    @property
    def bone_offset(self) -> float:
        """Distance of the bone from the mid-surface of the gap, mm."""
        return self.half_gap + self.measures.facet_cartilage_thickness_mm

    def height(self, points: np.ndarray) -> Jet:
        """Signed distance of points (n, 3) from the surface, mm to first order, positive towards the upper vertebra."""
        curvature, width = self.measures.facet_curvature_per_mm, self.measures.facet_width_mm
        across = coordinate(points, self.frame.across, self.frame.centre)
        over = coordinate(points, self.frame.normal, self.frame.centre)
        bent = across.clipped(-_BENT_WITHIN_MM, _BENT_WITHIN_MM)
        beyond = across - bent
        surface = 0.5 * curvature * (bent * bent - width**2 / 16.0) + curvature * (bent * beyond)
        return (over - surface) / root((curvature * bent) * (curvature * bent) + 1.0)

    def outside(self, points: np.ndarray) -> Jet:
        """Signed distance from the outline of the face, mm, to first order, positive outside."""
        half_width, half_height = 0.5 * self.measures.facet_width_mm, 0.5 * self.measures.facet_height_mm
        across = coordinate(points, self.frame.across, self.frame.centre) / half_width
        along = coordinate(points, self.frame.up, self.frame.centre) / half_height
        return (superellipse(details()["facet"]["outline_exponent"], across, along) - 1.0) * min(
            half_width, half_height
        )
