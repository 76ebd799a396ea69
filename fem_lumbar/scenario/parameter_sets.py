"""Comparison of parameter sets: shipped ones by name, fitted ones by file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.foundation.nested import leaves
from fem_lumbar.foundation.parameters import Quantity, QuantityTree
from fem_lumbar.materials.parameters import material_quantities, material_set_head, material_set_names
from fem_lumbar.scenario.bounds import outside_limits, quantity_at
from fem_lumbar.scenario.document import Document
from fem_lumbar.scenario.loader import read_extended
from fem_lumbar.scenario.model import ParameterSet
from fem_lumbar.scenario.problems import Problem, ScenarioError, nearest_names


@dataclass(frozen=True)
class NamedSet:
    """A parameter set: its description, and its quantities by key path (``annulus.c10_MPa``).

    ``own`` are the keys that it gives itself; the others come from the set ``based_on``. Values of single joints and
    bodies (``joints.L4-L5.annulus.c10_MPa``) are included only if the set gives them.
    """

    name: str
    about: str
    based_on: str | None
    own: tuple[str, ...]
    quantities: dict[str, Quantity]

    def at(self, key: str) -> Quantity:
        """Quantity at a key path; for a joint or body without its own value, that of all joints or bodies."""
        return self.quantities[key if key in self.quantities else key.split(".", 2)[2]]


def named_set(name: str) -> NamedSet:
    """A shipped set by its name, or the set of a scenario or of a fitted set by its file.

    Raises
    ------
    InputError
        When there is no such set (with the nearest name), or the file has values that no set can have.
    ScenarioError
        When the file cannot be read.
    """
    if name in material_set_names():
        head = material_set_head(name)
        return NamedSet(name, head.about, head.based_on, head.own, _by_name(material_quantities(name)))
    if Path(name).suffix in (".yaml", ".yml"):
        return _of_file(Path(name))
    near = nearest_names(name, material_set_names())
    meant = f"\n    did you mean {near}?" if near else ""
    known = ", ".join(material_set_names())
    raise InputError(f"no parameter set '{name}'\n    there are: {known}; or the file of a fitted set{meant}")


def differences(a: NamedSet, b: NamedSet) -> list[tuple[str, Quantity, Quantity]]:
    """Keys whose values differ, with the quantity in each set."""
    keys = dict.fromkeys((*a.quantities, *b.quantities))
    return [(key, a.at(key), b.at(key)) for key in keys if a.at(key).value != b.at(key).value]


def in_range(quantity: Quantity) -> bool | None:
    """Whether a value is within the range of the literature; None if no range is known."""
    if quantity.range is None:
        return None
    return quantity.range[0] <= quantity.value <= quantity.range[1]


def _of_file(path: Path) -> NamedSet:
    """The tissue values of a file with ``materials``, merged over the set it names."""
    document = read_extended(path)
    materials = document.data.get("materials")
    if not isinstance(materials, dict):
        raise InputError(f"{path}: not a parameter set: no materials")
    base = materials.get("set", "default")
    if base not in material_set_names():
        known = ", ".join(material_set_names())
        raise InputError(f"{document.origin(('materials', 'set'))}: no parameter set '{base}'\n    there are: {known}")
    told = _told(path, document)
    quantities = _by_name(material_quantities(base))
    own = []
    for key, value in _by_name({name: item for name, item in materials.items() if name != "set"}).items():
        full = ("materials", *key.split("."))
        quantity = quantity_at(base, full)
        if quantity is None or not isinstance(value, (int, float)) or outside_limits(value, quantity):
            raise InputError(f"{document.origin(full)}: materials.{key}: {value} is not a value of a parameter set")
        fitted_by = told.name if told is not None and f"materials.{key}" in told.keys else None
        source = f"set in {path.name}" if fitted_by is None else f"fitted: {fitted_by}"
        confidence = "own-estimate" if fitted_by is None else "calibrated"
        quantities[key] = quantity.model_copy(update={"value": value, "source": source, "confidence": confidence})
        own.append(key)
    about = f"Values of {path.name}" if told is None else f"Fitted set {told.name}"
    return NamedSet(path.name, about, base, tuple(own), quantities)


def _told(path: Path, document: Document) -> ParameterSet | None:
    """Record of the fitted set in a file; None if there is none."""
    if "parameter_set" not in document.data:
        return None
    try:
        return ParameterSet.model_validate(document.data["parameter_set"])
    except ValidationError as error:
        keys = [("parameter_set", *map(str, one["loc"])) for one in error.errors(include_url=False)]
        problems = [
            Problem(document.origin(key), key, one["msg"].removeprefix("Input "), "name, provenance, keys")
            for key, one in zip(keys, error.errors(include_url=False))
        ]
        raise ScenarioError(path, problems, "parameter set") from None


def _by_name(tree: QuantityTree | dict[str, Any]) -> dict[str, Any]:
    """Leaves of a tree by their dotted key."""
    return {".".join(key): item for key, item in leaves(tree)}
