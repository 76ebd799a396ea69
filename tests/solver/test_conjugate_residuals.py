"""Generalised conjugate residuals on small systems that are neither symmetric nor definite."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.solver.multilevel.conjugate_residuals import ConjugateResiduals

SIZE = 30


@pytest.fixture
def system():
    """A matrix and a preconditioner that knows it to a few per cent."""
    rng = np.random.default_rng(0)
    matrix = np.diag(rng.choice([-1.0, 1.0], SIZE) * rng.uniform(1.0, 100.0, SIZE)) + rng.standard_normal((SIZE, SIZE))
    nearly = np.linalg.inv(matrix) + 1e-4 * rng.standard_normal((SIZE, SIZE))
    return matrix, nearly


def preconditioned(matrix, nearly):
    def apply(rest):
        direction = nearly @ rest
        return direction, matrix @ direction

    return apply


def test_the_residual_falls_as_asked(system):
    matrix, _ = system
    right_hand_side = np.random.default_rng(1).standard_normal(SIZE)
    for accuracy in (1e-1, 1e-3, 1e-8):
        found = ConjugateResiduals().solve(right_hand_side, accuracy, preconditioned(*system))
        left = np.linalg.norm(right_hand_side - matrix @ found.solution)
        assert left <= 1.01 * accuracy * np.linalg.norm(right_hand_side)


def test_what_was_found_serves_the_next_right_hand_side(system):
    matrix, _ = system
    residuals = ConjugateResiduals()
    first, second = np.random.default_rng(2).standard_normal((2, SIZE))
    residuals.solve(first, 1e-6, preconditioned(*system))
    residuals.solve(second, 1e-6, preconditioned(*system))
    both = residuals.solve(3.0 * first - 2.0 * second, 1e-5, preconditioned(*system))
    assert both.applications == 0
    assert matrix @ both.solution == pytest.approx(3.0 * first - 2.0 * second, abs=1e-3)


def test_no_more_than_the_space_holds(system):
    """Without a preconditioner the space of directions is a Krylov space: a diagonal of four values takes four."""
    diagonal = np.tile([1.0, -2.0, 3.0, 5.0], 5)
    found = ConjugateResiduals().solve(np.ones(20), 1e-10, lambda rest: (rest.copy(), diagonal * rest))
    assert found.applications <= 4
    assert found.solution == pytest.approx(1.0 / diagonal, rel=1e-8)
