"""Load stepping: further equilibria where the ends of a step do not tell the work along it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from fem_lumbar.mechanics.item import Pairs
from fem_lumbar.solver.predictor import Predictor
from fem_lumbar.solver.solution import NotConverged
from fem_lumbar.solver.stepping import KnownState, Stepping, follow_load

ONE_STEP = Stepping(initial=1.0, minimum=0.01)


class Spring:
    """Stands for Newton's method on x = load_factor, which finds nothing within ``barred`` load factors."""

    def __init__(self, barred: tuple[float, float], settles: float = np.inf) -> None:
        self._barred, self._settles, self.tried, self.reached = barred, settles, [], 0.0
        self.predictor = SimpleNamespace(
            extrapolated=lambda accepted, load_factor: np.zeros(1),
            between=lambda first, last, width, part, load_factor: np.zeros(1),
            beside=lambda x, off, load_factor: x,
        )

    def confirmed(self, x, load_factor, rate):
        """No known state is taken as it is."""

    def solve(self, x, load_factor, show=None):
        self.tried.append(load_factor)
        if self._barred[0] < load_factor < self._barred[1]:
            raise NotConverged("no equilibrium")
        misplaced = 0.03 if load_factor - self.reached > self._settles else 0.0
        return SimpleNamespace(x=np.array([load_factor]), rate=np.ones(1), history=(1.0, 0.0), misplaced=misplaced)


def path_of(newton, longest: float, stepping=ONE_STEP, neighbour=()) -> list[float]:
    """Load factors accepted, where steps longer than that do not tell the work along them."""
    accepted: list[float] = []

    def resolves(load_factor, solution):
        return load_factor - accepted[-1] <= longest

    start = SimpleNamespace(x=np.zeros(1), rate=np.ones(1), history=(0.0,))
    follow_load(
        newton,
        start,
        stepping,
        lambda load_factor, solution: accepted.append(load_factor) or setattr(newton, "reached", load_factor),
        lambda event: None,
        "spring",
        neighbour,
        resolves,
    )
    return accepted


def test_a_step_is_halved_until_its_ends_tell_the_work():
    assert path_of(Spring((2.0, 2.0)), 0.3) == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_where_half_way_nothing_is_found_a_nearer_load_is_tried():
    newton = Spring((0.4, 0.6))
    assert path_of(newton, 0.8) == [0.0, 0.25, 1.0]
    assert newton.tried == [1.0, 0.5, 0.5, 0.25]


def test_a_step_after_which_contact_does_not_settle_is_shortened():
    stepping = Stepping(initial=1.0, maximum=1.0, growth=1.0)
    assert path_of(Spring((2.0, 2.0), settles=0.6), 1.0, stepping) == [0.0, 0.5, 1.0]


@pytest.mark.parametrize("finds", [False, True])
def test_a_step_that_ends_early_at_full_load_is_halved_from_there(finds):
    """From 0.8 on a step of 0.8 ends at 1; half of 0.8 would end there as well, and find what the whole has found.

    Along the whole step there is no equilibrium, or one whose contact does not settle.
    """
    newton = Spring((2.0, 2.0))

    def solve(x, load_factor, show=None):
        whole = load_factor - newton.reached > 0.15 and newton.reached > 0.0
        found = Spring.solve(newton, x, load_factor)
        if whole and not finds:
            raise NotConverged("no equilibrium")
        found.misplaced = 0.03 if whole else 0.0
        return found

    newton.solve = solve
    stepping = Stepping(initial=0.8, maximum=0.8, growth=1.0, minimum=0.01)
    assert path_of(newton, 1.0, stepping) == pytest.approx([0.0, 0.8, 0.9, 1.0])
    assert newton.tried == pytest.approx([0.8, 1.0, 0.9, 1.0])


def test_what_no_step_settles_is_kept_in_the_end():
    newton = Spring((2.0, 2.0), settles=0.0)
    path_of(newton, 1.0, Stepping(initial=1.0, growth=1.0))
    assert newton.tried[:3] == [1.0, 0.5, 0.25] and newton.reached == 1.0


