"""What a tangent leaves out, learned from how a system answered: Broyden's update on top of a tangent."""

from __future__ import annotations

import numpy as np


class SecantCorrection:
    """A matrix (m, m) that makes a tangent agree with the answers seen so far (Broyden 1965, Math Comp 19:577-593).

    The tangent is taken anew in every state, and what it lacks is carried on: contact pairs, for one, which it keeps
    fixed while they slide.
    """

    def __init__(self, size: int) -> None:
        self._lacking = np.zeros((size, size))

    def step(self, tangent: np.ndarray, answer: np.ndarray) -> np.ndarray:
        """The step (m,) to which the corrected tangent (m, m) foresees an answer (m,)."""
        return np.linalg.solve(tangent + self._lacking, answer)

    def learn(self, tangent: np.ndarray, step: np.ndarray, answer: np.ndarray) -> None:
        """Take in the answer (m,) that a step (m,) from the state of the tangent (m, m) had."""
        if (size := float(step @ step)) > 0.0:
            self._lacking += np.outer(answer - (tangent + self._lacking) @ step, step) / size
