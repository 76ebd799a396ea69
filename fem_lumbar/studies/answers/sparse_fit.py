"""Sparse fit in a large basis: least angle regression, then least squares on the selected terms.

Hybrid least angle regression (Blatman & Sudret 2011, J Comput Phys 230:2345-2367): terms are ordered by scikit-learn's
``lars_path``, and their number minimises the leave-one-out error of least squares.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

_MOST_TERMS, _FIRST_TERMS = 0.5, 32
"""Largest number of terms per point, and number of terms tried first."""
_NEARLY_OUT = 1e-6
"""A point with a leverage this close to 1 cannot be left out."""


@dataclass(frozen=True)
class SparseFit:
    """Least squares on selected terms.

    Attributes
    ----------
    terms : (k,) int
        Columns of the basis, without the constant.
    coefficients : (k + 1,) float
        Coefficients; the constant first.
    left_out : (n,) float
        Leave-one-out residual of each point.
    error : float
        Mean square of ``left_out``, corrected for the sample size, relative to the variance of the data.
    """

    terms: np.ndarray
    coefficients: np.ndarray
    left_out: np.ndarray
    error: float


def sparse_fit(basis: np.ndarray, data: np.ndarray) -> SparseFit:
    """Select the terms of a basis (n, p) with the smallest leave-one-out error for data (n,), and fit them."""
    most, tried = int(_MOST_TERMS * len(data)), _FIRST_TERMS
    while True:
        order = _order(basis, data, min(tried, most))
        fit = nested_fit(basis, data, order)
        if len(fit.terms) < 0.75 * len(order) or len(order) < tried or tried >= most:
            return fit
        tried *= 2


def nested_fit(basis: np.ndarray, data: np.ndarray, order: np.ndarray) -> SparseFit:
    """Among the first 0, 1, 2 … terms in a given order, the fit with the smallest corrected leave-one-out error.

    A single QR factorisation provides the leverages, residuals and traces of all of them.
    """
    count = len(data)
    matrix = np.column_stack([np.ones(count), basis[:, order]])
    q, r = np.linalg.qr(matrix)
    sound = np.abs(np.diagonal(r)) > 1e-9 * np.sqrt(count)
    used = len(sound) if sound.all() else int(np.argmin(sound))
    q, r, order = q[:, :used], r[:used, :used], order[: used - 1]
    leverage = np.cumsum(q * q, axis=1)
    residual = data[:, None] - np.cumsum(q * (q.T @ data), axis=1)
    inverse = solve_triangular(r, np.eye(used))
    trace = np.cumsum(np.sum(inverse * inverse, axis=0)) * count
    size = np.arange(1, used + 1)
    correction = count / np.maximum(count - size, 1) * (1.0 + trace / count)
    left_out = residual / np.maximum(1.0 - leverage, _NEARLY_OUT)
    spread = float(np.var(data)) or 1.0
    errors = np.mean(left_out**2, axis=0) * correction / spread
    best = int(np.argmin(errors))
    coefficients = solve_triangular(r[: best + 1, : best + 1], q[:, : best + 1].T @ data)
    return SparseFit(order[:best], coefficients, left_out[:, best], float(errors[best]))


def _order(basis: np.ndarray, data: np.ndarray, most: int) -> np.ndarray:
    """The first terms, at most ``most``, in the order of least angle regression."""
    from sklearn.linear_model import lars_path

    centred = basis - basis.mean(axis=0)
    length = np.linalg.norm(centred, axis=0)
    there = np.flatnonzero(length > 1e-9 * np.sqrt(len(data)))
    most = min(len(there), most)
    if most == 0 or np.ptp(data) == 0.0:
        return np.zeros(0, dtype=int)
    _, active, _ = lars_path(
        centred[:, there] / length[there], data - data.mean(), method="lar", max_iter=most, return_path=False
    )
    return there[np.asarray(active, dtype=int)]
