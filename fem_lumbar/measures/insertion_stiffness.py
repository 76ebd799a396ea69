"""Stiffness of an insertion on a mamillo-accessory ligament: unit loads on one vertebra, and a hand calculation.

A single vertebra with its inferior endplate fixed is linear elastic about its unloaded state, with the cells, shells
and tissues of the whole segment. Two unit loads act on every arch:

pull
    1 N on the dorsal surface of the arch, where multifidus inserts, along the mean line of its fascicles there. The
    insertion stiffness is 1 N over the displacement of the insertion along the pull, relative to the fixed endplate.
    Without an arch the pull enters bone, half at each foot. With an arch the share of each foot is the component along
    the pull of the force that the arch transfers to bone there, over the pull; the two shares sum to 1.
opening
    1 N on each foot along the chord, away from each other. The bridge stiffness is 1 N over the separation of the feet:
    the arch in parallel with the bone around the groove, or without an arch the bone alone.

Each stiffness is the inverse of twice an elastic energy, so a stiffer arch can only increase it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from fem_lumbar.anatomy.muscles import fascicles
from fem_lumbar.foundation.conventions import MAL_STATES, SIDES, MalState, Side
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.foundation.triangles import area_vectors, areas
from fem_lumbar.measures.clamped_bar import Bar, on_elastic_feet
from fem_lumbar.mechanics.item import Item, node_dofs, total
from fem_lumbar.mechanics.solid import Solid
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.model.segment import Segment, build_segment, kept_mesh
from fem_lumbar.model.tissues import arch_span, mal_fibrous_modulus_MPa, mal_law, mal_ossification
from fem_lumbar.model.vertebrae import bone_items
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.sections import MalSettings, SolverSettings
from fem_lumbar.solver.assembly import Assembler
from fem_lumbar.solver.dof_map import DofMap
from fem_lumbar.solver.linear import linear_solver

ABSENT: MalState = "absent"
STATES = MAL_STATES
"""From no arch to a bridge of bone."""
FEET = ("mammillary", "accessory")


@dataclass(frozen=True)
class Stiffness:
    """Stiffness of one insertion in one state; by hand None without an arch, where bone is all there is.

    Attributes
    ----------
    level, side, state : str
        ``state`` is one of :data:`STATES` with the values of the tissue set, or ``as given`` for the scenario's own.
    insertion_N_per_mm, bridge_N_per_mm : float
        From the unit-load solutions.
    insertion_by_hand_N_per_mm, bridge_by_hand_N_per_mm : float or None
        A straight clamped bar in series with the compliance of the feet, itself measured without an arch.
    axial_N_per_mm : float or None
        EA/L of the arch alone.
    share_mammillary, share_accessory : float or None
        Parts of the unit pull that arrive at the two feet; None without an arch, where they are put in.
    """

    level: str
    side: str
    state: str
    insertion_N_per_mm: float
    insertion_by_hand_N_per_mm: float | None
    bridge_N_per_mm: float
    bridge_by_hand_N_per_mm: float | None
    axial_N_per_mm: float | None
    share_mammillary: float | None

    @property
    def share_accessory(self) -> float | None:
        """What of the unit pull does not arrive at the mammillary process."""
        return None if self.share_mammillary is None else 1.0 - self.share_mammillary


class Response(NamedTuple):
    """Answer of one arch to both unit loads: stiffnesses in N/mm, parts (2,) of the pull at the two feet or None."""

    insertion: float
    bridge: float
    shares: np.ndarray | None


class Arch:
    """Places and directions of one arch on the mesh of a segment.

    Parameters
    ----------
    segment : Segment
    level, side : str
    width_mm : float
    """

    def __init__(self, segment: Segment, level: str, side: Side, width_mm: float) -> None:
        mesh, space = segment.mesh, segment.space
        self.region, self.level, self.side, self._width = f"{level}.mal.{side}", level, side, width_mm
        self.cells = mesh.region_cells(self.region)
        self.span = arch_span(mesh, self.region)
        self.feet = [foot_weights(segment, self.region, end) for end in FEET]
        self.foot_nodes = [np.unique(space.triangle_nodes(mesh.surfaces[f"{self.region}.{end}_end"])) for end in FEET]
        patch = mesh.patches[f"{self.region}.dorsal"]
        self.insertion = np.zeros(space.n_nodes)
        self.insertion[patch.nodes] = patch.weights
        first, second = (weights @ space.nodes for weights in self.feet)
        self.length_mm = float(np.linalg.norm(second - first))
        self.along = (second - first) / self.length_mm
        self.pulled_at = float((self.insertion @ space.nodes - first) @ self.along) / self.length_mm
        corners = mesh.points[mesh.cells[self.cells]]
        edges = corners[:, 1:] - corners[:, :1]
        self.area_mm2 = float(np.abs(np.linalg.det(edges)).sum() / 6.0) / self.length_mm
        dorsal = mesh.points[mesh.surfaces[f"{self.region}.dorsal"]]
        outward = area_vectors(dorsal).sum(axis=0)
        outward -= (outward @ self.along) * self.along
        self.outward = outward / np.linalg.norm(outward)
        self.pull = multifidus_direction(level, side)

    def loads(self, n_dofs: int, with_arch: bool) -> tuple[np.ndarray, np.ndarray]:
        """Forces (n_dofs,) N of the unit pull and of the unit opening."""
        first, second = self.feet
        pulled = self.insertion if with_arch else 0.5 * (first + second)
        return _forces(pulled, self.pull, n_dofs), _forces(second - first, self.along, n_dofs)

    def bar(self, settings: MalSettings, scenario: Scenario) -> Bar:
        """The arch as a straight bar."""
        tissue = scenario.materials.mal
        ossification = mal_ossification(settings, tissue)
        bony_from, bony_to = ossification.reach
        return Bar(
            length_mm=self.length_mm,
            area_mm2=self.area_mm2,
            width_mm=self._width,
            axes=np.array([self.along, np.cross(self.outward, self.along), self.outward]),
            pulled_at=self.pulled_at,
            bony_from=bony_from,
            bony_to=bony_to,
            fibrous_modulus_MPa=mal_fibrous_modulus_MPa(settings, tissue),
            bony_modulus_MPa=ossification.modulus_MPa,
            poisson_ratio=tissue.ossified_poisson_ratio if ossification.complete else tissue.fibrous_poisson_ratio,
        )


class LoneVertebra:
    """One vertebra of a segment, its inferior endplate held, linear elastic about the unloaded state.

    Parameters
    ----------
    scenario : Scenario
    segment : Segment
        With all arches of the vertebra.
    level : str
    """

    def __init__(self, scenario: Scenario, segment: Segment, level: str) -> None:
        self._scenario, self._segment = scenario, segment
        self._bone: list[Item] = [item for item in bone_items(segment, level) if item.name != "potting"]
        held = segment.mesh.surfaces[f"{level}.endplate.inferior"]
        self._held = node_dofs(np.unique(segment.space.triangle_nodes(held)))
        measures = scenario.anatomy.on
        self.arches = [Arch(segment, level, side, measures(side).mal[level].width_mm) for side in SIDES]

    def items(self, settings: dict[str, MalSettings]) -> list[Item]:
        """Bone, shells and the arches as set by side."""
        arches = [arch for arch in self.arches if settings[arch.side].state != ABSENT]
        return [*self._bone, *(self.solid(arch, settings[arch.side]) for arch in arches)]

    def equations(self, items: list[Item]) -> DofMap:
        """Numbering of what items act on, with the inferior endplate held."""
        free = np.zeros(self._segment.n_dofs, dtype=bool)
        for item in items:
            free[item.dofs] = True
        free[self._held] = False
        return self._segment.dof_map.restricted(free)

    def displacements(self, settings: dict[str, MalSettings], loads: list[np.ndarray]) -> list[np.ndarray]:
        """Displacements (n_nodes, 3) mm under forces (n_dofs,) N, one for each, with arches as set by side."""
        segment, items = self._segment, self.items(settings)
        equations = self.equations(items)
        assembler = Assembler(items, equations)
        solver, _ = linear_solver(self._scenario.solver.linear, definite=True)
        stiffness = assembler.tangent(np.zeros(segment.n_dofs), 0.0)
        solver.analyse(assembler.pattern)
        solver.factor(stiffness)
        states = [equations.state(solver.solve(equations.gather(load)), 0.0) for load in loads]
        return [x[: 3 * segment.space.n_nodes].reshape(-1, 3) for x in states]

    def feet_compliance(self) -> dict[str, np.ndarray]:
        """Compliance (6, 6) mm/N of bone at the two feet of each arch, by side, measured without any arch."""
        n_dofs = self._segment.n_dofs
        none: dict[str, MalSettings] = {side: MalSettings(state=ABSENT) for side in SIDES}
        found: dict[str, np.ndarray] = {}
        for arch in self.arches:
            loads = [_forces(foot, axis, n_dofs) for foot in arch.feet for axis in np.eye(3)]
            moved = self.displacements(none, loads)
            found[arch.side] = np.array([np.concatenate([foot @ u for foot in arch.feet]) for u in moved])
        return found

    def responses(self, settings: dict[str, MalSettings]) -> dict[str, Response]:
        """Answer to the unit loads by side; that of bone alone where there is no arch."""
        n_dofs = self._segment.n_dofs
        found: dict[str, Response] = {}
        loads = [arch.loads(n_dofs, settings[arch.side].state != ABSENT) for arch in self.arches]
        moved = self.displacements(settings, [load for both in loads for load in both])
        for k, arch in enumerate(self.arches):
            of_pull, of_opening = moved[2 * k : 2 * k + 2]
            pull, opening = (1.0 / float(f[: u.size] @ u.ravel()) for f, u in zip(loads[k], (of_pull, of_opening)))
            shares = None
            if settings[arch.side].state != ABSENT:
                shares = self.foot_forces(arch, settings[arch.side], of_pull) @ arch.pull
            found[arch.side] = Response(pull, opening, shares)
        return found

    def foot_forces(self, arch: Arch, settings: MalSettings, moved: np.ndarray) -> np.ndarray:
        """What an arch passes to bone at its feet (2, 3), N, under displacements (n_nodes, 3) mm."""
        solid = self.solid(arch, settings)
        stiffness = solid.tangent(np.zeros(self._segment.n_dofs), 0.0)
        rows = np.einsum("eij,ej->ei", stiffness, moved.ravel()[solid.dofs])
        nodal = total(solid.dofs, rows, moved.size).reshape(-1, 3)
        return -np.array([nodal[nodes].sum(axis=0) for nodes in arch.foot_nodes])

    def solid(self, arch: Arch, settings: MalSettings) -> Solid:
        """An arch of its own tissue."""
        law = mal_law(settings, self._scenario.materials.mal, arch.span)
        return Solid.quadratic(arch.region, self._segment.space, arch.cells, law)


def insertion_stiffnesses(
    scenario: Scenario, mesh: SegmentMesh, report: Callable[[str], None] | None = None
) -> list[Stiffness]:
    """Stiffness of every insertion of a scenario, for every state and, where it differs, for the one it gives itself.

    Both arches of a vertebra are in the same state at the same time.

    Parameters
    ----------
    scenario : Scenario
    mesh : SegmentMesh
        Mesh of its anatomy with all regions.
    report : callable, optional
        Receives one line per vertebra.

    Raises
    ------
    InputError
        The scenario has no posterior elements, hence no MAL.
    """
    if not scenario.structures.posterior_elements:
        raise InputError(f"{scenario.name} has no posterior elements (structures.posterior_elements), hence no MAL")
    fibrous = {level: {side: MalSettings() for side in SIDES} for level in scenario.mal}
    whole = scenario.model_copy(update={"mal": fibrous, "solver": SolverSettings(linear=scenario.solver.linear)})
    segment = build_segment(whole, kept_mesh(whole, mesh))
    found = []
    for level in segment.arch_levels:
        if report is not None:
            report(f"unit loads on {level}")
        vertebra = LoneVertebra(whole, segment, level)
        compliance = vertebra.feet_compliance()
        rows = [
            _rows(whole, vertebra, compliance, state, {side: MalSettings(state=state) for side in SIDES})
            for state in STATES
        ]
        own = scenario.mal[level]
        if any(own[side] != MalSettings(state=own[side].state) for side in SIDES):
            rows.append(_rows(whole, vertebra, compliance, "as given", own))
        found += [row for side in zip(*rows, strict=True) for row in side]
    return found


def _rows(
    scenario: Scenario,
    vertebra: LoneVertebra,
    compliance: dict[str, np.ndarray],
    name: str,
    settings: dict[str, MalSettings],
) -> list[Stiffness]:
    """One row per side for a state."""
    solved = vertebra.responses(settings)
    rows = []
    for arch in vertebra.arches:
        found = solved[arch.side]
        by_hand: tuple[float | None, ...] = (None, None, None)
        if settings[arch.side].state != ABSENT:
            bar = arch.bar(settings[arch.side], scenario)
            by_hand = (*_by_hand(arch, bar, compliance[arch.side]), bar.axial_stiffness())
        share = None if found.shares is None else float(found.shares[0])
        rows.append(
            Stiffness(
                arch.level, arch.side, name, found.insertion, by_hand[0], found.bridge, by_hand[1], by_hand[2], share
            )
        )
    return rows


def _by_hand(arch: Arch, bar: Bar, compliance: np.ndarray) -> tuple[float, float]:
    """Insertion and bridge stiffness (N/mm) of a bar on feet of the given compliance (6, 6) mm/N."""
    nothing = np.zeros(3)
    loads = (np.concatenate([nothing, arch.pull, nothing]), np.concatenate([-arch.along, nothing, arch.along]))
    stiffness = bar.stiffness()
    insertion, bridge = (1.0 / float(load @ on_elastic_feet(stiffness, compliance, load)) for load in loads)
    return insertion, bridge


def multifidus_direction(level: str, side: str) -> np.ndarray:
    """Mean direction (3,) of multifidus at its mammillary insertion, fascicles weighted by cross-section."""
    own = [one for one in fascicles().values() if one.muscle == "multifidus" and one.lower_end == level]
    pull = np.sum([one.pcsa_mm2 * one.direction_on(side) for one in own], axis=0)
    return pull / np.linalg.norm(pull)


def foot_weights(segment: Segment, region: str, end: str) -> np.ndarray:
    """Weights (n_nodes,) with sum 1 of a uniform traction on one foot of an arch; they also average over it."""
    space, triangles = segment.space, segment.mesh.surfaces[f"{region}.{end}_end"]
    area = areas(segment.mesh.points[triangles])
    weights = np.zeros(space.n_nodes)
    middles = space.triangle_nodes(triangles)[:, 3:]  # of a quadratic triangle the mid-edge nodes carry it all
    np.add.at(weights, middles.ravel(), np.repeat(area / 3.0, 3))
    return weights / weights.sum()


def _forces(weights: np.ndarray, direction: np.ndarray, n_dofs: int) -> np.ndarray:
    """Forces (n_dofs,) of nodal weights (n_nodes,) along a direction (3,)."""
    forces = np.zeros(n_dofs)
    forces[: 3 * len(weights)] = np.outer(weights, direction).ravel()
    return forces
