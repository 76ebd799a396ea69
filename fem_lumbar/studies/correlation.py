"""Rank correlation of a design: its columns are reordered, so that their distributions do not change.

Iman and Conover 1982, Commun Stat Simul Comput 11:311-334.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata


def correlated(numbers: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Reorder the columns of samples (n, k) between 0 and 1 to rank correlations ``matrix`` (k, k).

    Uses normal scores, for which the rank correlation is first converted (Pearson 1907: 2 sin(pi/6 r)).

    Raises
    ------
    ValueError
        When there are no more samples than columns, which are then always linearly dependent.
    """
    n, columns = numbers.shape
    if n <= columns:
        raise ValueError(f"{n} numbers of {columns} quantities cannot be correlated as wanted")
    scores = ndtri((np.argsort(np.argsort(numbers, axis=0), axis=0) + 1.0) / (n + 1.0))
    random = np.random.default_rng(0)
    while np.linalg.eigvalsh(np.corrcoef(scores, rowvar=False)).min() < 1e-6:
        scores = random.permuted(scores, axis=0)  # columns of few samples may be monotonically related
    wanted = np.linalg.cholesky(of_normal_scores(matrix))
    found = np.linalg.cholesky(np.corrcoef(scores, rowvar=False))
    target = scores @ np.linalg.inv(found).T @ wanted.T
    places = rankdata(target, method="ordinal", axis=0) - 1
    return np.take_along_axis(np.sort(numbers, axis=0), places, axis=0)


def of_normal_scores(matrix: np.ndarray) -> np.ndarray:
    """Correlation matrix of normal variables with rank correlations ``matrix`` (k, k)."""
    pearson = 2.0 * np.sin(np.pi / 6.0 * np.asarray(matrix, dtype=float))
    np.fill_diagonal(pearson, 1.0)
    return pearson


def is_possible(matrix: np.ndarray) -> bool:
    """Whether the correlations are possible: the matrix and that of the normal scores are positive definite."""
    return all(np.linalg.eigvalsh(one).min() > 1e-8 for one in (np.asarray(matrix, float), of_normal_scores(matrix)))
