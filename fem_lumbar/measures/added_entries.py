"""Entries of a load case that some anatomies add: bridges, transitional joints, clefts, a narrowed canal."""

from __future__ import annotations

from typing import Literal

from typing_extensions import Required, TypedDict

from fem_lumbar.measures.entry_types import NotNegative, Vector


class Canal(TypedDict):
    """Room of the vertebral canal at a disc."""

    diameter_mm: NotNegative
    area_mm2: NotNegative
    occupied_diameter_mm: float
    occupied_area_mm2: float


class BondedSolid(TypedDict, total=False):
    """A solid that joins two bodies, as the bridge of an ossified ligament, on the upper one."""

    force_N: NotNegative
    force_vector_N: Vector
    compression_N: float
    shear_N: NotNegative
    moment_vector_Nmm: Vector
    centre_mm: Vector
    strain_max: float
    strain_p95: float
    von_mises_max_MPa: NotNegative
    energy_Nmm: float


class PosteriorCleft(BondedSolid, total=False):
    """One gap through an arch: how far it opens and slides, and what its filling passes."""

    width_unloaded_mm: NotNegative
    area_unloaded_mm2: NotNegative
    opening_mm: float
    sliding_mm: NotNegative
    turning_deg: NotNegative


class Transition(BondedSolid, total=False):
    """One side of a transitional anatomy; the kind alone where nothing lies between process and ala."""

    type: Required[Literal["I", "II", "III"]]
    area_unloaded_mm2: NotNegative
    opening_mm: float
    sliding_mm: NotNegative
    turning_deg: NotNegative
