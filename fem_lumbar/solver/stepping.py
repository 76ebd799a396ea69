"""Load stepping: grow, cut back, extrapolate; every accepted step is an equilibrium."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from fem_lumbar.solver.events import Report, StepEvent
from fem_lumbar.solver.newton import Newton, NotConverged, Solution


@dataclass(frozen=True)
class Stepping:
    """Sizes of the load steps as fractions of the full load."""

    initial: float = 0.1
    minimum: float = 1 / 128
    maximum: float = 0.25
    growth: float = 1.5
    easy_iterations: int = 12


@dataclass(frozen=True)
class KnownState:
    """State x (n_dofs,) at a load fraction with its rate (n_dofs,), from a neighbouring case."""

    load: float
    x: np.ndarray
    rate: np.ndarray


@dataclass
class Path:
    """Outcome of a load path: the last equilibrium, how far it got, and why it stopped short (None if it did not)."""

    solution: Solution
    load: float
    reason: str | None
    steps: int
    iterations: int


def follow_load(
    newton: Newton,
    unloaded: Solution,
    stepping: Stepping,
    on_step: Callable[[float, Solution], None],
    report: Report,
    case: str,
    neighbour: Sequence[KnownState] = (),
) -> Path:
    """Equilibria from the unloaded one to full load.

    Parameters
    ----------
    newton : Newton
        Solver of one load level.
    unloaded : Solution
        Equilibrium without load (pre-strained ligaments have settled), with its rate under this load.
    stepping : Stepping
        Step sizes.
    on_step, report : callable
        Receive every accepted step, the first one at load 0, and progress events.
    case : str
        Name shown in the events.
    neighbour : sequence of KnownState
        States that may be near equilibrium, by rising load: each is tried in place of an extrapolation, as long as
        they converge.
    """
    path = Path(unloaded, 0.0, None, 0, 0)
    accepted = [(0.0, unloaded)]
    on_step(0.0, unloaded)
    size = stepping.initial
    while path.load < 1.0:
        target = path.load + size
        if target > 1.0 - 0.25 * size:  # no sliver of a last step
            target = 1.0
        known = next((state for state in neighbour if state.load > path.load), None)
        if known is not None:
            target = known.load

        def show(iteration: int, residual: float, load: float = target, step: int = path.steps + 1) -> None:
            path.iterations += 1
            report(StepEvent(case, step, iteration, load, residual, "iteration"))

        try:
            solution = _solve(newton, accepted, target, known, show)
        except NotConverged as failure:
            if known is not None:
                neighbour = ()
                continue
            if size / 2 < stepping.minimum:
                path.reason = str(failure)
                return path
            size /= 2
            report(StepEvent(case, path.steps + 1, 0, target, float("nan"), f"cut back: {failure}"))
            continue
        accepted.append((target, solution))
        path.solution, path.load = solution, target
        path.steps += 1
        on_step(target, solution)
        iterations = len(solution.history) - 1
        report(StepEvent(case, path.steps, iterations, target, solution.history[-1], "accepted"))
        if iterations <= stepping.easy_iterations:
            size = min(size * stepping.growth, stepping.maximum)
    return path


def _solve(
    newton: Newton,
    accepted: list[tuple[float, Solution]],
    target: float,
    known: KnownState | None,
    show: Callable[[int, float], None],
) -> Solution:
    if known is None:
        return newton.solve(_predict(newton, accepted, target), target, show)
    return newton.confirmed(known.x, target, known.rate) or newton.solve(known.x, target, show)


def _predict(newton: Newton, accepted: list[tuple[float, Solution]], target: float) -> np.ndarray:
    """Extrapolation along the rate of the last equilibrium, and parabolically through the one before."""
    load, last = accepted[-1]
    ahead = target - load
    increment = ahead * last.rate
    if len(accepted) > 1:
        before_load, before = accepted[-2]
        back = load - before_load
        increment += (ahead / back) ** 2 * (before.x - newton.motion.move(last.x, -back * last.rate))
    return newton.advance(last.x, increment, target)
