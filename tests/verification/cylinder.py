"""The disc between two blocks on which FEBio, CalculiX and FElupe agree; mesh and answers from that comparison."""

from __future__ import annotations

from pathlib import Path

import numpy as np

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

MESH = Path(__file__).parent / "data" / "cylinder_tiny.npz"
BULK = 50.0


def reactions(mixed: bool, mesh: Path = MESH, solver: str = "auto") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Top force after 1 mm compression (3,) N, then force and moment (3,) N·mm after 1 mm of shear on top of it."""
    data = np.load(mesh)
    corners = np.unique(data["conn"][:, :4])
    number = np.full(len(data["X"]), -1)
    number[corners] = np.arange(len(corners))
    space = QuadraticSpace(data["X"][corners], number[data["conn"][:, :4]])
    bone, disc = np.flatnonzero(data["reg"] != 1), np.flatnonzero(data["reg"] == 1)
    items = [Solid.quadratic("bone", space, bone, StVenantKirchhoff(1000.0, 0.3, len(bone)))]
    n_dofs = 3 * space.n_nodes
    if mixed:
        law = MooneyRivlin(0.18, 0.045, 0.0, len(disc))
        items.append(MixedSolid("disc", space, disc, law, BULK, n_dofs))
        n_dofs += len(items[-1].pressure_dofs)
    else:
        items.append(Solid.quadratic("disc", space, disc, MooneyRivlin(0.18, 0.045, BULK, len(disc))))
    z = space.nodes[:, 2]
    bottom, top = np.flatnonzero(z < 1e-6), np.flatnonzero(z > z.max() - 1e-6)
    free = np.ones(n_dofs, dtype=bool)
    for axis in range(3):
        free[3 * bottom + axis] = free[3 * top + axis] = False
    equations = Equations(n_dofs, free)
    assembler = Assembler(items, equations)
    is_displacement = np.flatnonzero(equations.number >= 0) < 3 * space.n_nodes
    newton = Newton(
        assembler,
        linear_solver(solver)[0],
        [],
        is_displacement,
        FiniteRotation([]),
        Tolerances(),
    )
    x, forces = np.zeros(n_dofs), []
    for shear, compression in [(0, k / 5) for k in range(1, 6)] + [(k / 5, 1) for k in range(1, 6)]:
        equations.prescribed = np.zeros(n_dofs)
        equations.prescribed[3 * top], equations.prescribed[3 * top + 2] = shear, -compression
        solution = newton.solve(x, 1.0)
        x = solution.x
        summed = sum(solution.residual.item_forces.values())[: 3 * space.n_nodes].reshape(-1, 3)
        forces.append(summed[top])
    place = space.nodes[top] + x[: 3 * space.n_nodes].reshape(-1, 3)[top]
    moment = np.cross(place - np.array([1.0, 0.0, z.max() - 1.0]), forces[-1]).sum(axis=0)
    return forces[4].sum(axis=0), forces[-1].sum(axis=0), moment
