"""Manufactured solutions: observed orders of the quadratic displacement form and of the mixed form."""

from __future__ import annotations

import numpy as np
import pytest
from skfem import MeshTet

from fem_lumbar.materials.law import VOIGT
from fem_lumbar.materials.mooney_rivlin import MooneyRivlin
from fem_lumbar.mechanics.item import node_dofs
from fem_lumbar.mechanics.mixed_solid import MixedSolid
from fem_lumbar.mechanics.solid import Solid
from fem_lumbar.mechanics.space import QuadraticSpace
from fem_lumbar.solver.assembly import Assembler
from fem_lumbar.solver.equations import Equations
from fem_lumbar.solver.finite_rotation import FiniteRotation
from fem_lumbar.solver.linear import linear_solver
from fem_lumbar.solver.newton import Newton, Tolerances

AMPLITUDE = 0.05


def displacement(points: np.ndarray) -> np.ndarray:
    x, y, z = np.moveaxis(points, -1, 0)
    return AMPLITUDE * np.stack([np.sin(np.pi * y) * z, np.sin(np.pi * z) * x, np.sin(np.pi * x) * y], axis=-1)


def gradient(points: np.ndarray) -> np.ndarray:
    x, y, z = np.moveaxis(points, -1, 0)
    out = np.zeros((*points.shape[:-1], 3, 3))
    out[..., 0, 1], out[..., 0, 2] = np.pi * np.cos(np.pi * y) * z, np.sin(np.pi * y)
    out[..., 1, 2], out[..., 1, 0] = np.pi * np.cos(np.pi * z) * x, np.sin(np.pi * z)
    out[..., 2, 0], out[..., 2, 1] = np.pi * np.cos(np.pi * x) * y, np.sin(np.pi * x)
    return AMPLITUDE * out


def first_piola(points: np.ndarray, law: MooneyRivlin) -> np.ndarray:
    f = np.eye(3) + gradient(points)
    shape = f.shape[:-2]
    c = np.einsum("...ki,...kj->...ij", f, f).reshape(1, -1, 3, 3)
    _, stress, _ = law.response(c)
    tensor = np.zeros((stress.shape[1], 3, 3))
    tensor[:, VOIGT[:, 0], VOIGT[:, 1]] = tensor[:, VOIGT[:, 1], VOIGT[:, 0]] = stress[0]
    return np.einsum("...ij,...jk->...ik", f, tensor.reshape(*shape, 3, 3))


def body_force(points: np.ndarray, law: MooneyRivlin) -> np.ndarray:
    """-Div P by central differences of the exact stress."""
    h = 1e-5
    force = np.zeros(points.shape)
    for j in range(3):
        step = h * np.eye(3)[j]
        force -= (first_piola(points + step, law)[..., j] - first_piola(points - step, law)[..., j]) / (2 * h)
    return force


class BodyForce:
    """Dead body force as an item."""

    name = "body force"

    def __init__(self, space: QuadraticSpace, law: MooneyRivlin) -> None:
        cells = np.arange(len(space.cell_nodes))
        values, _, weights = space.quadratic(cells, order=5)
        points = np.einsum("qa,eai->eqi", values, space.nodes[space.cell_nodes])
        nodal = np.einsum("eq,qa,eqi->eai", weights, values, body_force(points, law))
        self.dofs = node_dofs(space.cell_nodes)
        self.ties = []
        self._forces = -nodal.reshape(len(cells), -1)

    def forces(self, x, load):
        return 0.0, load * self._forces

    def tangent(self, x, load):
        return np.zeros((len(self.dofs), 30, 30))


def errors(refinement: int, mixed: bool, bulk: float) -> tuple[float, float]:
    mesh = MeshTet().refined(refinement)
    space = QuadraticSpace(mesh.p.T.copy(), mesh.t.T.copy())
    cells = np.arange(mesh.t.shape[1])
    exact_law = MooneyRivlin(0.5, 0.1, bulk, 1)
    n_dofs = 3 * space.n_nodes
    if mixed:
        solid = MixedSolid("solid", space, cells, MooneyRivlin(0.5, 0.1, 0.0, len(cells)), bulk, n_dofs)
        n_dofs += len(solid.pressure_dofs)
    else:
        solid = Solid.quadratic("solid", space, cells, MooneyRivlin(0.5, 0.1, bulk, len(cells)))
    load = BodyForce(space, exact_law)
    rim = np.any((space.nodes < 1e-9) | (space.nodes > 1 - 1e-9), axis=1)
    free, prescribed = np.ones(n_dofs, dtype=bool), np.zeros(n_dofs)
    free[: 3 * space.n_nodes] = np.repeat(~rim, 3)
    prescribed[: 3 * space.n_nodes] = np.where(np.repeat(rim, 3), displacement(space.nodes).ravel(), 0.0)
    equations = Equations(n_dofs, free, prescribed=prescribed)
    is_force = np.flatnonzero(equations.number >= 0) < 3 * space.n_nodes
    newton = Newton(
        Assembler([solid], equations).with_loads([load]),
        linear_solver("auto")[0],
        [],
        is_force,
        FiniteRotation([]),
        Tolerances(residual=1e-10),
    )
    start = np.zeros(n_dofs)  # the interpolant: near enough to converge, not the discrete solution
    start[: 3 * space.n_nodes] = displacement(space.nodes).ravel()
    x = newton.solve(start, 1.0).x
    values, gradients, weights = space.quadratic(cells, order=6)
    points = np.einsum("qa,eai->eqi", values, space.nodes[space.cell_nodes])
    nodal = x[node_dofs(space.cell_nodes)].reshape(len(cells), 10, 3)
    off = np.einsum("qa,eai->eqi", values, nodal) - displacement(points)
    off_gradient = np.einsum("eai,eqaj->eqij", nodal, gradients) - gradient(points)
    return (
        float(np.sqrt(np.einsum("eq,eqi->", weights, off**2))),
        float(np.sqrt(np.einsum("eq,eqij->", weights, off_gradient**2))),
    )


@pytest.mark.parametrize(("mixed", "bulk"), [(False, 2.0), (True, 2.0), (True, 200.0)])
def test_orders(mixed, bulk):
    """Quadratic elements: third order in displacement, second in its gradient; also near incompressibility."""
    coarse, fine = errors(2, mixed, bulk), errors(3, mixed, bulk)
    in_l2, in_h1 = (np.log2(a / b) for a, b in zip(coarse, fine, strict=True))
    assert in_l2 > 2.8
    assert in_h1 > 1.85
