"""Bounded least squares over the free parameters, with derivatives at equilibria or finite differences."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import OptimizeResult, least_squares
from scipy.stats import qmc

from fem_lumbar.experiments.calibration.evaluation import Answer, Evaluations
from fem_lumbar.experiments.calibration.identifiability import Identifiability, identifiability
from fem_lumbar.experiments.calibration.problem import TISSUES, Calibration, Target, rounded
from fem_lumbar.experiments.calibration.tissue_rows import tissue_answer, tissue_slopes
from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.scenario.loader import with_cases, with_values

DIFFERENCE = 0.02
"""Finite-difference step as a fraction of a parameter's bounds: far above the solver's error of 1e-5."""

TOLERANCE = 1e-3
"""The fit ends when the relative changes of the misfit and of the parameters are below this."""


@dataclass(frozen=True)
class Point:
    """Parameters of one evaluation and results at the targets (NaN if a load case failed).

    ``reasons`` are those of failed load cases; ``failed_checks`` are checks of the others that are out of tolerance.
    """

    numbers: tuple[float, ...]
    answers: np.ndarray
    misfits: np.ndarray
    reasons: tuple[str, ...] = ()
    failed_checks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Started:
    """End of the fit from one starting point and its misfit including the prior, or why it did not begin."""

    start: tuple[float, ...]
    end: tuple[float, ...] | None
    misfit: float | None
    reason: str = ""


@dataclass
class Fit:
    """Result of a calibration.

    ``path`` holds the points in the order of the fit, without those for derivatives; ``message`` says why it ended.
    ``differences`` (m, n) marks derivatives of targets by finite differences of runs; ``starts`` holds the end of the
    fit from each starting point.
    """

    calibration: Calibration
    start: Point
    end: Point
    identifiability: Identifiability
    message: str
    differences: np.ndarray
    path: list[Point] = field(default_factory=list)
    solved: int = 0
    reused: int = 0
    starts: tuple[Started, ...] = ()


def fit(calibration: Calibration, evaluations: Evaluations, say: Callable[[str], None], most_points: int = 15) -> Fit:
    """Fit the parameters of a calibration.

    Parameters
    ----------
    calibration : Calibration
        Free parameters and targets.
    evaluations : Evaluations
        The model.
    say : callable
        Receives one line per point.
    most_points : int
        Largest number of points from each starting point, without those for derivatives.

    Raises
    ------
    PhysicsError
        When the model fails at the start, or on both sides of a point where a derivative is needed.
    """
    problem = _Problem(calibration, evaluations, say)
    start = problem.point(calibration.start)
    if start.reasons:
        raise PhysicsError("the model fails at the starting point of the fit:\n  " + "\n  ".join(start.reasons))
    result, starts = _best(problem, calibration, say, most_points)
    message = result.message if result.status > 0 else f"stopped after {most_points} points"
    end = problem.rounded_point(result.x)
    if end.reasons:
        raise PhysicsError("the model fails at the fitted values:\n  " + "\n  ".join(end.reasons))
    weights = problem.weights
    jacobian = problem.slopes(result.x)
    found = identifiability(jacobian[weights > 0], (weights * end.misfits)[weights > 0], calibration.prior_weight)
    differences = problem.differences
    counts = evaluations.solved, evaluations.reused
    return Fit(calibration, start, end, found, message, differences, problem.path, *counts, starts)


def _best(
    problem: _Problem, calibration: Calibration, say: Callable[[str], None], most_points: int
) -> tuple[OptimizeResult, tuple[Started, ...]]:
    """The best fit from all starting points; points other than the first are space-filling in the bounds."""
    n = len(calibration.parameters)
    points = [calibration.start, *qmc.LatinHypercube(n, seed=1).random(calibration.starts - 1)]
    best, told = None, []
    for i, point in enumerate(points, start=1):
        numbers = tuple(calibration.numbers(point))
        if len(points) > 1:
            say(f"starting point {i} of {len(points)}")
        if reasons := problem.point(point).reasons:
            told.append(Started(numbers, None, None, f"the model fails there: {'; '.join(reasons)}"))
            continue
        result = least_squares(
            problem.residuals,
            point,
            problem.jacobian,
            bounds=(0.0, 1.0),
            xtol=TOLERANCE,
            ftol=TOLERANCE,
            gtol=TOLERANCE,
            max_nfev=most_points,
        )
        told.append(Started(numbers, tuple(calibration.numbers(result.x)), float(np.sqrt(2 * result.cost))))
        best = result if best is None or result.cost < best.cost else best
    return best, tuple(told)


class _Problem:
    """Residuals and their derivatives as functions of the normalised parameters (shares of the bounds)."""

    def __init__(self, calibration: Calibration, evaluations: Evaluations, say: Callable[[str], None]) -> None:
        self._calibration, self._evaluations, self._say = calibration, evaluations, say
        self.weights = np.sqrt([target.weight for target in calibration.targets])
        self.path: list[Point] = []
        self.differences = np.zeros((len(calibration.targets), len(calibration.parameters)), dtype=bool)

    def residuals(self, shares: np.ndarray) -> np.ndarray:
        """Weighted misfits, raised to half the requested power, followed by the residuals of the prior."""
        point = self.point(shares)
        self.path.append(point)
        residuals = self._rows(shares, point)
        told = ", ".join(
            f"{parameter.name} {number:.4g}" for parameter, number in zip(self._calibration.parameters, point.numbers)
        )
        failed = f"; failed: {'; '.join(point.reasons)}" if point.reasons else ""
        self._say(f"point {len(self.path)}: misfit {np.sqrt(residuals @ residuals):.4g} at {told}{failed}")
        return residuals

    def jacobian(self, shares: np.ndarray) -> np.ndarray:
        """Derivatives of the residuals."""
        power, prior = self._calibration.power / 2, self._calibration.prior_weight
        numbers = tuple(self._calibration.numbers(shares))  # the residuals have usually been evaluated there
        here = next((point for point in reversed(self.path) if point.numbers == numbers), None) or self.point(shares)
        found = self.slopes(shares) * (power * np.abs(here.misfits) ** (power - 1))[:, None]
        return np.concatenate([found, prior * np.eye(len(shares))]) if prior else found

    def slopes(self, shares: np.ndarray) -> np.ndarray:
        """Derivatives (m, n) of the weighted misfits; finite differences only where the equilibria give none."""
        self._say(f"derivatives with respect to {len(shares)} parameters")
        found = self._derived(shares)
        self.differences = np.isnan(found) & (self.weights > 0.0)[:, None]
        if columns := [int(i) for i in np.flatnonzero(self.differences.any(axis=0))]:
            self._say(f"differences of runs with respect to {len(columns)} parameters")
            by_runs = self._by_runs(shares, columns)
            found[self.differences] = by_runs[self.differences]
        found[self.weights == 0.0] = 0.0
        return found

    def _derived(self, shares: np.ndarray) -> np.ndarray:
        """Derivatives (m, n) of the weighted misfits at the equilibria, per unit share; NaN if unavailable."""
        calibration = self._calibration
        numbers = calibration.numbers(shares)
        values = calibration.values(numbers)
        keys = list(values)
        slopes = np.full((len(calibration.targets), len(keys)), np.nan)
        for name, scenario in calibration.scenarios.items():
            rows = [i for i, t in enumerate(calibration.targets) if t.protocol == name and t.weight > 0.0]
            if rows:
                targets = [calibration.targets[i] for i in rows]
                slopes[rows] = self._evaluations.slopes(targets, with_values(scenario, values), keys)
        samples = [i for i, t in enumerate(calibration.targets) if t.protocol == TISSUES]
        if samples:
            targets = [calibration.targets[i] for i in samples]
            slopes[samples] = tissue_slopes(targets, next(iter(calibration.scenarios.values())), values)
        scale = self.weights / np.array([target.tolerance for target in calibration.targets])
        columns = []
        for parameter, number in zip(calibration.parameters, numbers, strict=True):
            rates = parameter.rates(number)
            columns.append(scale * (slopes[:, [keys.index(key) for key in rates]] @ np.array(list(rates.values()))))
        return np.stack(columns, axis=1)

    def _by_runs(self, shares: np.ndarray, columns: Sequence[int]) -> np.ndarray:
        """Derivatives (m, n) of the weighted misfits by finite differences of runs, in some columns.

        Forward differences, or backward ones next to the upper bound or a failure; only the necessary load cases are
        run.
        """
        n = len(shares)
        steps = np.where(shares + DIFFERENCE <= 1.0, DIFFERENCE, -DIFFERENCE)
        needed = {(t.protocol, t.case) for t, by in zip(self._calibration.targets, self.differences) if by.any()}
        asked = np.array([(t.protocol, t.case) in needed for t in self._calibration.targets])
        centre = self.weights * self.point(shares).misfits
        found = np.full((len(centre), n), np.nan)
        moved = shares + np.diag(steps)
        points = self._at([self._calibration.numbers(moved[i]) for i in columns], needed)
        for i, point in zip(columns, points, strict=True):
            if not np.isfinite(point.misfits[asked]).all():
                steps[i] *= -1
                numbers = self._calibration.numbers(shares + steps[i] * np.eye(n)[i])
                (point,) = self._at([numbers], needed)
            if not np.isfinite(point.misfits[asked]).all():
                name = self._calibration.parameters[i].name
                raise PhysicsError(
                    f"no derivative with respect to '{name}': the model fails: {'; '.join(point.reasons)}"
                )
            found[:, i] = (self.weights * point.misfits - centre) / steps[i]
        return found

    def point(self, shares: np.ndarray) -> Point:
        """Evaluation of the model at shares of the bounds."""
        return self._at([self._calibration.numbers(shares)])[0]

    def rounded_point(self, shares: np.ndarray) -> Point:
        """Evaluation of the model at the rounded numbers that will be written; bounds are exact."""
        numbers = []
        for parameter, number in zip(self._calibration.parameters, self._calibration.numbers(shares)):
            end = parameter.at_bound(number)
            numbers.append(rounded(number) if end is None else getattr(parameter, end))
        return self._at([numbers])[0]

    def _at(self, points: Sequence[Sequence[float]], needed: Collection[tuple[str, str]] | None = None) -> list[Point]:
        """Evaluations at some numbers, of all or only the needed load cases (protocol, case); the others are NaN."""
        calibration = self._calibration
        protocols = {
            name: scenario if needed is None else with_cases(scenario, [case for of, case in needed if of == name])
            for name, scenario in calibration.scenarios.items()
            if needed is None or any(of == name for of, _ in needed)
        }
        scenarios = [
            with_values(scenario, calibration.values(numbers)) for numbers in points for scenario in protocols.values()
        ]
        answers = iter(self._evaluations.answers(scenarios))
        found = []
        for numbers in points:
            by_protocol = {name: next(answers) for name in protocols}
            materials = with_values(next(iter(calibration.scenarios.values())), calibration.values(numbers)).materials
            ours = np.array(
                [
                    tissue_answer(t, materials) if t.protocol == TISSUES else _ours(by_protocol.get(t.protocol, {}), t)
                    for t in calibration.targets
                ]
            )
            reasons = [
                f"{protocol}, {case}: {answer.reason}"
                for protocol, cases in by_protocol.items()
                for case, answer in cases.items()
                if answer.reason is not None
            ]
            failed = [
                f"{protocol}, {case}: {', '.join(answer.failed_checks)}"
                for protocol, cases in by_protocol.items()
                for case, answer in cases.items()
                if answer.failed_checks
            ]
            misfits = np.array([target.misfit(value) for target, value in zip(calibration.targets, ours)])
            found.append(Point(tuple(numbers), ours, misfits, tuple(reasons), tuple(failed)))
        return found

    def _rows(self, shares: np.ndarray, point: Point) -> np.ndarray:
        prior = self._calibration.prior_weight * (shares - self._calibration.as_written)
        raised = np.sign(point.misfits) * np.abs(point.misfits) ** (self._calibration.power / 2)
        return np.concatenate([self.weights * raised, prior if self._calibration.prior_weight else []])


def _ours(answers: Mapping[str, Answer], target: Target) -> float:
    """The answer to a target; NaN if its load case was not run."""
    return answers[target.case].at(target) if target.case in answers else float("nan")
