"""Muscle activations that hold a posture: static optimisation with the finite element segment in the loop.

The condition is that no joint turns from the posture without load. Near a state the rotations answer linearly to the
forces of the fascicles, and their answer follows from six solutions with the tangent, those for unit moments at the
joints. Divided by the answer to these unit moments it is a moment arm: the moment at a joint that would turn it as
much. So the optimisation balances moments at every joint, with moment arms about the axes on which the deformed segment
really turns; what discs, ligaments and facets take up is in the rotations that the finite elements tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fem_lumbar.analysis.kinematics import joint_rotations_deg, level_rotations
from fem_lumbar.analysis.muscles import joint_moments_Nm, muscle_summary, posture, unit_moments
from fem_lumbar.conventions import NMM_PER_NM, ROTATION_COMPONENTS
from fem_lumbar.errors import PhysicsError
from fem_lumbar.mechanics.item import total
from fem_lumbar.model.loads import Loads, build_loads
from fem_lumbar.model.muscles import Muscle, MuscleLines, Pull, build_muscles, free_muscles
from fem_lumbar.model.segment import Segment
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.solver.events import Report
from fem_lumbar.solver.newton import Newton, NotConverged, Solution
from fem_lumbar.solver.static_optimisation import Infeasible, least_effort
from fem_lumbar.solver.stepping import KnownState, Stepping

TOLERANCE_DEG = 1e-5
"""Largest rotation of a joint from its posture that counts as none: some 1e-5 N·m are left to the passive tissues."""

_ENOUGH_DEG = 0.01
"""The same where corrections do not come nearer, as where contact points jump from facet to facet."""

_ROUGHLY_DEG, _ON_THE_WAY, _MOST_CORRECTIONS = 0.2, 2, 10
"""Rotation that will do on the way to full load, corrections for that, and corrections at full load."""

_FIRST_STEP = 0.2
_ACCURACY = 1e-7
"""Of the right-hand side, that the answers to unit moments may leave."""

_ROUGH = 1e-2
"""The same where iterations follow."""

_DIRECTIONS = {
    "flexion": ("extension", "flexion"),
    "lateral_bending": ("left lateral bending", "right lateral bending"),
    "axial_rotation": ("right axial rotation", "left axial rotation"),
}
"""Names of a negative and a positive moment."""


class NoBalance(Exception):
    """No activations hold the posture; the message says why."""


@dataclass(frozen=True)
class Uncorrected:
    """Activations by fascicle and side, and the equilibrium with them at full load."""

    activations: dict[Muscle, float]
    solution: Solution


@dataclass(frozen=True)
class MuscleBalance:
    """Activations by fascicle and side, the rotations (deg) left by joint and component, and what it took.

    ``path`` are the equilibria without load and at full load with these activations, ``set_at`` (n_dofs,) is the
    posture in which they count as set, ``before`` the state before the last correction: each one leaves about a third
    of what it corrects, so what it changed bounds the error that is left.
    """

    activations: dict[Muscle, float]
    set_at: np.ndarray
    rotation_deg: dict[str, dict[str, float]]
    solutions: int
    path: list[KnownState]
    before: Uncorrected


def find_balance(
    scenario: Scenario,
    segment: Segment,
    case: str,
    unloaded: Solution,
    new_newton: Callable[[Loads], Newton],
    stepping: Stepping,
    report: Report,
) -> MuscleBalance:
    """Activations of least effort with which no joint is turned at full load.

    Parameters
    ----------
    scenario, segment, case
        Model, and the load case to balance.
    unloaded : Solution
        Equilibrium without load: the posture to hold.
    new_newton : callable
        Makes a solver for some loads; the one before is not used any more.
    stepping : Stepping
        Smallest load step and growth of steps; the posture is held at every load level on the way.
    report : callable
        Takes progress.

    Raises
    ------
    NoBalance
        If full activation is not enough, or iterations do not come to an end.
    """
    search = _Search(scenario, segment, case, unloaded, new_newton, stepping, report)
    try:
        return search.run()
    except (NotConverged, PhysicsError) as failure:
        raise NoBalance(f"muscles could not be balanced: {failure}") from failure


def muscle_entries(
    segment: Segment, loads: Loads, solution: Solution, load: float, balance: MuscleBalance | None
) -> dict[str, Any]:
    """Entries of a summary about muscles: the pull of each fascicle, and how they are balanced if they are."""
    entries: dict[str, Any] = {}
    if muscles := muscle_summary(loads, solution.x, load):
        entries["muscles"] = muscles
    if balance is not None:
        entries["muscle_balance"] = {
            "solutions": balance.solutions,
            "rotation_deg": balance.rotation_deg,
            "moment_about_disc_Nm": joint_moments_Nm(segment, loads, solution.x, load),
        }
    return entries


class _Search:
    """One search; see :func:`find_balance`."""

    def __init__(
        self,
        scenario: Scenario,
        segment: Segment,
        case: str,
        unloaded: Solution,
        new_newton: Callable[[Loads], Newton],
        stepping: Stepping,
        report: Report,
    ) -> None:
        self._scenario, self._segment, self._case = scenario, segment, case
        self._unloaded, self._new_newton, self._stepping, self._report = unloaded, new_newton, stepping, report
        self._neutral = level_rotations(segment, unloaded.x)
        self._full = free_muscles(scenario, segment)
        self._set_at: np.ndarray | None = None
        self._before: Uncorrected | None = None
        self._solutions = 0

    def run(self) -> MuscleBalance:
        if not self._full:
            raise NoBalance("no fascicle is left whose activation could be found")
        newton = self._new_newton(self._loads({}))
        solution = newton.restart(self._unloaded.x, 0.0)
        arms, compliance, answers = self._linearised(newton, solution.x, 1.0)
        wanted = -np.linalg.solve(compliance, answers @ newton.load_forces(solution.x))
        activations = self._optimised(arms, wanted)
        start = solution = self._new_newton(self._loads(activations)).restart(self._unloaded.x, 0.0)
        load, step = 0.0, _FIRST_STEP
        while load < 1.0:
            target = load + step if load + 1.25 * step < 1.0 else 1.0
            set_at = self._set_at
            try:
                activations, solution = self._held(load, target, activations, solution)
            except NotConverged:
                self._set_at = set_at
                step *= 0.5
                if step < self._stepping.minimum:
                    raise
                continue
            load, step = target, step * self._stepping.growth
        path = [KnownState(0.0, start.x, start.rate), KnownState(1.0, solution.x, solution.rate)]
        told = {joint: self._told_deg(solution.x)[joint] for joint in self._segment.joints}
        return MuscleBalance(activations, self._set_at, told, self._solutions, path, self._before)

    def _held(
        self, load: float, target: float, activations: dict[Muscle, float], solution: Solution
    ) -> tuple[dict[Muscle, float], Solution]:
        """Activations and equilibrium that hold the posture at a load fraction, from those at a lower one.

        On the way to full load the posture need only be held roughly, so that the next step starts near it.
        """
        newton = self._new_newton(self._loads(activations))
        increment = (target - load) * solution.rate
        solution = self._solved(newton, newton.advance(solution.x, [increment], target), target)
        most, tolerance = (_MOST_CORRECTIONS, TOLERANCE_DEG) if target == 1.0 else (_ON_THE_WAY, _ROUGHLY_DEG)
        for _ in range(most):
            newton = self._new_newton(self._loads(activations))
            solution = newton.restart(solution.x, target)
            self._set_at = posture(self._segment, solution.x)
            arms, compliance, _ = self._linearised(newton, solution.x, target)
            self._before = Uncorrected(activations, solution)
            before = np.array([activations[name] for name in self._full])
            turned = np.radians(self._rotations_deg(solution.x))
            activations = self._optimised(arms, arms @ before - np.linalg.solve(compliance, turned))
            after = np.array([activations[name] for name in self._full])
            solution = self._changed(newton, solution.x, target, after - before, activations)
            self._tell(target, solution.x, activations)
            if self._largest_deg(solution.x) <= tolerance:
                return activations, solution
        left = self._largest_deg(solution.x)
        if left > _ENOUGH_DEG and target == 1.0:
            raise NoBalance(f"muscle balance: joints still turn by {left:.3g}° after {most} corrections")
        return activations, solution

    def _solved(self, newton: Newton, x: np.ndarray, load: float) -> Solution:
        self._solutions += 1
        return newton.solve(x, load)

    def _loads(self, activations: Mapping[Muscle, float]) -> Loads:
        return build_loads(self._scenario, self._segment, self._case, self._set_at, activations)

    def _linearised(self, newton: Newton, x: np.ndarray, load: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Moments (m, n) of each fascicle at full activation, rotations (m, m) under unit moments, answers (m, n_dofs).

        An answer is what unit moments at a joint do to all displacements; its work with any forces is the rotation
        of the joint under these. The last tangent of ``newton`` is that of the state x (n_dofs,) at a load fraction.
        """
        equations = newton.assembler.equations
        moments = unit_moments(self._segment, x)
        answers = np.array(
            [
                equations.state(newton.linearisation.solve(equations.gather(row), _ACCURACY, newton.clock), 0.0)
                for row in moments
            ]
        )
        compliance = answers @ moments.T
        compliance = 0.5 * (compliance + compliance.T)
        muscles = self._at_full()
        item, pattern = muscles.item, load * muscles.item.pattern(x)
        turned = np.empty((len(moments), len(self._full)))
        for k, name in enumerate(self._full):
            rows = muscles.rows(name)
            turned[:, k] = answers @ total(item.dofs[rows], pattern[rows], self._segment.n_dofs)
        return np.linalg.solve(compliance, turned), compliance, answers

    def _at_full(self) -> MuscleLines:
        """Lines of all fascicles at full activation."""
        pulls = {name: Pull(force, 1.0) for name, force in self._full.items()}
        return build_muscles(self._scenario, self._segment, pulls, self._set_at)

    def _changed(
        self, newton: Newton, x: np.ndarray, load: float, change: np.ndarray, activations: Mapping[Muscle, float]
    ) -> Solution:
        """Equilibrium at a load fraction after a change (n,) to these activations.

        ``newton`` has the tangent of the equilibrium x (n_dofs,) with the activations before.
        """
        muscles, equations = self._at_full(), newton.assembler.equations
        changes = dict(zip(self._full, change, strict=True))
        weights = load * np.array([changes[name] for name in muscles.muscles])
        forces = total(muscles.item.dofs, weights[:, None] * muscles.item.pattern(x), self._segment.n_dofs)
        foreseen = newton.linearisation.solve(equations.gather(forces), _ROUGH, newton.clock)
        newton = self._new_newton(self._loads(activations))
        return self._solved(newton, newton.advance(x, [equations.state(foreseen, 0.0)], load), load)

    def _optimised(self, arms: np.ndarray, wanted: np.ndarray) -> dict[Muscle, float]:
        try:
            found = least_effort(arms, wanted).activations
        except Infeasible as short:
            raise NoBalance(self._shortfall(short.missing)) from short
        return {name: float(value) for name, value in zip(self._full, found, strict=True)}

    def _told_deg(self, x: np.ndarray) -> dict[str, dict[str, float]]:
        """Rotations from the posture by joint and component, deg."""
        return joint_rotations_deg(self._segment, x, self._neutral)

    def _rotations_deg(self, x: np.ndarray) -> np.ndarray:
        """The same (m,) in the order of the unit moments."""
        told = self._told_deg(x)
        return np.array([told[joint][component] for joint, component in self._components()])

    def _components(self) -> list[tuple[str, str]]:
        by_axis = sorted(ROTATION_COMPONENTS, key=ROTATION_COMPONENTS.__getitem__)
        return [(joint, component) for joint in self._segment.joints for component in by_axis]

    def _largest_deg(self, x: np.ndarray) -> float:
        return float(np.abs(self._rotations_deg(x)).max())

    def _tell(self, load: float, x: np.ndarray, activations: Mapping[Muscle, float]) -> None:
        rotation = np.abs(self._rotations_deg(x))
        joint, component = self._components()[int(rotation.argmax())]
        pull = load * sum(value * self._full[name] for name, value in activations.items())
        self._report(
            f"{self._case}: muscle balance at load {load:.3g}: joints turned by {rotation.max():.2g}° at most "
            f"({joint} {component.replace('_', ' ')}), fascicles pull {pull:.4g} N together"
        )

    def _shortfall(self, missing: np.ndarray) -> str:
        """What full activation lacks, in words."""
        lacking = []
        for (joint, component), moment in zip(self._components(), missing, strict=True):
            if abs(moment) > 0.01 * np.abs(missing).max():
                direction = _DIRECTIONS[component][int(moment > 0)]
                lacking.append(f"{abs(moment) / NMM_PER_NM:.3g} N·m of {direction} at {joint}")
        return f"muscles cannot hold the posture: at full activation they lack {' and '.join(lacking)}"
