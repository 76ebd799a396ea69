"""Patch test: a linear displacement on the boundary gives the same uniform strain everywhere, exactly."""

from __future__ import annotations

import numpy as np
import pytest
from skfem import MeshTet

from fem_lumbar.materials.mooney_rivlin import MooneyRivlin
from fem_lumbar.materials.st_venant_kirchhoff import StVenantKirchhoff
from fem_lumbar.mechanics.mixed_solid import MixedSolid
from fem_lumbar.mechanics.solid import Solid
from fem_lumbar.mechanics.space import QuadraticSpace
from fem_lumbar.solver.assembly import Assembler
from fem_lumbar.solver.equations import Equations
from fem_lumbar.solver.finite_rotation import FiniteRotation
from fem_lumbar.solver.linear import linear_solver
from fem_lumbar.solver.newton import Newton, Tolerances

STRETCH = np.array([[0.05, 0.02, -0.01], [0.0, -0.03, 0.04], [0.03, 0.01, 0.02]])


def irregular_cube() -> QuadraticSpace:
    mesh = MeshTet().refined(2)
    points = mesh.p.T.copy()
    inside = np.all((points > 1e-9) & (points < 1 - 1e-9), axis=1)
    points[inside] += 0.04 * np.random.default_rng(0).standard_normal((np.count_nonzero(inside), 3))
    return QuadraticSpace(points, mesh.t.T.copy())


@pytest.mark.parametrize("kind", ["bone", "linear bone", "cartilage", "mixed"])
def test_patch(kind):
    space = irregular_cube()
    cells = np.arange(len(space.cell_nodes))
    n_dofs = 3 * space.n_nodes
    free = np.ones(n_dofs, dtype=bool)
    if kind == "bone":
        solid = Solid.quadratic(kind, space, cells, StVenantKirchhoff(1000.0, 0.3, len(cells)))
    elif kind == "linear bone":
        solid = Solid.linear(kind, space, cells, StVenantKirchhoff(1000.0, 0.3, len(cells)))
        free[3 * space.n_corners :] = False
    elif kind == "cartilage":
        solid = Solid.quadratic(kind, space, cells, MooneyRivlin.neo_hookean(35.0, 0.4, len(cells)))
    else:
        solid = MixedSolid(kind, space, cells, MooneyRivlin(0.5, 0.1, 0.0, len(cells)), 200.0, n_dofs)
        n_dofs += len(solid.pressure_dofs)
        free = np.ones(n_dofs, dtype=bool)
    exact = (space.nodes @ STRETCH.T).ravel()
    rim = np.repeat(np.any((space.nodes < 1e-9) | (space.nodes > 1 - 1e-9), axis=1), 3)
    prescribed = np.zeros(n_dofs)
    prescribed[: len(exact)] = np.where(rim, exact, 0.0)
    free[: len(exact)] &= ~rim
    equations = Equations(n_dofs, free, prescribed=prescribed)
    is_force = np.flatnonzero(equations.number >= 0) < len(exact)
    newton = Newton(
        Assembler([solid], equations), linear_solver("auto")[0], [], is_force, FiniteRotation([]), Tolerances(1e-11)
    )
    start = np.zeros(n_dofs)
    start[: len(exact)] = 0.9 * exact
    x = newton.solve(start, 1.0).x
    kept = 3 * space.n_corners if kind == "linear bone" else len(exact)
    assert np.abs(x[:kept] - exact[:kept]).max() < 1e-9
    deformation = solid.deformation(x)
    assert np.abs(deformation - np.eye(3) - STRETCH).max() < 1e-8
