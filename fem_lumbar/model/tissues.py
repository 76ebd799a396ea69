"""Constitutive laws of the regions of a mesh."""

from __future__ import annotations

import numpy as np

from fem_lumbar.materials.fibre_reinforced import FibreReinforced
from fem_lumbar.materials.mooney_rivlin import MooneyRivlin
from fem_lumbar.materials.parameters import Annulus, MamilloAccessoryLigament, Nucleus
from fem_lumbar.scenario.sections import MalSettings


def nucleus_law(nucleus: Nucleus, n_cells: int) -> MooneyRivlin:
    """Isochoric law of a nucleus; its volume change is carried by the pressure field."""
    return MooneyRivlin(nucleus.c10_MPa, nucleus.c01_MPa, 0.0, n_cells)


def annulus_law(
    annulus: Annulus, radial: np.ndarray, azimuth_deg: np.ndarray, tangent: np.ndarray, axial: np.ndarray
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
    )


def ossified_fraction(settings: MalSettings, tissue: MamilloAccessoryLigament) -> float:
    """Ossified fraction of the span: the scenario's own, or that of the type."""
    if settings.ossified_fraction is not None:
        return settings.ossified_fraction
    if settings.state.startswith("type_"):
        return getattr(tissue, f"{settings.state}_fraction")
    return 0.0


def mal_law(settings: MalSettings, tissue: MamilloAccessoryLigament, span: np.ndarray) -> MooneyRivlin:
    """Law of one arch: bone over the ossified part of its span, fibrous tissue over the rest.

    Parameters
    ----------
    settings : MalSettings
        State and moduli from the scenario; a modulus given for a type III arch is that of its bone.
    tissue : MamilloAccessoryLigament
        Default values.
    span : (n,)
        0 at the mammillary, 1 at the accessory end.
    """
    fraction = ossified_fraction(settings, tissue)
    from_end = span if settings.ossified_from == "mammillary" else 1 - span
    bony = from_end < fraction if fraction < 1 else np.ones(len(span), dtype=bool)
    bone, fibre = tissue.ossified_modulus_MPa, tissue.fibrous_modulus_MPa
    if settings.modulus_MPa is not None:
        if fraction < 1:
            fibre = settings.modulus_MPa
        else:
            bone = settings.modulus_MPa
    if settings.ossified_modulus_MPa is not None:
        bone = settings.ossified_modulus_MPa
    return MooneyRivlin.neo_hookean(
        np.where(bony, bone, fibre),
        np.where(bony, tissue.ossified_poisson_ratio, tissue.fibrous_poisson_ratio),
        len(span),
    )
