"""Parametric anatomy of L3, L4 and L5: the typed measures, their defaults and where they come from."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from fem_lumbar.conventions import JOINTS, LEVELS
from fem_lumbar.parameters import Quantity, QuantityTree, StrictModel, read_quantities, values

_DATA = Path(__file__).parent / "data"
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


class FreeFacet(StrictModel):
    """Orientation of an articular process that meets no neighbour in the model."""

    centre_mm: Point
    angle_deg: float
    inclination_deg: float


class FreeFacets(StrictModel):
    """The articular processes at the two ends of the segment."""

    L3_superior: FreeFacet
    L5_inferior: FreeFacet


class LigamentArch(StrictModel):
    """Geometry of the mamillo-accessory ligament of one vertebra and of the groove under it."""

    thickness_mm: float
    width_mm: float
    rise_mm: float
    groove_depth_mm: float
    groove_radius_mm: float


class Levels(StrictModel):
    """The three vertebrae."""

    L3: VertebraMeasures
    L4: VertebraMeasures
    L5: VertebraMeasures

    def __getitem__(self, level: str) -> VertebraMeasures:
        return getattr(self, level)


class Joints(StrictModel):
    """The two motion segments, by name ``L3-L4`` and ``L4-L5``."""

    model_config = StrictModel.model_config | {"populate_by_name": True, "serialize_by_alias": True}

    L3_L4: DiscAndFacetMeasures = Field(alias="L3-L4")
    L4_L5: DiscAndFacetMeasures = Field(alias="L4-L5")

    def __getitem__(self, joint: str) -> DiscAndFacetMeasures:
        return getattr(self, joint.replace("-", "_"))


class LigamentArches(StrictModel):
    """The ligament arches of the three vertebrae (the same on both sides)."""

    L3: LigamentArch
    L4: LigamentArch
    L5: LigamentArch

    def __getitem__(self, level: str) -> LigamentArch:
        return getattr(self, level)


class Anatomy(StrictModel):
    """Everything that defines the geometry of the segment, symmetric about the mid-sagittal plane."""

    source: Literal["parametric"] = "parametric"
    levels: Levels
    joints: Joints
    free_facets: FreeFacets
    mal: LigamentArches


@cache
def anatomy_quantities() -> QuantityTree:
    """Default measures with unit, source, range and limits, nested like :class:`Anatomy`."""
    return {
        "levels": read_quantities(_DATA / "vertebrae.yaml"),
        "joints": read_quantities(_DATA / "joints.yaml"),
        "free_facets": read_quantities(_DATA / "free_facets.yaml"),
        "mal": read_quantities(_DATA / "mal.yaml"),
    }


def default_anatomy_values() -> dict[str, Any]:
    """Plain nested default values: what the ``anatomy`` section of a scenario is merged onto."""
    return {"source": "parametric", **values(anatomy_quantities())}


def values_outside_limits(anatomy: Anatomy) -> list[str]:
    """Measures outside the limits of what the geometry can take, each as one sentence.

    Parameters
    ----------
    anatomy : Anatomy
        The anatomy to check.
    """
    plain = anatomy.model_dump(by_alias=True)
    found: list[str] = []

    def visit(tree: QuantityTree | Quantity, value: Any, path: str) -> None:
        if isinstance(tree, Quantity):
            if tree.limits is not None and not tree.limits[0] <= value <= tree.limits[1]:
                low, high = tree.limits
                found.append(f"{path} is {value:g} {tree.unit}; the geometry takes {low:g} to {high:g}")
            return
        for key, item in tree.items():
            visit(item, value[key], f"{path}.{key}")

    for section, tree in anatomy_quantities().items():
        visit(tree, plain[section], f"anatomy.{section}")
    return found


assert tuple(Levels.model_fields) == LEVELS and tuple(f.alias for f in Joints.model_fields.values()) == JOINTS
