"""Surrogate of one output: a sparse polynomial chaos expansion in the factors, with its cross-validation error."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.stats import t as student

from fem_lumbar.studies.answers.coordinates import Points
from fem_lumbar.studies.answers.polynomials import Polynomials, exponents, products
from fem_lumbar.studies.answers.sparse_fit import SparseFit, sparse_fit

DEGREES = (1, 2, 3, 4, 6, 8, 10, 12, 16)
"""Degrees that are tried, until two in a row give no smaller error."""
_BETTER = 0.75
"""A higher degree is accepted if it reduces the error to this fraction: the lower of two similar ones is safer."""
_NORM, _LARGEST_BASIS = 0.5, 1500
_FOLDS = 5
RESOLVED_Q2 = 0.9
"""Smallest Q² of an accurate surrogate; below it no index is given."""
_HOPELESS_Q2 = 0.5
"""Q² below which the second, more expensive Q² is not computed."""
_RESAMPLED = 200
_FEWEST = 6
"""Smallest number of points for a surrogate."""


class Bases:
    """Polynomial bases over the points of a study, cached for all outputs.

    Parameters
    ----------
    points : Points
    """

    def __init__(self, points: Points) -> None:
        self.points = points
        self.polynomials = tuple(
            Polynomials.over(points.x[:, i], DEGREES[-1]) for i in range(len(points.factors))
        )  # fmt: skip
        self._tables = [one.at(points.x[:, i]) for i, one in enumerate(self.polynomials)]
        self._made: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def of_degree(self, degree: int) -> tuple[np.ndarray, np.ndarray]:
        """Exponents (p, d) and values (n, p) of the basis of a degree."""
        if degree not in self._made:
            powers = self._powers(degree)
            self._made[degree] = powers, products(self._tables, powers)
        return self._made[degree]

    def _powers(self, degree: int) -> np.ndarray:
        highest = [one.degree for one in self.polynomials]
        together = 3 if len(highest) <= 4 else 2
        powers = exponents(highest, degree, _NORM, together)
        return powers if len(powers) <= _LARGEST_BASIS else exponents(highest, degree, _NORM, 1)


@dataclass(frozen=True)
class Surrogate:
    """A sparse polynomial in the factors that approximates an output.

    Attributes
    ----------
    polynomials : tuple of Polynomials
        Orthonormal polynomials of all d factors.
    powers : (k, d) int
        Exponents of the terms, without the constant.
    coefficients : (k + 1,) float
        Coefficients, the constant first; in the unit of the output.
    x : (n, d) float
        Coordinates of the points of the fit.
    data : (n,) float
        The output at these points.
    q2_left_out, q2_folds : float
        Explained variance in leave-one-out cross-validation (fixed terms, corrected for the sample size) and in 5-fold
        cross-validation (terms selected anew); the latter is not computed if the former is too low.
    error : float
        Root mean square leave-one-out error, in the unit of the output.
    """

    polynomials: tuple[Polynomials, ...]
    powers: np.ndarray
    coefficients: np.ndarray
    x: np.ndarray = field(repr=False)
    data: np.ndarray = field(repr=False)
    q2_left_out: float
    q2_folds: float
    error: float

    @property
    def q2(self) -> float:
        """The smaller of the two Q²."""
        return min(self.q2_left_out, self.q2_folds)

    @property
    def resolved(self) -> bool:
        """Whether it is accurate enough for its output."""
        return self.q2 >= RESOLVED_Q2

    def matrix(self, x: np.ndarray) -> np.ndarray:
        """Values (n, k + 1) of its terms, the constant first, at coordinates (n, d)."""
        tables = [one.at(x[:, i]) for i, one in enumerate(self.polynomials)]
        return np.column_stack([np.ones(len(x)), products(tables, self.powers)])

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Values (n,) at coordinates (n, d)."""
        return self.matrix(x) @ self.coefficients

    def leverage(self, x: np.ndarray) -> np.ndarray:
        """Leverage (n,) of coordinates (n, d): their distance from the points of the fit."""
        matrix = self.matrix(x)
        return np.einsum("ij,jk,ik->i", matrix, self._inverse_gram, matrix)

    @cached_property
    def largest_leverage(self) -> float:
        """Largest leverage of the points of the fit."""
        return float(np.max(self.leverage(self.x)))

    def half_width(self, x: np.ndarray) -> np.ndarray:
        """Half-width (n,) of the 95 % prediction interval at coordinates (n, d), in the unit of the output."""
        free = max(len(self.data) - len(self.coefficients), 1)
        return float(student.ppf(0.975, free)) * self.error * np.sqrt(1.0 + self.leverage(x))

    @cached_property
    def resampled(self) -> np.ndarray:
        """Coefficients (200, k + 1) of the same terms on resampled points (pairs bootstrap)."""
        matrix, count = self.matrix(self.x), len(self.data)
        weights = (
            np.random.default_rng(0).multinomial(count, np.full(count, 1.0 / count), size=_RESAMPLED).astype(float)
        )
        outer = np.einsum("ij,ik->ijk", matrix, matrix).reshape(count, -1)
        size = matrix.shape[1]
        gram = (weights @ outer).reshape(-1, size, size) + 1e-9 * count * np.eye(size)
        right = weights @ (matrix * self.data[:, None])
        return np.linalg.solve(gram, right[:, :, None])[:, :, 0]

    @cached_property
    def _inverse_gram(self) -> np.ndarray:
        matrix = self.matrix(self.x)
        return np.linalg.pinv(matrix.T @ matrix)


