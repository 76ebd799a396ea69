"""The types of the entry of a load case in ``summary.json``: the results in its last state.

The meaning, unit and sign of each number are stated once, in ``outputs.yaml``. Keys may be added, never renamed; those
that some versions did not write are not required. Names of bodies, joints and causes of load are data.
"""

from __future__ import annotations

from typing import Annotated, Literal

from annotated_types import Ge, Le
from pydantic import ConfigDict, Field, with_config
from typing_extensions import NotRequired, Required, TypedDict

from fem_lumbar.foundation.conventions import BonePlace, MalState, Side
from fem_lumbar.measures.added_entries import BondedSolid, Canal, PosteriorCleft, Transition
from fem_lumbar.measures.entry_types import (
    Body,
    Cause,
    CleftPlace,
    Count,
    Direction,
    Joint,
    Ligament,
    NotNegative,
    Place,
    Structure,
    Vector,
)

_CONVERGED = (
    "steps", "iterations", "factorisations", "wall_s", "applied", "rotation_deg", "idp_MPa", "disc_bulge_mm",
    "facet_force_N", "facet", "load_share", "ligament_force_N", "mal", "equilibrium",
)  # fmt: skip
"""What the entry of a load case that converged must have."""
_ALWAYS_CUT = ("disc", "facet_left", "facet_right")
"""What every section through a disc cuts."""
_ARCH = ("tension_N", "strain_max", "energy_Nmm", "insertion_displacement_mm", "share_mammillary")
"""What the entry of a MAL that is there must have."""


@with_config(ConfigDict(extra="forbid"))
class RotationVector(TypedDict):
    """By component."""

    flexion: float
    lateral_bending: float
    axial_rotation: float


class Bulge(TypedDict, total=False):
    """By region of the wall."""

    anterior: float
    posterior: float
    left: float
    right: float


class Facet(TypedDict):
    """One facet joint."""

    force_vector_N: Vector
    centre_mm: Vector | None
    area_mm2: float
    peak_pressure_MPa: float
    penetration_mm: NotRequired[float]
    pairing_N: NotRequired[float]


class BoneContact(TypedDict):
    """Posterior bones that meet beside the facet joints."""

    force_N: NotNegative
    force_vector_N: Vector
    centre_mm: Vector | None
    penetration_mm: NotNegative


class ForceAndMoment(TypedDict):
    """Force along the axis of the disc and moment about its centre."""

    axial_N: float
    moment_Nm: RotationVector


class Closure(TypedDict):
    """Sum of all forces and moments on what is above the section."""

    force_N: NotNegative
    moment_Nm: NotNegative


class LoadPath(TypedDict):
    """What crosses the section through a disc, by structure and by cause."""

    carried: Annotated[dict[Structure, ForceAndMoment], Field(json_schema_extra={"required": list(_ALWAYS_CUT)})]
    applied: dict[Cause, ForceAndMoment]
    closure: Closure


class LoadShare(TypedDict):
    """Parts of the compression across the section through a disc."""

    disc: float | None
    facet_left: float | None
    facet_right: float | None
    ligaments: float | None
    muscles: float | None
    bridge_ALL: NotRequired[float | None]
    bridge_PLL: NotRequired[float | None]
    bridge_ALL_N: NotRequired[float]
    bridge_PLL_N: NotRequired[float]
    transition_left: NotRequired[float | None]
    transition_right: NotRequired[float | None]
    transition_left_N: NotRequired[float]
    transition_right_N: NotRequired[float]
    axial_N: float
    closure_error: float
    bone_contact_left: NotRequired[float | None]
    bone_contact_right: NotRequired[float | None]
    bone_contact_spinous: NotRequired[float | None]
    disc_N: NotRequired[float]
    facet_left_N: NotRequired[float]
    facet_right_N: NotRequired[float]
    bone_contact_left_N: NotRequired[float]
    bone_contact_right_N: NotRequired[float]
    bone_contact_spinous_N: NotRequired[float]
    ligaments_N: NotRequired[float]
    follower_N: NotRequired[float]
    muscles_N: NotRequired[float]
    upper_body_N: NotRequired[float]
    abdominal_pressure_N: NotRequired[float]
    endplate_N: NotRequired[float]
    compression_N: NotRequired[float]


