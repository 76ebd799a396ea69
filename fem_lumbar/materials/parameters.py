"""Tissue parameters: named sets on disk, typed for use."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import Field

from fem_lumbar.conventions import LIGAMENTS
from fem_lumbar.errors import InputError
from fem_lumbar.parameters import QuantityTree, StrictModel, quantities, read_data, values

_DATA = Path(str(files("fem_lumbar.materials") / "data"))


class LinearElastic(StrictModel):
    """Isotropic elastic tissue."""

    modulus_MPa: float = Field(gt=0)
    poisson_ratio: float = Field(ge=0, lt=0.5)


class Shell(LinearElastic):
    """Isotropic elastic membrane of a stated thickness."""

    thickness_mm: float = Field(gt=0)


class Nucleus(StrictModel):
    """Nucleus pulposus: Mooney-Rivlin with a pressure field."""

    c10_MPa: float = Field(gt=0)
    c01_MPa: float = Field(ge=0)
    bulk_modulus_MPa: float = Field(gt=0)


class Annulus(Nucleus):
    """Annulus fibrosus: ground substance and two fibre families graded radially and around the circumference."""

    fibre_dispersion: float = Field(ge=0, le=1 / 3)
    fibre_toe_strain: float = Field(ge=0)
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
    """Contact penalty as a multiple of cartilage modulus over thickness, its onset, hardening and fading rim."""

    penalty_factor: float = Field(gt=0)
    onset_mm: float = Field(gt=0)
    rim_mm: float = Field(gt=0)
    hardening_depth_mm: float = Field(gt=0)


class Materials(StrictModel):
    """All tissues of one run; ``set`` names the data file the defaults came from."""

    set: str = "default"
    cortical: Shell
    endplate: Shell
    cancellous: LinearElastic
    posterior: LinearElastic
    nucleus: Nucleus
    annulus: Annulus
    facet_cartilage: LinearElastic
    mal: MamilloAccessoryLigament
    ligaments: dict[str, Ligament]
    potting: Potting
    contact: Contact


def material_set_names() -> tuple[str, ...]:
    """Names of the shipped parameter sets."""
    return tuple(sorted(path.stem for path in _DATA.glob("*.yaml")))


class SetHead(StrictModel):
    """What a set file says about itself: the set it starts from, what it is, and the values it gives itself."""

    based_on: str | None = None
    about: str
    own: tuple[str, ...]


@cache
def material_quantities(set_name: str = "default") -> QuantityTree:
    """Quantities (value, unit, range, source, confidence) of a parameter set.

    A set that is ``based_on`` another gives only what its source publishes: value, source and confidence, and a range
    where its source widens it. Everything else is that of the other set.

    Raises
    ------
    InputError
        If no set of that name is shipped, or a set file is not complete.
    """
    tree = quantities(_completed(set_name))
    missing = set(LIGAMENTS) - set(tree["ligaments"])
    if missing:
        raise InputError(f"parameter set '{set_name}' lacks the ligaments {sorted(missing)}")
    return tree


@cache
def material_set_head(set_name: str) -> SetHead:
    """What a set says about itself (see `SetHead`)."""
    data = _read(set_name)
    own = [key for section in data if section not in _HEAD for key in _leaf_names(data[section], section)]
    return SetHead(own=tuple(own), **{key: data[key] for key in _HEAD if key in data})


_HEAD = ("based_on", "about")
_INHERITED = ("unit", "range", "limits")


def _read(set_name: str) -> dict[str, Any]:
    if set_name not in material_set_names():
        raise InputError(f"materials.set: no parameter set '{set_name}'; known: {', '.join(material_set_names())}")
    return read_data(_DATA / f"{set_name}.yaml")


def _completed(set_name: str) -> dict[str, Any]:
    """Data of a set with that of the set it is based on where it is silent."""
    data = _read(set_name)
    own = {key: item for key, item in data.items() if key not in _HEAD}
    return own if "based_on" not in data else _laid_over(_completed(data["based_on"]), own, set_name)


def _laid_over(base: dict[str, Any], own: dict[str, Any], place: str) -> dict[str, Any]:
    unknown = own.keys() - base.keys()
    if unknown:
        raise InputError(f"parameter set {place}: {sorted(unknown)} is in no set that it is based on")
    merged = dict(base)
    for key, item in own.items():
        if "value" in base[key]:
            merged[key] = {name: base[key][name] for name in _INHERITED if name in base[key]} | item
        else:
            merged[key] = _laid_over(base[key], item, f"{place}: {key}")
    return merged


def _leaf_names(node: dict[str, Any], above: str) -> list[str]:
    if "value" in node:
        return [above]
    return [name for key, item in node.items() for name in _leaf_names(item, f"{above}.{key}")]


def default_material_values(set_name: str = "default") -> dict:
    """Bare values of a parameter set: what a scenario's ``materials:`` section merges onto."""
    return {"set": set_name, **values(material_quantities(set_name))}
