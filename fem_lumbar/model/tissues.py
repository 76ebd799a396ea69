"""Constitutive laws of the regions of a mesh."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fem_lumbar.foundation.numerics import BY_FIELD_IN_FULL, POINTWISE_BULK_MPA, POINTWISE_STIFFENING
from fem_lumbar.materials.fibre_reinforced import FibreReinforced
from fem_lumbar.materials.mooney_rivlin import MooneyRivlin
from fem_lumbar.materials.ossification import Ossification
from fem_lumbar.materials.records import Annulus, MamilloAccessoryLigament, Nucleus
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.scenario.sections import MalSettings


class AtPoints(NamedTuple):
    """Pointwise volumetric part of a law, in addition to a pressure field.

    Bulk modulus (MPa), its stiffening, and the swelling strain at which it is stress-free, one or by cell (n_e,).
    """

    bulk_modulus_MPa: float = 0.0
    stiffening: float = 0.0
    swelling: np.ndarray | float = 0.0


BY_FIELD_ALONE = AtPoints()
"""No pointwise part: the law is isochoric."""


def kept_at_points(tissue: Nucleus, swollen: np.ndarray | float = 1.0) -> AtPoints:
    """Pointwise part of the bulk modulus of a disc tissue, with a fraction (n_e,) of its swelling strain.

    It stiffens fully where the pressure field carries at least `BY_FIELD_IN_FULL` times as much. It does not stiffen
    where both are equal, since the tissue itself is then compressible and its law must not change. Nor does it stiffen
    in swelling tissue, whose elements deviate by the full swelling strain while the stress-free shape is sought.
    """
    bulk = min(POINTWISE_BULK_MPA, 0.5 * tissue.bulk_modulus_MPa)
    by_field = tissue.bulk_modulus_MPa / bulk - 1.0
    stiffening = (
        0.0
        if tissue.swelling_strain > 0.0
        else POINTWISE_STIFFENING * min((by_field - 1.0) / (BY_FIELD_IN_FULL - 1.0), 1.0)
    )
    return AtPoints(bulk, stiffening, tissue.swelling_strain * swollen)


def nucleus_law(nucleus: Nucleus, n_cells: int, at_points: AtPoints = BY_FIELD_ALONE) -> MooneyRivlin:
    """Law of a nucleus, with the pointwise volumetric part."""
    bulk_modulus_MPa, stiffening, swelling = at_points
    return MooneyRivlin(nucleus.c10_MPa, nucleus.c01_MPa, bulk_modulus_MPa, n_cells, stiffening, swelling)


def annulus_law(
    annulus: Annulus,
    radial: np.ndarray,
    azimuth_deg: np.ndarray,
    tangent: np.ndarray,
    axial: np.ndarray,
    at_points: AtPoints = BY_FIELD_ALONE,
) -> FibreReinforced:
    """Ground substance and two fibre families, graded from inner to outer and from anterior to posterior.

    Parameters
    ----------
    annulus : Annulus
        Values at the four corners of the grading.
    radial : (n,)
        0 at the nucleus, 1 at the outer wall.
    azimuth_deg : (n,)
        0 anterior, ±180 posterior.
    tangent, axial : (n, 3)
        Unit vectors around the circumference and along the disc axis.
    at_points : AtPoints
        What no pressure field carries.
    """
    inward = 1 - np.clip(radial, 0, 1)
    backward = np.abs(azimuth_deg) / 180

    def graded(quantity: str, unit: str = "") -> np.ndarray:
        def value(layer: str, region: str) -> float:
            return getattr(annulus, f"fibre_{quantity}_{layer}_{region}{unit}")

        anterior = value("outer", "anterior") * (1 - inward) + value("inner", "anterior") * inward
        posterior = value("outer", "posterior") * (1 - inward) + value("inner", "posterior") * inward
        return anterior * (1 - backward) + posterior * backward

    angle = np.radians(graded("angle", "_deg"))[:, None]
    directions = np.stack([np.cos(angle) * tangent + s * np.sin(angle) * axial for s in (1, -1)], axis=1)
    return FibreReinforced(
        annulus.c10_MPa,
        annulus.c01_MPa,
        graded("k1", "_MPa"),
        graded("k2"),
        annulus.fibre_dispersion,
        directions,
        annulus.fibre_toe_strain,
        annulus.fibre_slack,
        *at_points,
    )


def mal_ossification(settings: MalSettings, tissue: MamilloAccessoryLigament) -> Ossification:
    """Ossified part of an arch: as given in the scenario, or by its type with the modulus of the tissue set."""
    fraction = settings.ossified_fraction
    if fraction is None:
        fraction = getattr(tissue, f"{settings.state}_fraction") if settings.state.startswith("type_") else 0.0
    bone = settings.bone_modulus_MPa
    return Ossification(
        fraction, tissue.ossified_modulus_MPa if bone is None else bone, settings.ossified_from == "mammillary"
    )


def mal_fibrous_modulus_MPa(settings: MalSettings, tissue: MamilloAccessoryLigament) -> float:
    """Modulus of the fibrous part of an arch: the scenario's own, or that of the tissue set."""
    fibre = settings.fibrous_modulus_MPa
    return tissue.fibrous_modulus_MPa if fibre is None else fibre


def arch_span(mesh: SegmentMesh, region: str) -> np.ndarray:
    """Position (n, 4) of the corners of the cells of an arch along its chord: 0 mammillary, 1 accessory end.

    Past the feet it goes on below 0 and above 1.
    """
    cells = mesh.region_cells(region)
    feet = [mesh.points[mesh.surfaces[f"{region}.{end}_end"]].mean(axis=(0, 1)) for end in ("mammillary", "accessory")]
    chord = feet[1] - feet[0]
    corners = mesh.points[mesh.cells[cells]]
    offset = (corners - corners.mean(axis=1, keepdims=True)) @ chord / (chord @ chord)
    return mesh.cell_data["mal_s"][cells][:, None] + offset


def mal_law(settings: MalSettings, tissue: MamilloAccessoryLigament, span: np.ndarray) -> MooneyRivlin:
    """Law of one arch: bone over the ossified part of its span, fibrous tissue over the rest.

    A cell on the border has the stiffness of its two parts in series, so that the arch depends continuously on the
    ossified fraction, not on which cells have their centre in it.

    Parameters
    ----------
    settings : MalSettings
        State and moduli from the scenario.
    tissue : MamilloAccessoryLigament
        Default values.
    span : (n, 4)
        From :func:`arch_span`.
    """
    ossification = mal_ossification(settings, tissue)
    bony = ossification.part(span)
    return MooneyRivlin.neo_hookean(
        ossification.modulus_with(mal_fibrous_modulus_MPa(settings, tissue), bony),
        bony * tissue.ossified_poisson_ratio + (1.0 - bony) * tissue.fibrous_poisson_ratio,
        len(span),
    )