class ArchEnd(TypedDict):
    """What an arch passes to bone at one end."""

    force_vector_N: Vector
    moment_vector_Nmm: Vector
    centre_mm: NotRequired[Vector]


class ArchEnds(TypedDict):
    """Both ends of an arch."""

    mammillary: ArchEnd
    accessory: ArchEnd


class BoneStrain(TypedDict, total=False):
    """Principal strains of bone around a foot of an arch."""

    tensile_strain_peak: float
    tensile_strain_p95: float
    compressive_strain_peak: float
    compressive_strain_p95: float


class BoneAtEnds(TypedDict):
    """Bone around both feet of an arch."""

    mammillary: BoneStrain
    accessory: BoneStrain


class Pull(TypedDict, total=False):
    """What muscle puts on an arch."""

    force_vector_N: Vector
    moment_vector_Nmm: Vector
    size_N: NotNegative
    direction_change_deg: float | None
    share_mammillary: float | None
    share_accessory: float | None


class Tunnel(TypedDict, total=False):
    """The opening under an arch."""

    area_mm2: NotNegative
    area_unloaded_mm2: NotNegative
    height_mm: float
    volume_mm3: NotNegative
    warning: str


class OnArch(TypedDict):
    """What the fascicles of one muscle pull on an arch with, and its part of their whole force."""

    force_N: float
    share: float | None


@with_config(
    ConfigDict(
        json_schema_extra={"if": {"properties": {"state": {"const": "absent"}}}, "else": {"required": list(_ARCH)}}
    )
)
class Arch(TypedDict, total=False):
    """One mamillo-accessory ligament; the state alone where it is absent."""

    state: Required[MalState]
    tension_N: float
    strain_max: float
    strain_p95: float
    von_mises_max_MPa: NotNegative
    energy_Nmm: float
    insertion_displacement_mm: float
    force_mammillary_N: float
    force_accessory_N: float
    share_mammillary: float | None
    bony_volume_fraction: float
    ends: ArchEnds
    pull: Pull
    muscles: dict[str, OnArch]
    bone: BoneAtEnds
    tunnel: Tunnel


@with_config(ConfigDict(extra="forbid"))
class Fascicle(TypedDict):
    """One fascicle on one side."""

    activation: Annotated[float, Ge(0), Le(1)] | None
    force_N: NotNegative
    mal_share: NotRequired[float | None]


class MuscleBalance(TypedDict):
    """How the activations were found that hold the posture."""

    solutions: Annotated[int, Ge(1)]
    corrections: NotRequired[Annotated[int, Ge(1)]]
    rotation_deg: dict[str, dict[str, float]]
    moment_about_disc_Nm: dict[str, dict[str, dict[str, float]]]


class Applied(TypedDict):
    """What acts on the segment, prescribed or as the reaction to a motion."""

    moment_Nm: Vector
    follower_N: float
    muscle_activation: NotRequired[float | None]
    muscle_force_N: NotRequired[float]
    muscles_balanced: NotRequired[Literal[True]]
    lumbar_flexion_deg: NotRequired[dict[Joint, float]]
    upper_body_N: NotRequired[NotNegative]
    upper_body_lever_arm_mm: NotRequired[float]
    upper_body_height_mm: NotRequired[float]
    upper_body_lateral_offset_mm: NotRequired[float]
    inclination_deg: NotRequired[float]
    carried_N: NotRequired[NotNegative]
    carried_lever_arm_mm: NotRequired[float]
    carried_height_mm: NotRequired[float]
    carried_lateral_offset_mm: NotRequired[float]
    abdominal_pressure_N: NotRequired[NotNegative]
    abdominal_lever_arm_mm: NotRequired[float]
    rotation_deg: NotRequired[float]
    axial_displacement_mm: NotRequired[float]
    axial_force_N: NotRequired[float]
    follower_first: NotRequired[Literal[True]]


