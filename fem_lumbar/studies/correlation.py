"""Rank correlation brought into a design: its columns reordered, so that each keeps its own numbers.

Iman and Conover 1982, Commun Stat Simul Comput 11:311-334.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata


def correlated(numbers: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Numbers (n, k) between 0 and 1 with columns reordered to the rank correlations ``matrix`` (k, k).

    Normal scores are used, to whose correlation that of ranks is changed first (Pearson 1907: 2 sin(pi/6 r)).

    Raises
    ------
    ValueError
        When there are no more numbers than columns: they always depend on one another.
    """
    n, columns = numbers.shape
    if n <= columns:
        raise ValueError(f"{n} numbers of {columns} quantities cannot be correlated as wanted")
    scores = ndtri((np.argsort(np.argsort(numbers, axis=0), axis=0) + 1.0) / (n + 1.0))
    random = np.random.default_rng(0)
    while np.linalg.eigvalsh(np.corrcoef(scores, rowvar=False)).min() < 1e-6:
        scores = random.permuted(scores, axis=0)  # columns of few numbers may rise and fall as one
    wanted = np.linalg.cholesky(of_normal_scores(matrix))
    found = np.linalg.cholesky(np.corrcoef(scores, rowvar=False))
    target = scores @ np.linalg.inv(found).T @ wanted.T
    places = rankdata(target, method="ordinal", axis=0) - 1
    return np.take_along_axis(np.sort(numbers, axis=0), places, axis=0)


def of_normal_scores(matrix: np.ndarray) -> np.ndarray:
    """The correlation matrix of normal variables whose ranks correlate as ``matrix`` (k, k)."""
    pearson = 2.0 * np.sin(np.pi / 6.0 * np.asarray(matrix, dtype=float))
    np.fill_diagonal(pearson, 1.0)
    return pearson


def is_possible(matrix: np.ndarray) -> bool:
    """Whether variables can correlate like that: the matrix, and that of the normal scores, are positive definite."""
    return all(np.linalg.eigvalsh(one).min() > 1e-8 for one in (np.asarray(matrix, float), of_normal_scores(matrix)))
