"""Accepted limits and usual ranges of every number of a scenario."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from fem_lumbar.anatomy.parameters import anatomy_quantities
from fem_lumbar.anatomy.posterior_cleft import cleft_quantities
from fem_lumbar.anatomy.spine import ALL_JOINTS, BODIES
from fem_lumbar.anatomy.transition import lumbosacral_quantities
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.parameters import Quantity, QuantityTree
from fem_lumbar.materials.parameters import material_quantities
from fem_lumbar.materials.tissues import BodyTissues, JointTissues
from fem_lumbar.scenario.degeneration import key_quantities
from fem_lumbar.scenario.problems import KeyPath, dotted
from fem_lumbar.scenario.settings import settings_quantities

ASSUMED = ("own-estimate", "recalled-low")
"""Levels of confidence that make a value an assumption."""

_OF_A_CLEFT = ("width_mm", "modulus_MPa", "poisson_ratio")
_OF_A_LIGAMENT = ("fraction", "thickness_mm", "bridge_modulus_MPa", "width_mm", "azimuth_deg")

ANY = "*"
"""Wildcard for any name in a tree of quantities."""


def scenario_quantities(material_set: str) -> QuantityTree:
    """Quantities of every number that a scenario may contain, nested like it; ``*`` where names are free."""
    own = settings_quantities()
    anatomy = anatomy_quantities()
    materials = material_quantities(material_set)
    mal = {
        "fibrous_modulus_MPa": materials["mal"]["fibrous_modulus_MPa"],
        "bone_modulus_MPa": materials["mal"]["ossified_modulus_MPa"],
        **own["mal"],
    }
    ossified = {key: own["ossification"][key] for key in _OF_A_LIGAMENT}
    grades = key_quantities()
    case = {**own["load_cases"], "lumbar_flexion_deg": {ANY: own["load_cases"]["lumbar_flexion_deg"]}}
    fascicle = {key: own["muscles"][key] for key in ("force_scale", "force_N", "activation", "effort_weight")}
    return {
        "anatomy": {
            **anatomy,
            **dict.fromkeys(SIDES, anatomy),
            "lumbosacral": lumbosacral_quantities(),
            "posterior_cleft": {ANY: {key: cleft_quantities()[key] for key in _OF_A_CLEFT}},
        },
        "materials": {**materials, **_of_places(materials)},
        "mal": {ANY: {ANY: mal}},
        "ossification": {ANY: {ANY: {**ossified, **dict.fromkeys(SIDES, ossified)}}},
        "degeneration": {ANY: {"disc": grades["disc"], "facets": {ANY: grades["facets"]}}},
        "muscles": {
            **own["muscles"],
            **{name: {ANY: {ANY: own["muscles"][name]}} for name in ("scale", "fat_fraction", "denervated")},
            "effort_weight": {ANY: own["muscles"]["effort_weight"]},
            "fascicles": {ANY: {ANY: fascicle}},
        },
        "load_cases": {ANY: case},
        "solver": own["solver"],
    }


def _of_places(materials: QuantityTree) -> QuantityTree:
    """Quantities of tissues of single joints and bodies: the same as those of all."""
    of_joint = {name: materials[name] for name in JointTissues.model_fields}
    of_body = {name: materials[name] for name in BodyTissues.model_fields}
    return {"joints": dict.fromkeys(ALL_JOINTS, of_joint), "bodies": dict.fromkeys(BODIES, of_body)}


def quantity_at(material_set: str, key: KeyPath) -> Quantity | None:
    """The quantity of a scenario value; None where the key has none."""
    tree: Any = scenario_quantities(material_set)
    for part in key:
        tree = tree.get(part, tree.get(ANY)) if isinstance(tree, dict) else None
    return tree if isinstance(tree, Quantity) else None


def numbers(data: Any, tree: QuantityTree) -> Iterator[tuple[KeyPath, float, Quantity | None]]:
    """Every number in nested values, with its key path and its quantity (None where there is none)."""
    for key, value, quantity in with_quantities(data, tree):
        items = enumerate(value) if isinstance(value, list) else [(None, value)]
        for i, item in items:
            if isinstance(item, (int, float)) and not isinstance(item, bool):
                yield key if i is None else (*key, str(i)), item, quantity


def outside_limits(value: float, quantity: Quantity | None) -> tuple[str, str | None] | None:
    """Message and allowed values when a number is not acceptable, else None."""
    if not math.isfinite(value):
        return f"{value} is not a finite number", None
    if quantity is None or quantity.limits is None:
        return None
    low, high = quantity.limits
    if low <= value <= high:
        return None
    return f"{value:g} {_unit(quantity)}is outside the accepted range", _bounds(quantity, quantity.limits)


def range_warnings(data: dict, tree: QuantityTree) -> list[str]:
    """One line per number set outside the usual range of its quantity: key and value, range, source."""
    return [f"{line} ({source})" for line, source in _outside_range(data, tree, own=False)]


def set_warnings(data: dict, tree: QuantityTree) -> list[str]:
    """One line per unchanged tissue value of the shipped parameter set that is outside its usual range."""
    materials = data["materials"]
    lines = _outside_range({"materials": materials}, tree, own=True)
    return [f"{line} (value of the parameter set {materials['set']!r})" for line, _ in lines]


def _outside_range(data: dict, tree: QuantityTree, own: bool) -> Iterator[tuple[str, str]]:
    """Warning and source of numbers outside their range: of unchanged defaults (``own``), or of all others."""
    for key, value, quantity in numbers(data, tree):
        if quantity is None or quantity.range is None or quantity.range[0] <= value <= quantity.range[1]:
            continue
        if (value == quantity.value) is not own:
            continue
        low, high = quantity.range
        usual = f"usual {low:g} to {high:g} {_unit(quantity)}".rstrip()
        yield f"{dotted(key)} = {value:g} {_unit(quantity)}is outside the {usual}", quantity.source


def assumed_values(data: dict, tree: QuantityTree) -> list[dict[str, Any]]:
    """Values of a resolved scenario without a supporting publication: name, value, unit, confidence, source."""
    found = []
    for key, value, quantity in with_quantities(data, tree):
        if quantity is not None and quantity.confidence in ASSUMED:
            given = value != quantity.value
            found.append(
                {
                    "name": dotted(key),
                    "value": value,
                    "unit": quantity.unit,
                    "confidence": "set in the scenario" if given else quantity.confidence,
                    "source": quantity.source,
                }
            )
    return found


def with_quantities(data: Any, tree: Any) -> list[tuple[KeyPath, Any, Quantity | None]]:
    """Every value that is not a map or null, with its key path and its quantity (None if it has none)."""
    found: list[tuple[KeyPath, Any, Quantity | None]] = []
    _add_values(data, tree, (), found)
    return found


def _add_values(data: Any, tree: Any, key: KeyPath, found: list[tuple[KeyPath, Any, Quantity | None]]) -> None:
    """Append the values below a key to ``found``."""
    if isinstance(data, dict):
        below = tree if isinstance(tree, dict) else {}
        every = below.get(ANY)
        for name, item in data.items():
            _add_values(item, below.get(name, every), (*key, str(name)), found)
    elif data is not None:
        found.append((key, data, tree if isinstance(tree, Quantity) else None))


def _bounds(quantity: Quantity, bounds: tuple[float, float]) -> str:
    reason = quantity.note or quantity.source
    return f"{bounds[0]:g} to {bounds[1]:g} {_unit(quantity)}".rstrip() + f" ({reason})"


def _unit(quantity: Quantity) -> str:
    return "" if quantity.unit in ("-", "") else f"{quantity.unit} "
