"""Bounded least squares over the free numbers, with derivatives by finite differences, all points of one at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import least_squares

from fem_lumbar.experiments.calibration.evaluation import Evaluations
from fem_lumbar.experiments.calibration.identifiability import Identifiability, identifiability
from fem_lumbar.experiments.calibration.problem import Calibration, rounded
from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.scenario.loader import with_values

DIFFERENCE = 0.02
"""Step of the finite differences in parts of a parameter's bounds: far above the solver's error of 1e-5."""

TOLERANCE = 1e-3
"""The fit ends when neither the misfit nor the parameters change by more than this part of themselves."""


@dataclass(frozen=True)
class Point:
    """The numbers of one evaluation and what the model says at the targets (NaN where a load case failed).

    ``reasons`` tell why load cases failed, ``failed_checks`` which of the others are out of tolerance in what.
    """

    numbers: tuple[float, ...]
    answers: np.ndarray
    misfits: np.ndarray
    reasons: tuple[str, ...] = ()
    failed_checks: tuple[str, ...] = ()


@dataclass
class Fit:
    """Result of a calibration.

    ``path`` holds the points in the order of the fit, those for derivatives left out; ``message`` says why it ended.
    """

    calibration: Calibration
    start: Point
    end: Point
    identifiability: Identifiability
    message: str
    path: list[Point] = field(default_factory=list)
    solved: int = 0
    reused: int = 0


def fit(calibration: Calibration, evaluations: Evaluations, say: Callable[[str], None], most_points: int = 15) -> Fit:
    """Fit the parameters of a calibration.

    Parameters
    ----------
    calibration : Calibration
        What is free and what is to be met.
    evaluations : Evaluations
        The model.
    say : callable
        Takes a line per point.
    most_points : int
        Points at most, those for derivatives left out.

    Raises
    ------
    PhysicsError
        When the model fails at the start, or on both sides of a point where a derivative is needed.
    """
    problem = _Problem(calibration, evaluations, say)
    start = problem.point(calibration.start)
    if start.reasons:
        raise PhysicsError("the model fails at the starting point of the fit:\n  " + "\n  ".join(start.reasons))
    result = least_squares(
        problem.residuals,
        calibration.start,
        problem.jacobian,
        bounds=(0.0, 1.0),
        xtol=TOLERANCE,
        ftol=TOLERANCE,
        gtol=TOLERANCE,
        max_nfev=most_points,
    )
    message = result.message if result.status > 0 else f"stopped after {most_points} points"
    end = problem.rounded_point(result.x)
    if end.reasons:
        raise PhysicsError("the model fails at the fitted values:\n  " + "\n  ".join(end.reasons))
    weights = problem.weights
    jacobian = problem.jacobian(result.x)[: len(weights)]
    found = identifiability(jacobian[weights > 0], (weights * end.misfits)[weights > 0], calibration.prior_weight)
    return Fit(calibration, start, end, found, message, problem.path, evaluations.solved, evaluations.reused)


class _Problem:
    """Residuals and their derivatives as functions of the shares."""

    def __init__(self, calibration: Calibration, evaluations: Evaluations, say: Callable[[str], None]) -> None:
        self._calibration, self._evaluations, self._say = calibration, evaluations, say
        self.weights = np.sqrt([target.weight for target in calibration.targets])
        self.path: list[Point] = []

    def residuals(self, shares: np.ndarray) -> np.ndarray:
        """Weighted misfits, then the pulls of the prior."""
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
        """Derivatives of the residuals, forward or, next to the upper bound or a failure, backward."""
        n = len(shares)
        steps = np.where(shares + DIFFERENCE <= 1.0, DIFFERENCE, -DIFFERENCE)
        self._say(f"derivatives with respect to {n} parameters")
        centre = self._rows(shares, self.point(shares))
        moved = shares + np.diag(steps)
        rows = [self._rows(at, point) for at, point in zip(moved, self._points(moved))]
        for i in [i for i in range(n) if not np.isfinite(rows[i]).all()]:
            steps[i] *= -1
            at = shares + steps[i] * np.eye(n)[i]
            (point,) = self._points([at])
            rows[i] = self._rows(at, point)
            if not np.isfinite(rows[i]).all():
                name = self._calibration.parameters[i].name
                raise PhysicsError(
                    f"no derivative with respect to '{name}': the model fails: {'; '.join(point.reasons)}"
                )
        return (np.array(rows) - centre).T / steps

    def point(self, shares: np.ndarray) -> Point:
        """The model at shares of the bounds."""
        return self._points([shares])[0]

    def rounded_point(self, shares: np.ndarray) -> Point:
        """The model at the numbers that will be written, bounds taken exactly."""
        numbers = []
        for parameter, number in zip(self._calibration.parameters, self._calibration.numbers(shares)):
            end = parameter.at_bound(number)
            numbers.append(rounded(number) if end is None else getattr(parameter, end))
        return self._at([numbers])[0]

    def _points(self, shares: Sequence[np.ndarray]) -> list[Point]:
        return self._at([self._calibration.numbers(one) for one in shares])

    def _at(self, points: Sequence[Sequence[float]]) -> list[Point]:
        calibration = self._calibration
        scenarios = [
            with_values(scenario, calibration.values(numbers))
            for numbers in points
            for scenario in calibration.scenarios.values()
        ]
        answers = iter(self._evaluations.answers(scenarios))
        found = []
        for numbers in points:
            by_protocol = {name: next(answers) for name in calibration.scenarios}
            ours = np.array([by_protocol[t.protocol][t.case].at(t) for t in calibration.targets])
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
        return np.concatenate([self.weights * point.misfits, prior if self._calibration.prior_weight else []])