class VolumeRatio(TypedDict):
    """Distribution of det F over the unloaded volume of a tissue."""

    smallest: float
    smallest_at_mm: Vector
    largest: NotRequired[float]
    largest_at_mm: NotRequired[Vector]
    quantile_01: float
    median: float
    quantile_99: float
    mean: float
    rms_error: NotRequired[NotNegative]


class Equilibrium(TypedDict):
    """Global balance of forces, moments and work."""

    force_residual_N: float
    moment_residual_Nmm: float
    energy_error: float
    support_force_N: NotRequired[Vector]
    support_moment_Nmm: NotRequired[Vector]
    external_work_Nmm: NotRequired[float]
    stored_energy_Nmm: NotRequired[float]
    energy_lost_at_facet_rims_Nmm: NotRequired[float]


class CheckEntry(TypedDict):
    """One self-check."""

    value: float | None
    limit: float
    unit: str
    passed: bool
    direction: NotRequired[Direction]
    margin: NotRequired[float | None]
    at_least: NotRequired[Literal[True]]
    where: NotRequired[str]


class Instant(TypedDict):
    """One time of a load that is held or goes in cycles."""

    time_s: NotNegative
    load_factor: Annotated[float, Ge(-1), Le(1)]
    applied: Applied
    rotation_deg: dict[Joint, RotationVector]
    idp_MPa: dict[Joint, float]
    disc_shortening_mm: dict[Joint, float]
    facet_force_N: dict[Joint, dict[Side, float]]
    ligament_force_N: dict[Joint, dict[Ligament, float]]


class Held(TypedDict):
    """Load that comes on in time and is held."""

    loading_s: NotNegative | None
    duration_s: NotNegative | None
    end: NotRequired[Instant]
    history: list[Instant]


class Cycle(TypedDict):
    """Load cycles in time; measures of the last one, where all of them converged."""

    period_s: NotNegative
    cycles: Annotated[int, Ge(1)]
    neutral_zone_deg: NotRequired[dict[Joint, RotationVector]]
    range_of_motion_deg: NotRequired[dict[Joint, RotationVector]]
    dissipated_Nmm: NotRequired[float]
    history: list[Instant]


@with_config(
    ConfigDict(
        json_schema_extra={
            "if": {"properties": {"status": {"const": "converged"}}},
            "then": {"required": list(_CONVERGED)},
            "else": {"required": ["reason"]},
        }
    )
)
class LoadCase(TypedDict, total=False):
    """Results of a load case in the state at the last converged load factor."""

    status: Required[Literal["converged", "failed"]]
    reason: str | None
    load_fraction: Annotated[float, Ge(0), Le(1)]
    started_from: str
    steps: Count
    iterations: Count
    factorisations: Count
    load_levels_with_kept_contact_pairs: Count
    wall_s: NotNegative
    timing_s: dict[str, float]
    applied: Applied
    rotation_deg: dict[Joint, RotationVector]
    idp_MPa: dict[Joint, float]
    resting_idp_MPa: dict[Joint, float]
    off_anatomy_mm: NotNegative
    disc_shortening_mm: dict[Joint, float]
    disc_bulge_mm: dict[Joint, Bulge]
    facet_force_N: dict[Joint, dict[Side, float]]
    facet: dict[Joint, dict[Side, Facet]]
    bone_contact: dict[Joint, dict[BonePlace, BoneContact]]
    load_path: dict[Joint, LoadPath]
    load_share: dict[Joint, LoadShare]
    ligament_force_N: dict[Joint, dict[Ligament, float]]
    ligament_strain: dict[Joint, dict[Ligament, float]]
    mal: dict[Body, dict[Side, Arch]]
    bridge: dict[Joint, dict[Ligament, BondedSolid]]
    canal: dict[Joint, Canal]
    transition: dict[Side, Transition]
    posterior_cleft: dict[Body, dict[CleftPlace, PosteriorCleft]]
    muscles: dict[str, dict[Side, Fascicle]]
    muscle_balance: MuscleBalance
    retrace_error_deg: NotNegative | None
    held: Held
    cycle: Cycle
    volume_ratio: dict[str, dict[Place, VolumeRatio]]
    equilibrium: Equilibrium
    checks: dict[str, CheckEntry]
    numerical_floor: dict[str, object]
    not_finite: dict[str, object]
