"""The parts of a scenario besides anatomy and materials: structures, MAL, muscles, solver."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from fem_lumbar.anatomy.muscles import GROUPS_OF_FASCICLES, medial_branches
from fem_lumbar.anatomy.spine import SACRAL_JOINT, SACRUM, SEGMENT, BodyName, JointName, Level, OneOf, joints_between
from fem_lumbar.anatomy.trunk_muscles import GROUPS
from fem_lumbar.foundation.conventions import ALL_LIGAMENTS, ILIOLUMBAR, LIGAMENTS, SIDES, MalState
from fem_lumbar.foundation.parameters import StrictModel
from fem_lumbar.scenario.settings import setting, settings_quantities

Branch = Annotated[str, OneOf(tuple(medial_branches()))]
"""Level of a dorsal ramus whose medial branch supplies fascicles."""
Side = Annotated[str, OneOf(SIDES)]
MuscleGroup = Annotated[str, OneOf(GROUPS)]
"""Name of a group of muscles."""
LigamentName = Annotated[str, OneOf(ALL_LIGAMENTS)]
_NOT_AT_THE_SACRUM = ("SSL", "ITL")
"""Ligaments that are missing at the joint with the sacrum."""

_FACET_LIMITS = settings_quantities()["structures"]["facetectomy"].limits
FacetFraction = Annotated[float, Field(ge=_FACET_LIMITS[0], le=_FACET_LIMITS[1])]


def has_ligament(joint: JointName, ligament: LigamentName) -> bool:
    """Whether a joint has a ligament of this name."""
    return ligament not in _NOT_AT_THE_SACRUM if joint == SACRAL_JOINT else ligament != ILIOLUMBAR


class SegmentSettings(StrictModel):
    """Which bodies are in the model."""

    bodies: tuple[BodyName, ...] = Field(
        SEGMENT,
        description="bodies in the model: neighbours, from cranial to caudal; the last one is fixed",
        min_length=2,
    )

    @property
    def joints(self) -> tuple[JointName, ...]:
        """Joints between the bodies, cranial first."""
        return joints_between(self.bodies)

    @property
    def sacrum(self) -> bool:
        """Whether the segment includes the sacrum."""
        return SACRUM in self.bodies


class Structures(StrictModel):
    """Which parts of the segment are in the model."""

    joints: tuple[JointName, ...] = Field(
        default=joints_between(SEGMENT),
        description="joints in the model (older form of segment.bodies)",
        min_length=1,
    )
    posterior_elements: bool = Field(default=True, description="pedicles, laminae and all processes")
    ligaments: tuple[LigamentName, ...] = Field(default=LIGAMENTS, description="ligaments kept")
    facet_contact: bool = Field(default=True, description="whether the facet joints carry load")
    bone_contact: bool = Field(
        default=True, description="whether posterior bones of neighbours that meet beside the facet joints carry load"
    )
    cartilage_endplates: bool = Field(
        default=True, description="layers of cartilage between discs and bony endplates (materials.cartilage_endplate)"
    )
    removed_nuclei: tuple[JointName, ...] = Field(default=(), description="joints without nucleus (nucleotomy)")
    facetectomy: dict[JointName, dict[Side, FacetFraction]] = Field(
        default_factory=dict,
        description="fraction of a facet joint removed from its medial edge, by joint and side; the bone stays",
    )

    def removed_facet(self, joint: JointName, side: Side) -> float:
        """Removed fraction of the facet joint, from its medial edge."""
        return self.facetectomy.get(joint, {}).get(side, 0.0)


class MalSettings(StrictModel):
    """One mamillo-accessory ligament; values not given come from ``materials.mal``.

    An arch has a fibrous part, a bony part or both, each with a modulus of its own: no key means one of them in one
    state and the other in another, so states and moduli can be varied together.
    """

    state: MalState = Field(
        default="fibrous", description="absent, fibrous, or ossified over half, three quarters or all of its span"
    )
    fibrous_modulus_MPa: float | None = Field(
        default=None, description="Young's modulus of the fibrous part (default: materials.mal.fibrous_modulus_MPa)"
    )
    bone_modulus_MPa: float | None = Field(
        default=None, description="Young's modulus of the ossified part (default: materials.mal.ossified_modulus_MPa)"
    )
    ossified_fraction: float | None = setting("mal", "ossified_fraction")
    ossified_from: Literal["mammillary", "accessory"] = Field(
        default="mammillary", description="end from which ossification starts"
    )


class FascicleSettings(StrictModel):
    """One fascicle on one side, where it differs from the rest; used in load cases with active muscles."""

    force_scale: float = setting("muscles", "force_scale")
    force_N: float | None = setting("muscles", "force_N")
    activation: float | None = setting("muscles", "activation")
    effort_weight: float | None = setting("muscles", "effort_weight")


class Muscles(StrictModel):
    """Multifidus and longissimus fascicles, and other muscles of the trunk where ``groups`` names them.

    ``short_range_stiffness`` makes tension react to the change of length since the activation was set, which was in the
    posture under follower load, upper body and muscles, with attachments that had not given way.
    """

    groups: tuple[MuscleGroup, ...] = Field(
        GROUPS_OF_FASCICLES, description="groups of muscles in the model; the others do not pull", min_length=1
    )
    specific_tension_N_per_cm2: float = setting("muscles", "specific_tension_N_per_cm2")
    mal_share: float | None = setting("muscles", "mal_share")
    mal_fascia_N_per_mm_per_cm2: float = setting("muscles", "mal_fascia_N_per_mm_per_cm2")
    process_fascia_N_per_mm_per_cm2: float = setting("muscles", "process_fascia_N_per_mm_per_cm2")
    short_range_stiffness: float = setting("muscles", "short_range_stiffness")
    scale: dict[Level, dict[Side, float]] = Field(
        default_factory=dict,
        description="factor on the cross-section of the multifidus fascicles inserting at a level and side",
    )
    fat_fraction: dict[Level, dict[Side, float]] = Field(
        default_factory=dict,
        description="fat fraction of the multifidus fascicles inserting at a level and side; reduces their force",
    )
    denervated: dict[Branch, dict[Side, float]] = Field(
        default_factory=dict,
        description="fraction of force lost in the multifidus fascicles supplied by the medial branch of a dorsal "
        "ramus, those from the spinous process and lamina of its level, by branch and side",
    )
    effort_weight: dict[Side, float] = Field(
        default_factory=dict,
        description="weight of every muscle of a side in the sum of cubed activations that a balanced case makes "
        "least; above 1 it is spared, as a person may who guards that side",
    )
    fascicles: dict[str, dict[Side, FascicleSettings]] = Field(
        default_factory=dict, description="settings of single fascicles by name and side"
    )


class SolverSettings(StrictModel):
    """How the equations are solved."""

    vertebrae: Literal["full", "condensed", "rigid"] = Field(
        default="condensed",
        description="condensed: elastic, two-level solver; full: elastic, all in one matrix; rigid: rigid bodies "
        "(null test)",
    )
    linear: Literal["auto", "pardiso", "scipy"] = Field(default="auto", description="auto uses pardiso where available")
    relative_tolerance: float = setting("solver", "relative_tolerance")
    initial_step: float = setting("solver", "initial_step")
    minimum_step: float = setting("solver", "minimum_step")
    maximum_iterations: int = setting("solver", "maximum_iterations")
