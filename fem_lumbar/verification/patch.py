"""Patch tests: linear boundary displacements on an irregular mesh must give one uniform strain, to round-off."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from skfem import MeshTet

from fem_lumbar.materials.mooney_rivlin import MooneyRivlin
from fem_lumbar.materials.st_venant_kirchhoff import StVenantKirchhoff
from fem_lumbar.mechanics.membrane import Membrane
from fem_lumbar.mechanics.mixed_solid import MixedSolid
from fem_lumbar.mechanics.solid import Solid
from fem_lumbar.mechanics.space import QuadraticSpace
from fem_lumbar.verification.meshes import boundary
from fem_lumbar.verification.problem import Problem
from fem_lumbar.verification.record import Outcome, Record, vanishing

GRADIENT = np.array([[0.05, 0.02, -0.01], [0.0, -0.03, 0.04], [0.03, 0.01, 0.02]])
"""Displacement gradient; strains of several per cent and a turn, so that the geometric terms count."""
SOURCE = "Irons & Razzaque 1972; tolerance: round-off of a solve"
TOLERANCE = 1e-9


def patch() -> Outcome:
    """Patch tests.

    A cube of irregular tetrahedra is given linear displacements on its boundary. Every form of the solid must find
    the same linear displacement inside, and so must the membrane on an irregular plane mesh.
    """
    records = []
    for name, build in SOLIDS.items():
        records += _solid_patch(name, build)
    return Outcome((*records, *_membrane_patch()))


def _bone(problem: Problem, cells: np.ndarray) -> Solid:
    return problem.solid("bone", cells, StVenantKirchhoff(1000.0, 0.3, len(cells)))


def _linear_bone(problem: Problem, cells: np.ndarray) -> Solid:
    space = problem.space
    problem.hold(np.arange(space.n_corners, space.n_nodes))  # linear cells do not know their mid-edge nodes
    return problem.add(Solid.linear("bone", space, cells, StVenantKirchhoff(1000.0, 0.3, len(cells))))


def _soft(problem: Problem, cells: np.ndarray) -> Solid:
    return problem.solid("soft", cells, MooneyRivlin.neo_hookean(35.0, 0.4, len(cells)))


def _mixed(problem: Problem, cells: np.ndarray) -> MixedSolid:
    return problem.mixed("mixed", cells, MooneyRivlin(0.5, 0.1, 0.0, len(cells)), 200.0)


SOLIDS: dict[str, Callable[[Problem, np.ndarray], Solid | MixedSolid]] = {
    "quadratic St Venant-Kirchhoff": _bone,
    "linear St Venant-Kirchhoff": _linear_bone,
    "quadratic neo-Hooke": _soft,
    "mixed Mooney-Rivlin, K/c10 = 400": _mixed,
}


def irregular_cube(refinement: int = 2) -> QuadraticSpace:
    """A unit cube of 6 · 8^refinement tetrahedra with the inner corners moved at random."""
    mesh = MeshTet().refined(refinement)
    points = mesh.p.T.copy()
    inside = np.all((points > 1e-9) & (points < 1 - 1e-9), axis=1)
    points[inside] += 0.04 * np.random.default_rng(0).standard_normal((np.count_nonzero(inside), 3))
    return QuadraticSpace(points, mesh.t.T.copy())


def _solid_patch(name: str, build: Callable[[Problem, np.ndarray], Solid | MixedSolid]) -> list[Record]:
    space = irregular_cube()
    problem = Problem(space, residual=1e-11)
    solid = build(problem, np.arange(len(space.cell_nodes)))
    exact = space.nodes @ GRADIENT.T
    rim = np.flatnonzero(np.any((space.nodes < 1e-9) | (space.nodes > 1 - 1e-9), axis=1))
    problem.hold(rim, motion=exact[rim])
    state = problem.equilibrium(problem.unloaded())
    used = np.unique(solid.nodes)
    strain = solid.deformation(state.x) - np.eye(3) - GRADIENT
    off = np.abs(state.displacement - exact)[used].max()
    return [
        vanishing(name, "largest error of displacement", off, TOLERANCE, "mm", SOURCE),
        vanishing(name, "largest error of its gradient", np.abs(strain).max(), 10 * TOLERANCE, "-", SOURCE),
    ]


def _membrane_patch() -> list[Record]:
    """In its plane: the plane stretches and shears, and every inner node must follow."""
    space = irregular_cube()
    points, cells = space.nodes[: space.n_corners].copy(), space.cell_nodes[:, :4]
    inner = (points[:, 2] < 1e-9) & np.all((points[:, :2] > 1e-9) & (points[:, :2] < 1 - 1e-9), axis=1)
    points[inner, :2] += 0.04 * np.random.default_rng(1).standard_normal((np.count_nonzero(inner), 2))
    space = QuadraticSpace(points, cells)
    faces = boundary(space, lambda p: p[:, 2] < 1e-9)
    problem = Problem(space, residual=1e-11)
    membrane = problem.add(Membrane("skin", space, faces, 1000.0, 0.3, 0.5))
    exact = space.nodes @ (GRADIENT * [[1, 1, 0], [1, 1, 0], [0, 0, 0]]).T
    surface = np.unique(membrane.nodes)
    plane = space.nodes[:, :2]
    rim = np.any((plane < 1e-9) | (plane > 1 - 1e-9), axis=1)
    inside = np.setdiff1d(surface, np.flatnonzero(rim))
    held = np.setdiff1d(np.arange(space.n_nodes), inside)
    problem.hold(held, motion=exact[held])
    problem.hold(inside, axes=[2])
    state = problem.equilibrium(problem.unloaded())
    off = np.abs(state.displacement - exact)[surface].max()
    energy = membrane.forces(state.x, 0.0)[0]
    f = np.eye(2) + GRADIENT[:2, :2]
    strain = 0.5 * (f.T @ f - np.eye(2))
    stress = 1000.0 / (1 - 0.3**2) * (0.7 * strain + 0.3 * np.trace(strain) * np.eye(2))
    exact_energy = 0.5 * float(np.sum(stress * strain)) * 0.5
    return [
        vanishing("membrane", "largest error of displacement", off, TOLERANCE, "mm", SOURCE),
        Record("membrane", "stored energy", energy, exact_energy, 1e-9 * exact_energy, "N·mm", "plane stress by hand"),
    ]