def test_a_load_at_which_contact_settles_along_no_step_is_tried_three_times():
    newton = Spring((2.0, 2.0), settles=0.0)
    newton.solve = lambda x, load_factor, show=None: (
        Spring.solve(newton, x, load_factor)
        and SimpleNamespace(
            x=np.array([load_factor]),
            rate=np.ones(1),
            history=(1.0, 0.0),
            misplaced=0.03 if load_factor == 1.0 else 0.0,
        )
    )
    assert path_of(newton, 1.0, Stepping(initial=0.8, maximum=0.8, growth=1.0))[-1] == 1.0
    assert newton.tried.count(1.0) == 3


def test_of_what_no_step_settles_the_least_disturbed_is_kept():
    left, accepted = iter((0.02, 0.01, 0.03)), {}
    newton = Spring((2.0, 2.0))
    newton.solve = lambda x, load_factor, show=None: SimpleNamespace(
        x=np.zeros(1), rate=np.ones(1), history=(1.0, 0.0), misplaced=next(left) if load_factor == 1.0 else 0.0
    )
    start = SimpleNamespace(x=np.zeros(1), rate=np.ones(1), history=(0.0,))
    follow_load(newton, start, Stepping(initial=0.8, maximum=0.8, growth=1.0), accepted.__setitem__, print, "spring")
    assert accepted[1.0].misplaced == 0.01


def test_where_a_shorter_step_finds_nothing_what_did_not_settle_is_taken():
    newton, found = Spring((2.0, 2.0)), []

    def solve(x, load_factor, show=None):
        newton.tried.append(load_factor)
        if load_factor == 1.0 and newton.tried.count(1.0) > 1:
            raise NotConverged("no equilibrium")
        found.append(load_factor)
        misplaced = 0.03 if load_factor == 1.0 else 0.0
        return SimpleNamespace(x=np.array([load_factor]), rate=np.ones(1), history=(1.0, 0.0), misplaced=misplaced)

    newton.solve = solve
    assert path_of(newton, 1.0, Stepping(initial=1.0, maximum=1.0, growth=1.0)) == [0.0, 0.5, 1.0]
    assert newton.tried == [1.0, 0.5, 1.0] and found == [1.0, 0.5]


def test_where_nothing_is_found_the_end_is_kept():
    assert path_of(Spring((0.0, 0.99)), 0.3) == [0.0, 1.0]


@pytest.mark.parametrize("known", [(), (0.0, 0.1, 0.4, 1.0), (0.0, 0.75, 1.0)])
def test_levels_to_be_met_are_met_whatever_the_path_of_a_neighbour(known):
    neighbour = [KnownState(load, np.array([load]), np.ones(1)) for load in known]
    stepping = Stepping(initial=0.1, growth=3.0, minimum=0.01, levels=(0.25, 0.75))
    met = path_of(Spring((2.0, 2.0)), 1.0, stepping, neighbour)
    assert {0.25, 0.75, 1.0}.union(known) <= set(met)
    assert met == sorted(met)


@pytest.mark.parametrize("part", [0.125, 0.25, 0.5])
def test_the_guess_within_a_step_is_on_the_cubic_of_both_ends(part):
    def ends(at):
        return SimpleNamespace(x=np.array([at**3 - at**2]), rate=np.array([3 * at**2 - 2 * at]))

    class Equations:
        """Balance on the cubic; nothing touches."""

        motion = SimpleNamespace(move=lambda x, increment: x + increment)

        def pair(self, x):
            return Pairs()

        def admissible(self, x, load_factor):
            return x

        def finite_residual(self, x, load_factor, pairs):
            return x - ends(load_factor).x

        def unbalanced_N(self, residual, x):
            return float(abs(residual[0]))

    at = 0.2 + part * 0.6
    assert Predictor(Equations()).between(ends(0.2), ends(0.8), 0.6, part, at) == pytest.approx([at**3 - at**2])
