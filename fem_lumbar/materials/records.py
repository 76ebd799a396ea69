"""Typed parameter records, one for each tissue."""

from __future__ import annotations

from pydantic import Field

from fem_lumbar.foundation.parameters import StrictModel


class LinearElastic(StrictModel):
    """Isotropic elastic tissue."""

    modulus_MPa: float = Field(gt=0)
    poisson_ratio: float = Field(ge=0, lt=0.5)


class Shell(LinearElastic):
    """Isotropic elastic layer of a stated thickness: a membrane on bone, or cells of cartilage."""

    thickness_mm: float = Field(gt=0)


class Nucleus(StrictModel):
    """Nucleus pulposus: Mooney-Rivlin with a pressure field."""

    c10_MPa: float = Field(gt=0)
    c01_MPa: float = Field(ge=0)
    bulk_modulus_MPa: float = Field(gt=0)
    swelling_strain: float = Field(ge=0, lt=0.5)


class Annulus(Nucleus):
    """Annulus fibrosus: ground substance and two fibre families graded radially and around the circumference.

    The swelling strain is given at the nucleus and falls to zero at the outer wall. Under a held load the stress
    relaxes in two branches, each with a share of the stress and a relaxation time.
    """

    relaxation_fast_share: float = Field(ge=0, lt=1)
    relaxation_fast_time_s: float = Field(gt=0)
    relaxation_slow_share: float = Field(ge=0, lt=1)
    relaxation_slow_time_s: float = Field(gt=0)
    fibre_dispersion: float = Field(ge=0, le=1 / 3)
    fibre_toe_strain: float = Field(ge=0)
    fibre_slack: float = Field(ge=0)
    fibre_k1_outer_anterior_MPa: float = Field(ge=0)
    fibre_k1_inner_anterior_MPa: float = Field(ge=0)
    fibre_k1_outer_posterior_MPa: float = Field(ge=0)
    fibre_k1_inner_posterior_MPa: float = Field(ge=0)
    fibre_k2_outer_anterior: float = Field(gt=0)
    fibre_k2_inner_anterior: float = Field(gt=0)
    fibre_k2_outer_posterior: float = Field(gt=0)
    fibre_k2_inner_posterior: float = Field(gt=0)
    fibre_angle_outer_anterior_deg: float = Field(ge=0, le=90)
    fibre_angle_inner_anterior_deg: float = Field(ge=0, le=90)
    fibre_angle_outer_posterior_deg: float = Field(ge=0, le=90)
    fibre_angle_inner_posterior_deg: float = Field(ge=0, le=90)


class Ligament(StrictModel):
    """Tension-only bilinear ligament; the area is that of the whole ligament (both sides where paired).

    ``prestrain`` p is the strain in the geometry as built: rest length = length / (1 + p); negative is slack.
    """

    toe_modulus_MPa: float = Field(ge=0)
    modulus_MPa: float = Field(ge=0)
    transition_strain: float = Field(gt=0)
    area_mm2: float = Field(gt=0)
    prestrain: float


class MamilloAccessoryLigament(StrictModel):
    """Fibrous and ossified tissue of the MAL, and the ossified fraction of its span by type."""

    fibrous_modulus_MPa: float = Field(gt=0)
    fibrous_poisson_ratio: float = Field(ge=0, lt=0.5)
    ossified_modulus_MPa: float = Field(gt=0)
    ossified_poisson_ratio: float = Field(ge=0, lt=0.5)
    type_I_fraction: float = Field(ge=0, le=1)
    type_II_fraction: float = Field(ge=0, le=1)
    type_III_fraction: float = Field(ge=0, le=1)


class Potting(StrictModel):
    """Elastic bed between the loaded endplate and its rigid fixture."""

    stiffness_MPa_per_mm: float = Field(gt=0)


class Contact(StrictModel):
    """Contact penalty of cartilage (a multiple of modulus over thickness) and of bone: onset, hardening, fading rim."""

    penalty_factor: float = Field(gt=0)
    onset_mm: float = Field(gt=0)
    rim_mm: float = Field(gt=0)
    hardening_depth_mm: float = Field(gt=0)
    bone_stiffness_MPa_per_mm: float = Field(gt=0)
    bone_onset_mm: float = Field(gt=0)
    bone_rim_mm: float = Field(gt=0)
    bone_hardening_depth_mm: float = Field(gt=0)
