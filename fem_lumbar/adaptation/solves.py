"""Finite element solutions that the loop interpolates: few, stored, and mirrored if the sides are equal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fem_lumbar.adaptation.measured import nerve_loads, results
from fem_lumbar.adaptation.response import HELD_OUT, SOLVED, Loss, Response, response
from fem_lumbar.anatomy.muscles import fascicles, medial_branches
from fem_lumbar.foundation.errors import InputError, PhysicsError
from fem_lumbar.measures.quantities import is_symmetric, mirrored_data, mirrored_name
from fem_lumbar.runs.execution import Engine
from fem_lumbar.runs.points import Point
from fem_lumbar.runs.run import Run, load_run
from fem_lumbar.runs.sweep import run_points
from fem_lumbar.scenario.load_kinds.muscles import MuscleSection
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.problems import listed

POINTS = "points"
"""Subfolder for these runs in the folder of the answer."""


@dataclass(frozen=True)
class Solved:
    """Results of the solutions.

    Attributes
    ----------
    response : Response
        Results as a function of the force lost on both sides.
    held_out : dict
        Results at the held-out loss.
    runs : int
        Number of finite element solutions.
    mirrored : bool
        Whether the remaining points are mirror images of solved ones.
    density : str
    """

    response: Response
    held_out: dict[str, float]
    runs: int
    mirrored: bool
    density: str


def balanced_case(scenario: Scenario) -> str:
    """Name of the only load case, whose muscles must be balanced.

    Raises
    ------
    InputError
    """
    balanced = [name for name, case in scenario.load_cases.items() if case.of(MuscleSection).balanced]
    if not balanced:
        raise InputError(
            f"{scenario.name}: no load case has muscle_activation: balanced\n"
            "    adapt follows how muscles share the work anew: give a scenario such as scenarios/work/flexed.yaml"
        )
    if len(scenario.load_cases) > 1:
        raise InputError(
            f"{scenario.name}: has several load cases\n    adapt follows one: --cases {' or --cases '.join(balanced)}"
        )
    return balanced[0]


def check_branch(scenario: Scenario, branch: str) -> None:
    """Check that a branch supplies muscle in the model and that the scenario does not set its loss itself.

    Raises
    ------
    InputError
    """
    levels = scenario.segment.bodies
    there = [name for name, own in medial_branches().items() if any(fascicles()[one].acts_on(levels) for one in own)]
    if branch not in there:
        raise InputError(f"--branch {branch}: supplies no fascicle in the model\n    allowed: {listed(there)}")
    if branch in scenario.muscles.denervated:
        raise InputError(
            f"{scenario.name}: muscles.denervated.{branch} is given\n"
            "    adapt varies it: leave it out, and give what is lost at the start with --lesion"
        )


def is_mirror_image(scenario: Scenario, case: str) -> bool:
    """Whether a scenario and its load case are mirror-symmetric."""
    resolved = scenario.resolved()
    load: dict[str, Any] = resolved["load_cases"][case]
    odd = load.get("moment_vector_Nm") or load.get("moment_Nm")
    return is_symmetric(resolved) and not odd and mirrored_name(case) == case and mirrored_data(load) == load


def solve(
    scenario_at: Callable[[Point], Scenario],
    case: str,
    branch: str,
    out: Path,
    *,
    diameter_mm: float | None = None,
    jobs: int = 1,
    report: Callable[[Any], None] | None = None,
    illustrate: Any = None,
    engine: Engine | None = None,
) -> Solved:
    """Solve the points that are not stored yet, and read all of them.

    Parameters
    ----------
    scenario_at : callable
        The scenario at a point, which sets ``muscles.denervated``.
    case, branch : str
    out : Path
        Folder of the answer; runs are stored below it.
    diameter_mm : float, optional
        Diameter of the nerve.
    jobs, report, illustrate, engine
        See `fem_lumbar.runs.sweep.run_points`.

    Raises
    ------
    PhysicsError
        When a point has no solution.
    """
    mirrored = is_mirror_image(scenario_at({}), case)
    asked = [loss for loss in (*SOLVED, HELD_OUT) if not mirrored or loss[0] >= loss[1]]
    losses = {_point_key(_point(branch, loss)): loss for loss in asked}
    found: dict[Loss, dict[str, float]] = {}
    floors: dict[Loss, dict[str, float]] = {}
    points = [_point(branch, loss) for loss in asked]
    density = ""
    all_done = run_points(
        points,
        scenario_at,
        out / POINTS,
        jobs=jobs,
        retry_failed=True,
        report=report,
        illustrate=illustrate,
        engine=engine,
    )
    for done in all_done:
        loss = losses[_point_key(done.point)]
        if done.reason is not None:
            raise PhysicsError(
                f"lost share of {branch} left {loss[0]:g}, right {loss[1]:g}: {done.reason}\n"
                "    what was solved is kept: repeat the command to continue"
            )
        run = load_run(out / POINTS / done.name)
        density = run.density
        own, floor = _read(run, case, branch, diameter_mm)
        found[loss], floors[loss] = own, floor
        if mirrored and loss != HELD_OUT:
            found[loss[::-1]], floors[loss[::-1]] = _image(own), _image(floor)
    return Solved(response(found, floors), found[HELD_OUT], len(points), mirrored, density)


def _read(run: Run, case: str, branch: str, diameter_mm: float | None) -> tuple[dict[str, float], dict[str, float]]:
    own, floor = results(run, case, branch)
    return own | nerve_loads(run, case, branch, diameter_mm), floor


def _image(values: Mapping[str, float]) -> dict[str, float]:
    """Values with left and right exchanged, in the same order."""
    return {name: values[" ".join(mirrored_name(word) for word in name.split(" "))] for name in values}


def _point(branch: str, loss: Loss) -> Point:
    return {f"muscles.denervated.{branch}.{side}": f"{part:g}" for side, part in zip(("left", "right"), loss)}


def _point_key(point: Point) -> tuple[str, ...]:
    return tuple(point.values())
