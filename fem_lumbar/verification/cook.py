"""Cook's membrane: shear and bending of a tapered panel, compressible and nearly incompressible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.materials.mooney_rivlin import MooneyRivlin
from fem_lumbar.materials.st_venant_kirchhoff import StVenantKirchhoff
from fem_lumbar.mechanics.solid import Solid
from fem_lumbar.mechanics.space import QuadraticSpace
from fem_lumbar.verification.meshes import block, boundary
from fem_lumbar.verification.problem import DeadForces, Problem, State, surface_forces
from fem_lumbar.verification.record import Chart, Field, Line, Outcome, relative, vanishing

SHEAR_MPA, BULK_MPA = 80.194, 400889.8
"""Neo-Hooke with Poisson's ratio 0.4999, as in Simo & Armero 1992 (Int J Numer Methods Eng 33:1413-1449)."""
TRACTION_MPA = 6.25
EDGE_MM = 16.0
STEPS = 4
PLANE_STRESS_MM = 23.96
FORMS = ("P2/P1", "quadratic displacement", "linear displacement")


def cook(sizes: tuple[int, ...] = (4, 8, 16)) -> Outcome:
    """Cook's membrane near incompressibility.

    A tapered panel, clamped on the left, carries a shear traction on its right edge. In plane strain at Poisson's
    ratio 0.4999 and large deformation, linear tetrahedra lock. The P2/P1 form must not: its tip must move as far on
    coarse meshes as on fine ones, and no less when the material is a hundred times less compressible; and the
    pressure at neighbouring nodes must not alternate. The compressible panel in plane stress has a known answer.
    """
    solved = {form: [_panel(size, form) for size in sizes] for form in FORMS}
    tips = {form: np.array([one.tip for one in panels]) for form, panels in solved.items()}
    mixed = tips["P2/P1"]
    stiffer = _panel(sizes[0], "P2/P1", bulk=100 * BULK_MPA).tip
    roughness = np.array([one.roughness for one in solved["P2/P1"]])
    ratio = roughness[-1] / roughness[-2]
    name = "P2/P1 form"
    records = (
        relative(
            "compressible, plane stress",
            "deflection of the middle of the edge",
            _plane_stress(sizes[-1]),
            PLANE_STRESS_MM,
            0.01,
            "mm",
            "Cook, Malkus & Plesha 1989, sec. 6.13 (E = 1 MPa, ν = 1/3, 1 N)",
        ),
        vanishing(
            name, "change of the tip, last two meshes", abs(mixed[-2] / mixed[-1] - 1), 0.015, "-", "mesh convergence"
        ),
        vanishing(name, "change of the tip, coarsest mesh", abs(mixed[0] / mixed[-1] - 1), 0.05, "-", "no locking"),
        vanishing(
            name,
            "change of the tip, bulk modulus a hundredfold",
            abs(stiffer / mixed[0] - 1),
            0.001,
            "-",
            "no locking: at ν = 0.4999 the tip is within 2 G/K of that at ν = 0.5",
        ),
        vanishing(
            name,
            "ratio of pressure roughness, last two meshes",
            ratio,
            0.7,
            "-",
            "a smooth field: 1/4 but for the singular corner (1/2); alternating pressure: 1 or more",
        ),
    )
    lines = [Line(form, np.array(sizes, dtype=float), tips[form], points=True) for form in FORMS]
    chart = Chart("Deflection of the tip, ν = 0.4999", "cells along the edge", "deflection (mm)", tuple(lines))
    return Outcome(records, (chart,), (solved["P2/P1"][-1].pressure_field(),))


@dataclass(frozen=True)
class Panel:
    """A loaded panel; ``pressure`` (n_corners,) MPa is empty in all forms but the mixed one."""

    space: QuadraticSpace
    state: State
    pressure: np.ndarray

    @property
    def tip(self) -> float:
        """Deflection of the upper right corner, mm."""
        return float(self.state.displacement[_at(self.space, (48.0, 60.0)), 1].mean())

    @property
    def roughness(self) -> float:
        """Difference between each nodal pressure and the mean of its neighbours, root mean square over that of p."""
        ends = self.space.edges
        count = np.bincount(ends.ravel(), minlength=self.space.n_corners)
        summed = np.bincount(ends[:, 0], self.pressure[ends[:, 1]], minlength=len(count))
        summed += np.bincount(ends[:, 1], self.pressure[ends[:, 0]], minlength=len(count))
        inner = ~np.isin(np.arange(len(count)), boundary(self.space, _on_rim))
        off = (self.pressure - summed / count)[inner]
        return float(np.sqrt(np.mean(off**2) / np.mean(self.pressure[inner] ** 2)))

    def pressure_field(self) -> Field:
        """Pressure on the deformed face z = 0."""
        face = boundary(self.space, lambda p: p[:, 2] < 1e-9)
        nodes, triangles = np.unique(face, return_inverse=True)
        place = (self.space.nodes + self.state.displacement)[nodes, :2]
        title = "Mean stress in Cook's membrane, ν = 0.4999, deformed"
        return Field(title, "mean stress (MPa)", place, triangles.reshape(-1, 3), self.pressure[nodes])


