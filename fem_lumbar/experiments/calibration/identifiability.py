"""Identifiability of the parameters: singular values of the sensitivities, standard errors, correlations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

WEAK = 1.0
"""A direction is weakly identified if a step of the full range of a parameter along it changes the misfits, in
half-widths of the bands, by less than this (root sum of squares)."""

CORRELATED = 0.95
"""Correlation above which two parameters are practically not distinguishable."""


@dataclass(frozen=True)
class Identifiability:
    """Sensitivities at the fit and derived statistics; shares are parameters normalised by their bounds.

    Attributes
    ----------
    jacobian : (m, n) float
        Change of each weighted misfit, in half-widths of the band, per unit share.
    singular_values : (n,) float
        Singular values of the Jacobian, largest first.
    directions : (n, n) float
        Rows: unit directions of the shares that belong to the singular values.
    condition : float
        Largest over smallest singular value; infinite if a direction has no effect.
    covariance : (n, n) float
        Covariance of the shares with the residual variance (1 if there are no more targets than parameters); infinite
        along directions without effect.
    variance : float
        Residual variance used for it.
    with_prior : (n,) float
        Standard errors of the shares with the prior as additional measurements; NaN without a prior.
    """

    jacobian: np.ndarray
    singular_values: np.ndarray
    directions: np.ndarray
    condition: float
    covariance: np.ndarray
    variance: float
    with_prior: np.ndarray

    @property
    def standard_errors(self) -> np.ndarray:
        """Standard errors (n,) of the shares."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def correlation(self) -> np.ndarray:
        """Correlation (n, n) of the parameters; NaN for a parameter without effect on the targets."""
        spread = self.standard_errors
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.covariance / np.outer(spread, spread)

    @property
    def weak(self) -> list[int]:
        """Indices of the directions that the targets hardly constrain."""
        return [int(i) for i in np.flatnonzero(self.singular_values < WEAK)]

    @property
    def correlated_pairs(self) -> list[tuple[int, int, float]]:
        """Pairs of practically indistinguishable parameters, with their correlation."""
        r = self.correlation
        n = len(r)
        return [(i, j, float(r[i, j])) for i in range(n) for j in range(i + 1, n) if abs(r[i, j]) > CORRELATED]


def identifiability(jacobian: np.ndarray, misfits: np.ndarray, prior_weight: float = 0.0) -> Identifiability:
    """Analyse the sensitivities of the targets.

    Parameters
    ----------
    jacobian : (m, n)
        Change of the weighted misfits per unit share, without the rows of a prior.
    misfits : (m,)
        Weighted misfits at the fit.
    prior_weight : float
        Weight of the prior, which draws each share to its published value; 0 without a prior.
    """
    m, n = jacobian.shape
    _, s, v = np.linalg.svd(jacobian, full_matrices=True)
    s = np.pad(s, (0, n - len(s)))
    variance = float(misfits @ misfits / (m - n)) if m > n else 1.0
    resolved = s > 1e-9 * max(s[0], 1e-300)
    spread = np.where(resolved, variance / np.where(resolved, s, 1.0) ** 2, 0.0)
    covariance = (v.T * spread) @ v
    unresolved = np.flatnonzero(np.any(np.abs(v[~resolved]) > 1e-6, axis=0))
    covariance[unresolved, unresolved] = np.inf
    condition = float(s[0] / s[-1]) if resolved.all() else np.inf
    with_prior = _with_prior(s, v, float(misfits @ misfits), m, prior_weight)
    return Identifiability(jacobian, s, v, condition, covariance, variance, with_prior)


def _with_prior(s: np.ndarray, v: np.ndarray, squares: float, m: int, weight: float) -> np.ndarray:
    """Standard errors (n,) of a ridge estimate, with the effective number of parameters determined by the data."""
    if weight == 0.0:
        return np.full(len(s), np.nan)
    determined = float(np.sum(s**2 / (s**2 + weight**2)))
    variance = squares / max(m - determined, 1.0)
    return np.sqrt(variance * ((v.T**2) @ (1.0 / (s**2 + weight**2))))
