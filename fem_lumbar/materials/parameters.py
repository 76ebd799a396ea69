"""Named sets of tissue parameters on disk."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from fem_lumbar.foundation.conventions import ALL_LIGAMENTS, ILIOLUMBAR
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.foundation.parameters import QuantityTree, StrictModel, quantities, read_data, values

_DATA = Path(str(files("fem_lumbar.materials") / "data"))


@cache
def material_set_names() -> tuple[str, ...]:
    """Names of the shipped parameter sets."""
    return tuple(sorted(path.stem for path in _DATA.glob("*.yaml")))


class SetHead(StrictModel):
    """Head of a set file: the set it is based on, its description, and its own values."""

    based_on: str | None = None
    about: str
    own: tuple[str, ...]


@cache
def material_quantities(set_name: str = "default") -> QuantityTree:
    """Quantities (value, unit, range, source, confidence) of a parameter set.

    A set that is ``based_on`` another contains only what its source publishes: value, source and confidence, and a
    range where its source widens it. Everything else is inherited from the other set.

    Raises
    ------
    InputError
        If no set of that name is shipped, or a set file is not complete.
    """
    tree = quantities(_completed(set_name))
    missing = set(ALL_LIGAMENTS) - set(tree["ligaments"])
    if missing:
        raise InputError(f"parameter set '{set_name}' lacks the ligaments {sorted(missing)}")
    return tree


@cache
def material_set_head(set_name: str) -> SetHead:
    """Head of a set, see `SetHead`."""
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
    """Data of a set, with everything it does not give inherited from the set it is based on."""
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


def default_material_values(set_name: str = "default", iliolumbar: bool = False) -> dict:
    """Bare values of a parameter set, onto which the ``materials:`` section of a scenario is merged.

    Parameters
    ----------
    set_name : str
    iliolumbar : bool
        Whether to include the iliolumbar ligament, which not every segment has.
    """
    found = values(material_quantities(set_name))
    ligaments = {name: own for name, own in found["ligaments"].items() if iliolumbar or name != ILIOLUMBAR}
    return {"set": set_name, **found, "ligaments": ligaments}
