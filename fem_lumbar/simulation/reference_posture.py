"""The posture in which muscles with short-range stiffness carry the force of their activation, no more and no less."""

from __future__ import annotations

from fem_lumbar.solver.events import Report
from fem_lumbar.solver.newton import Newton
from fem_lumbar.solver.solution import NotConverged, Solution
from fem_lumbar.solver.stepping import KnownState, Stepping, follow_load


def path_to_posture(
    newton: Newton, unloaded: Solution, stepping: Stepping, case: str, report: Report
) -> list[KnownState]:
    """Equilibria from no load to that posture, with muscles that carry the same force at any length.

    Where nothing but pulls and weight acts, full load of the case itself is in this posture, and the way there is near.

    Parameters
    ----------
    newton : Newton
        Solver under the loads of the case, muscles without stiffness.
    unloaded : Solution
        Where the path begins.
    stepping : Stepping
        Step sizes.
    case, report
        Name of the load case, and what takes progress events.

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
