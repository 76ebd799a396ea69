"""All MALs from rest to maximal contraction in all states, the discretisation error, and the effect of assumptions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fem_lumbar.anatomy import DENSITIES, MeshSettings
from fem_lumbar.foundation.conventions import MAL_STATES, SIDES, MalState
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.model.segment import Segment, build_segment, kept_mesh
from fem_lumbar.questions.contraction.assumptions import Assumption, assumptions, with_value
from fem_lumbar.questions.contraction.vertebra import ContractingVertebra, Contraction
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.sections import MalSettings, SolverSettings

ACTIVATIONS = (0.05, 0.1, 0.25, 0.5, 0.75, 1.0)
MAXIMAL = 1.0
AS_GIVEN = "as given"
"""State name of arches with custom values in the scenario."""
Report = Callable[[str], None]


@dataclass(frozen=True)
class Hinge:
    """Maximal contraction with an assumption at one end of its range; otherwise as in the scenario."""

    assumption: str
    value: float
    unit: str
    found: Contraction


@dataclass(frozen=True)
class ContractionStudy:
    """Results for all levels, sides, states and activations.

    Attributes
    ----------
    scenario, density, mesh_sha256 : str
    coarser_density : str or None
        Density of the mesh for the discretisation error; None if there is none.
    here, coarser : tuple of Contraction
        Results on the mesh of the scenario, and at maximal contraction on the next coarser mesh.
    hinges : tuple of Hinge
        Results on the coarser mesh if there is one: the effect of an assumption needs no finer mesh.
    at_default : tuple of Contraction
        Maximal contraction on the mesh of the hinges, with no assumption changed.
    """

    scenario: str
    density: str
    mesh_sha256: str
    coarser_density: str | None
    here: tuple[Contraction, ...]
    coarser: tuple[Contraction, ...]
    hinges: tuple[Hinge, ...]

    @property
    def at_default(self) -> tuple[Contraction, ...]:
        """Maximal contraction on the mesh of the hinges, with no assumption changed."""
        return self.coarser or tuple(one for one in self.here if one.activation == MAXIMAL)

    def plain(self) -> dict[str, Any]:
        """Everything as plain data for JSON."""
        rows = {key: [_row(one) for one in getattr(self, key)] for key in ("here", "coarser")}
        hinges = [{**asdict(one), "found": _row(one.found)} for one in self.hinges]
        about = {key: getattr(self, key) for key in ("scenario", "density", "mesh_sha256", "coarser_density")}
        return {**about, "meaning": MEANING, **rows, "hinges": hinges}


MEANING = (
    "One vertebra at a time, inferior endplate fixed, under all of its own fascicles of multifidus and longissimus at "
    "one activation, with both arches in the state; other ends of fascicles fixed in space; finite strains. Discs, "
    "ligaments, facets and weight are left out. The share through the MAL follows from the assumed stiffness of "
    "fascia. No modulus of the MAL and no stiffness of its fascia have been published."
)


def contraction_study(
    scenario: Scenario, report: Report, activations: Sequence[float] = ACTIVATIONS, levels: Sequence[str] | None = None
) -> ContractionStudy:
    """Solve all levels, states, activations and assumptions.

    Parameters
    ----------
    scenario : Scenario
    report : callable
        Receives one line per vertebra and state.
    activations : sequence of float
        Ascending, the last one 1.
    levels : sequence of str, optional
        Vertebrae; default: all that have a MAL.

    Raises
    ------
    InputError
        When the scenario has no posterior elements, hence no MAL.
    PhysicsError
        When no equilibrium is found.
    """
    if not scenario.structures.posterior_elements:
        raise InputError(f"{scenario.name} has no posterior elements (structures.posterior_elements), hence no MAL")
    mesh = scenario_mesh(scenario, report)
    here = _on_mesh(scenario, mesh, activations, levels, report)
    place = DENSITIES.index(scenario.mesh.density)
    less, coarser_density = scenario, None
    coarser: tuple[Contraction, ...] = ()
    if place > 0:
        coarser_density = DENSITIES[place - 1]
        less = scenario.model_copy(update={"mesh": MeshSettings(density=coarser_density)})
        mesh_of_hinges = scenario_mesh(less, report)
        coarser = _on_mesh(less, mesh_of_hinges, (MAXIMAL,), levels, report)
    else:
        mesh_of_hinges = mesh
    hinges = _hinges(less, mesh_of_hinges, levels, report)
    return ContractionStudy(scenario.name, scenario.mesh.density, mesh.sha256, coarser_density, here, coarser, hinges)


def in_state(scenario: Scenario, state: MalState) -> Scenario:
    """The scenario with all arches in one state, with the material values of that state."""
    arches = {level: {side: MalSettings(state=state) for side in SIDES} for level in scenario.mal}
    return scenario.model_copy(update={"mal": arches})


def with_arches(scenario: Scenario, mesh: SegmentMesh) -> Segment:
    """The elastic segment with all arches; single vertebrae are taken from it."""
    whole = in_state(scenario, "fibrous").model_copy(
        update={"solver": SolverSettings(linear=scenario.solver.linear)}  # a single vertebra is solved with one matrix
    )
    return build_segment(whole, kept_mesh(whole, mesh))


def _on_mesh(
    scenario: Scenario,
    mesh: SegmentMesh,
    activations: Sequence[float],
    levels: Sequence[str] | None,
    report: Report,
) -> tuple[Contraction, ...]:
    segment = with_arches(scenario, mesh)
    found: list[Contraction] = []
    for level in levels or segment.arch_levels:
        vertebra = ContractingVertebra(segment, level)
        states: dict[str, Scenario] = {state: in_state(scenario, state) for state in MAL_STATES}
        own = scenario.mal[level]
        if any(own[side] != MalSettings(state=own[side].state) for side in SIDES):
            states[AS_GIVEN] = scenario
        for state, one in states.items():
            report(f"contraction of {level}, {state.replace('_', ' ')}, {scenario.mesh.density} mesh")
            found += vertebra.contractions(one, state, activations)
    return tuple(found)


def _hinges(scenario: Scenario, mesh: SegmentMesh, levels: Sequence[str] | None, report: Report) -> tuple[Hinge, ...]:
    segment = with_arches(scenario, mesh)
    found: list[Hinge] = []
    for level in levels or segment.arch_levels:
        vertebra = ContractingVertebra(segment, level)
        for one in assumptions(scenario):
            report(f"contraction of {level}, range of {one.name}")
            found += _of_assumption(scenario, vertebra, one)
    return tuple(found)


def _of_assumption(scenario: Scenario, vertebra: ContractingVertebra, assumption: Assumption) -> list[Hinge]:
    found = []
    for value in assumption.ends:
        changed = with_value(scenario, assumption, value)
        for state in assumption.states:
            rows = vertebra.contractions(in_state(changed, state), state, (MAXIMAL,))
            found += [Hinge(assumption.name, value, assumption.unit, row) for row in rows]
    return found


def _row(one: Contraction) -> dict[str, Any]:
    shares = {muscle: {**asdict(pull), "share": pull.share} for muscle, pull in one.muscles.items()}
    return {**asdict(one), "on_mal_N": one.on_mal_N, "muscles": shares}
