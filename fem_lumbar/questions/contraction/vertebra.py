"""A single vertebra under its own fascicles of multifidus and longissimus, with its inferior endplate fixed.

Bone, shells and arches are those of the segment, with finite strains. Every fascicle that ends on the vertebra pulls
along its line to its other end, which is fixed in space. Discs, ligaments, facets and weight are left out. The share of
force that enters through an arch follows from the stiffness of fascia as in a run
(:class:`fem_lumbar.materials.fascia.SharedFascia`).
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np

from fem_lumbar.anatomy.muscles import fascicles
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.measures.insertion_stiffness import FEET, Arch, LoneVertebra
from fem_lumbar.measures.kinematics import displacement, level_rotations
from fem_lumbar.measures.mal import ArchState, angle_deg, carried_by_arch, muscle_pull
from fem_lumbar.measures.process_strain import bone_strain
from fem_lumbar.mechanics.item import Item
from fem_lumbar.mechanics.solid import Solid
from fem_lumbar.model.muscle_lines import MuscleLines, build_muscles, fixed_in_space
from fem_lumbar.model.muscles import Muscle, Pull, full_force_N
from fem_lumbar.model.segment import Segment
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.solver.assembly import Assembler, Residual
from fem_lumbar.solver.dof_map import DofMap
from fem_lumbar.solver.finite_rotation import FiniteRotation
from fem_lumbar.solver.linear import linear_solver
from fem_lumbar.solver.linearisation import Direct
from fem_lumbar.solver.newton import Newton
from fem_lumbar.solver.solution import NotConverged, Tolerances

MULTIFIDUS, LONGISSIMUS = MUSCLES = ("multifidus", "longissimus")


@dataclass(frozen=True)
class MusclePull:
    """Forces of the fascicles of one muscle that may insert on an arch.

    Attributes
    ----------
    force_N : float
        Sum of their tensions.
    on_mal_N : float
        Part of it that enters through the arch.
    vector_N : tuple of 3 float
        Resultant force on the vertebra, in global axes.
    direction_change_deg : float or None
        Angle between it and the resultant of the same tensions along the undeformed lines; None without force.
    """

    force_N: float
    on_mal_N: float
    vector_N: tuple[float, float, float]
    direction_change_deg: float | None

    @property
    def share(self) -> float | None:
        """Fraction of the force that enters through the arch; None without force."""
        return self.on_mal_N / self.force_N if self.force_N > 0.0 else None


@dataclass(frozen=True)
class Contraction:
    """Results of one arch at one activation.

    Attributes
    ----------
    level, side, state : str
    activation : float
        Activation of all fascicles on the vertebra.
    muscles : dict of MusclePull
        By muscle.
    pull_N : float
        Magnitude of the resultant muscle force on the arch.
    insertion_displacement_mm : float
        Displacement of the dorsal face of the arch (without an arch: of the mammillary insertion) relative to the
        fixed endplate.
    give_way_mm : float or None
        Displacement of the dorsal face relative to the mean of both feet; None without an arch.
    tension_N, energy_Nmm, strain_p95 : float
        Mean force of both ends of the arch on bone along the chord, strain energy of the arch, and 95th percentile of
        its largest principal strain; zero without an arch.
    bone : dict
        Strains of the bone around each foot (:func:`fem_lumbar.measures.process_strain.bone_strain`).
    imbalance_N : float
        Magnitude of the sum of both end forces minus the pull: error of equilibrium.
    """

    level: str
    side: str
    state: str
    activation: float
    muscles: dict[str, MusclePull]
    pull_N: float
    insertion_displacement_mm: float
    give_way_mm: float | None
    tension_N: float
    energy_Nmm: float
    strain_p95: float
    bone: dict[str, dict[str, float]]
    imbalance_N: float

    @property
    def on_mal_N(self) -> float:
        """Force of both muscles that enters through the arch, N, as a sum of magnitudes."""
        return sum(muscle.on_mal_N for muscle in self.muscles.values())

    def bone_strain(self, foot: str) -> float:
        """Larger of tensile and compressive strain (95th percentile by volume) in the bone around a foot."""
        return max(self.bone[foot][f"{kind}_strain_p95"] for kind in ("tensile", "compressive"))


class ContractingVertebra:
    """A vertebra loaded by its own fascicles.

    Parameters
    ----------
    segment : Segment
        Contains all arches of the vertebra.
    level : str
    """

    def __init__(self, segment: Segment, level: str) -> None:
        self._segment, self._level = segment, level

    def contractions(self, scenario: Scenario, state: str, activations: Sequence[float]) -> list[Contraction]:
        """Both arches at each activation, with the arches, tissue and muscles of a scenario.

        Muscles are set to full activation, and the activation is the load factor: fascia goes slack where it does in
        maximal contraction, as along the load path of a run. If none goes slack, the result equals that of a run with
        that activation.

        Parameters
        ----------
        scenario : Scenario
        state : str
            Name for the state of the arches.
        activations : sequence of float
            Activations of all fascicles, above zero; of the settings of single fascicles only their size is used.

        Raises
        ------
        PhysicsError
            When no equilibrium is found.
        """
        lone, settings = LoneVertebra(scenario, self._segment, self._level), scenario.mal[self._level]
        items = lone.items(settings)
        segment, arches = copy(self._segment), {arch.region for arch in lone.arches}
        segment.solids = {name: solids for name, solids in segment.solids.items() if name not in arches}
        segment.solids |= {item.name: [item] for item in items if isinstance(item, Solid) and item.name in arches}
        lines = self._lines(scenario, segment)
        newton = self._newton(scenario, items, lone.equations(items), [] if lines is None else [lines.item])
        found: list[Contraction] = []
        x, before = np.zeros(segment.n_dofs), 1.0
        for activation in activations:
            try:
                solved = newton.solve(x * activation / before, activation)
            except NotConverged as error:
                raise PhysicsError(f"{self._level}, {state}, activation {activation:g}: {error}") from error
            x, before = solved.x, activation
            for arch in lone.arches:
                found.append(_measured(_Solved(segment, lines, x, solved.residual, activation), arch, state))
        return found

    def _newton(self, scenario: Scenario, items: list[Item], equations: DofMap, loads: list[Item]) -> Newton:
        assembler, solver = Assembler(items, equations).with_loads(loads), scenario.solver
        return Newton(
            assembler,
            Direct(assembler, linear_solver(solver.linear)[0]),
            loads,
            self._segment.per_force()[equations.number >= 0],
            FiniteRotation([]),
            Tolerances(residual=solver.relative_tolerance, iterations=solver.maximum_iterations, between=1.0),
        )

    def _lines(self, scenario: Scenario, segment: Segment) -> MuscleLines | None:
        pulls: dict[Muscle, Pull] = {
            (one.name, side): Pull(full_force_N(scenario, one, side), 1.0)
            for one in fascicles().values()
            if one.takes_hold_of((self._level,))
            for side in SIDES
        }
        return build_muscles(scenario, segment, pulls, above=fixed_in_space)


@dataclass(frozen=True)
class _Solved:
    """An equilibrium x (n_dofs,) of a vertebra under its muscles."""

    segment: Segment
    lines: MuscleLines | None
    x: np.ndarray
    residual: Residual
    activation: float


def _measured(solved: _Solved, arch: Arch, state: str) -> Contraction:
    """Results of one arch in an equilibrium of its vertebra."""
    segment, x = solved.segment, solved.x
    foot = {end: segment.space.nodes[nodes].mean(axis=0) for end, nodes in zip(FEET, arch.foot_nodes, strict=True)}
    pull, imbalance, tension, carried = np.zeros(3), 0.0, 0.0, {"energy_Nmm": 0.0, "strain_p95": 0.0}
    patch = segment.mesh.patches[f"{arch.level}.mammillary.{arch.side}"]
    if arch.region in segment.solids:
        patch = segment.mesh.patches[f"{arch.region}.dorsal"]
        forces = solved.residual.item_forces[arch.region]
        held = ArchState.of(segment, arch.region, x, forces, level_rotations(segment, x)[arch.level])
        carried = carried_by_arch(segment, held, x)
        items = [] if solved.lines is None else [solved.lines.item]
        pull = muscle_pull(segment, arch.region, items, x, solved.activation).force
        imbalance = float(np.linalg.norm(sum(held.force.values()) - pull))
        chord = held.moved_foot["accessory"] - held.moved_foot["mammillary"]
        ends = held.force["mammillary"] - held.force["accessory"]
        tension = float(0.5 * ends @ chord / np.linalg.norm(chord))
    return Contraction(
        level=arch.level,
        side=arch.side,
        state=state,
        activation=solved.activation,
        muscles={muscle: _of_muscle(solved, arch, muscle) for muscle in MUSCLES},
        pull_N=float(np.linalg.norm(pull)),
        insertion_displacement_mm=float(np.linalg.norm(patch.weights @ displacement(patch.nodes, x))),
        give_way_mm=carried.get("insertion_displacement_mm"),
        tension_N=tension,
        energy_Nmm=carried["energy_Nmm"],
        strain_p95=carried["strain_p95"],
        bone={end: bone_strain(segment, arch.level, foot[end], x) for end in FEET},
        imbalance_N=imbalance,
    )


def _of_muscle(solved: _Solved, arch: Arch, muscle: str) -> MusclePull:
    """Forces of the fascicles of a muscle that may insert on an arch, in an equilibrium."""
    lines, x = solved.lines, solved.x
    rows = [] if lines is None else [row for row, one in enumerate(lines.muscles) if _may_hold(one, arch, muscle)]
    if lines is None or not rows:
        return MusclePull(0.0, 0.0, (0.0, 0.0, 0.0), None)
    tension = lines.item.tension(x, solved.activation)[rows]
    away = 1.0 if muscle == MULTIFIDUS else -1.0  # from the vertebra: lines run from the lower to the upper end
    now, before = (
        away * tension @ (vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
        for vectors in (lines.item.vectors(x)[rows], lines.item.reference[rows])
    )
    vector = (float(now[0]), float(now[1]), float(now[2]))
    return MusclePull(float(tension.sum()), float(tension @ lines.on_mal[rows]), vector, angle_deg(now, before))


def _may_hold(line: Muscle, arch: Arch, muscle: str) -> bool:
    fascicle = fascicles()[line[0]]
    return line[1] == arch.side and fascicle.muscle == muscle and fascicle.mal_level == arch.level
