"""Two of the standard benchmarks for linear elasticity, LE1 and LE10."""

from __future__ import annotations

import numpy as np

from fem_lumbar.foundation.triangles import unit_normals
from fem_lumbar.materials.st_venant_kirchhoff import StVenantKirchhoff
from fem_lumbar.mechanics.solid import Solid
from fem_lumbar.mechanics.space import QuadraticSpace
from fem_lumbar.verification.meshes import block, boundary
from fem_lumbar.verification.problem import DeadForces, Problem, surface_forces
from fem_lumbar.verification.record import Chart, Line, Outcome, Record, relative
from fem_lumbar.verification.recovery import corner_stress

MODULUS_MPA, POISSON = 210e3, 0.3
INNER_MM, OUTER_MM = np.array([2000.0, 1000.0]), np.array([3250.0, 2750.0])
THICKNESS_LE1_MM, THICKNESS_LE10_MM = 20.0, 600.0
LOAD_SHARE = 0.1
"""Share of the load that is applied: St Venant-Kirchhoff is then linear to 1e-4."""
LE1_MPA, LE10_MPA = 92.7, -5.38
SOURCE = "NAFEMS, The Standard NAFEMS Benchmarks, 1990; tolerance: what codes are held to"


def nafems(sizes: tuple[int, ...] = (4, 8, 12)) -> Outcome:
    """NAFEMS benchmarks LE1 and LE10.

    A quarter of an elliptic membrane (LE1, plane stress, here a thin slab) is pulled outwards by 10 MPa on its outer
    edge; a quarter of a thick elliptic plate (LE10) carries 1 MPa on its upper surface. Asked for is the stress
    σ_yy at the end of the inner ellipse on the x axis, where it is highest.
    """
    le1 = np.array([_membrane(size) for size in sizes])
    le10 = np.array([_plate(size) for size in sizes])
    records: list[Record] = [
        relative("LE1 elliptic membrane", "σ_yy at D", le1[-1], LE1_MPA, 0.01, "MPa", SOURCE),
        relative("LE10 thick plate", "σ_yy at D", le10[-1], LE10_MPA, 0.02, "MPa", SOURCE),
    ]
    ends = np.array([sizes[0], sizes[-1]], dtype=float)
    lines = []
    for name, computed, target in (("LE1", le1, LE1_MPA), ("LE10", le10, LE10_MPA)):
        lines.append(Line(name, np.array(sizes, dtype=float), computed / target, points=True))
    lines.append(Line("reference", ends, np.ones(2)))
    chart = Chart("Stress at D over the reference", "cells between the ellipses", "computed / reference", tuple(lines))
    return Outcome(tuple(records), (chart,))


def _quarter(size: int, levels: np.ndarray) -> QuadraticSpace:
    """A quarter of the elliptic ring: ``size`` cells between the ellipses."""
    across = np.linspace(0.0, 1.0, size + 1)
    around = np.pi / 2 * np.linspace(0.0, 1.0, 3 * size // 2 + 1)

    def mapping(points: np.ndarray) -> np.ndarray:
        semi = INNER_MM + points[:, :1] * (OUTER_MM - INNER_MM)
        ray = np.column_stack([np.cos(points[:, 1]), np.sin(points[:, 1])])
        plane = semi * np.where(np.abs(ray) < 1e-12, 0.0, ray)
        return np.column_stack([plane, points[:, 2]])

    return block(across, around, levels, mapping)


def _model(space: QuadraticSpace) -> tuple[Problem, np.ndarray]:
    cells = np.arange(len(space.cell_nodes))
    problem = Problem(space, residual=1e-7)
    problem.solid("plate", cells, StVenantKirchhoff(MODULUS_MPA, POISSON, len(cells)))
    for axis in (0, 1):
        problem.hold(np.flatnonzero(space.nodes[:, axis] == 0), [axis])
    return problem, boundary(space, _on_outer)


def _on_outer(points: np.ndarray) -> np.ndarray:
    return np.abs(np.sum((points[:, :2] / OUTER_MM) ** 2, axis=1) - 1) < 1e-9


def _stress_at_d(problem: Problem, forces: np.ndarray, height: float) -> float:
    """σ_yy (MPa) at D at a height under full load."""
    space = problem.space
    problem.add_load(DeadForces("load", LOAD_SHARE * forces))
    state = problem.equilibrium(problem.unloaded())
    corners = space.nodes[: space.n_corners]
    at_d = int(np.argmin(np.linalg.norm(corners - [INNER_MM[0], 0.0, height], axis=1)))
    (solid,) = (item for item in problem.items if isinstance(item, Solid))
    return float(corner_stress(space, solid, state.x, at_d)[1, 1]) / LOAD_SHARE


def _membrane(size: int) -> float:
    space = _quarter(size, np.array([0.0, THICKNESS_LE1_MM / 2]))
    problem, outer = _model(space)
    problem.hold(np.flatnonzero(space.nodes[:, 2] == 0), [2])  # half of the slab: its middle plane stays
    return _stress_at_d(problem, surface_forces(space, outer, 10.0 * unit_normals(space.nodes[outer])), 0.0)


def _plate(size: int) -> float:
    layers = max(2, size // 2 // 2 * 2)
    space = _quarter(size, np.linspace(0.0, THICKNESS_LE10_MM, layers + 1))
    problem, outer = _model(space)
    edge = np.unique(space.triangle_nodes(outer))
    problem.hold(edge, [0, 1])
    problem.hold(edge[np.abs(space.nodes[edge, 2] - THICKNESS_LE10_MM / 2) < 1e-9], [2])
    upper = boundary(space, lambda p: p[:, 2] > THICKNESS_LE10_MM - 1e-9)
    return _stress_at_d(problem, surface_forces(space, upper, np.array([0.0, 0.0, -1.0])), THICKNESS_LE10_MM)