def _on_rim(points: np.ndarray) -> np.ndarray:
    x, y, _ = points.T
    low, high = 44.0 * x / 48, 44.0 + 16.0 * x / 48
    return (np.abs(y - low) < 1e-6) | (np.abs(y - high) < 1e-6) | (x < 1e-6) | (x > 48 - 1e-6)


def _space(size: int, depth: float) -> QuadraticSpace:
    lines = np.linspace(0.0, 1.0, size + 1)

    def mapping(points: np.ndarray) -> np.ndarray:
        x = 48.0 * points[:, 0]
        low, high = 44.0 * x / 48, 44.0 + 16.0 * x / 48
        return np.column_stack([x, low + points[:, 1] * (high - low), points[:, 2]])

    return block(lines, lines, np.array([0.0, depth]), mapping)


def _at(space: QuadraticSpace, place: tuple[float, float]) -> np.ndarray:
    return np.flatnonzero(np.linalg.norm(space.nodes[:, :2] - place, axis=1) < 1e-6)


def _loaded(space: QuadraticSpace, traction: float, linear: bool = False) -> Problem:
    """The clamped panel under a traction (MPa); ``linear`` cells take the load at their corners."""
    problem = Problem(space, residual=1e-8)
    problem.hold(np.flatnonzero(space.nodes[:, 0] < 1e-9))
    edge = boundary(space, lambda p: p[:, 0] > 48 - 1e-9)
    forces = surface_forces(space, edge, np.array([0.0, traction, 0.0]))
    if linear:
        for end in space.edges.T:
            np.add.at(forces, end, 0.5 * forces[space.n_corners :])
        forces[space.n_corners :] = 0.0
    problem.add_load(DeadForces("shear", forces))
    return problem


def _panel(size: int, form: str, bulk: float = BULK_MPA) -> Panel:
    """The nearly incompressible panel in plane strain, in one of three forms."""
    space = _space(size, depth=48.0 / size)
    problem = _loaded(space, TRACTION_MPA, linear=form == "linear displacement")
    problem.hold(np.arange(space.n_nodes), [2])
    cells = np.arange(len(space.cell_nodes))
    pressure_dofs = np.empty(0, dtype=int)
    if form == "P2/P1":
        law = MooneyRivlin(SHEAR_MPA / 2, 0.0, 0.0, len(cells))
        pressure_dofs = problem.mixed("panel", cells, law, bulk).pressure_dofs
    elif form == "quadratic displacement":
        problem.solid("panel", cells, MooneyRivlin(SHEAR_MPA / 2, 0.0, bulk, len(cells)))
    else:
        problem.hold(np.arange(space.n_corners, space.n_nodes))
        problem.add(Solid.linear("panel", space, cells, MooneyRivlin(SHEAR_MPA / 2, 0.0, bulk, len(cells))))
    state = problem.follow(np.arange(1, STEPS + 1) / STEPS)[-1]
    return Panel(space, state, state.x[pressure_dofs])


def _plane_stress(size: int) -> float:
    """Deflection (mm) of the middle of the edge of the compressible panel, half of a thin slab with free faces.

    A thousandth of the load is applied, so that the answer is linear.
    """
    share, thickness = 1e-3, 1.0
    space = _space(size, depth=thickness / 2)
    problem = _loaded(space, share / EDGE_MM / thickness)
    problem.hold(np.flatnonzero(space.nodes[:, 2] < 1e-9), [2])
    cells = np.arange(len(space.cell_nodes))
    problem.solid("panel", cells, StVenantKirchhoff(1.0, 1 / 3, len(cells)))
    state = problem.equilibrium(problem.unloaded())
    return float(state.displacement[_at(space, (48.0, 52.0)), 1].mean()) / share
