"""Activations of least effort: cases solved by hand, and an independent optimiser."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from fem_lumbar.solver.static_optimisation import Infeasible, least_effort, within_reach


def test_two_muscles_at_one_joint_share_by_the_root_of_their_moments():
    """Stationarity 3 a^2 = l r gives a ~ sqrt(r): with r = 4 and 1, a = 2 t and t, and 8 t + t = 1.8."""
    found = least_effort(np.array([[4.0, 1.0]]), np.array([1.8]))
    assert found.activations == pytest.approx([0.4, 0.2], abs=1e-12)
    assert found.multipliers == pytest.approx([3 * 0.2**2], abs=1e-12)


def test_a_muscle_at_its_limit_leaves_the_rest_to_the_other():
    found = least_effort(np.array([[4.0, 1.0]]), np.array([4.7]))
    assert found.activations == pytest.approx([1.0, 0.7], abs=1e-10)


def test_a_muscle_that_turns_the_wrong_way_stays_silent():
    found = least_effort(np.array([[4.0, -1.0]]), np.array([2.0]))
    assert found.activations == pytest.approx([0.5, 0.0], abs=1e-12)


def test_what_is_missing_is_told():
    with pytest.raises(Infeasible) as short:
        least_effort(np.array([[4.0, 1.0], [0.0, 0.0]]), np.array([-6.0, 0.0]))
    assert short.value.missing == pytest.approx([-6.0, 0.0], abs=1e-9)
    with pytest.raises(Infeasible) as short:
        least_effort(np.array([[4.0, 1.0]]), np.array([7.0]))
    assert short.value.missing == pytest.approx([2.0], abs=1e-9)


def test_mirror_images_pull_alike():
    """Left and right with opposite moments about two axes: equal activations to round-off, and no bending."""
    rng = np.random.default_rng(5)
    left = rng.standard_normal((3, 20))
    both = np.hstack([left, left * np.array([[-1.0], [1.0], [-1.0]])])
    found = least_effort(both, np.array([0.0, 2.0, 0.0])).activations
    assert found[:20] == pytest.approx(found[20:], abs=1e-12)
    assert np.abs(found).max() > 0.1


@pytest.mark.parametrize("seed", range(4))
def test_it_agrees_with_an_independent_optimiser(seed):
    """Karush-Kuhn-Tucker conditions, and the same least effort as sequential quadratic programming finds."""
    rng = np.random.default_rng(seed)
    a = 1000 * rng.standard_normal((6, 60))
    start = rng.random(60) * (0.2 if seed % 2 else 1.0)
    wanted = a @ start
    found = least_effort(a, wanted)
    x, price = found.activations, a.T @ found.multipliers
    assert np.abs(a @ x - wanted).max() < 1e-8 * np.abs(wanted).max()
    inside = (x > 1e-9) & (x < 1 - 1e-9)
    assert 3 * x[inside] ** 2 == pytest.approx(price[inside], rel=1e-9)
    assert np.all(price[x <= 1e-9] <= 1e-9) and np.all(price[x >= 1 - 1e-9] >= 3 - 1e-9)
    other = minimize(
        lambda y: np.sum(y**3),
        start,
        jac=lambda y: 3 * y**2,
        bounds=[(0, 1)] * 60,
        constraints={"type": "eq", "fun": lambda y: (a @ y - wanted) / 1000, "jac": lambda y: a / 1000},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert np.sum(x**3) == pytest.approx(other.fun, rel=1e-8)


def test_part_of_a_change_within_reach_by_hand():
    """Two muscles of 2 and 3 N·m about one axis: 5 N·m at most, so 4 of the 8 asked for beyond 1."""
    arms = np.array([[2.0, 3.0]])
    assert within_reach(arms, np.array([1.0]), np.array([8.0])) == pytest.approx(0.5)
    assert within_reach(arms, np.array([1.0]), np.array([3.0])) == 1.0
    assert within_reach(arms, np.array([5.0]), np.array([1.0])) == pytest.approx(0.0, abs=1e-9)
    assert within_reach(arms, np.array([1.0]), np.array([-2.0])) == pytest.approx(0.5)


def test_a_muscle_that_costs_more_is_spared_by_the_root_of_its_weight():
    """Stationarity 3 w a^2 = l r gives a ~ sqrt(r / w): with r = 4 and 1, w = 4 and 1, a = t and t, and 5 t = 1."""
    found = least_effort(np.array([[4.0, 1.0]]), np.array([1.0]), np.array([4.0, 1.0]))
    assert found.activations == pytest.approx([0.2, 0.2], abs=1e-12)
    alike = least_effort(np.array([[4.0, 1.0]]), np.array([1.0]), np.array([7.0, 7.0]))
    assert alike.activations == pytest.approx(least_effort(np.array([[4.0, 1.0]]), np.array([1.0])).activations)
