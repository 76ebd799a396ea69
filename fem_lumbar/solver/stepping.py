"""Load stepping with adaptive step size; every accepted step is an equilibrium."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from fem_lumbar.foundation.numerics import (
    EASY_ITERATIONS,
    INTERMEDIATE_PARTS,
    MISPLACED,
    SHORTENINGS,
    STEP_GROWTH,
    STEP_INITIAL,
    STEP_MAXIMUM,
    STEP_MINIMUM,
    STEP_SLIVER,
)
from fem_lumbar.solver.events import Report, StepEvent
from fem_lumbar.solver.newton import Newton
from fem_lumbar.solver.solution import NotConverged, Solution


@dataclass(frozen=True)
class Stepping:
    """Step sizes as fractions of the full load; the load factors in ``levels``, ascending, are reached exactly."""

    initial: float = STEP_INITIAL
    minimum: float = STEP_MINIMUM
    maximum: float = STEP_MAXIMUM
    growth: float = STEP_GROWTH
    easy_iterations: int = EASY_ITERATIONS
    levels: tuple[float, ...] = ()


@dataclass(frozen=True)
class KnownState:
    """State x (n_dofs,) at a load factor with its rate (n_dofs,), from a neighbouring case."""

    load_factor: float
    x: np.ndarray
    rate: np.ndarray


@dataclass
class Path:
    """Outcome of a load path: the last equilibrium, its load factor, and why it stopped early (None if it did not)."""

    solution: Solution
    load_factor: float
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
    resolves: Callable[[float, Solution], bool] = lambda load, solution: True,
) -> Path:
    """Equilibria from the unloaded one to full load.

    Parameters
    ----------
    newton : Newton
        Solver of one load level.
    unloaded : Solution
        Equilibrium without load (with pre-strained ligaments), with its rate under this load.
    stepping : Stepping
        Step sizes.
    on_step, report : callable
        Receive every accepted step, starting at load 0, and progress events.
    case : str
        Name shown in the events.
    neighbour : sequence of KnownState
        Load path that may be close to this one, by ascending load from the unloaded state. Its states replace
        extrapolation for as long as they converge; ``levels`` are reached in addition.
    resolves : callable
        Whether a step may end at a load factor and equilibrium; if not, intermediate equilibria are inserted. Where
        facets close within a step, work cannot be integrated from its end points.
    """
    path = Path(unloaded, 0.0, None, 0, 0)
    accepted = [(0.0, unloaded)]
    on_step(0.0, unloaded)
    size = stepping.initial
    unsettled: defaultdict[float, list[Solution]] = defaultdict(list)
    while path.load_factor < 1.0:
        target, known = _next(path.load_factor, size, stepping, neighbour)
        shorter = min(size, target - path.load_factor) / 2  # half of the step tried, which may have ended at a level

        def show(iteration: int, residual: float, load_factor: float = target) -> None:
            path.iterations += 1
            report(StepEvent(case, path.steps + 1, iteration, load_factor, residual, "iteration"))

        try:
            if known is None:
                solution = newton.solve(newton.predictor.extrapolated(accepted, target), target, show)
            else:
                solution = _beside(newton, accepted, neighbour, known, show)
        except NotConverged as failure:
            if known is not None:
                neighbour = ()
                continue
            if not unsettled[target]:
                if shorter < stepping.minimum:
                    path.reason = str(failure)
                    return path
                size = shorter
                report(StepEvent(case, path.steps + 1, 0, target, float("nan"), f"step cut back: {failure}"))
                continue
            solution = _least_misplaced(unsettled[target])
        else:
            if solution.misplaced > MISPLACED:
                unsettled[target].append(solution)
                if len(unsettled[target]) <= SHORTENINGS and shorter >= stepping.minimum:
                    size, neighbour = shorter, ()
                    told = "step cut back: contact unsettled"
                    report(StepEvent(case, path.steps + 1, 0, target, solution.misplaced, told))
                    continue
                solution = _least_misplaced(unsettled[target])
        iterations = len(solution.history) - 1
        for load, found in _refined(newton, accepted, (target, solution), resolves, stepping.minimum, show):
            accepted.append((load, found))
            path.solution, path.load_factor = found, load
            path.steps += 1
            on_step(load, found)
            report(StepEvent(case, path.steps, len(found.history) - 1, load, found.history[-1], "accepted"))
        if iterations <= stepping.easy_iterations:
            size = min(size * stepping.growth, stepping.maximum)
    return path


def _next(
    load_factor: float, size: float, stepping: Stepping, neighbour: Sequence[KnownState]
) -> tuple[float, KnownState | None]:
    """Next load factor, and the known state of the neighbouring path there, if any."""
    target = load_factor + size
    stop = next((level for level in stepping.levels if level > load_factor), 1.0)
    if target > stop - STEP_SLIVER * size:
        target = stop
    known = next((state for state in neighbour if load_factor < state.load_factor <= stop), None)
    return (target if known is None else known.load_factor), known


def _least_misplaced(solutions: Sequence[Solution]) -> Solution:
    """Of the equilibria with frozen pairs at one load, the one with the smallest residual with its own pairs."""
    return min(solutions, key=lambda solution: solution.misplaced)


def _refined(
    newton: Newton,
    accepted: list[tuple[float, Solution]],
    end: tuple[float, Solution],
    resolves: Callable[[float, Solution], bool],
    smallest: float,
    show: Callable[..., None],
) -> Iterator[tuple[float, Solution]]:
    """Intermediate equilibria of a step where it needs them, then its end."""
    (before, first), (load_factor, last) = accepted[-1], end
    width = load_factor - before
    if resolves(load_factor, last):
        yield end
        return
    predictor = newton.predictor
    for part in INTERMEDIATE_PARTS:
        if part * width < smallest:
            break
        middle = before + part * width
        guesses = (
            partial(predictor.between, first, last, width, part, middle),
            partial(predictor.extrapolated, accepted, middle),
        )
        found = _first_to_converge(newton, guesses, middle, show)
        if found is not None:
            yield from _refined(newton, accepted, (middle, found), resolves, smallest, show)
            yield from _refined(newton, accepted, end, resolves, smallest, show)
            return
    yield end  # if still unresolved, the check of the work along the path reports the error


def _first_to_converge(
    newton: Newton, guesses: Iterable[Callable[[], np.ndarray]], load_factor: float, show: Callable[..., None]
) -> Solution | None:
    """Equilibrium at a load from the first guess that converges."""
    for guess in guesses:
        try:
            return newton.solve(guess(), load_factor, lambda count, residual: show(count, residual, load_factor))
        except NotConverged:
            continue
    return None


def _beside(
    newton: Newton,
    accepted: list[tuple[float, Solution]],
    neighbour: Sequence[KnownState],
    known: KnownState,
    show: Callable[[int, float], None],
) -> Solution:
    """Equilibrium at the load of a known state, warm-started from it, corrected by the difference of the two paths."""
    confirmed = newton.confirmed(known.x, known.load_factor, known.rate)
    if confirmed is not None:
        return confirmed
    followed = {state.load_factor: state.x for state in neighbour}
    off = [(load, solution.x - followed[load]) for load, solution in accepted if load in followed]
    return newton.solve(newton.predictor.beside(known.x, off, known.load_factor), known.load_factor, show)
