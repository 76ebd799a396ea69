"""Newton's method on models of one unknown: line search, frozen contact pairs, predictor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from fem_lumbar.mechanics.item import Pairs
from fem_lumbar.solver.assembly import Assembler
from fem_lumbar.solver.dof_map import DofMap
from fem_lumbar.solver.finite_rotation import FiniteRotation
from fem_lumbar.solver.line_search import line_search
from fem_lumbar.solver.linear import linear_solver
from fem_lumbar.solver.linearisation import Direct
from fem_lumbar.solver.newton import Newton
from fem_lumbar.solver.solution import NotConverged, Solution, Tolerances


@dataclass
class Spring:
    """A force over one displacement and the load factor."""

    force: Callable[[float, float], float]
    stiffness: Callable[[float], float]
    name: str = "spring"
    dofs: np.ndarray = field(default_factory=lambda: np.array([[0]]))
    ties: list = field(default_factory=list)

    def forces(self, x, load_factor):
        return 0.0, np.array([[self.force(float(x[0]), load_factor)]])

    def tangent(self, x, load_factor):
        return np.array([[[self.stiffness(float(x[0]))]]])


@dataclass
class Touching(Spring):
    """Pairs of :class:`Jumping`."""

    depth: float = 0.0
    free_depth: float = 0.01


class Jumping:
    """A contact whose force jumps where the pair changes, at x = 1."""

    name, dofs = "contact", np.array([0])

    def __init__(self, jump_N: float) -> None:
        self.jump_N = jump_N

    def pair(self, x):
        side = -self.jump_N if x[0] < 1.0 else self.jump_N
        return Touching(lambda x, load_factor: side, lambda x: 0.0, "contact")

    def neighbourhood(self, x):
        return self.dofs[None]


def newton(*items, loads=()) -> Newton:
    dof_map = DofMap(1, np.ones(1, dtype=bool))
    assembler = Assembler(list(items), dof_map).with_loads(list(loads))
    linearisation = Direct(assembler, linear_solver("scipy")[0])
    return Newton(assembler, linearisation, list(loads), np.ones(1), FiniteRotation([]), Tolerances())


def stretched_by(load_N: float, contact: Jumping) -> Newton:
    """A spring of 100 N/mm under a load, and a contact."""
    load = Spring(lambda x, load_factor: -load_N * load_factor, lambda x: 0.0, "load")
    return newton(Spring(lambda x, load_factor: 100.0 * x, lambda x: 100.0), contact, loads=[load])


def test_pairs_are_frozen_where_no_state_is_in_balance_with_its_own():
    """On either side of x = 1 the balance lies on the other side; the force jumps by 0.4 % of the load there."""
    solver = stretched_by(100.0, Jumping(0.2))
    found = solver.solve(np.zeros(1), 1.0)
    assert found.pairs_kept and solver.kept_pairs == 1
    assert found.history[-1] < 1e-6
    assert found.x[0] == pytest.approx(1.0, abs=0.0021)
    own = solver.equilibrium.pair(found.x)
    assert abs(solver.equilibrium.residual(found.x, 1.0, own).vector[0]) == pytest.approx(0.4, rel=1e-6)
    assert abs(found.residual.vector[0]) < 1e-4


def test_pairs_are_not_frozen_where_there_is_balance():
    solver = stretched_by(50.0, Jumping(0.2))
    found = solver.solve(np.zeros(1), 1.0)
    assert not found.pairs_kept and solver.kept_pairs == 0
    assert found.x[0] == pytest.approx(0.502, rel=1e-9)


def test_line_search_finds_where_the_residual_does_no_more_work():
    """atan has a root that whole Newton steps from x = 2 run away from."""
    solver = newton(Spring(lambda x, load_factor: np.arctan(x), lambda x: 1.0 / (1.0 + x**2)))
    equilibrium, x = solver.equilibrium, np.array([2.0])
    before = equilibrium.residual(x, 1.0, equilibrium.pair(x))
    step = np.array([-np.arctan(2.0) * 5.0])
    found = line_search(equilibrium, x, step, 1.0, before, equilibrium.pair)
    assert abs(found.residual.vector[0]) < 0.8 * abs(before.vector[0])
    assert 0.0 < found.fraction < 1.0
    assert found.x[0] == pytest.approx(2.0 + found.fraction * step[0])
    assert abs(solver.solve(x, 1.0).x[0]) < 1e-6  # the tolerance of a displacement


def test_contact_that_closes_too_deep_cuts_the_step():
    class Deep(Jumping):
        def pair(self, x):
            return Touching(lambda x, load_factor: 0.0, lambda x: 0.0, "contact", depth=max(float(x[0]), 0.0))

    solver = newton(Spring(lambda x, load_factor: x - load_factor, lambda x: 1.0), Deep(0.0))
    equilibrium, x = solver.equilibrium, np.zeros(1)
    before = equilibrium.residual(x, 1.0, Pairs((Deep(0.0).pair(x),)))
    found = line_search(equilibrium, x, np.ones(1), 1.0, before, equilibrium.pair)
    assert found.fraction == 1 / 64  # the shortest cut
    assert found.residual.pairs.items[0].depth == pytest.approx(found.x[0])
    with pytest.raises(NotConverged, match=r"3 steps in a row are cut to 0\.0625 or less"):
        solver.solve(x, 1.0)


def test_each_contact_is_held_to_its_own_depth():
    """A soft contact that is deep does not let a hard one close as deep, and is not held to the depth of that."""
    hard, soft = (Touching(lambda x, load_factor: 0.0, lambda x: 0.0, "contact", free_depth=d) for d in (0.03, 0.15))
    before = Pairs((replace(hard, depth=0.0), replace(soft, depth=0.2)))
    assert not Pairs((replace(hard, depth=0.03), replace(soft, depth=0.3))).too_deep_after(before, 1.5)
    assert Pairs((replace(hard, depth=0.031), replace(soft, depth=0.2))).too_deep_after(before, 1.5)
    assert Pairs((replace(hard, depth=0.0), replace(soft, depth=0.301))).too_deep_after(before, 1.5)


def test_predictor_is_exact_on_a_parabola():
    """x = 2 λ + 3 λ²: the guess from two equilibria and one rate is the equilibrium."""

    def path(load_factor: float) -> Solution:
        x = np.array([2.0 * load_factor + 3.0 * load_factor**2])
        return Solution(x, None, [], np.array([2.0 + 6.0 * load_factor]))

    spring = Spring(lambda x, load_factor: x - (2.0 * load_factor + 3.0 * load_factor**2), lambda x: 1.0)
    predictor = newton(spring).predictor
    guess = predictor.extrapolated([(0.1, path(0.1)), (0.3, path(0.3))], 0.6)
    assert guess == pytest.approx(path(0.6).x, rel=1e-12)
    straight = predictor.extrapolated([(0.3, path(0.3))], 0.4)
    assert straight == pytest.approx(path(0.3).x + 0.1 * path(0.3).rate, rel=1e-12)
    half_way = predictor.between(path(0.2), path(0.6), 0.4, 0.5, 0.4)
    assert half_way == pytest.approx(path(0.4).x, rel=1e-12)


def test_predictor_is_exact_where_stiffness_grows_with_load():
    """x = 3 ln(1 + λ / 0.05), the path of an exponential spring: a parabola over the load itself would miss it."""

    def path(load_factor: float) -> Solution:
        x = np.array([3.0 * np.log(1.0 + load_factor / 0.05)])
        return Solution(x, None, [], np.array([3.0 / (0.05 + load_factor)]))

    spring = Spring(lambda x, load_factor: 0.05 * (np.exp(x / 3.0) - 1.0) - load_factor, lambda x: 1.0)
    predictor = newton(spring).predictor
    guess = predictor.extrapolated([(0.1, path(0.1)), (0.3, path(0.3))], 0.9)
    assert guess == pytest.approx(path(0.9).x, rel=1e-10)


def test_between_knows_the_path_after_a_kink():
    """Soft until 0.02 of the load, then stiff: the middle lies on the tangent at the end, not on the cubic."""

    def path(load_factor: float) -> Solution:
        soft = min(load_factor, 0.02)
        x = np.array([100.0 * soft + 0.1 * (load_factor - soft)])
        return Solution(x, None, [], np.array([100.0 if load_factor < 0.02 else 0.1]))

    def force(x: float, load_factor: float) -> float:
        return min(x, 2.0) / 100.0 + max(x - 2.0, 0.0) / 0.1 - load_factor

    predictor = newton(Spring(force, lambda x: 1.0)).predictor
    assert predictor.between(path(0.0), path(0.1), 0.1, 0.5, 0.05) == pytest.approx(path(0.05).x, rel=1e-9)


def test_full_load_to_either_side_is_solved_as_well():
    """A cycle goes to load factor -1, and its range of motion is between both ends."""
    tolerances = Tolerances()
    assert tolerances.at(-1.0) == tolerances.at(1.0) == tolerances.at(0.0) == tolerances
    assert tolerances.at(-0.5) == tolerances.at(0.5) != tolerances
