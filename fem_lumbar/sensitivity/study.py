"""Derivatives of the results of a scenario with respect to its parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.scenario.load_kinds.muscles import MuscleSection
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.sensitivity.mirror import mirrored_cases, mirrored_derivatives
from fem_lumbar.sensitivity.parameters import Parameter, parameters
from fem_lumbar.sensitivity.results import ResultDerivatives
from fem_lumbar.sensitivity.states import UNLOADED, State, StateDerivatives
from fem_lumbar.sensitivity.table import CaseDerivatives, Derivatives
from fem_lumbar.sensitivity.variation import Model, NoDerivative, Variations, stencil
from fem_lumbar.simulation.equilibria import equilibria
from fem_lumbar.simulation.simulation import Simulation
from fem_lumbar.solver.events import Report, silent

_AT_ONCE = "derivatives are of full load that came on at once"


def sensitivities(
    scenario: Scenario, mesh: SegmentMesh, keys: Sequence[str] | None = None, report: Report = silent
) -> Derivatives:
    """Derivatives of every result of every load case at full load.

    Parameters
    ----------
    scenario : Scenario
    mesh : SegmentMesh
        Mesh of its anatomy with all regions.
    keys : sequence of str, optional
        As for :func:`fem_lumbar.sensitivity.parameters.parameters`.
    report : callable, optional
        Receives progress messages.

    Raises
    ------
    InputError
        When a key is not a numeric parameter, or no load case of the scenario has derivatives.
    PhysicsError
        When a load case does not reach full load.
    """
    return derivatives_of(scenario, mesh, parameters(scenario, keys), report)


def derivatives_of(
    scenario: Scenario, mesh: SegmentMesh, wanted: Sequence[Parameter], report: Report = silent
) -> Derivatives:
    """Derivatives with respect to given parameters; see :func:`sensitivities`."""
    left_out = {name: reason for name in scenario.load_cases if (reason := _without(scenario, name))}
    if len(left_out) == len(scenario.load_cases):
        raise InputError("; ".join(f"load case {name} has no derivatives: {why}" for name, why in left_out.items()))
    kept = {name: case for name, case in scenario.load_cases.items() if name not in left_out}
    simulation = Simulation(scenario, mesh, near_earlier_runs=True, report=report)
    left_out |= {f"{name}, what time does": _AT_ONCE for name, case in kept.items() if case.course.in_time}
    images = mirrored_cases(scenario.model_copy(update={"load_cases": kept}), simulation.segment, wanted)
    states = _states(simulation, [name for name in kept if name not in images], report)
    base = Model(scenario, simulation.segment)
    variations = Variations(base, lambda line: None)
    derivatives = StateDerivatives(simulation, base, states, len(wanted))
    usable: list[int] = []
    for index, parameter in enumerate(wanted):
        report(f"rebuilding the model, parameter {index + 1} of {len(wanted)}: {parameter.key}")
        try:
            derivatives.load(index, stencil(variations, parameter))
            usable.append(index)
        except NoDerivative as reason:
            left_out[parameter.key] = str(reason)
    for state in states:
        report(f"derivatives of the state: {state.case or 'unloaded'}")
        derivatives.solve(state.case)
    results = [ResultDerivatives(state, derivatives, base, len(wanted)) for state in states if state.case != UNLOADED]
    for count, index in enumerate(usable, start=1):
        report(f"derivatives of the results, parameter {count} of {len(usable)}: {wanted[index].key}")
        found = stencil(variations, wanted[index])
        for result in results:
            result.take(index, found)
    cases = {state.case: one.found for state, one in zip(states[1:], results, strict=True)}
    cases |= {name: mirrored_derivatives(cases[other], wanted) for name, other in images.items()}
    return _table(scenario, list(wanted), usable, {name: cases[name] for name in kept}, left_out)


def _table(
    scenario: Scenario,
    wanted: list[Parameter],
    usable: list[int],
    cases: dict[str, CaseDerivatives],
    left_out: dict[str, str],
) -> Derivatives:
    """The table, without parameters that have no derivatives."""
    kept = {
        name: replace(
            one,
            derivatives=one.derivatives[usable],
            errors=one.errors[usable],
            kinks={usable.index(i): text for i, text in one.kinks.items()},
        )
        for name, one in cases.items()
    }
    return Derivatives(scenario.name, scenario.mesh.density, [wanted[i] for i in usable], kept, left_out)


def _states(simulation: Simulation, names: Sequence[str], report: Report) -> list[State]:
    """The unloaded state, then that of each load case at full load."""
    found: list[State] = []
    for name in names:
        report(f"{name}: state at full load")
        both = equilibria(simulation, name, report)
        if not found:
            found.append(State(UNLOADED, both.unloaded, both.unloaded))
        found.append(State(name, both.loaded, both.unloaded))
    return found


def _without(scenario: Scenario, name: str) -> str | None:
    """Reason why a load case has no derivatives; None if it has."""
    case = scenario.load_cases[name]
    section = case.of(MuscleSection)
    if scenario.solver.vertebrae == "rigid":
        return "vertebrae are rigid (solver.vertebrae); use condensed or full"
    if scenario.materials.swells:
        return "the shape of swollen discs without stress moves along; use differences of runs (sweep)"
    if section.balanced:
        return "activations of balanced muscles are found anew for every value; use differences of runs (sweep)"
    if section.muscle_activation is not None and scenario.muscles.short_range_stiffness:
        return (
            "the reference posture of muscles with short-range stiffness moves along; use differences of runs (sweep)"
        )
    if case.course.follower_first and any(load.prescribed_motions() for load in case.loads):
        return "a motion is prescribed after follower_first; use differences of runs (sweep)"
    return None
