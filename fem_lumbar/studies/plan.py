"""Preview of a study: its points, meshes to be built, expected time and memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.foundation.machine import at_once
from fem_lumbar.meshing.cache import stored_mesh
from fem_lumbar.meshing.storage import load_mesh
from fem_lumbar.runs.execution import load_case_s, memory_GB
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.studies.words import as_word, counted

Given = TypeVar("Given")


@dataclass(frozen=True)
class Plan:
    """Expected work of a study.

    Attributes
    ----------
    points, cases : int
        Number of points, and of load cases per point.
    meshes, to_build : int
        Number of different meshes, and of those that are not stored on this computer.
    invalid : int
        Number of groups of points with one mesh whose first point is not a valid scenario.
    cells : int or None
        Number of cells of the mesh of the base scenario; None if that is not stored on this computer.
    point_s : float or None
        Expected time for the load cases of a point, s; None if unknown.
    memory_GB : float or None
        Memory of a process; None if unknown.
    """

    points: int
    cases: int
    meshes: int
    to_build: int
    invalid: int
    cells: int | None
    point_s: float | None
    memory_GB: float | None

    @property
    def workers(self) -> int:
        """Number of processes for which this computer has processors and memory."""
        return at_once(self.points, self.memory_GB or 1.0)

    def total_s(self, workers: int) -> float | None:
        """Expected time for all points, s; None if unknown."""
        return None if self.point_s is None else self.point_s * -(-self.points // workers)

    def lines(self, workers: int) -> list[str]:
        """The plan as text."""
        total = self.total_s(workers)
        time_told = "not known: no mesh of this density is on this computer"
        if total is not None and self.point_s is not None:
            time_told = (
                f"about {clock(total)} on {counted(workers, 'worker')} ({self.point_s:.0f} s a point "
                "for its load cases; building meshes and condensing vertebrae come on top)"
            )
        memory = "not known" if self.memory_GB is None else f"about {self.memory_GB:.1f} GB for each worker"
        return [
            f"points: {self.points}, {counted(self.cases, 'load case')} each",
            f"meshes: {self.meshes}, {self.to_build} of them to be built",
            *([f"no valid scenario: the first point of {self.invalid} of these meshes"] if self.invalid else []),
            f"time: {time_told}",
            f"memory: {memory}",
        ]


def plan_of(
    base: Scenario,
    points: Iterable[Given],
    group_of: Callable[[Given], tuple[str, ...]],
    scenario_at: Callable[[Given], Scenario],
) -> Plan:
    """The plan of some points.

    Parameters
    ----------
    base : Scenario
        The unchanged scenario.
    points : iterable
        Points of any type, read one at a time.
    group_of, scenario_at : callable
        Key of points with the same mesh, and the scenario at a point.
    """
    count, groups, invalid, to_build = 0, set[tuple[str, ...]](), 0, 0
    for point in points:
        count += 1
        group = group_of(point)
        if group in groups:
            continue
        groups.add(group)
        try:
            scenario = scenario_at(point)
        except InputError:
            invalid += 1
            continue
        to_build += _stored(scenario) is None
    path = _stored(base)
    mesh = None if path is None else load_mesh(path)
    cells = None if mesh is None else len(mesh.cells)
    expected_s = [None if cells is None else load_case_s(case, cells) for case in base.load_cases]
    known_s = [seconds for seconds in expected_s if seconds is not None]
    return Plan(
        count,
        len(base.load_cases),
        len(groups),
        to_build,
        invalid,
        cells,
        sum(known_s) if len(known_s) == len(expected_s) else None,
        None if mesh is None else memory_GB(mesh),
    )


def as_cells(values: Mapping[str, Any]) -> str:
    """Values of a point in one line."""
    return ", ".join(
        f"{name}={value:.5g}" if isinstance(value, float) else f"{name}={as_word(value)}"
        for name, value in values.items()
    )


def _stored(scenario: Scenario) -> Any:
    return stored_mesh(scenario.degenerated_anatomy, scenario.mesh, scenario.segment.sacrum)


def clock(seconds: float) -> str:
    """An expected time as text."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
