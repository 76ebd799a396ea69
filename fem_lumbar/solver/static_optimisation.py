"""Static optimisation of muscle activations that balance given moments: minimise sum w a^3, A a = b, 0 <= a <= 1.

The criterion is that of Crowninshield & Brand 1981 (J Biomech 14:793-801), who set all weights w = 1. It is strictly
convex, so the solution is unique, and separable, so the optimum follows from one Lagrange multiplier per moment: with
s = A^T l each activation is sqrt(s / (3 w)), clipped to [0, 1]. The multipliers maximise the concave dual function,
which has one unknown per moment. Stationarity, signs and bounds hold by construction; only A a = b has to be checked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog, minimize

from fem_lumbar.foundation.errors import PhysicsError

_FEASIBLE, _BALANCED = 1e-9, 1e-10
"""Unbalanced moments, relative to the largest, that are tolerated at full activation, and at the optimum."""

_POLISHING, _SHORTEST = 60, 2.0**-30


class Infeasible(Exception):
    """The moments are out of reach; ``missing`` (m,) is the smallest possible deficit, in the unit of b."""

    def __init__(self, missing: np.ndarray) -> None:
        super().__init__(f"missing {missing}")
        self.missing = missing


@dataclass(frozen=True)
class LeastEffort:
    """Activations (n,), and the Lagrange multipliers (m,): marginal effort per unit of each moment."""

    activations: np.ndarray
    multipliers: np.ndarray


def least_effort(moments_at_full: np.ndarray, wanted: np.ndarray, weights: np.ndarray | None = None) -> LeastEffort:
    """Activations of least effort.

    Parameters
    ----------
    moments_at_full : (m, n)
        Moments of each muscle at full activation.
    wanted : (m,)
        Moments that they must sum to, in the same unit.
    weights : (n,), optional
        Weight of the cubed activation of each muscle, positive; 1 by default. A larger weight spares the muscle.

    Raises
    ------
    Infeasible
        If no activations between 0 and 1 balance the moments.
    """
    scale = max(np.abs(wanted).max(initial=0.0), np.abs(moments_at_full).max(initial=0.0))
    if scale == 0.0:
        return LeastEffort(np.zeros(moments_at_full.shape[1]), np.zeros(len(wanted)))
    a, b = moments_at_full / scale, wanted / scale
    w = np.ones(a.shape[1]) if weights is None else weights
    _require_feasible(a, b, scale)
    start = minimize(_dual, np.zeros(len(b)), args=(a, b, w), jac=True, method="BFGS", options={"gtol": 1e-9}).x
    multipliers = _polished(start, a, b, w)
    activations = _activations(a.T @ multipliers, w)
    left = np.abs(a @ activations - b).max()
    if left > _BALANCED * max(np.abs(b).max(), 1e-3):
        raise PhysicsError(f"muscle activations were not found: {left * scale:.3g} N·mm are left unbalanced")
    return LeastEffort(activations, multipliers / scale)


def within_reach(moments_at_full: np.ndarray, start: np.ndarray, change: np.ndarray) -> float:
    """Largest fraction, at most 1, of a change (m,) from moments ``start`` (m,) that activations in [0, 1] can balance.

    ``moments_at_full`` (m, n) is as in :func:`least_effort`; the moments at the start must be feasible.
    """
    n = moments_at_full.shape[1]
    scale = max(np.abs(part).max(initial=0.0) for part in (moments_at_full, start, change)) or 1.0
    cost = np.concatenate([np.zeros(n), [-1.0]])
    equal = np.hstack([moments_at_full, -change[:, None]]) / scale
    found = linprog(cost, A_eq=equal, b_eq=start / scale, bounds=[(0.0, 1.0)] * (n + 1), method="highs")
    return float(found.x[-1]) if found.success else 0.0


def _require_feasible(a: np.ndarray, b: np.ndarray, scale: float) -> None:
    """Raise `Infeasible` for moments out of reach, with the deficits of the smallest sum."""
    m, n = a.shape
    cost = np.concatenate([np.zeros(n), np.ones(2 * m)])
    bounds = [(0.0, 1.0)] * n + [(0.0, None)] * (2 * m)
    found = linprog(cost, A_eq=np.hstack([a, np.eye(m), -np.eye(m)]), b_eq=b, bounds=bounds, method="highs")
    if not found.success:
        raise PhysicsError(f"muscle activations were not found: {found.message}")
    missing = found.x[n : n + m] - found.x[n + m :]
    if np.abs(missing).max() > _FEASIBLE + 1e-6 * np.abs(b).max():
        raise Infeasible(missing * scale)


def _activations(price: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Activations (n,) that maximise price · a - weights · a^3 between 0 and 1."""
    return np.minimum(np.sqrt(np.maximum(price, 0.0) / (3.0 * weights)), 1.0)


def _dual(multipliers: np.ndarray, a: np.ndarray, b: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray]:
    """Negative of the dual function and its gradient (m,)."""
    price = a.T @ multipliers
    active = _activations(price, weights)
    return float(np.sum(price * active - weights * active**3) - b @ multipliers), a @ active - b


def _polished(multipliers: np.ndarray, a: np.ndarray, b: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Multipliers (m,) brought to round-off by Newton's method on the dual function."""
    gradient = _dual(multipliers, a, b, weights)[1]
    for _ in range(_POLISHING):
        active = _activations(a.T @ multipliers, weights)
        free = (active > 0.0) & (active < 1.0)
        curvature = (a[:, free] / (6.0 * weights[free] * active[free])) @ a[:, free].T
        step = -np.linalg.lstsq(curvature, gradient, rcond=1e-13)[0]
        size = 1.0
        while size > _SHORTEST:
            trial = multipliers + size * step
            trial_gradient = _dual(trial, a, b, weights)[1]
            if np.linalg.norm(trial_gradient) < np.linalg.norm(gradient):
                break
            size *= 0.5
        else:
            return multipliers
        multipliers, gradient = trial, trial_gradient
    return multipliers
