"""Model for an export: segment and loads of one load case, from a scenario or from a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.model.loads import Loads, build_loads
from fem_lumbar.model.muscles import Muscle
from fem_lumbar.model.segment import Segment, build_segment, kept_mesh
from fem_lumbar.runs.run import Run
from fem_lumbar.scenario.load_kinds.course import Course
from fem_lumbar.scenario.load_kinds.muscles import MuscleSection
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.problems import unknown_name

_MIRRORED = [0, 2, 1, 3, 6, 5, 4, 7, 9, 8]
"""Node order of a tetrahedron with two corners exchanged."""


@dataclass(frozen=True)
class Source:
    """A model with the loads of one load case at full load."""

    scenario: Scenario
    segment: Segment
    case: str
    loads: Loads

    @property
    def course(self) -> Course:
        """Course of the loads."""
        return self.scenario.load_cases[self.case].of(Course)


def source_of(
    scenario: Scenario, case: str | None = None, run: Run | None = None, report: Callable[[str], None] | None = None
) -> Source:
    """The model of a load case.

    Parameters
    ----------
    scenario : Scenario
    case : str, optional
        Load case (default: the first).
    run : Run, optional
        Run of the scenario; activations of balanced muscles come from it.
    report : callable, optional
        Receives a line on the origin of the mesh.

    Raises
    ------
    InputError
        When there is no such load case, or its muscles are balanced and no run with their activations is given.
    """
    if case is None:
        case = next(iter(scenario.load_cases))
    if case not in scenario.load_cases:
        raise InputError(f"--case {unknown_name(case, scenario.load_cases)}")
    mesh = kept_mesh(scenario, scenario_mesh(scenario, report) if run is None else run.mesh)
    segment = build_segment(scenario, mesh)
    balanced = scenario.load_cases[case].of(MuscleSection).balanced
    if balanced and (run is None or case not in run.converged):
        raise InputError(
            f"{case}: its muscles balance the posture, which only a run finds\n    run it, then export the run"
        )
    activations = _activations(run, case) if balanced and run is not None else None
    return Source(scenario, segment, case, build_loads(scenario, segment, case, activations=activations))


def _activations(run: Run, case: str) -> Mapping[Muscle, float]:
    """Activation of each fascicle in the results of a run."""
    found: dict[Muscle, float] = {}
    for name, sides in run.converged[case].get("muscles", {}).items():
        for side, entry in sides.items():
            if (activation := entry.get("activation")) is not None:
                found[name, side] = activation
    return found


def upright(nodes: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Tetrahedra (n, 4) or (n, 10) reordered to positive volume, for positions (k, 3) of all nodes."""
    nodes = nodes.copy()
    a, b, c, d = np.moveaxis(positions[nodes[:, :4]], 1, 0)
    turned = np.einsum("ei,ei->e", np.cross(b - a, c - a), d - a) < 0
    nodes[turned] = nodes[turned][:, _MIRRORED[: nodes.shape[1]]]
    return nodes
