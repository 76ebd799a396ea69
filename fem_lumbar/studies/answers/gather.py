"""All results of a study: one entry for each load case and output, and results on the study as a whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import numpy as np

from fem_lumbar.studies.answers.asks import Asks
from fem_lumbar.studies.answers.comparisons import GroupAnswer, compare_groups, corrected
from fem_lumbar.studies.answers.coordinates import Points, points_of
from fem_lumbar.studies.answers.effects import Swing, direct_swings, swing
from fem_lumbar.studies.answers.failures import Failures, done_rows, failures
from fem_lumbar.studies.answers.morris import Elementary, elementary_effects
from fem_lumbar.studies.answers.rankings import RankingAnswer, compare_ranking, known_ranking
from fem_lumbar.studies.answers.resolution import OutputErrors, Resolution, output_errors
from fem_lumbar.studies.answers.surrogate import Bases, Surrogate, fit_surrogate
from fem_lumbar.studies.answers.variance import Indices, indices
from fem_lumbar.studies.design import MORRIS_LEVELS
from fem_lumbar.studies.manifest import Manifest, OutputColumn
from fem_lumbar.studies.table import FLOOR, MESH_ERROR

if TYPE_CHECKING:
    import pandas

_BASED = ("one_at_a_time",)
"""Designs with effects by differences of two runs."""
_TRAJECTORIES = "morris"


@dataclass(frozen=True)
class OutputAnswer:
    """Results on one output in one load case.

    Attributes
    ----------
    case : str
        Load case.
    output : OutputColumn
    rows : (n,) int
        Indices of the completed points.
    data : (n,) float
        The output at these points, in its unit.
    errors : OutputErrors
    surrogate : Surrogate or None
        None if the output does not vary, or fewer than six points are completed.
    indices : Indices or None
        None without an accurate surrogate.
    swings : dict
        Effect over the range of each factor, by its index; empty if unavailable.
    elementary : dict
        Elementary effects of a Morris design, by index of the factor.
    """

    case: str
    output: OutputColumn
    rows: np.ndarray
    data: np.ndarray
    errors: OutputErrors
    surrogate: Surrogate | None
    indices: Indices | None
    swings: dict[int, Swing]
    elementary: dict[int, Elementary]

    def judge_index(self, factor: int) -> Resolution:
        """Whether the total index of a factor exceeds the errors of the output."""
        if self.indices is None:
            return Resolution.NOT_RESOLVED
        part = max(float(self.indices.total[factor]), 0.0)
        low = float(self.indices.total_interval[factor, 0])
        return self.errors.judge(2.0 * np.sqrt(part * self.indices.variance), low)

    def judge_swing(self, factor: int) -> Resolution:
        """Whether the effect over the range of a factor exceeds the errors of the output."""
        if factor not in self.swings:
            return Resolution.NOT_RESOLVED
        one = self.swings[factor]
        return self.errors.judge(one.largest, None if one.interval is None else one.interval[0])

    def judge_elementary(self, factor: int) -> Resolution:
        """Whether the mean elementary effect of a factor exceeds the errors of the output."""
        if factor not in self.elementary:
            return Resolution.NOT_RESOLVED
        one = self.elementary[factor]
        return self.errors.judge(one.mu_star, one.interval[0])

    def scores(self) -> dict[int, float]:
        """Importance of each factor by index: total index, else its fraction of all elementary effects or swings."""
        if self.indices is not None:
            return {i: float(total) for i, total in enumerate(self.indices.total)}
        size = {i: one.mu_star for i, one in self.elementary.items()} or {
            i: one.largest for i, one in self.swings.items()
        }
        whole = sum(size.values())
        return {i: value / whole for i, value in size.items()} if whole > 0.0 else {}


@dataclass(frozen=True)
class Answers:
    """All results of a study."""

    manifest: Manifest
    points: Points
    failures: Failures
    outputs: tuple[OutputAnswer, ...]
    groups: tuple[GroupAnswer, ...]
    rankings: tuple[RankingAnswer, ...]

    @property
    def is_based(self) -> bool:
        """Whether effects are differences of two runs."""
        return self.manifest.design.get("kind") in _BASED

    @property
    def has_trajectories(self) -> bool:
        """Whether there are elementary effects on trajectories too."""
        return self.manifest.design.get("kind") == _TRAJECTORIES

    def of(self, case: str, output: str) -> OutputAnswer | None:
        """The results for an output in a load case; None if no point has it."""
        return next((one for one in self.outputs if (one.case, one.output.name) == (case, output)), None)


def answers(
    manifest: Manifest,
    frame: pandas.DataFrame,
    asks: Asks | None = None,
    tell: Callable[[int, int], None] = lambda done, all_of_them: None,
) -> Answers:
    """Evaluate a study.

    Parameters
    ----------
    manifest, frame
        Manifest and table from the folder of the study.
    asks : Asks, optional
        Groups and rankings to compare.
    tell : callable
        Receives the number of outputs done, and of all outputs.
    """
    points = points_of(manifest, frame)
    bases = Bases(points)
    wanted = [(case, output) for case in manifest.load_cases for output in manifest.outputs]
    found = []
    for count, (case, output) in enumerate(wanted):
        one = _answer(manifest, points, bases, frame, case, output)
        found.extend([] if one is None else [one])
        tell(count + 1, len(wanted))
    result = Answers(manifest, points, failures(points, frame), tuple(found), (), ())
    asks = asks or Asks()
    rankings = tuple(
        compare_ranking(ranking, _scores(ranking.over, ranking.outputs, result))
        for ranking in map(known_ranking, asks.rankings)
    )
    return replace(result, groups=tuple(_groups(asks, result, frame)), rankings=rankings)


def _answer(
    manifest: Manifest, points: Points, bases: Bases, frame: pandas.DataFrame, case: str, output: OutputColumn
) -> OutputAnswer | None:
    rows, in_frame = done_rows(points, frame, case, output.name)
    if not len(rows):
        return None
    table = frame.iloc[in_frame]
    data = table[output.name].to_numpy(dtype=float)
    errors = output_errors(
        data,
        table[f"{FLOOR}{output.name}"].to_numpy(dtype=float),
        table[f"{MESH_ERROR}{output.name}"].to_numpy(dtype=float),
    )
    kind, levels = manifest.design.get("kind"), manifest.design.get("levels", MORRIS_LEVELS)
    surrogate = fit_surrogate(bases, rows, data)
    resolved = surrogate is not None and surrogate.resolved
    swings: dict[int, Swing] = {}
    if kind in _BASED:
        swings = direct_swings(points, rows, data)
    elif surrogate is not None and resolved:
        swings = {i: swing(surrogate, points, i) for i in range(len(points.factors))}
    return OutputAnswer(
        case,
        output,
        rows,
        data,
        errors,
        surrogate,
        indices(surrogate, points) if surrogate is not None and resolved and kind not in _BASED else None,
        swings,
        elementary_effects(points, rows, data, levels) if kind == _TRAJECTORIES else {},
    )


def _groups(asks: Asks, found: Answers, frame: pandas.DataFrame) -> list[GroupAnswer]:
    compared = []
    for comparison in asks.comparisons:
        for outcome in comparison.outcomes:
            one = found.of(outcome.case, outcome.output)
            errors = OutputErrors(None, None, 0.0) if one is None else one.errors
            surrogate = None if one is None else one.surrogate
            compared.append(compare_groups(comparison, outcome, found.points, frame, errors, surrogate))
    return corrected(compared)


def _scores(over: str, outputs: tuple[str, ...], found: Answers) -> dict[str, float]:
    """Mean score of each factor over the resolved outputs, or mean magnitude of the outputs in each load case."""
    chosen = [one for one in found.outputs if any(fnmatchcase(one.output.name, pattern) for pattern in outputs)]
    if over == "factors":
        known = [scores for one in chosen if (scores := one.scores())]
        return {
            factor.name: float(np.mean([scores.get(i, 0.0) for scores in known])) if known else float("nan")
            for i, factor in enumerate(found.points.factors)
        }
    return {
        case: float(np.mean([np.mean(np.abs(one.data)) for one in chosen if one.case == case]))
        if any(one.case == case for one in chosen)
        else float("nan")
        for case in found.manifest.load_cases
    }
