"""Relaxation and creep of a cube in time against closed forms."""

from __future__ import annotations

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from fem_lumbar.materials.fibre_reinforced import FibreReinforced
from fem_lumbar.materials.relaxation import Relaxation
from fem_lumbar.mechanics.mixed_solid import MixedSolid
from fem_lumbar.mechanics.relaxing_solid import RelaxingSolid
from fem_lumbar.verification.meshes import boundary
from fem_lumbar.verification.patch import irregular_cube
from fem_lumbar.verification.problem import DeadForces, Problem, surface_forces
from fem_lumbar.verification.record import Chart, Line, Outcome, Record, relative

C10, BULK, TRACTION = 0.1, 1e4, 0.25
RELAXATION = Relaxation([0.15, 0.36], [10.0, 1000.0])
TIMES_S = np.array([5.0, 30.0, 300.0, 2000.0])
BY_FORM = "G(t) = 1 - Σ g (1 - exp(-t/τ)), exact with steps of any size; tolerance: 2 c10/K"
BY_EQUATIONS = "d q_i/dt = (g_i S₀ - q_i)/τ_i of the incompressible law, integrated by SciPy; tolerance: time steps"


def creep() -> Outcome:
    """Relaxation and creep of a cube.

    An irregular cube of nearly incompressible tissue with two fading branches. Stretched by a tenth and held, its force
    must fall by the relaxation function, whatever the time steps. Under a dead traction that stretches it by half
    it must creep as the equations of one point do, with an error that falls with the square of the time step.
    """
    records, lines = [], []
    for time, force in _relaxation():
        expected = float(RELAXATION.left(time))
        records.append(relative("relaxation", f"force left after {time:g} s", force, expected, 1e-5, "-", BY_FORM))
    exact = _exact_stretch(TIMES_S)
    coarse, fine = _creep(1), _creep(2)
    for time, computed, expected in zip(TIMES_S, fine, exact, strict=True):
        records.append(relative("creep", f"stretch after {time:g} s", computed, expected, 5e-4, "-", BY_EQUATIONS))
    order = np.log2(np.abs(coarse - exact).max() / np.abs(fine - exact).max())
    records.append(Record("creep", "order of the error in the time step", float(order), 2.0, 0.3, "-", BY_EQUATIONS))
    smooth = np.linspace(0.1, TIMES_S[-1], 60)
    lines = [Line("exact", smooth, _exact_stretch(smooth)), Line("cube", TIMES_S, fine, points=True)]
    return Outcome(tuple(records), (Chart("Creep under a dead traction", "time (s)", "stretch (-)", tuple(lines)),))


def _cube() -> tuple[Problem, MixedSolid, FibreReinforced]:
    """A cube on three rollers."""
    problem = Problem(irregular_cube(1), residual=1e-10)
    cells = np.arange(len(problem.space.cell_nodes))
    law = FibreReinforced(C10, 0.0, 0.0, 1.0, 0.0, np.tile(np.eye(3)[:2], (len(cells), 1, 1)))
    solid = problem.mixed("cube", cells, law, BULK)
    for axis in range(3):
        problem.hold(np.flatnonzero(problem.space.nodes[:, axis] < 1e-9), [axis])
    return problem, solid, law


def _relaxation() -> list[tuple[float, float]]:
    """Times and the force that is left of the first one."""
    problem, solid, law = _cube()
    top = np.flatnonzero(problem.space.nodes[:, 2] > 1 - 1e-9)
    problem.hold(top, [2], 0.1)
    state = problem.follow([0.5, 1.0])[-1]
    first, left = state.reactions[top, 2].sum(), []
    disc = RelaxingSolid.loaded_at_once(solid, law, RELAXATION, problem.unloaded(), state.x)
    for duration in np.diff(TIMES_S, prepend=0.0):
        state = problem.beside(disc.over(duration)).equilibrium(state.x)
        disc = disc.after(duration, state.x)
        left.append(state.reactions[top, 2].sum() / first)
    return list(zip(TIMES_S, left, strict=True))


def _creep(refinement: int) -> np.ndarray:
    """Stretch (n,) at each time."""
    problem, solid, law = _cube()
    space = problem.space
    surface = boundary(space, lambda p: p[:, 2] > 1 - 1e-9)
    problem.add_load(DeadForces("traction", surface_forces(space, surface, np.array([0.0, 0.0, TRACTION]))))
    top = int(np.argmax(space.nodes[:, 2]))
    state = problem.follow([0.25, 0.5, 0.75, 1.0])[-1]
    disc = RelaxingSolid.loaded_at_once(solid, law, RELAXATION, problem.unloaded(), state.x)
    stretches = []
    for first, last in zip([0.0, *TIMES_S], TIMES_S):
        for duration in np.full(2 * refinement, (last - first) / (2 * refinement)):
            state = problem.beside(disc.over(duration)).equilibrium(state.x)
            disc = disc.after(duration, state.x)
        stretches.append(1.0 + state.displacement[top, 2])
    return np.array(stretches)


def _stress(stretch: float) -> np.ndarray:
    """Second Piola-Kirchhoff stress (2,) of the isochoric law along and across the traction, MPa."""
    inverse = np.array([stretch**-2, stretch])
    return 2 * C10 * (1 - (stretch**2 + 2 / stretch) / 3 * inverse)


def _stretch(lost: np.ndarray) -> float:
    """Stretch in balance with the traction when (2,) of the stress is lost: the pressure keeps the sides free."""

    def unbalanced(stretch: float) -> float:
        along, across = _stress(stretch) - lost
        return stretch * along - across / stretch**2 - TRACTION

    return brentq(unbalanced, 1.0, 5.0, xtol=1e-13)


def _exact_stretch(times_s: np.ndarray) -> np.ndarray:
    """Stretch (n,) at times (n,) after the traction has come on at once."""
    shares, times = RELAXATION.shares[:, None], RELAXATION.times_s[:, None]

    def rate(_: float, flat: np.ndarray) -> np.ndarray:
        lost = flat.reshape(2, 2)
        return ((shares * _stress(_stretch(lost.sum(axis=0))) - lost) / times).ravel()

    found = solve_ivp(rate, (0.0, times_s[-1]), np.zeros(4), t_eval=times_s, rtol=1e-10, atol=1e-12, method="LSODA")
    return np.array([_stretch(lost.reshape(2, 2).sum(axis=0)) for lost in found.y.T])
