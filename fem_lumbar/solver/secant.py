"""Broyden's update of an approximate Jacobian, learned from the observed responses of a system."""

from __future__ import annotations

import numpy as np


class SecantCorrection:
    """Correction (m, m) that makes a tangent agree with the responses so far (Broyden 1965, Math Comp 19:577-593).

    The tangent is recomputed in every state, whereas the correction is carried over. It stands for what the tangent
    leaves out, such as sliding contact, whose pairs the tangent keeps fixed.
    """

    def __init__(self, size: int) -> None:
        self._lacking = np.zeros((size, size))

    def step(self, tangent: np.ndarray, answer: np.ndarray) -> np.ndarray:
        """The step (m,) for which the corrected tangent (m, m) predicts a response ``answer`` (m,)."""
        return np.linalg.solve(tangent + self._lacking, answer)

    def learn(self, tangent: np.ndarray, step: np.ndarray, answer: np.ndarray) -> None:
        """Update with the response ``answer`` (m,) to a step (m,) from the state of the tangent (m, m)."""
        if (size := float(step @ step)) > 0.0:
            self._lacking += np.outer(answer - (tangent + self._lacking) @ step, step) / size
