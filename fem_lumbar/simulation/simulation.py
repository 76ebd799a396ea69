"""A scenario on its mesh, ready to run its load cases."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from functools import partial
from typing import Any

import numpy as np

from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.measures.check import check
from fem_lumbar.measures.disc import intradiscal_pressures_MPa
from fem_lumbar.measures.entries import CheckEntry
from fem_lumbar.measures.fields import state_fields
from fem_lumbar.measures.muscles import posture
from fem_lumbar.measures.outputs import applied_loads, checks, differences, towards
from fem_lumbar.measures.retrace import RETRACE_LIMIT_DEG
from fem_lumbar.measures.volume import volume_ratios
from fem_lumbar.mechanics.item import Item
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.model.condensation import condensed_vertebrae, rigid_vertebrae
from fem_lumbar.model.contacts import crowded_facets
from fem_lumbar.model.load_kinds.muscles import MuscleLoad
from fem_lumbar.model.loads import Loads, build_loads
from fem_lumbar.model.relaxing_discs import relaxing_discs
from fem_lumbar.model.segment import build_segment, kept_mesh
from fem_lumbar.model.stages import loading_stages
from fem_lumbar.model.vertebrae import touched_dofs
from fem_lumbar.scenario.load_kinds.muscles import MuscleSection
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.simulation.assumptions import model_assumptions
from fem_lumbar.simulation.case_result import CaseResult, headline, never_begun, without_result
from fem_lumbar.simulation.in_situ import keep_anatomy, swollen_discs
from fem_lumbar.simulation.known_paths import KnownPaths
from fem_lumbar.simulation.muscle_balance import MuscleBalance, NoBalance, muscle_entries
from fem_lumbar.simulation.muscle_equilibrium import find_balance
from fem_lumbar.simulation.neighbours import HeldState
from fem_lumbar.simulation.preparation import CONDENSATION, SETUP, Preparation
from fem_lumbar.simulation.recorder import CaseRecorder
from fem_lumbar.simulation.reference_posture import is_full_load, path_to_posture
from fem_lumbar.simulation.timed import TimedCase
from fem_lumbar.simulation.walk import Walk
from fem_lumbar.solver.assembly import Assembler
from fem_lumbar.solver.events import Report, StepEvent, silent
from fem_lumbar.solver.finite_rotation import FiniteRotation
from fem_lumbar.solver.lagrange_multipliers import LagrangeMultipliers
from fem_lumbar.solver.linear import linear_solver, thread_count
from fem_lumbar.solver.linearisation import Direct, Linearisation
from fem_lumbar.solver.multilevel.two_level import TwoLevel
from fem_lumbar.solver.newton import Newton
from fem_lumbar.solver.solution import NotConverged, Solution, Tolerances
from fem_lumbar.solver.stepping import KnownState, Stepping


class Simulation:
    """The model of a scenario.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    mesh : SegmentMesh
        Mesh of the scenario's anatomy with all regions.
    near_earlier_runs : bool
        Whether load cases are warm-started from earlier runs, and their states stored for later ones.
    report : callable, optional
        Receives the stages of the preparation.

    Attributes
    ----------
    mesh : SegmentMesh
        The part of the mesh that the scenario keeps; fields live on it.
    info : dict
        Sizes and solver, for the summary.
    assumptions : list of str
        Assumptions without a published source.
    """

    def __init__(
        self, scenario: Scenario, mesh: SegmentMesh, near_earlier_runs: bool = False, report: Report = silent
    ) -> None:
        self.scenario = scenario
        self.mesh = kept_mesh(scenario, mesh)
        prepared = Preparation(report, len(self.mesh.cells))
        with prepared(SETUP, "building the equations"):
            self.segment = build_segment(scenario, self.mesh)
            iterated = scenario.solver.vertebrae == "condensed"
            self._linear, warning = linear_solver(scenario.solver.linear, single=iterated)
            self.passive = Assembler(self.segment.items, self.segment.dof_map)
        condensing: list[str] = []
        self._two_level = self._decomposed(prepared, condensing)
        self._motion = FiniteRotation(self.segment.moving_bodies())
        self._unloaded: np.ndarray | None = None
        self._resting: dict[str, Any] = {}
        self.known_paths = KnownPaths(self.segment, near_earlier_runs)
        segment = self.segment
        crowded = crowded_facets(segment.contacts, segment.bone_contacts, segment.n_dofs)
        solver = [] if warning is None else [warning]
        self.warnings = [*scenario.set_warnings, *self.mesh.warnings, *crowded, *solver]
        self.info: dict[str, Any] = {
            "nodes": self.segment.space.n_nodes,
            "cells": len(self.mesh.cells),
            "dofs": self.segment.dof_map.size,
            "density": scenario.mesh.density,
            "symmetric_mesh": self.mesh.is_symmetric,
            "mesh_made_by": self.mesh.meta.get("made_by"),
            **({"pushed_apart_mm": pushed} if (pushed := self.mesh.meta.get("pushed_apart_mm")) else {}),
            **({"surface_fit": self.mesh.meta["fit"]} if "fit" in self.mesh.meta else {}),
            "vertebrae": scenario.solver.vertebrae,
            "condensed_anew": condensing,
            "linear_solver": self._linear.name,
            "threads": thread_count(),
        }
        self.assumptions = model_assumptions(scenario)
        if prepared.has_compiled:
            with prepared(SETUP, "compiling kernels for the load cases"):
                self._evaluate_loads()
        prepared.keep(len(condensing))
        self.info["condensation_s"] = prepared.seconds().get(CONDENSATION, 0.0)
        self.info["preparation_s"] = prepared.seconds()

    def run_case(self, name: str, report: Report | None = None) -> CaseResult:
        """Run one load case to full load, or as far as it converges, then unloading or time steps if requested."""
        started = time.perf_counter()
        segment, scenario, show = self.segment, self.scenario, report or silent
        case = scenario.load_cases[name]
        try:
            loads, balance = self.loads(name, show)
        except (NoBalance, NotConverged) as failure:
            return never_begun(name, str(failure), started)
        recorder = CaseRecorder(name, scenario, segment)
        walk = self.walk(name, loads, recorder, show)
        try:
            walk.up(
                lambda newton, known: self.unloaded(newton, name, show, known),
                lambda found: show(headline(name, recorder.quantities(1.0, found))),
            )
        except NotConverged as failure:
            why = f"the unloaded state has no equilibrium: {failure}"
            applied = applied_loads(case, walk.stage.loads, np.zeros(segment.n_dofs), 0.0)
            return without_result(name, why, walk, applied, started)
        path = walk.path
        try:
            again = walk.newton.corrected(path.solution, path.load_factor)
        except NotConverged as failure:
            path.reason = path.reason or f"the final state could not be confirmed: {failure}"
            again = path.solution
        # Another iteration is closer to equilibrium, unless equilibrium was found with frozen contact pairs.
        final, other = (path.solution, again) if path.solution.pairs_kept else (again, path.solution)
        states = [(walk.stage.loads, final), (walk.stage.loads, other)]
        if balance is not None:
            before = balance.before
            states.append((build_loads(scenario, segment, name, balance.set_at, before.activations), before.solution))
        values, *others = (
            {
                **recorder.quantities(path.load_factor, solution),
                **muscle_entries(segment, pulling, solution, path.load_factor, balance),
            }
            for pulling, solution in states
        )
        if balance is not None:  # a fraction of the last correction bounds the next one
            others[-1] = towards(values, others[-1], balance.before.left)
        floor = differences(values, *others)
        applied = recorder.applied(path.load_factor, final)
        values["volume_ratio"] = volume_ratios(segment, final.x)
        equilibrium, found = checks(
            scenario, segment, walk.stage.loads, final, path.load_factor, *recorder.energies(final), values
        )
        reason, afterwards = path.reason, dict[str, Any]()
        if reason is None:
            reason, afterwards = self._afterwards(name, walk, recorder, final, found, show)
        status = "converged" if reason is None else "failed"
        fraction = walk.stage.way(path.load_factor)
        summary = {
            "status": status,
            "reason": reason,
            "load_fraction": fraction,
            "started_from": walk.started_from,
            **walk.effort(),
            "applied": applied,
            **values,
            **self._resting,
            **afterwards,
            "equilibrium": equilibrium,
            "checks": found,
            "numerical_floor": floor,
            "load_levels_with_kept_contact_pairs": walk.kept_pairs(),
            "timing_s": walk.timing_s(),
            "wall_s": time.perf_counter() - started,
        }
        return CaseResult(
            name,
            status,
            reason,
            fraction,
            summary,
            recorder.rows,
            state_fields(segment, walk.stage.loads, final.x, path.load_factor, recorder.levels),
        )

    def loads(self, name: str, report: Report) -> tuple[Loads, MuscleBalance | None]:
        """Loads of a case, with the activations of balanced muscles and the posture in which muscles are set.

        Raises
        ------
        NoBalance, NotConverged
            If no activations balance the loads, or no reference posture is found.
        """
        scenario, segment, case = self.scenario, self.segment, self.scenario.load_cases[name]
        loads = build_loads(scenario, segment, name)
        if case.of(MuscleSection).balanced:
            unloaded = self.unloaded(self.newton(Loads()), name, report)
            earlier = self.known_paths.balance(name, loads)
            balance = find_balance(scenario, segment, name, unloaded, self.newton, self.stepping(name), report, earlier)
            held = HeldState(balance.activations, balance.path[-1].x)
            self.known_paths.keep_balance(name, loads, held, balance.path)
            return build_loads(scenario, segment, name, balance.set_at, balance.activations), balance
        if not loads.of(MuscleLoad).items or scenario.muscles.short_range_stiffness == 0.0:
            return loads, None
        if is_full_load(scenario, case, loads):
            return loads, None  # the walk sets the muscles at full load
        report(f"{name}: finding the reference posture of the muscles")
        newton = self.newton(loads.held())
        path = path_to_posture(newton, self.unloaded(newton, name, report), self.stepping(name), name, report)
        return build_loads(scenario, segment, name, posture(segment, path[-1].x)), None

    def walk(self, name: str, loads: Loads, recorder: CaseRecorder, report: Report) -> Walk:
        """The walk of a case through its stages under its :meth:`loads`, not started yet."""
        scenario, case = self.scenario, self.scenario.load_cases[name]
        stages = loading_stages(loads, case.course.follower_first)

        def with_muscles_set(x: np.ndarray) -> Loads:
            return build_loads(scenario, self.segment, name, posture(self.segment, x))

        set_muscles = with_muscles_set if is_full_load(scenario, case, loads) else None
        return Walk(name, stages, self.newton, self.stepping(name), recorder, self.known_paths, report, set_muscles)

    def unloaded(self, newton: Newton, name: str, report: Report, known: Sequence[KnownState] = ()) -> Solution:
        """Equilibrium without load, solved once, with its rate under the load of this case.

        The first state of a ``known`` path is reused if it is such an equilibrium.
        """

        def show(iteration: int, residual: float) -> None:
            report(StepEvent(name, 0, iteration, 0.0, residual, "iteration"))

        if self._unloaded is None and (discs := swollen_discs(self.segment)):

            def settle(x: np.ndarray, off_mm: float) -> np.ndarray:
                report(f"{name}: fitting the swollen discs to the anatomy, {off_mm:.3f} mm off")
                return newton.solve(x, 0.0, show).x

            self._unloaded, off_mm = keep_anatomy(self.segment, discs, settle)
            pressures = intradiscal_pressures_MPa(self.segment, self._unloaded)
            self._resting = {"resting_idp_MPa": pressures, "off_anatomy_mm": off_mm}
        found = newton.confirmed(known[0].x, 0.0, known[0].rate) if known else None
        if found is not None and not newton.leads_on(found, 0.0):  # its rate belongs to other loads or tissue values
            self._unloaded = found.x if self._unloaded is None else self._unloaded
            found = None
        if found is None and self._unloaded is not None:
            return newton.restart(self._unloaded, 0.0)
        if found is None:
            found = newton.solve(known[0].x if known else np.zeros(self.segment.n_dofs), 0.0, show)
        self._unloaded = found.x if self._unloaded is None else self._unloaded
        return found

    def newton(self, loads: Loads, lost: Sequence[Item] = ()) -> Newton:
        """Solver of one load level with the loads of a case, and with the stress that discs have ``lost``."""
        assembler = self.passive.with_loads([*loads.items, *lost])
        dof_map = self.segment.dof_map
        linearisation = self._linearisation(assembler, [*loads.items, *lost])
        if loads.motions:
            dof_map = dof_map.extended(np.array([item.dofs[0, -1] for item in loads.motions]))
            assembler = assembler.numbered(dof_map)
            linearisation = LagrangeMultipliers(linearisation, dof_map, loads.motions)
        solver = self.scenario.solver
        return Newton(
            assembler,
            linearisation,
            [*loads.items],
            self.segment.per_force()[dof_map.number >= 0],
            self._motion,
            Tolerances(residual=solver.relative_tolerance, iterations=solver.maximum_iterations),
        )

    def _afterwards(
        self,
        name: str,
        walk: Walk,
        recorder: CaseRecorder,
        full: Solution,
        found: dict[str, CheckEntry],
        report: Report,
    ) -> tuple[str | None, dict[str, Any]]:
        """Unloading or time steps after full load: why they stopped early, or None, and summary entries."""
        course = self.scenario.load_cases[name].course
        if course.unload:
            return _way_back(walk, recorder, full, found)
        loads, scenario = walk.stage.loads, self.scenario
        entry: dict[str, Any] = {}
        timed = TimedCase(name, self.segment, loads, recorder, partial(self.newton, loads), report)
        if not course.in_time:
            return None, {}
        if course.cycle_s is not None:
            discs = relaxing_discs(scenario, self.segment, walk.begun.x, walk.begun.x)
            reason, entry["cycle"] = timed.cycled(discs, walk.begun, course.cycle_s, course.cycles)
        else:
            rest = self.unloaded(self.newton(Loads()), name, report).x
            start = full if course.loading_s is None else walk.begun
            discs = relaxing_discs(scenario, self.segment, rest, start.x)
            reason, entry["held"] = timed.held(discs, start, course.loading_s, course.duration_s)
        found["force_residual_in_time"] = timed.check()
        return reason, entry

    def _evaluate_loads(self) -> None:
        """Solve once at rest with each kind of load, so that its kernels are compiled before the load cases."""
        every = (build_loads(self.scenario, self.segment, name) for name in self.scenario.load_cases)
        kinds = {frozenset(type(item) for item in loads.items): loads for loads in every}
        for loads in kinds.values():
            with suppress(NotConverged, PhysicsError):  # load cases report their own failures
                self.newton(loads).restart(np.zeros(self.segment.n_dofs), 0.0)

    def _decomposed(self, prepared: Preparation, anew: list[str]) -> TwoLevel | None:
        """The two-level linearisation with the vertebrae as bodies; None where the whole tangent is solved directly.

        The levels whose modes had to be computed are appended to ``anew``.
        """

        def stage(level: str) -> AbstractContextManager[None]:
            anew.append(level)
            place = f"{self.segment.levels.index(level) + 1} of {len(self.segment.levels)}"
            text = f"deformation modes of {level} ({place})"
            return prepared(CONDENSATION, text, prepared.expected_s(CONDENSATION))

        kind = self.scenario.solver.vertebrae
        if kind == "full":
            return None
        if kind == "rigid":
            vertebrae = rigid_vertebrae(self.segment)
        else:
            with prepared(SETUP, "stiffness of the vertebrae"):
                linear = self.scenario.solver.linear
                vertebrae = condensed_vertebrae(
                    self.segment, lambda: linear_solver(linear, definite=True, single=True)[0], stage
                )
        geometries = [body.geometry for body in vertebrae]
        bone = {item.name for geometry in geometries for item in geometry.items}
        soft = [item for item in self.segment.items if item.name not in bone]
        touched = self.segment.dof_map.restricted(touched_dofs(self.segment, geometries))
        return TwoLevel(Assembler(soft, touched), self.segment.dof_map, vertebrae, self._linear)

    def _linearisation(self, assembler: Assembler, loads: list[Item]) -> Linearisation:
        """The linearisation of a case, including its loads: a weight high above the spine reduces the stiffness."""
        if self._two_level is None:
            return Direct(assembler, self._linear)
        # The pattern as grown by contact is kept for the next case, so that the matrix need not be analysed again.
        self._two_level = self._two_level.with_loads(loads)
        return self._two_level

    def stepping(self, name: str) -> Stepping:
        """Load steps of a case; a first step given by the case is a level that is reached even after cut-backs."""
        solver = self.scenario.solver
        course = self.scenario.load_cases[name].course
        first, levels = course.initial_step, course.load_levels or ()
        met = tuple(sorted({first, *levels} - {1.0})) if first else levels
        return Stepping(initial=first or solver.initial_step, minimum=solver.minimum_step, levels=met)


def _way_back(
    walk: Walk, recorder: CaseRecorder, full: Solution, found: dict[str, CheckEntry]
) -> tuple[str | None, dict[str, float | None]]:
    """Unload: why that stopped early, or None with a check added to ``found``, and the summary entry."""
    reason, deviation = walk.back(full), recorder.retrace_error_deg()
    if reason is None and deviation is not None:
        found["retrace"] = check(deviation, RETRACE_LIMIT_DEG, "deg")
    return reason, {"retrace_error_deg": deviation}
