"""Manufactured solutions: observed orders of the quadratic displacement form and of the mixed form."""

from __future__ import annotations

import numpy as np
from skfem import MeshTet

from fem_lumbar.materials.law import VOIGT
from fem_lumbar.materials.mooney_rivlin import MooneyRivlin
from fem_lumbar.mechanics.space import QuadraticSpace
from fem_lumbar.verification.problem import DeadForces, Problem, volume_forces
from fem_lumbar.verification.record import Chart, Line, Outcome, Record

AMPLITUDE = 0.05
C10, C01 = 0.5, 0.1
FORMS = {
    "displacement form, K = 2 MPa": (False, 2.0),
    "P2/P1 form, K = 2 MPa": (True, 2.0),
    "P2/P1 form, K = 200 MPa": (True, 200.0),
}
SOURCE = "approximation theory of quadratic elements; tolerance: meshes of h = 1/4 and 1/8 are not yet asymptotic"


def convergence(refinements: tuple[int, ...] = (1, 2, 3)) -> Outcome:
    """Observed orders of convergence.

    A body force is manufactured so that a smooth finite-strain displacement of a Mooney-Rivlin cube is the exact
    solution. The error must fall with the third power of the element size in displacement, and with the second in
    its gradient, also near incompressibility.
    """
    sizes = 0.5 ** np.array(refinements, dtype=float)
    records, lines = [], []
    for name, (mixed, bulk) in FORMS.items():
        in_l2, in_h1 = np.array([errors(refinement, mixed, bulk) for refinement in refinements]).T
        for quantity, error, order in (("displacement", in_l2, 3.0), ("gradient", in_h1, 2.0)):
            observed = min(order, np.log2(error[-2] / error[-1]))  # falling faster at first is no fault
            records.append(Record(name, f"order in {quantity}, at least", observed, order, 0.2, "-", SOURCE))
            lines.append(Line(f"{quantity}, {name}", sizes, error, points=True))
    chart = Chart("Error of a manufactured solution", "element size (mm)", "error in the L2 norm", tuple(lines), True)
    return Outcome(tuple(records), (chart,))


def displacement(points: np.ndarray) -> np.ndarray:
    """The exact displacement (..., 3) mm at points (..., 3)."""
    x, y, z = np.moveaxis(points, -1, 0)
    return AMPLITUDE * np.stack([np.sin(np.pi * y) * z, np.sin(np.pi * z) * x, np.sin(np.pi * x) * y], axis=-1)


def gradient(points: np.ndarray) -> np.ndarray:
    """Its gradient (..., 3, 3)."""
    x, y, z = np.moveaxis(points, -1, 0)
    out = np.zeros((*points.shape[:-1], 3, 3))
    out[..., 0, 1], out[..., 0, 2] = np.pi * np.cos(np.pi * y) * z, np.sin(np.pi * y)
    out[..., 1, 2], out[..., 1, 0] = np.pi * np.cos(np.pi * z) * x, np.sin(np.pi * z)
    out[..., 2, 0], out[..., 2, 1] = np.pi * np.cos(np.pi * x) * y, np.sin(np.pi * x)
    return AMPLITUDE * out


def first_piola(points: np.ndarray, law: MooneyRivlin) -> np.ndarray:
    """First Piola-Kirchhoff stress (..., 3, 3) MPa of the exact displacement."""
    f = np.eye(3) + gradient(points)
    c = np.einsum("...ki,...kj->...ij", f, f).reshape(1, -1, 3, 3)
    _, stress, _ = law.response(c)
    tensor = np.zeros((stress.shape[1], 3, 3))
    tensor[:, VOIGT[:, 0], VOIGT[:, 1]] = tensor[:, VOIGT[:, 1], VOIGT[:, 0]] = stress[0]
    return np.einsum("...ij,...jk->...ik", f, tensor.reshape(f.shape))


def body_force(points: np.ndarray, law: MooneyRivlin) -> np.ndarray:
    """-Div P (..., 3) N/mm3 by central differences of the exact stress."""
    h = 1e-5
    force = np.zeros(points.shape)
    for j in range(3):
        step = h * np.eye(3)[j]
        force -= (first_piola(points + step, law)[..., j] - first_piola(points - step, law)[..., j]) / (2 * h)
    return force


def errors(refinement: int, mixed: bool, bulk: float) -> tuple[float, float]:
    """Error of displacement and of its gradient in the L2 norm on a unit cube of size 0.5^refinement."""
    mesh = MeshTet().refined(refinement)
    space = QuadraticSpace(mesh.p.T.copy(), mesh.t.T.copy())
    cells = np.arange(mesh.t.shape[1])
    problem = Problem(space, residual=1e-10)
    if mixed:
        problem.mixed("solid", cells, MooneyRivlin(C10, C01, 0.0, len(cells)), bulk)
    else:
        problem.solid("solid", cells, MooneyRivlin(C10, C01, bulk, len(cells)))
    density = body_force(_places(space, 5), MooneyRivlin(C10, C01, bulk, 1))
    problem.add_load(DeadForces("body force", volume_forces(space, density, order=5)))
    exact = displacement(space.nodes)
    rim = np.flatnonzero(np.any((space.nodes < 1e-9) | (space.nodes > 1 - 1e-9), axis=1))
    problem.hold(rim, motion=exact[rim])
    # The interpolant is near enough to converge at once, and not the discrete solution.
    nodal = problem.equilibrium(problem.rough_guess(exact)).displacement[space.cell_nodes]
    values, gradients, weights = space.quadratic(cells, order=6)
    points = _places(space, 6)
    off = np.einsum("qa,eai->eqi", values, nodal) - displacement(points)
    off_gradient = np.einsum("eai,eqaj->eqij", nodal, gradients) - gradient(points)
    return (
        float(np.sqrt(np.einsum("eq,eqi->", weights, off**2))),
        float(np.sqrt(np.einsum("eq,eqij->", weights, off_gradient**2))),
    )


def _places(space: QuadraticSpace, order: int) -> np.ndarray:
    """Quadrature points (n_e, n_q, 3) mm of an order."""
    values, _, _ = space.quadratic(np.arange(len(space.cell_nodes)), order)
    return np.einsum("qa,eai->eqi", values, space.nodes[space.cell_nodes])