def fit_surrogate(bases: Bases, rows: np.ndarray, data: np.ndarray) -> Surrogate | None:
    """Fit the surrogate of an output known at some points.

    Parameters
    ----------
    bases : Bases
        Bases of the study.
    rows : (n,) int
        Indices of these points in the study.
    data : (n,) float
        The output at these points.

    Returns
    -------
    surrogate : Surrogate or None
        None with fewer than 6 points, and for an output that does not vary.
    """
    if len(rows) < _FEWEST or np.ptp(data) <= 1e-12 * np.max(np.abs(data)):
        return None
    best: tuple[float, int, SparseFit] | None = None
    lowest, in_vain, size = np.inf, 0, -1
    for degree in DEGREES:
        powers, matrix = bases.of_degree(degree)
        if len(powers) == size:
            break
        size = len(powers)
        fit = sparse_fit(matrix[rows], data)
        if best is None or fit.error < _BETTER * best[0]:
            best = fit.error, degree, fit
        in_vain = 0 if fit.error < lowest else in_vain + 1
        lowest = min(lowest, fit.error)
        if in_vain == 2:
            break
    assert best is not None
    _, degree, fit = best
    powers, matrix = bases.of_degree(degree)
    return Surrogate(
        polynomials=bases.polynomials,
        powers=powers[fit.terms],
        coefficients=fit.coefficients,
        x=bases.points.x[rows],
        data=data,
        q2_left_out=1.0 - fit.error,
        q2_folds=_q2_of_folds(matrix[rows], data) if 1.0 - fit.error > _HOPELESS_Q2 else 1.0 - fit.error,
        error=float(np.sqrt(fit.error * np.var(data))),
    )


def _q2_of_folds(matrix: np.ndarray, data: np.ndarray) -> float:
    """Explained variance of data (n,) in 5-fold cross-validation, with terms selected anew each time."""
    fold = np.random.default_rng(0).permutation(len(data)) % _FOLDS
    missed = 0.0
    for i in range(_FOLDS):
        held = fold == i
        fit = sparse_fit(matrix[~held], data[~held])
        predicted = np.column_stack([np.ones(held.sum()), matrix[held][:, fit.terms]]) @ fit.coefficients
        missed += float(np.sum((data[held] - predicted) ** 2))
    return 1.0 - missed / (len(data) * float(np.var(data)))
