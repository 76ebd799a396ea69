"""Muscle activations that hold a posture: static optimisation with the finite element segment in the loop.

Every joint has to be in the given posture: the unloaded one, or one with flexed joints. In each state the rotations are
linearised in the forces of the fascicles. The derivatives follow from solutions with the tangent for unit moments at
the joints, by reciprocity. The derivative by a fascicle force, divided by the compliance of the joint, is a moment arm:
the moment at the joint that would cause the same rotation. The optimisation thus balances moments at every joint, with
moment arms about the actual axes of rotation of the deformed segment. The share of discs, ligaments and facets is
accounted for by the rotations of the finite element model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from fem_lumbar.foundation.conventions import NMM_PER_NM
from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.measures.muscles import posture
from fem_lumbar.model.loads import Loads, build_loads
from fem_lumbar.model.muscles import Muscle, effort_weights, free_muscles
from fem_lumbar.model.segment import Segment
from fem_lumbar.scenario.load_kinds.muscles import MuscleSection
from fem_lumbar.scenario.load_kinds.upper_body import UpperBodySection
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.simulation.held_posture import HeldPosture
from fem_lumbar.simulation.muscle_balance import MuscleBalance, NoBalance, Uncorrected
from fem_lumbar.simulation.muscle_response import MuscleResponse
from fem_lumbar.simulation.muscle_shortfall import shortfall, what_helps
from fem_lumbar.simulation.neighbours import HeldState
from fem_lumbar.solver.events import BalanceEvent, Report, StepEvent
from fem_lumbar.solver.newton import Newton
from fem_lumbar.solver.secant import SecantCorrection
from fem_lumbar.solver.solution import NotConverged, Solution
from fem_lumbar.solver.static_optimisation import Infeasible, least_effort, within_reach
from fem_lumbar.solver.stepping import KnownState, Stepping

TOLERANCE_DEG = 1e-5
"""Largest deviation of a joint that counts as zero: passive tissues then carry about 1e-5 N·m."""

_ENOUGH_DEG = 0.01
"""The same where corrections no longer reduce it, e.g. because contact points jump between facets."""


class _Demand(NamedTuple):
    """Tolerances on the rotations (deg) and on the activations (1 is full), and the most corrections to meet them."""

    tolerance_deg: float
    activation: float
    corrections: int


_ROUGHLY, _WELL = _Demand(0.2, np.inf, 2), _Demand(TOLERANCE_DEG, 1e-5, 15)
"""On the way to full load, and at full load. A correction uses the moment arms of the previous state: it reduces the
error of activations by a factor of 10 to 30, that of rotations by 30 to 500, so activations mostly need one more."""

_REDUCTION, _LEAST_SHARE, _SAFETY, _SLOW = 0.1, 0.05, 3.0, 0.5
"""Least reduction of the rotations, as a fraction of that predicted; the smallest fraction of a correction that is
tried; safety factor on the remaining error; ratio of successive changes of activations above which corrections end."""

_WITHIN, _NEARLY = 0.9, 0.05
"""Fraction used of the feasible moments, and the deficit, relative to the largest moment, that is tolerated in the
first estimate of the activations, which is no more accurate than that."""

_FIRST_STEP, _GROWTH = 0.2, 2.0
"""First load step, and growth of steps, smaller than elsewhere: a flexion of 3 degrees failed after a step from 0.2 to
0.8."""


def find_balance(
    scenario: Scenario,
    segment: Segment,
    case: str,
    unloaded: Solution,
    new_newton: Callable[[Loads], Newton],
    stepping: Stepping,
    report: Report,
    earlier: HeldState | None = None,
) -> MuscleBalance:
    """Activations of least effort that hold all joints in the given posture at full load.

    Parameters
    ----------
    scenario, segment, case
        Model, and the load case to balance.
    unloaded : Solution
        Equilibrium without load, from which the rotations of the posture are counted.
    new_newton : callable
        Makes a solver for given loads, which replaces the previous one.
    stepping : Stepping
        Smallest load step; the posture is held at every load level on the way.
    report : callable
        Receives progress events.
    earlier : HeldState, optional
        Muscle balance of an earlier run, for a warm start. If that fails, the load is applied step by step.

    Raises
    ------
    NoBalance
        If full activation is not enough, or the corrections do not converge.
    """
    search = _Search(scenario, segment, case, unloaded, new_newton, stepping, report)
    try:
        return search.run(earlier)
    except (NotConverged, PhysicsError) as failure:
        raise NoBalance(f"muscles could not be balanced: {failure}") from failure


def _hint(scenario: Scenario) -> str:
    """Advice for a search that did not converge: under constant muscle forces a spine may have no stable posture."""
    if scenario.muscles.short_range_stiffness > 0.0:
        return ""
    return "; muscles of constant force may not stabilise the segment: give them muscles.short_range_stiffness"


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
        self._full = free_muscles(scenario, segment)
        self._response = MuscleResponse(scenario, segment, self._full)
        self._weights = np.array(effort_weights(scenario, self._full))
        self._set_at = posture(segment, unloaded.x)
        self._before: Uncorrected | None = None
        self._solutions = self._corrections = 0
        self._demand = _ROUGHLY
        self._short: Infeasible | None = None
        self._case_loads = scenario.load_cases[case]
        self._held_posture = HeldPosture(segment, unloaded.x, self._case_loads.of(MuscleSection).lumbar_flexion_deg)

    def run(self, earlier: HeldState | None) -> MuscleBalance:
        if not self._full:
            raise NoBalance("there is no fascicle whose activation could be found")
        activations, solution = self._at_once(earlier) or self._step_by_step()
        if self._before is None:
            raise NoBalance("muscle balance: no correction of the activations was possible")
        start = self._new_newton(self._loads(activations)).restart(self._unloaded.x, 0.0)
        path = [KnownState(0.0, start.x, start.rate), KnownState(1.0, solution.x, solution.rate)]
        told = self._held_posture.deviation_by_joint_deg(solution.x, 1.0)
        return MuscleBalance(activations, self._set_at, told, self._solutions, self._corrections, path, self._before)

    def _at_once(self, earlier: HeldState | None) -> tuple[dict[Muscle, float], Solution] | None:
        """Activations and equilibrium at full load, warm-started from earlier ones; None where that fails.

        The earlier state holds the posture even if the weights of effort have changed. The first correction therefore
        mainly minimises the effort, and the next ones restore the posture.
        """
        if earlier is None:
            return None
        set_at = self._set_at
        self._set_at = posture(self._segment, earlier.x)
        activations = {name: earlier.activations.get(name, 0.0) for name in self._full}
        try:
            solution = self._solved(self._new_newton(self._loads(activations)), earlier.x, 1.0)
            activations, solution = self._held(1.0, activations, solution, _ROUGHLY)
            activations, solution = self._held(1.0, activations, solution, _WELL)
        except (NotConverged, PhysicsError):
            solution = None
        if solution is None or self._still_turned(solution):
            self._set_at = set_at
            return None
        return activations, solution

    def _step_by_step(self) -> tuple[dict[Muscle, float], Solution]:
        """Activations and equilibrium at full load, with the posture held at load levels on the way."""
        newton = self._new_newton(self._loads({}))
        solution = newton.restart(self._unloaded.x, 0.0)
        arms, compliance, answers = self._response.linearised(newton, solution.x, 1.0, self._set_at)
        activations = self._first(arms, compliance, answers, newton.load_forces(solution.x))
        solution = self._new_newton(self._loads(activations)).restart(self._unloaded.x, 0.0)
        load, step = 0.0, _FIRST_STEP
        while load < 1.0:
            target = load + step if load + 1.25 * step < 1.0 else 1.0
            set_at = self._set_at
            try:
                newton = self._new_newton(self._loads(activations))
                start = newton.predictor.advance(solution.x, [(target - load) * solution.rate], target)
                found = self._solved(newton, start, target)
                activations, solution = self._held(target, activations, found, _WELL if target == 1.0 else _ROUGHLY)
            except NotConverged:
                self._set_at = set_at
                step = 0.5 * min(step, target - load)  # half of the step tried, which may have ended early at full load
                if step < self._stepping.minimum:
                    raise
                continue
            load, step = target, step * _GROWTH
        if self._still_turned(solution):
            if self._short is not None:
                raise NoBalance(self._cannot(self._short, 1.0))
            left = self._held_posture.largest_deviation_deg(solution.x, 1.0)
            turned = f"joints still rotate by {left:.3g}° after {self._corrections} corrections"
            raise NoBalance(f"muscle balance: {turned}{_hint(self._scenario)}")
        return activations, solution

    def _still_turned(self, solution: Solution) -> bool:
        return self._held_posture.largest_deviation_deg(solution.x, 1.0) > _ENOUGH_DEG

    def _held(
        self, load_factor: float, activations: dict[Muscle, float], solution: Solution, demand: _Demand
    ) -> tuple[dict[Muscle, float], Solution]:
        """Activations and equilibrium that hold the posture at a load factor, as closely as corrections can.

        Below full load the posture need only be held roughly, so that the next step starts near it.
        """
        self._corrections, self._demand, self._short, self._before, nearer = 0, demand, None, None, True
        self._changes: list[float] = []
        self._secant = SecantCorrection(3 * len(self._segment.joints))
        while nearer and self._corrections < demand.corrections:
            activations, solution, nearer = self._corrected(load_factor, activations, solution)
            turned_deg = self._held_posture.largest_deviation_deg(solution.x, load_factor)
            if nearer and turned_deg <= demand.tolerance_deg and self._settled():
                break
        return activations, solution

    def _corrected(
        self, load_factor: float, activations: dict[Muscle, float], solution: Solution
    ) -> tuple[dict[Muscle, float], Solution, bool]:
        """Activations and equilibrium after one correction, and whether they are nearer to the posture.

        The full correction restores the posture if joints respond linearly. Where facets open or close they do not, and
        full corrections may oscillate. One that does not reduce the deviation is therefore shortened, to the zero of a
        straight line through the deviations before and after.
        """
        activations = self._set_in(solution.x, activations)  # before the tangent, which depends on the set posture
        newton = self._new_newton(self._loads(activations))
        solution = newton.restart(solution.x, load_factor)
        arms, compliance, _ = self._response.linearised(newton, solution.x, load_factor, self._set_at)
        before = np.array([activations[name] for name in self._full])
        largest_before = self._held_posture.largest_deviation_deg(solution.x, load_factor)
        self._tell(load_factor, solution.x, compliance)
        self._before = self._before or Uncorrected(activations, solution)
        deviation = np.radians(self._held_posture.deviation_deg(solution.x, load_factor))
        aim = self._reachable(arms, arms @ before, -self._secant.step(compliance, deviation))
        if aim is None:
            return activations, solution, False
        change = np.array([aim[name] for name in self._full]) - before
        predicted = self._response.predicted_displacement(newton, solution.x, load_factor, self._set_at, change)
        share = 1.0
        while self._corrections < self._demand.corrections:
            self._corrections += 1
            tried = aim if share == 1.0 else dict(zip(self._full, (before + share * change).tolist(), strict=True))
            newton = self._new_newton(self._loads(tried))
            start = newton.predictor.advance(solution.x, [share * predicted], load_factor)
            found = self._solved(newton, start, load_factor)
            self._tell(load_factor, found.x, compliance)
            largest = self._held_posture.largest_deviation_deg(found.x, load_factor)
            rotation = np.radians(self._held_posture.deviation_deg(found.x, load_factor)) - deviation
            self._secant.learn(compliance, arms @ (share * change), rotation)
            if largest <= max((1.0 - _REDUCTION * share) * largest_before, self._demand.tolerance_deg):
                self._changes.append(share * float(np.abs(change).max()))
                contraction = max(largest / largest_before if largest_before else 0.0, self._contraction())
                self._before = Uncorrected(activations, solution, min(1.0, _SAFETY * contraction))
                return tried, found, True
            share *= min(max(largest_before / (largest_before + largest), 0.25), 0.5)
            if share < _LEAST_SHARE:
                break
        return activations, solution, False

    def _contraction(self) -> float:
        """Ratio of the last two changes of activations; 1 where there are not yet two."""
        return self._changes[-1] / self._changes[-2] if len(self._changes) > 1 else 1.0

    def _settled(self) -> bool:
        """Whether the activations are within tolerance, or corrections no longer converge."""
        contraction = self._contraction()
        left = min(1.0, _SAFETY * contraction) * self._changes[-1]
        return left <= self._demand.activation or (len(self._changes) > 1 and contraction > _SLOW)

    def _set_in(self, x: np.ndarray, activations: dict[Muscle, float]) -> dict[Muscle, float]:
        """Activations that give the same forces in a state x (n_dofs,) when they are set in its posture."""
        before = self._response.tension_N(x, self._set_at)
        self._set_at = posture(self._segment, x)
        after = self._response.tension_N(x, self._set_at)
        ratio = {name: before[name] / after[name] if after[name] > 0.0 else 1.0 for name in self._full}
        return {name: min(1.0, value * ratio[name]) for name, value in activations.items()}

    def _reachable(self, arms: np.ndarray, start: np.ndarray, change: np.ndarray) -> dict[Muscle, float] | None:
        """Activations that add a change (m,) to the moments (m,) at the start, as far as feasible; None if not at all.

        An infeasible correction does not mean that the posture cannot be held: it is predicted with the stiffness of
        this state, and facets that close may carry a part of it.
        """
        self._short = None
        try:
            return self._optimised(arms, start + change)
        except Infeasible as short:
            self._short = short
            part = _WITHIN * within_reach(arms, start, change)
            return self._optimised(arms, start + part * change) if part > _LEAST_SHARE else None

    def _solved(self, newton: Newton, x: np.ndarray, load_factor: float) -> Solution:
        self._solutions += 1

        def show(iteration: int, residual: float) -> None:
            self._report(StepEvent(self._case, 0, iteration, load_factor, residual, "iteration"))

        return newton.solve(x, load_factor, show)

    def _loads(self, activations: Mapping[Muscle, float]) -> Loads:
        return build_loads(self._scenario, self._segment, self._case, self._set_at, activations)

    def _optimised(self, arms: np.ndarray, wanted: np.ndarray) -> dict[Muscle, float]:
        return dict(zip(self._full, least_effort(arms, wanted, self._weights).activations.tolist(), strict=True))

    def _first(
        self, arms: np.ndarray, compliance: np.ndarray, answers: np.ndarray, forces: np.ndarray
    ) -> dict[Muscle, float]:
        """Initial activations, which balance the loads ``forces`` (n_dofs,) by the linear response of the segment."""
        wanted = np.linalg.solve(compliance, np.radians(self._held_posture.rotation_deg) - answers @ forces)
        try:
            return self._optimised(arms, wanted)
        except Infeasible as short:
            held = within_reach(arms, np.zeros(len(wanted)), wanted)
            if np.abs(short.missing).sum() > _NEARLY * np.abs(wanted).max():
                upper, arm = self._case_loads.of(UpperBodySection).upper_body, None
                if upper is not None and upper.lever_arm_mm > 0.0:  # its weight causes a moment about +y
                    moment = upper.weight_N * np.cos(np.radians(upper.inclination_deg)) * upper.lever_arm_mm
                    turned = answers[:, self._segment.fixture.reference_dof + 4] * moment
                    by_arm = -np.linalg.solve(compliance, turned)
                    arm = within_reach(arms, wanted - by_arm, by_arm) * upper.lever_arm_mm or None
                raise NoBalance(self._cannot(short, 1.0, held, arm)) from short
            return self._optimised(arms, _WITHIN * held * wanted)

    def _cannot(
        self, short: Infeasible, load_factor: float, held: float | None = None, arm_mm: float | None = None
    ) -> str:
        told = shortfall(self._held_posture.components, short.missing, load_factor)
        return f"{told}; {what_helps(self._case_loads, held, arm_mm, self._scenario.muscles)}"

    def _tell(self, load_factor: float, x: np.ndarray, compliance: np.ndarray) -> None:
        """Report the largest moment that would cause the remaining deviation of a joint."""
        left = np.radians(self._held_posture.deviation_deg(x, load_factor))
        moments = np.abs(np.linalg.solve(compliance, left)) / NMM_PER_NM
        joint, component = self._held_posture.components[int(moments.argmax())]
        count = (self._corrections, self._demand.corrections)
        self._report(BalanceEvent(self._case, load_factor, *count, float(moments.max()), joint, component))
