"""Physical quantities, read from data files with value, unit, range, source and confidence."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

Confidence = Literal[
    "verified",
    "measured",
    "calibrated",
    "recalled-high",
    "recalled-medium",
    "recalled-low",
    "own-estimate",
    "numerical",
]


class StrictModel(BaseModel):
    """Base of every typed record: unknown keys are refused, values are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Quantity(StrictModel):
    """One physical quantity (a number or a list of numbers) with its source.

    ``range`` is the range in the literature: outside it a run warns. ``limits`` is the range in which the model is
    valid: outside it a scenario is rejected, with ``note`` or ``source`` as the reason.
    """

    value: Any
    unit: str
    source: str
    confidence: Confidence
    range: tuple[float, float] | None = None
    limits: tuple[float, float] | None = None
    note: str | None = None


_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same language, ten times faster where it is compiled in

QuantityTree = dict[str, Any]
"""Nested dictionaries with :class:`Quantity` leaves."""


def read_quantities(path: Path) -> QuantityTree:
    """Quantities of a data file as nested dictionaries with :class:`Quantity` leaves.

    Parameters
    ----------
    path : Path
        YAML file in which a mapping with the keys ``value`` and ``unit`` is one quantity.
    """
    return quantities(read_data(path))


def read_data(path: Path) -> dict[str, Any]:
    """Plain nested values of a data file."""
    return yaml.load(path.read_text(encoding="utf-8"), _Loader) or {}


def values(tree: QuantityTree | Quantity) -> Any:
    """The bare values of a quantity tree, in the same nesting."""
    if isinstance(tree, Quantity):
        return tree.value
    return {key: values(item) for key, item in tree.items()}


def quantities(node: Any) -> Any:
    """Nested plain values with :class:`Quantity` in place of every mapping that is one."""
    if isinstance(node, dict) and {"value", "unit"} <= node.keys():
        return Quantity.model_validate(node)
    return {key: quantities(item) for key, item in node.items()}
