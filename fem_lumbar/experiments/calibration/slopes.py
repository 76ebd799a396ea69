"""Derivatives of targets with respect to driven values, computed at the equilibria of the targets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fem_lumbar.experiments.calibration.problem import Target
from fem_lumbar.foundation.json_values import write_json
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.runs.batch import batch
from fem_lumbar.runs.execution import Engine
from fem_lumbar.runs.executors import Executor
from fem_lumbar.runs.paths import unwritable
from fem_lumbar.runs.provenance import is_current, made_by
from fem_lumbar.scenario.load_case import LoadCase
from fem_lumbar.scenario.loader import with_cases, with_values
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.sensitivity.table import Derivatives
from fem_lumbar.solver.events import Report, silent

_GROWING = ("moment_Nm", "follower_N")
"""Loads for which part of the load has its own equilibrium on the load path."""

Derive = Callable[[Scenario, SegmentMesh, Sequence[str], Report], Derivatives]
"""Computes the derivatives of all results with respect to scenario values."""

Slopes = dict[str, dict[str, dict[str, float]]]
"""Derivative by load case, quantity and key."""


@dataclass(frozen=True)
class Level:
    """An equilibrium of a target: the fraction of the load of its case, and its sign in the target."""

    fraction: float
    sign: float = 1.0


def levels(target: Target, scenario: Scenario) -> list[Level]:
    """Equilibria of a target; empty if its loads do not grow alone.

    The state equals that of a load case that ends there, since states do not depend on the load path. Loads that grow
    together, or are reactions to a prescribed motion, have no such load case.
    """
    case = scenario.load_cases[target.case]
    if target.load is None or target.at is None:
        return [Level(1.0)]
    full = getattr(case, target.load) if target.load in _GROWING else None
    if not full or not _grows_alone(case, target.load, target.case, scenario) or target.since == 0.0:
        return []
    below = [] if target.since is None else [Level(target.since / full, -1.0)]
    return [Level(min(1.0, target.at / full)), *below]


def _grows_alone(case: LoadCase, load: str, name: str, scenario: Scenario) -> bool:
    """Whether no other load is applied at the same time."""
    within = case.within(name, scenario.structures, scenario.muscles)
    acting = [one for one in case.loads if one.acts(within)]
    if case.course.follower_first:
        return load == "moment_Nm" and sum(not one.held for one in acting) == 1
    return len(acting) == 1


def target_slopes(
    targets: Sequence[Target],
    scenario: Scenario,
    keys: Sequence[str],
    folder: Path,
    engine: Engine,
    derive: Derive,
    executor: Executor,
) -> np.ndarray:
    """Derivatives (m, k) of m targets of one scenario with respect to k values; NaN if unavailable.

    Parameters
    ----------
    targets : sequence of Target
        All targets of the protocol to which the scenario belongs.
    scenario : Scenario
        Scenario with the values at which derivatives are taken.
    keys : sequence of str
        Key paths of the values.
    folder : Path
        Folder in which they are stored.
    engine : Engine
        Provides meshes.
    derive : callable
        Computes the derivatives; picklable.
    executor : Executor
        Executor of the tasks.
    """
    found = np.full((len(targets), len(keys)), np.nan)
    read = [levels(target, scenario) for target in targets]
    tasks = list(_tasks(targets, read, scenario, tuple(keys), folder, engine, derive))
    solved: dict[tuple[str, float], Mapping[str, Mapping[str, float]]] = {}
    with closing(batch(tasks, executor)) as outcomes:
        for outcome in outcomes:
            for case, of_case in (outcome.result or {}).items():  # else finite differences of runs
                solved[case, outcome.task.fractions[case]] = of_case
    for row, (target, its_levels) in enumerate(zip(targets, read, strict=True)):
        if its_levels:
            of_levels = [
                level.sign * _row(solved.get((target.case, level.fraction), {}).get(target.quantity, {}), keys)
                for level in its_levels
            ]
            found[row] = np.sum(of_levels, axis=0)
    return found


def _row(slopes: Mapping[str, float], keys: Sequence[str]) -> np.ndarray:
    return np.array([slopes.get(key, np.nan) for key in keys])


def _tasks(
    targets: Sequence[Target],
    read: Sequence[Sequence[Level]],
    scenario: Scenario,
    keys: tuple[str, ...],
    folder: Path,
    engine: Engine,
    derive: Derive,
) -> Iterator[_SlopeTask]:
    """Scenarios with every load case at one fraction of its load, as many as the largest number of fractions."""
    fractions: dict[str, dict[float, None]] = {}
    quantities: dict[str, dict[str, None]] = {}
    for target, its_levels in zip(targets, read, strict=True):
        for level in its_levels:
            fractions.setdefault(target.case, {})[level.fraction] = None
            quantities.setdefault(target.case, {})[target.quantity] = None
    names = {case: tuple(found) for case, found in quantities.items()}
    by_case = {case: sorted(found, reverse=True) for case, found in fractions.items()}
    for place in range(max(map(len, by_case.values()), default=0)):
        chosen = {case: found[place] for case, found in by_case.items() if place < len(found)}
        loads = {
            f"load_cases.{case}.{load}": part * value
            for case, part in chosen.items()
            for load, value in _growing(scenario.load_cases[case]).items()
            if part < 1.0
        }
        changed = with_values(scenario, loads) if loads else scenario
        yield _SlopeTask(with_cases(changed, list(chosen)), chosen, keys, names, folder, engine, derive)


def _growing(case: LoadCase) -> dict[str, float]:
    """The loads that are applied last."""
    held = ("follower_N",) if case.course.follower_first else ()
    return {load: value for load in _GROWING if load not in held and (value := getattr(case, load))}


@dataclass(frozen=True)
class _SlopeTask:
    """Derivatives of the targets of some load cases at full load (see `fem_lumbar.runs.batch.Task`)."""

    scenario: Scenario
    fractions: dict[str, float]
    keys: tuple[str, ...]
    quantities: dict[str, tuple[str, ...]]
    folder: Path
    engine: Engine
    derive: Derive

    @property
    def _place(self) -> Path:
        what = json.dumps([self.scenario.sha256, self.keys, self.quantities])
        return self.folder / f"{hashlib.sha256(what.encode()).hexdigest()[:24]}.json"

    def current(self) -> tuple[Slopes] | None:
        """The stored derivatives, if current."""
        try:
            content = json.loads(self._place.read_text(encoding="utf-8"))
            return (content["slopes"],) if is_current(content["provenance"], self.scenario) else None
        except (OSError, ValueError, KeyError):
            return None

    def run(self, report: Report) -> Iterator[Slopes]:
        """Compute and store derivatives; results that appear or disappear and keys without derivative are left out."""
        table = self.derive(self.scenario, self.engine.mesh(self.scenario, silent), self.keys, report)
        by_key = {(case, key): table.of(case, key) for case in table.cases for key in self.keys if table.has(key)}
        slopes: Slopes = {
            case: {
                quantity: {
                    key: found[quantity] for (of, key), found in by_key.items() if of == case and quantity in found
                }
                for quantity in self.quantities[case]
            }
            for case in table.cases
        }
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_json(self._place, {"provenance": made_by(self.scenario), "slopes": slopes})
        except OSError as error:
            raise unwritable(self.folder, error) from error
        yield slopes
