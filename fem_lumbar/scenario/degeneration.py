"""Degenerated discs and facet joints of a scenario: grades, and their factors on shape and tissue."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from fem_lumbar.anatomy.parameters import Anatomy, anatomy_quantities
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.nested import merged
from fem_lumbar.foundation.parameters import Quantity, QuantityTree, StrictModel, read_quantities
from fem_lumbar.materials.overrides import given
from fem_lumbar.materials.tissues import JointTissues, Materials
from fem_lumbar.scenario.problems import KeyPath, dotted
from fem_lumbar.scenario.sections import JointName, Side

CAPSULE = "CL"
HEIGHTS = ("disc_height_anterior_mm", "disc_height_posterior_mm")
SHAPES = ("height_loss", "bulge_ratio", "cartilage_thickness_ratio", "gap_ratio")
"""Numbers of a grade that change the mesh; all others change tissue."""

Grade = Literal[0, 1, 2, 3]


@cache
def degeneration_quantities() -> QuantityTree:
    """Numbers of each grade: part (``disc``, ``facets``), number, ``grade_1`` to ``grade_3``."""
    return read_quantities(Path(str(files("fem_lumbar.scenario") / "data" / "degeneration.yaml")))


@cache
def key_quantities() -> QuantityTree:
    """Quantity of each number for keys that override it: no value, and the union of the ranges of all grades."""
    return {
        part: {name: _of_any(one) for name, one in tree.items()} for part, tree in degeneration_quantities().items()
    }


def _of_any(grades: dict[str, Quantity]) -> Quantity:
    first, ranges = grades["grade_1"], [one.range for one in grades.values() if one.range is not None]
    assumed = any(one.confidence == "own-estimate" for one in grades.values())
    update = {
        "value": None,
        "range": (min(low for low, _ in ranges), max(high for _, high in ranges)),
        "confidence": "own-estimate" if assumed else first.confidence,
    }
    return first.model_copy(update=update)


def _number(part: str, name: str) -> Any:
    quantity = key_quantities()[part][name]
    return Field(None, description=f"{quantity.note} (default: that of the grade)")


def _neutral(name: str) -> float:
    """Value of a number without effect."""
    return 0.0 if name in ("height_loss", "fibre_slack") else 1.0


class _Graded(StrictModel):
    """A grade and optional numbers that replace those of the grade."""

    part: ClassVar[str]
    grade: Grade = Field(description="0 none, 1 mild, 2 moderate, 3 severe")

    @property
    def acts(self) -> bool:
        """Whether it may differ from a healthy part."""
        return self.grade > 0 or self.model_dump(exclude_none=True).keys() != {"grade"}

    def of(self, name: str) -> float:
        """A number: the one given, or that of the grade; the neutral value for grade 0."""
        own: float | None = getattr(self, name)
        if own is not None:
            return own
        quantity = self.quantity(name)
        return _neutral(name) if quantity is None else float(quantity.value)

    @property
    def shape_changes(self) -> dict[str, float]:
        """Numbers that change the mesh, each with its neutral value."""
        shapes = [name for name in SHAPES if name in type(self).model_fields]
        return {name: _neutral(name) for name in shapes if self.of(name) != _neutral(name)}

    def quantity(self, name: str) -> Quantity | None:
        """Quantity (value and source) of a number of the grade; None for grade 0."""
        found: Quantity | None = degeneration_quantities()[self.part][name].get(f"grade_{self.grade}")
        return found


class DiscDegeneration(_Graded):
    """Grade of a disc on the radiographic scale, and what it means for shape and tissue."""

    part: ClassVar[str] = "disc"
    height_loss: float | None = _number("disc", "height_loss")
    bulge_ratio: float | None = _number("disc", "bulge_ratio")
    nucleus_shear_ratio: float | None = _number("disc", "nucleus_shear_ratio")
    nucleus_bulk_ratio: float | None = _number("disc", "nucleus_bulk_ratio")
    swelling_ratio: float | None = _number("disc", "swelling_ratio")
    annulus_ground_ratio: float | None = _number("disc", "annulus_ground_ratio")
    annulus_fibre_ratio: float | None = _number("disc", "annulus_fibre_ratio")
    fibre_slack: float | None = _number("disc", "fibre_slack")


class FacetDegeneration(_Graded):
    """Grade of one facet joint, and what it means for shape and tissue."""

    part: ClassVar[str] = "facets"
    cartilage_thickness_ratio: float | None = _number("facets", "cartilage_thickness_ratio")
    cartilage_modulus_ratio: float | None = _number("facets", "cartilage_modulus_ratio")
    gap_ratio: float | None = _number("facets", "gap_ratio")
    capsule_ratio: float | None = _number("facets", "capsule_ratio")


class JointDegeneration(StrictModel):
    """Degeneration of one joint; a bare grade stands for a map with that grade."""

    disc: Grade | DiscDegeneration = Field(0, description="grade of the disc, or grade and numbers in place of its own")
    facets: dict[Side, Grade | FacetDegeneration] = Field(
        default_factory=dict, description="grade of each facet joint, or grade and numbers in place of its own"
    )

    @field_validator("disc", mode="after")
    @classmethod
    def _disc(cls, value: Any) -> DiscDegeneration:
        return DiscDegeneration(grade=value) if isinstance(value, int) else value

    @field_validator("facets", mode="after")
    @classmethod
    def _facets(cls, value: dict[str, Any]) -> dict[str, FacetDegeneration]:
        return {k: FacetDegeneration(grade=one) if isinstance(one, int) else one for k, one in value.items()}

    @property
    def graded_disc(self) -> DiscDegeneration:
        """The disc as grade and numbers."""
        return self.disc if isinstance(self.disc, DiscDegeneration) else DiscDegeneration(grade=self.disc)

    def facet(self, side: str) -> FacetDegeneration:
        """A facet joint as grade and numbers."""
        found = self.facets.get(side, 0)
        return found if isinstance(found, FacetDegeneration) else FacetDegeneration(grade=found)

    def parts(self) -> Iterator[tuple[KeyPath, DiscDegeneration | FacetDegeneration]]:
        """Key path below the joint, and grade, of each part that may differ from healthy."""
        if self.graded_disc.acts:
            yield ("disc",), self.graded_disc
        for side in SIDES:
            if self.facet(side).acts:
                yield ("facets", side), self.facet(side)


Degeneration = dict[JointName, JointDegeneration]
"""By joint."""

_HEALTHY = JointDegeneration()


def parts(degeneration: Degeneration) -> Iterator[tuple[KeyPath, DiscDegeneration | FacetDegeneration]]:
    """Key path and grade of each part that may differ from healthy."""
    for joint, one in degeneration.items():
        for key, part in one.parts():
            yield ("degeneration", joint, *key), part


def plain(degeneration: Degeneration) -> dict[str, Any]:
    """Plain nested values for a resolved scenario; empty if everything is healthy."""
    found: dict[str, Any] = {}
    for key, part in parts(degeneration):
        here = found.setdefault(key[1], {})
        for name in key[2:-1]:
            here = here.setdefault(name, {})
        here[key[-1]] = given(part.model_dump(mode="json"))
    return found


def numbers_in_effect(degeneration: Degeneration) -> Iterator[tuple[KeyPath, float, Quantity | None]]:
    """Key path, value and quantity of every number of a grade; None as quantity if the scenario gives the number."""
    for key, part in parts(degeneration):
        for name in degeneration_quantities()[part.part]:
            own = getattr(part, name) is not None
            yield (*key, name), part.of(name), None if own else part.quantity(name)


def degenerated_anatomy(anatomy: Anatomy, degeneration: Degeneration) -> Anatomy:
    """The anatomy with lost disc height, changed bulge, cartilage thickness and facet gaps.

    Measures are clipped to the limits of the geometry. For a person's surfaces disc heights are not changed here: see
    :func:`height_losses`.
    """
    changed: dict[str, Any] = {}
    for _, side, joint, measure, value in _wanted(anatomy, degeneration):
        new: dict[str, Any] = {"joints": {joint: {measure: _taken(joint, measure, value)}}}
        changed = merged(changed, {side: new} if side else new)
    if not changed:
        return anatomy
    whole = merged(anatomy.model_dump(by_alias=True, exclude={"surfaces"}), changed)
    return Anatomy.model_validate({**whole, "surfaces": anatomy.surfaces})


def stopped_short(anatomy: Anatomy, degeneration: Degeneration) -> list[str]:
    """Measures that are clipped to the limits of the geometry, one line each."""
    return [
        f"{dotted(key)}: {measure} of {value:.2g} is beyond what the geometry takes; {_taken(joint, measure, value):g} "
        "is used"
        for key, _, joint, measure, value in _wanted(anatomy, degeneration)
        if _taken(joint, measure, value) != value
    ]


def without_effect(degeneration: Degeneration, materials: Materials) -> list[str]:
    """Given numbers without effect, one line each: a factor on swelling where nothing swells."""
    found = []
    for key, part in parts(degeneration):
        tissues = materials.of_joint(key[1])
        swells = tissues.nucleus.swelling_strain or tissues.annulus.swelling_strain
        if isinstance(part, DiscDegeneration) and part.swelling_ratio is not None and not swells:
            found.append(
                f"{dotted((*key, 'swelling_ratio'))} has no effect: swelling_strain of this disc is 0 (materials)"
            )
    return found


def _wanted(anatomy: Anatomy, degeneration: Degeneration) -> Iterator[tuple[KeyPath, str, str, str, float]]:
    """Key path of a grade, side (empty: both), joint, measure and its value with the grade."""
    for key, part in parts(degeneration):
        joint = key[1]
        if joint not in anatomy.joints:
            continue
        if isinstance(part, DiscDegeneration):
            measures, kept = anatomy.joints[joint], 1.0 - part.of("height_loss")
            factors = {} if anatomy.source == "surfaces" else dict.fromkeys(HEIGHTS, kept)
            factors["disc_bulge_mm"], side = part.of("bulge_ratio"), ""
        else:
            side = key[-1]
            measures = anatomy.on(side).joints[joint]
            factors = {
                "facet_cartilage_thickness_mm": part.of("cartilage_thickness_ratio"),
                "facet_gap_mm": part.of("gap_ratio"),
            }
        for measure, factor in factors.items():
            yield key, side, joint, measure, getattr(measures, measure) * factor


def _taken(joint: str, measure: str, value: float) -> float:
    """A measure clipped to the limits of the geometry."""
    low, high = anatomy_quantities()["joints"][joint][measure].limits
    return float(min(max(value, low), high))


def height_losses(degeneration: Degeneration) -> dict[str, float]:
    """Lost fraction of the disc height by joint, where not 0."""
    losses = {joint: one.graded_disc.of("height_loss") for joint, one in degeneration.items()}
    return {joint: loss for joint, loss in losses.items() if loss}


def degenerated_tissues(tissues: JointTissues, one: JointDegeneration | None, side: str = "") -> JointTissues:
    """Tissues of a joint changed by the grade of its disc and, if a side is given, of the facet joint there."""
    one = one or _HEALTHY
    disc, facet = one.graded_disc, one.facet(side)
    changed: dict[str, Any] = {}
    if disc.acts:
        swelling, fibre = disc.of("swelling_ratio"), disc.of("annulus_fibre_ratio")
        nucleus, ground = disc.of("nucleus_shear_ratio"), disc.of("annulus_ground_ratio")
        changed["nucleus"] = _times(
            tissues.nucleus,
            {"c10_MPa": nucleus, "c01_MPa": nucleus, "swelling_strain": swelling}
            | {"bulk_modulus_MPa": disc.of("nucleus_bulk_ratio")},
        )
        fibres = {key: fibre for key in type(tissues.annulus).model_fields if key.startswith("fibre_k1_")}
        annulus = _times(tissues.annulus, {"c10_MPa": ground, "c01_MPa": ground, "swelling_strain": swelling, **fibres})
        slack = annulus.fibre_slack + disc.of("fibre_slack")
        changed["annulus"] = annulus.model_copy(update={"fibre_slack": slack})
    if facet.acts:
        changed["facet_cartilage"] = _times(
            tissues.facet_cartilage, {"modulus_MPa": facet.of("cartilage_modulus_ratio")}
        )
        capsule = dict.fromkeys(("toe_modulus_MPa", "modulus_MPa"), facet.of("capsule_ratio"))
        changed["ligaments"] = tissues.ligaments | {CAPSULE: _times(tissues.ligaments[CAPSULE], capsule)}
    return tissues.model_copy(update=changed)


def _times(record: Any, factors: dict[str, float]) -> Any:
    return record.model_copy(update={key: getattr(record, key) * factor for key, factor in factors.items()})
