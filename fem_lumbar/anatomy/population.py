"""Anatomies of other sizes than the mean, and random anatomies."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import ndtri

from fem_lumbar.anatomy.parameters import TEMPLATE, Anatomy, default_anatomy_values, published_quantities
from fem_lumbar.foundation.parameters import Quantity, QuantityTree, read_quantities, values

_NOT_GROWN = "spur"
"""Part of the names of measures that do not vary among healthy people."""
_FIXED = ("gap", "fraction", "ratio", "_deg", "cartilage", "bulge", "shift", "posterior_offset", "depth_to_width")
"""Parts of the names of measures that do not scale with the size of a person."""


@cache
def population_values() -> dict[str, Any]:
    """Parameters of the variation of measures between persons."""
    return values(read_quantities(Path(__file__).parent / "data" / "population.yaml"))


def anatomy_values_at(size_percentile: float) -> dict[str, Any]:
    """Plain nested measures at a percentile of size, onto which ``anatomy`` is merged."""
    if size_percentile == 50.0:
        return default_anatomy_values()
    return {"source": TEMPLATE, **_drawn(_quantities(), "", float(ndtri(size_percentile / 100.0)), None)}


def random_anatomy(seed: int, largest: float = 2.0) -> Anatomy:
    """A random person with symmetric bones; joints may be wedged, rotated and shifted to a side.

    Parameters
    ----------
    seed : int
    largest : float
        Largest deviation from the mean, in standard deviations.
    """
    random = np.random.default_rng(seed)
    size = float(np.clip(random.standard_normal(), -largest, largest))
    shared = np.sqrt(population_values()["size_correlation"])
    plain = _drawn(_quantities(), "", shared * size, random, largest)
    return Anatomy.model_validate({"source": TEMPLATE, **plain})


def _quantities() -> QuantityTree:
    """Measures with the ranges of the population, centred on the template."""
    return _centred(published_quantities(), default_anatomy_values())


def _centred(tree: QuantityTree | Quantity, value: Any) -> Any:
    """Published quantities with other values and their ranges shifted by the same amount."""
    if not isinstance(tree, Quantity):
        return {key: _centred(item, value[key]) for key, item in tree.items()}
    if tree.range is None:
        return tree.model_copy(update={"value": value})
    low, high = (end + value - tree.value for end in tree.range)
    return tree.model_copy(update={"value": value, "range": (low, high)})


def _drawn(
    tree: QuantityTree | Quantity, name: str, size: float, random: np.random.Generator | None, largest: float = 2.0
) -> Any:
    """Values of a tree of measures for a size (standard normal), with independent deviations if ``random`` is given."""
    if not isinstance(tree, Quantity):
        return {key: _drawn(item, key, size, random, largest) for key, item in tree.items()}
    population = population_values()
    value = np.asarray(tree.value, dtype=float)
    goes_with_size = not any(part in name for part in _FIXED)
    own = np.zeros(value.shape) if random is None else random.standard_normal(value.shape)
    if value.ndim:
        moved = value * (1.0 + population["position_size_share"] * size)
        return (moved + population["position_own_mm"] * np.clip(own, -largest, largest)).tolist()
    if tree.range is None or _NOT_GROWN in name:
        return float(value)
    if goes_with_size:
        own = size + np.sqrt(1.0 - population["size_correlation"]) * own
    elif random is None:
        own = np.zeros(())
    span = population["span"].get(name, tree.range[1] - tree.range[0])
    deviation = span / population["range_in_standard_deviations"]
    low, high = tree.limits or tree.range
    return float(
        np.clip(value + deviation * np.clip(own, -largest, largest), max(low, tree.range[0]), min(high, tree.range[1]))
    )
