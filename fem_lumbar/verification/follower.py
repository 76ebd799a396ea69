"""A follower load on a column of two bodies: it presses along its path and does not push the column over."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from fem_lumbar.materials.st_venant_kirchhoff import StVenantKirchhoff
from fem_lumbar.mechanics.lines import WeightedPoint, affine_weights
from fem_lumbar.mechanics.pull import LinePull
from fem_lumbar.mechanics.space import QuadraticSpace
from fem_lumbar.verification.meshes import block
from fem_lumbar.verification.problem import DeadForces, Problem, State
from fem_lumbar.verification.record import Outcome, relative, vanishing

LENGTH, SIDE, MODULUS = 40.0, 1.0, 1e6
CENTRES = (10.0, 30.0)
"""Heights of the centres of the two bodies, mm; the path starts at the centre of the fixed end."""
BUCKLING_N = np.pi**2 * MODULUS * SIDE**4 / 12 / (4 * LENGTH**2)
FOLLOWER_N = 2.0 * BUCKLING_N
SIDEWAYS_N, LEANING_N = 0.1, 100.0
STATICS = "statics; tolerance: residual of the solve"


@dataclass(frozen=True)
class Column:
    """A loaded column: its space, the follower load on it, and its equilibrium."""

    space: QuadraticSpace
    pull: LinePull
    state: State

    def deflection(self, height: float) -> np.ndarray:
        """Mean displacement (3,) mm of the section at a height."""
        return self.state.displacement[_level(self.space, height)].mean(axis=0)

    @property
    def reaction(self) -> np.ndarray:
        """Force (3,) N that holds the foot."""
        return self.state.reactions[_level(self.space, 0.0)].sum(axis=0)

    @property
    def first_leg(self) -> np.ndarray:
        """Unit vector (3,) from the foot to the lower centre."""
        return self.pull.vectors(self.state.x)[0] / self.pull.lengths(self.state.x)[0]


def follower() -> Outcome:
    """Follower load on a two-body column.

    A column of two bodies carries a load along the path from its foot through the two centres, twice as large as the
    dead load on its top that would make it buckle. Straight, it shortens as a bar. Pushed sideways by a small force, it
    must deflect as a beam that has the energy of the same path. Pushed far, the foot must still be held by the load
    along the first leg of the path as it then lies.
    """
    straight, pushed, leaning = (_loaded(push) for push in (0.0, SIDEWAYS_N, LEANING_N))
    bar = FOLLOWER_N * CENTRES[-1] / (MODULUS * SIDE**2)
    local = SIDE / CENTRES[-1] / 5
    held = FOLLOWER_N * leaning.first_leg - np.array([LEANING_N, 0.0, 0.0])
    off = float(np.linalg.norm(leaning.reaction - held))
    lean = np.degrees(np.arctan2(leaning.first_leg[0], leaning.first_leg[2]))
    name = f"first leg leaning by {lean:.0f}°"
    return Outcome(
        (
            relative(
                "straight",
                "shortening to the upper centre",
                -straight.deflection(CENTRES[-1])[2],
                bar,
                local,
                "mm",
                "F L / (E A); tolerance: the load enters over a length of a fifth of the side",
            ),
            relative("straight", "reaction of the foot", straight.reaction[2], FOLLOWER_N, 1e-6, "N", STATICS),
            relative(
                "pushed sideways",
                "deflection of the top",
                pushed.deflection(LENGTH)[0],
                _beam_deflection(FOLLOWER_N),
                0.005,
                "mm",
                "Euler-Bernoulli beam with the path's energy; tolerance: some (side / length)², shear and width",
            ),
            vanishing(name, "reaction of the foot off the path", off, 1e-6 * FOLLOWER_N, "N", STATICS),
        )
    )


def _loaded(sideways: float) -> Column:
    """The column under the follower load and a sideways push (N) on its top."""
    grid = np.array([-SIDE / 2, SIDE / 2])
    space = block(grid, grid, np.linspace(0.0, LENGTH, 41))
    cells = np.arange(len(space.cell_nodes))
    problem = Problem(space, residual=1e-8)
    problem.solid("column", cells, StVenantKirchhoff(MODULUS, 0.0, len(cells)))
    problem.hold(_level(space, 0.0))
    slice_of = np.round(space.nodes[:, 2]).astype(int)
    for k in range(1, slice_of.max() + 1):
        problem.turn_together(np.flatnonzero(slice_of == k))
    foot = WeightedPoint(np.empty(0, dtype=int), np.empty(0), np.zeros(3))
    points = [foot, *(_centre(space, height) for height in CENTRES)]
    pull = LinePull("follower load", points[:-1], points[1:], np.full(len(CENTRES), FOLLOWER_N))
    problem.add_load(pull)
    forces, top = np.zeros((space.n_nodes, 3)), _level(space, LENGTH)
    forces[top, 0] = sideways / len(top)
    problem.add_load(DeadForces("push", forces))
    return Column(space, pull, problem.follow(np.linspace(0.1, 1.0, 10))[-1])


def _level(space: QuadraticSpace, height: float) -> np.ndarray:
    return np.flatnonzero(np.abs(space.nodes[:, 2] - height) < 1e-9)


def _centre(space: QuadraticSpace, height: float) -> WeightedPoint:
    nodes, place = _level(space, height), np.array([0.0, 0.0, height])
    return WeightedPoint(nodes, affine_weights(space.nodes[nodes], place), place)


def _beam_deflection(load_factor: float, n: int = 160) -> float:
    """Deflection (mm) of the top of a clamped beam under the sideways push and the follower load.

    Energy: ∫ EI/2 w''² ds - push · w(L) + load · (sum over the legs of (Δw)²/(2 Δs) - ∫ w'²/2 ds up to the last
    centre), with cubic Hermite elements; the load enters linearly, as the deflection is small.
    """
    h = LENGTH / n
    bending = (
        MODULUS
        * SIDE**4
        / 12
        / h**3
        * np.array(
            [
                [12, 6 * h, -12, 6 * h],
                [6 * h, 4 * h**2, -6 * h, 2 * h**2],
                [-12, -6 * h, 12, -6 * h],
                [6 * h, 2 * h**2, -6 * h, 4 * h**2],
            ]
        )
    )
    slope = (
        1
        / (30 * h)
        * np.array(
            [
                [36, 3 * h, -36, 3 * h],
                [3 * h, 4 * h**2, -3 * h, -(h**2)],
                [-36, -3 * h, 36, -3 * h],
                [3 * h, -(h**2), -3 * h, 4 * h**2],
            ]
        )
    )
    stiffness = np.zeros((2 * n + 2, 2 * n + 2))
    for k in range(n):
        rows = slice(2 * k, 2 * k + 4)
        stiffness[rows, rows] += bending - (load_factor * slope if (k + 1) * h <= CENTRES[-1] + 1e-9 else 0.0)
    ends = [0.0, *CENTRES]
    for low, high in pairwise(ends):
        difference = np.zeros(2 * n + 2)
        difference[2 * round(high / h)], difference[2 * round(low / h)] = 1.0, -1.0
        stiffness += load_factor / (high - low) * np.outer(difference, difference)
    push = np.zeros(2 * n + 2)
    push[-2] = SIDEWAYS_N
    return float(np.linalg.solve(stiffness[2:, 2:], push[2:])[-2])
