"""Anatomy of the segment: the typed measures by body and joint, their defaults and sources."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from fem_lumbar.anatomy.measures import TO_THE_LEFT, DiscAndFacetMeasures, FreeFacet, LigamentArch, VertebraMeasures
from fem_lumbar.anatomy.person import PersonSurfaces
from fem_lumbar.anatomy.posterior_cleft import PosteriorClefts
from fem_lumbar.anatomy.sides import SideMeasures
from fem_lumbar.anatomy.spine import ArchLevel, FreeFacetName, Joint, Level
from fem_lumbar.anatomy.transition import LumbosacralTransition
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.nested import merged
from fem_lumbar.foundation.parameters import Quantity, QuantityTree, StrictModel, read_data, read_quantities, values

_DATA = Path(__file__).parent / "data"


class Anatomy(StrictModel):
    """Everything that defines the geometry of the segment.

    ``right`` and ``left`` replace lateral measures on their side; with neither, and with straight joints, the segment
    is symmetric about the mid-sagittal plane.
    """

    source: Literal["smooth", "surfaces"] = Field(
        "smooth",
        description="smooth: bones of the template; "
        "surfaces: bones as in a person's files; gaps, cartilage, discs, MAL as here",
    )
    surfaces: PersonSurfaces = Field(default_factory=PersonSurfaces)
    size_percentile: float = Field(
        50.0, ge=3.0, le=97.0, description="size of the person: the default of every measure that goes with it"
    )
    levels: dict[Level, VertebraMeasures]
    joints: dict[Joint, DiscAndFacetMeasures]
    free_facets: dict[FreeFacetName, FreeFacet]
    mal: dict[ArchLevel, LigamentArch]
    lumbosacral: LumbosacralTransition = Field(
        default_factory=LumbosacralTransition, description="transition between the lowermost vertebra and the sacrum"
    )
    posterior_cleft: PosteriorClefts = Field(
        default_factory=dict, description="incomplete fusion of the arch by vertebra: its site, or site and filling"
    )
    right: SideMeasures = Field(default_factory=SideMeasures)
    left: SideMeasures = Field(default_factory=SideMeasures)

    def on(self, side: str) -> Anatomy:
        """The anatomy, without measures of single sides, whose right side is ``side`` of this one, mirrored if left."""
        common = self.model_dump(by_alias=True, exclude={"right", "left", "surfaces", "source"})
        if side == "left":
            for joint in common["joints"].values():
                joint.update({key: -joint[key] for key in TO_THE_LEFT})
        own = getattr(self, side).model_dump(exclude_none=True)
        return Anatomy.model_validate(merged(common, own))

    @property
    def is_symmetric(self) -> bool:
        """Whether the segment is its own mirror image; no person's is."""
        return self.source != "surfaces" and self.on("right") == self.on("left")


TEMPLATE = "smooth"
"""Source of an anatomy with the bones of the template, and name of the template in stored results."""
MEASURED_SOURCE = (
    "measured on the template, which is fitted to the mean surfaces of Clouthier et al. 2023, J Biomech 146:111421"
)
_CHOSEN_MEASURES = ("disc_height_anterior_mm", "disc_height_posterior_mm")
"""Measures of the template that are not taken from the mean surfaces."""
_CHOSEN_SOURCE = "mean of both heights, and lordosis, as in the literature; {source}"


@cache
def published_quantities() -> QuantityTree:
    """Measures in the literature with unit, source, range and limits, nested like :class:`Anatomy`."""
    return {
        "levels": read_quantities(_DATA / "vertebrae.yaml"),
        "joints": read_quantities(_DATA / "joints.yaml"),
        "free_facets": read_quantities(_DATA / "free_facets.yaml"),
        "mal": read_quantities(_DATA / "mal.yaml"),
    }


@cache
def anatomy_quantities() -> QuantityTree:
    """Default measures: those measured on the shape of the template, all others from the literature."""
    return _with_measures(published_quantities(), template_measures())


def default_anatomy_values() -> dict[str, Any]:
    """Plain nested default values, onto which the ``anatomy`` section of a scenario is merged."""
    return {"source": TEMPLATE, **values(anatomy_quantities())}


@cache
def template_measures() -> dict[str, Any]:
    """Measures of the template, nested like an anatomy, without those that its shape does not show."""
    return read_data(_DATA / "template.yaml")


def _with_measures(tree: QuantityTree, measured: dict[str, Any]) -> QuantityTree:
    """Quantities with their values replaced by those measured on the template, where there are any."""
    found = dict(tree)
    for key, value in measured.items():
        quantity = tree[key]
        if not isinstance(quantity, Quantity):
            found[key] = _with_measures(quantity, value)
        elif key in _CHOSEN_MEASURES:
            source = _CHOSEN_SOURCE.format(source=quantity.source)
            found[key] = quantity.model_copy(update={"value": value, "source": source})
        else:
            told = {"value": value, "source": MEASURED_SOURCE, "confidence": "measured"}
            found[key] = quantity.model_copy(update=told)
    return found


def values_outside_limits(anatomy: Anatomy) -> list[str]:
    """Measures outside the limits for which the geometry can be built, one sentence each.

    Parameters
    ----------
    anatomy : Anatomy
        The anatomy to check.
    """
    found: list[str] = []

    def visit(tree: QuantityTree | Quantity, value: Any, path: str) -> None:
        if isinstance(tree, Quantity):
            if tree.limits is not None and not tree.limits[0] <= value <= tree.limits[1]:
                low, high = tree.limits
                message = f"{path} is {value:g} {tree.unit}; the geometry takes {low:g} to {high:g}"
                found.extend([] if message in found else [message])
            return
        for key, item in tree.items():
            visit(item, value[key], f"{path}.{key}")

    for side in SIDES:
        plain = anatomy.on(side).model_dump(by_alias=True)
        for section, tree in anatomy_quantities().items():
            visit(tree, plain[section], f"anatomy.{section}")
    return found
