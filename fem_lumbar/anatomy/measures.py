"""The typed measures of a vertebra, a joint and a ligament arch."""

from __future__ import annotations

from fem_lumbar.foundation.parameters import StrictModel

Point = tuple[float, float, float]
"""x anterior, lateral distance from the midline (positive), z cranial, in a body frame (mm)."""
SagittalPoint = tuple[float, float]
"""x anterior and z cranial in the mid-sagittal plane of a body frame (mm)."""


class VertebraMeasures(StrictModel):
    """Measures of one vertebra; points are in its body frame (origin: mean of the mid-sagittal body corners)."""

    body_height_anterior_mm: float
    body_height_posterior_mm: float
    superior_endplate_depth_mm: float
    inferior_endplate_depth_mm: float
    superior_endplate_width_mm: float
    inferior_endplate_width_mm: float
    superior_endplate_offset_mm: float
    endplate_posterior_concavity_mm: float
    waist_width_ratio: float
    waist_depth_ratio: float
    pedicle_centre_mm: Point
    pedicle_width_mm: float
    pedicle_height_mm: float
    pedicle_angle_deg: float
    lamina_anterior_mm: SagittalPoint
    lamina_height_mm: float
    lamina_thickness_mm: float
    spinous_tip_mm: SagittalPoint
    spinous_height_mm: float
    spinous_thickness_mm: float
    transverse_tip_mm: Point
    transverse_height_mm: float
    transverse_thickness_mm: float
    mammillary_tip_mm: Point
    mammillary_lower_pole_mm: Point
    accessory_tip_mm: Point
    follower_offset_mm: float


class DiscAndFacetMeasures(StrictModel):
    """Measures of one joint: the disc between two bodies and the pair of facet joints behind it."""

    disc_height_anterior_mm: float
    disc_height_posterior_mm: float
    disc_shift_mm: float
    disc_bulge_mm: float
    lateral_wedge_deg: float
    axial_rotation_deg: float
    lateral_shift_mm: float
    nucleus_area_fraction: float
    nucleus_depth_to_width: float
    nucleus_posterior_offset_mm: float
    facet_centre_mm: Point
    facet_angle_deg: float
    facet_inclination_deg: float
    facet_width_mm: float
    facet_height_mm: float
    facet_inferior_ratio: float
    facet_cartilage_thickness_mm: float
    facet_gap_mm: float
    facet_curvature_per_mm: float


TO_THE_LEFT = ("lateral_wedge_deg", "axial_rotation_deg", "lateral_shift_mm")
"""Measures of a joint that change sign in the mirror image."""

OF_A_NUCLEUS = ("nucleus_area_fraction", "nucleus_depth_to_width", "nucleus_posterior_offset_mm")
"""Measures of a joint that define its nucleus; a person given by surfaces has the nucleus of the template."""

NOT_ON_IMAGES = (
    "disc_bulge_mm",
    "facet_cartilage_thickness_mm",
    "facet_gap_mm",
    "facet_curvature_per_mm",
)
"""Measures of a joint that a person given by surfaces takes from the anatomy; no others act there."""


class FreeFacet(StrictModel):
    """Orientation of an articular process that meets no neighbour in the model."""

    centre_mm: Point
    angle_deg: float
    inclination_deg: float


class LigamentArch(StrictModel):
    """Geometry of the mamillo-accessory ligament of one vertebra and of the groove under it."""

    thickness_mm: float
    width_mm: float
    rise_mm: float
    groove_depth_mm: float
    groove_radius_mm: float
    spur_mm: float
