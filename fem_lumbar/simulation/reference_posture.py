"""The reference posture, in which muscles with short-range stiffness carry exactly the force of their activation."""

from __future__ import annotations

from fem_lumbar.model.load_kinds.muscles import MuscleLoad
from fem_lumbar.model.loads import Loads
from fem_lumbar.scenario.load_case import LoadCase
from fem_lumbar.scenario.load_kinds.muscles import MuscleSection
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.solver.events import Report
from fem_lumbar.solver.newton import Newton
from fem_lumbar.solver.solution import NotConverged, Solution
from fem_lumbar.solver.stepping import KnownState, Stepping, follow_load


def is_full_load(scenario: Scenario, case: LoadCase, loads: Loads) -> bool:
    """Whether full load is the reference posture of a load case: only pulls and weight act, applied together.

    Muscles then carry the force of their activation along the path, and are set when full load is reached.

    Parameters
    ----------
    scenario, case, loads
        The scenario, the load case, and its loads at full size.
    """
    if case.of(MuscleSection).balanced or scenario.muscles.short_range_stiffness == 0.0:
        return False
    course, alone = case.course, len(loads.held().items) == len(loads.items)
    in_time = course.loading_s is not None or course.cycle_s is not None
    return alone and bool(loads.of(MuscleLoad).items) and not course.follower_first and not in_time


def path_to_posture(
    newton: Newton, unloaded: Solution, stepping: Stepping, case: str, report: Report
) -> list[KnownState]:
    """Equilibria from no load to the reference posture, with muscle forces independent of length.

    Parameters
    ----------
    newton : Newton
        Solver under the loads of the case, muscles without stiffness.
    unloaded : Solution
        Start of the path.
    stepping : Stepping
        Step sizes.
    case, report
        Name of the load case, and receiver of progress events.

    Raises
    ------
    NotConverged
        If there is no such posture.
    """
    met: list[KnownState] = []
    path = follow_load(
        newton, unloaded, stepping, lambda load, found: met.append(KnownState(load, found.x, found.rate)), report, case
    )
    if path.reason is not None:
        raise NotConverged(f"the reference posture of the muscles was not found: {path.reason}")
    return met
