"""Load stepping: grow, cut back, extrapolate; every accepted step is an equilibrium."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fem_lumbar.solver.events import Report, StepEvent
from fem_lumbar.solver.newton import Newton, NotConverged, Solution


@dataclass(frozen=True)
class Stepping:
    """Sizes of the load steps as fractions of the full load."""

    initial: float = 0.25
    minimum: float = 1 / 128
    maximum: float = 0.5
    growth: float = 1.5
    easy_iterations: int = 5


@dataclass
class Path:
    """Outcome of a load path: the last equilibrium, how far it got, and why it stopped short (None if it did not)."""

    solution: Solution | None
    load: float
    reason: str | None
    steps: int
    iterations: int
    factorisations: int


def follow_load(
    newton: Newton,
    x: np.ndarray,
    stepping: Stepping,
    on_step: Callable[[float, Solution], None],
    report: Report,
    case: str,
) -> Path:
    """Equilibria from the unloaded state to full load.

    The unloaded state is solved first (pre-strained ligaments settle); ``on_step`` is called with the load fraction
    and the solution of every accepted step, the first at zero.

    Parameters
    ----------
    newton : Newton
        Solver of one load level.
    x : (n_dofs,)
        Starting state.
    stepping : Stepping
        Step sizes.
    on_step, report : callable
        Receive accepted steps and progress events.
    case : str
        Name shown in the events.
    """
    path = Path(None, 0.0, None, 0, 0, 0)
    accepted: list[tuple[float, Solution]] = []
    target, size = 0.0, stepping.initial
    while True:
        start = _predict(accepted, target, x)
        step_number = path.steps

        def show(iteration: int, residual: float, load: float = target, step: int = step_number) -> None:
            path.iterations += 1
            path.factorisations += 1
            report(StepEvent(case, step, iteration, load, residual, "iteration"))

        try:
            solution = newton.solve(start, target, show)
        except NotConverged as failure:
            if not accepted or size / 2 < stepping.minimum:
                path.reason = str(failure) if accepted else f"the unloaded state has no equilibrium: {failure}"
                return path
            size /= 2
            target = min(accepted[-1][0] + size, 1.0)
            report(StepEvent(case, path.steps, 0, target, float("nan"), f"cut back: {failure}"))
            continue
        accepted.append((target, solution))
        path.solution, path.load = solution, target
        path.steps += target > 0
        on_step(target, solution)
        iterations = len(solution.history) - 1
        report(StepEvent(case, path.steps, iterations, target, solution.history[-1], "accepted"))
        if target >= 1.0:
            return path
        if target > 0 and iterations <= stepping.easy_iterations:
            size = min(size * stepping.growth, stepping.maximum)
        target = target + size
        if target > 1.0 - 0.25 * size:  # no sliver of a last step
            target = 1.0


def _predict(accepted: list[tuple[float, Solution]], target: float, x: np.ndarray) -> np.ndarray:
    """Extrapolation through the last equilibrium with its rate, and through the one before (parabola)."""
    if not accepted:
        return x
    load, last = accepted[-1]
    ahead = target - load
    guess = last.x + ahead * last.rate
    if len(accepted) > 1:
        before_load, before = accepted[-2]
        back = load - before_load
        guess += (ahead / back) ** 2 * (before.x - last.x + back * last.rate)
    return guess
