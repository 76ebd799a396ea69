"""A tangent that leaves something out converges superlinearly once the answers are learned from."""

from __future__ import annotations

import numpy as np

from fem_lumbar.solver.secant import SecantCorrection


def errors(learning: bool) -> list[float]:
    """Errors of a Newton iteration on a mildly non-linear system with a tangent that is off by a third."""
    matrix = np.array([[2.0, 0.3, 0.0], [0.1, 1.5, -0.2], [0.0, 0.4, 1.0]])
    tangent = matrix + np.array([[0.6, -0.2, 0.1], [0.1, -0.4, 0.2], [0.2, 0.0, 0.3]])
    secant, x, found = SecantCorrection(3), np.array([0.3, -0.2, 0.4]), []
    for _ in range(8):
        left = matrix @ x + 0.05 * x**2
        step = -secant.step(tangent, left)
        x = x + step
        if learning:
            secant.learn(tangent, step, matrix @ x + 0.05 * x**2 - left)
        found.append(float(np.abs(x).max()))
    return found


def test_learning_makes_a_wrong_tangent_converge_fast():
    plain, learned = errors(False), errors(True)
    assert plain[-1] > 1e-6
    assert learned[-1] < 1e-3 * plain[-1]


def test_what_was_learned_is_kept_exactly():
    """After one answer the same step is foreseen to have it."""
    secant, tangent = SecantCorrection(2), np.eye(2)
    step, answer = np.array([1.0, 2.0]), np.array([3.0, -1.0])
    secant.learn(tangent, step, answer)
    assert np.allclose(secant.step(tangent, answer), step)
