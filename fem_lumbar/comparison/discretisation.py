"""Discretisation error of a number computed on several meshes: observed order, limit and error bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from scipy.optimize import minimize_scalar

LOWEST_ORDER, HIGHEST_ORDER = 0.5, 3.0
"""Range of observed orders accepted as asymptotic; quadratic cells give at most 3."""
ASSUMED_ORDER = 2.0
"""Order assumed if none is observed: straight-sided cells approximate curved surfaces to second order."""
SLOW_ORDER = 1.0
"""Order assumed if values converge slower than with order 0.5; gives larger bars than order 2."""
SAFETY, SAFETY_ASSUMED = 1.25, 3.0
"""Roache's safety factors on the estimated error: with an observed order, and with an assumed one."""
_SEARCHED = np.linspace(-6.0, 12.0, 73)


class Behaviour(Enum):
    """Behaviour of the values under mesh refinement."""

    CONVERGING = "converging"
    OUT_OF_RANGE = "order out of range"
    TWO_MESHES = "two meshes"
    NOT_MONOTONE = "not monotone"
    CONSTANT = "constant"
    UNKNOWN = "one mesh"


@dataclass(frozen=True)
class Estimate:
    """Convergence of a sequence of values on successively finer meshes.

    Attributes
    ----------
    behaviour : Behaviour
        How the values change.
    order : float or None
        Observed order of convergence, 0.5 to 3; None if there is none.
    limit : float or None
        Richardson's extrapolated value at cell size 0, in the unit of the values; None without an order.
    errors : tuple of float or None, (n,)
        Error bar of each value, in the same unit and order as the values; None on a single mesh.
    """

    behaviour: Behaviour
    order: float | None
    limit: float | None
    errors: tuple[float | None, ...]


def estimate_errors(
    sizes: Sequence[float],
    values: Sequence[float],
    resolution: float = 0.0,
    family: Sequence[bool] | None = None,
) -> Estimate:
    """Observed order, Richardson extrapolation and an error bar for each mesh.

    The error is modelled as ``value = limit + a · size^order`` and fitted by least squares with weights 1/size, as
    Eça and Hoekstra do; on three meshes the fit is exact and the same as Richardson's extrapolation, whatever the
    ratios of the sizes. The bar of a mesh is Roache's grid convergence index, the distance of the fit from its limit
    times a safety factor, enlarged by the misfit (as Eça and Hoekstra do): the standard deviation of the fit and the
    distance of the value from it.

    ================== ===================================================== ======= ======
    behaviour          found when                                            order   factor
    ================== ===================================================== ======= ======
    converging         three or more meshes, monotone, order 0.5 to 3        fitted  1.25
    order out of range the same, other order                                 1 or 2  3
    two meshes         two meshes                                            2       3
    not monotone       values go up and down                                 none    spread
    constant           no change beyond the resolution                       none    spread
    ================== ===================================================== ======= ======

    The assumed order out of range is 1 if the observed order is too low and 2 if too high; neither is reported as
    observed.
    ``spread`` is the largest distance of a value from those on finer meshes, and at least the spread on the three
    finest, so that two values that agree by chance do not give a small bar. No bar is smaller than the distance from
    any value on a finer mesh, nor than the bar of a finer mesh: a coarse mesh that agrees by chance is not better.

    Parameters
    ----------
    sizes : sequence of float, (n,)
        Representative cell size of each mesh, mm, all different.
    values : sequence of float, (n,)
        The quantity on each mesh, in any unit.
    resolution : float
        Error of the solution of the discrete equations, in the unit of the values: smaller changes count as none, and
        no bar is smaller.
    family : sequence of bool, (n,), optional
        Whether a mesh differs from the others in cell size only; the rest get a bar but are not part of the fit (unless
        fewer than two are of the family).

    References
    ----------
    Roache 1994, J Fluids Eng 116:405-413 (grid convergence index and its factors);
    Eça and Hoekstra 2014, J Comput Phys 262:104-130 (least squares, data that scatter).
    """
    h, v = np.asarray(sizes, dtype=float), np.asarray(values, dtype=float)
    if len(np.unique(h)) < len(h) or (h <= 0.0).any():
        raise ValueError("cell sizes must be positive and different from each other")
    if len(h) < 2:
        return Estimate(Behaviour.UNKNOWN, None, None, (None,) * len(h))
    fitted = np.ones(len(h), dtype=bool) if family is None or sum(family) < 2 else np.asarray(family, dtype=bool)
    finest_last = np.argsort(-h[fitted])
    steps = np.diff(v[fitted][finest_last])
    spread = tuple(_widened(h, v, _spread(h, v), resolution).tolist())
    if (np.abs(v - v[0]) <= resolution).all() or not np.ptp(v):
        return Estimate(Behaviour.CONSTANT, None, None, spread)
    if (np.abs(steps) <= resolution).any() or len(set(np.sign(steps))) > 1:
        return Estimate(Behaviour.NOT_MONOTONE, None, None, spread)
    behaviour, order, safety = _order(h[fitted], v[fitted])
    limit, slope = _fit(h[fitted], v[fitted], order)
    model = np.where(fitted, limit + slope * h**order, v)
    free = fitted.sum() - (3 if behaviour is Behaviour.CONVERGING else 2)
    weights = (1.0 / h[fitted]) / (1.0 / h[fitted]).mean()
    misfit = v[fitted] - model[fitted]
    deviation = np.sqrt((weights * misfit**2).sum() / free) if free > 0 else 0.0
    bars = safety * np.abs(model - limit) + deviation + np.abs(v - model)
    bars = _widened(h, v, bars, resolution)
    observed = behaviour is Behaviour.CONVERGING
    return Estimate(
        behaviour, float(order) if observed else None, float(limit) if observed else None, tuple(bars.tolist())
    )


