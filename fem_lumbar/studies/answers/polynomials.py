"""Polynomials that are orthonormal with respect to the sampled values of a factor, and their products.

The polynomials are computed from the samples, so that one construction is valid for every distribution: for a uniform
factor they are close to Legendre polynomials, for a normal one to Hermite polynomials, and for a factor with k values
they span all functions of these (Oladyshkin & Nowak 2012, Reliab Eng Syst Saf 106:179-190).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

_SAME = 1e-9
"""Values closer than this fraction of the range of a factor are treated as equal."""


@dataclass(frozen=True)
class Polynomials:
    """Orthonormal polynomials of one factor, by a three-term recurrence.

    Attributes
    ----------
    centre, half_width : float
        Centre and half-width of the range of the values, in the unit of the factor.
    a, b : (k,) float
        Coefficients of the recurrence for values scaled to −1 … 1.
    """

    centre: float
    half_width: float
    a: np.ndarray
    b: np.ndarray

    @classmethod
    def over(cls, values: np.ndarray, degree: int) -> Polynomials:
        """Polynomials over equally weighted values (n,), up to ``degree`` and below the number of distinct values."""
        low, high = float(np.min(values)), float(np.max(values))
        centre, half = (low + high) / 2.0, (high - low) / 2.0 or 1.0
        x = (values - centre) / half
        kinds = 1 + int(np.count_nonzero(np.diff(np.sort(x)) > 2.0 * _SAME))
        top = min(degree, kinds - 1)
        a, b = np.zeros(top + 1), np.zeros(top + 1)
        before, now = np.zeros_like(x), np.ones_like(x)
        for k in range(top + 1):
            a[k] = np.mean(x * now * now)
            left = (x - a[k]) * now - b[k] * before
            if k < top:
                b[k + 1] = np.sqrt(np.mean(left * left))
                before, now = now, left / b[k + 1]
        return cls(centre, half, a, b)

    @property
    def degree(self) -> int:
        """Highest available degree."""
        return len(self.a) - 1

    def at(self, values: np.ndarray) -> np.ndarray:
        """Values (n, degree + 1) of the polynomials at values (n,) of the factor."""
        x = (np.asarray(values, dtype=float) - self.centre) / self.half_width
        table = np.ones((len(x), self.degree + 1))
        for k in range(self.degree):
            before = table[:, k - 1] if k else 0.0
            table[:, k + 1] = ((x - self.a[k]) * table[:, k] - self.b[k] * before) / self.b[k + 1]
        return table


def exponents(degrees: list[int], degree: int, norm: float, together: int) -> np.ndarray:
    """Exponents of the products of polynomials in a basis, without the constant.

    Parameters
    ----------
    degrees : list of int
        Highest degree of each of the d factors.
    degree : int
        Highest degree of the basis.
    norm : float
        q-norm: products are kept if their exponents e satisfy (Σ e^norm)^(1/norm) ≤ degree; below 1 it excludes
        interactions of high degree (Blatman & Sudret 2011, J Comput Phys 230:2345-2367).
    together : int
        Largest number of factors in one product.

    Returns
    -------
    exponents : (p, d) int
    """
    limit = degree**norm * (1.0 + 1e-9)
    rows = []
    for count in range(1, together + 1):
        for chosen in combinations(range(len(degrees)), count):
            spans = [range(1, min(degrees[i], degree) + 1) for i in chosen]
            for powers in product(*spans):
                if sum(power**norm for power in powers) <= limit:
                    row = np.zeros(len(degrees), dtype=int)
                    row[list(chosen)] = powers
                    rows.append(row)
    return np.array(rows, dtype=int).reshape(-1, len(degrees))


def products(tables: list[np.ndarray], powers: np.ndarray) -> np.ndarray:
    """Products (n, p) of the polynomials of d factors, each (n, k), for exponents (p, d)."""
    result = np.ones((len(tables[0]), len(powers)))
    for i, table in enumerate(tables):
        used = np.flatnonzero(powers[:, i])
        result[:, used] *= table[:, powers[used, i]]
    return result