def _order(sizes: np.ndarray, values: np.ndarray) -> tuple[Behaviour, float, float]:
    """Behaviour of a monotone sequence, the order used for its bars, and their safety factor."""
    if len(sizes) == 2:
        return Behaviour.TWO_MESHES, ASSUMED_ORDER, SAFETY_ASSUMED
    order = _observed_order(sizes, values)
    if LOWEST_ORDER <= order <= HIGHEST_ORDER:
        return Behaviour.CONVERGING, order, SAFETY
    return Behaviour.OUT_OF_RANGE, SLOW_ORDER if order < LOWEST_ORDER else ASSUMED_ORDER, SAFETY_ASSUMED


def _observed_order(sizes: np.ndarray, values: np.ndarray) -> float:
    """The order with the smallest misfit, between -6 (diverging) and 12."""

    def left(order: float) -> float:
        return _residual(sizes / sizes.max(), values / np.ptp(values), order)

    start = int(np.argmin([left(order) for order in _SEARCHED]))
    ends = _SEARCHED[max(start - 1, 0)], _SEARCHED[min(start + 1, len(_SEARCHED) - 1)]
    return float(minimize_scalar(left, bounds=ends, method="bounded", options={"xatol": 1e-10}).x)


def _residual(sizes: np.ndarray, values: np.ndarray, order: float) -> float:
    """Weighted misfit of the best fit of an order; at order 0 the power becomes the logarithm."""
    power = np.log(sizes) if abs(order) < 1e-9 else np.expm1(order * np.log(sizes)) / order
    design, root = np.stack([np.ones_like(sizes), power], axis=1), np.sqrt(1.0 / sizes)[:, None]
    found = np.linalg.lstsq(root * design, root[:, 0] * values, rcond=None)[0]
    return float(np.linalg.norm(root[:, 0] * (values - design @ found)))


def _fit(sizes: np.ndarray, values: np.ndarray, order: float) -> tuple[float, float]:
    """Limit and slope of ``limit + slope · size^order``, weighted by 1/size."""
    design, root = np.stack([np.ones_like(sizes), sizes**order], axis=1), np.sqrt(1.0 / sizes)
    limit, slope = np.linalg.lstsq(root[:, None] * design, root * values, rcond=None)[0]
    return float(limit), float(slope)


def _widened(sizes: np.ndarray, values: np.ndarray, bars: np.ndarray, resolution: float) -> np.ndarray:
    """Bars (n,) no smaller than the resolution, the distance from any finer value, and the bar of any finer mesh."""
    finer = sizes[None, :] < sizes[:, None]
    distance = np.where(finer, np.abs(values[:, None] - values[None, :]), 0.0).max(axis=1)
    fine_first = np.argsort(sizes)
    widened = np.maximum(np.maximum(bars, distance), resolution)
    widened[fine_first] = np.maximum.accumulate(widened[fine_first])
    return widened


def _spread(sizes: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Spread of the values on the three finest meshes, for each mesh (n,); `_widened` adds the rest."""
    return np.full(len(values), np.ptp(values[np.argsort(sizes)[:3]]))
