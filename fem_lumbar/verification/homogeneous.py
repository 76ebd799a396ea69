"""Uniform deformations of a cube against closed forms: uniaxial, equibiaxial, simple shear."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import root

from fem_lumbar.materials.fibre_reinforced import FibreReinforced
from fem_lumbar.materials.mooney_rivlin import MooneyRivlin
from fem_lumbar.verification.patch import irregular_cube
from fem_lumbar.verification.problem import Problem, State
from fem_lumbar.verification.record import Chart, Line, Outcome, Record

STRETCHES = np.array([0.7, 0.85, 1.15, 1.3, 1.5])
SHEARS = np.array([0.2, 0.4, 0.6])
SOURCE = "principal derivatives of the energy, by hand; tolerance: round-off of the solve"


@dataclass(frozen=True)
class Material:
    """W = c10 (Ī₁ - 3) + c01 (Ī₂ - 3) + K/2 (J - 1)² + two fibre families at ± ``angle`` from x in the x-y plane."""

    c10: float
    c01: float
    bulk: float
    k1: float = 0.0
    k2: float = 1.0
    kappa: float = 0.0
    angle: float = 0.0
    mixed: bool = True

    @property
    def directions(self) -> np.ndarray:
        """Unit vectors (2, 3) of the fibre families."""
        c, s = np.cos(self.angle), np.sin(self.angle)
        return np.array([[c, s, 0.0], [c, -s, 0.0]])

    def principal_stress(self, stretches: np.ndarray) -> np.ndarray:
        """First Piola-Kirchhoff stresses (3,) MPa of principal stretches (3,) along x, y, z."""
        squared = stretches**2
        j, i1 = np.prod(stretches), np.sum(squared)
        i2 = squared[0] * squared[1] + squared[1] * squared[2] + squared[2] * squared[0]
        p = 2 * self.c10 * j ** (-2 / 3) * (stretches - i1 / (3 * stretches))
        p += 2 * self.c01 * j ** (-4 / 3) * (stretches * (i1 - squared) - 2 * i2 / (3 * stretches))
        p += self.bulk * (j - 1) * j / stretches
        along = self.kappa + (1 - 3 * self.kappa) * self.directions[0] ** 2
        strain = along @ squared - 1
        if strain > 0:  # both families alike
            p += 2 * 2 * self.k1 * strain * np.exp(self.k2 * strain**2) * along * stretches
        return p

    def shear_stress(self, amount: float) -> np.ndarray:
        """Cauchy stress (3, 3) MPa of the simple shear x + amount · y."""
        f = np.eye(3)
        f[0, 1] = amount
        b = f @ f.T
        stress = 2 * self.c10 * b - 2 * self.c01 * np.linalg.inv(b)
        stress -= np.trace(stress) / 3 * np.eye(3)  # no volume change: the isochoric law carries no pressure
        for direction in self.directions:
            structure = self.kappa * np.eye(3) + (1 - 3 * self.kappa) * np.outer(direction, direction)
            strain = np.sum(structure * (f.T @ f)) - 1
            if strain > 0:
                stress += 2 * self.k1 * strain * np.exp(self.k2 * strain**2) * f @ structure @ f.T
        return stress

    def model(self) -> Problem:
        """An irregular cube of the material, not yet held."""
        problem = Problem(irregular_cube(1), residual=1e-10)
        cells = np.arange(len(problem.space.cell_nodes))
        n = len(cells)
        if not self.mixed:
            problem.solid("cube", cells, MooneyRivlin(self.c10, self.c01, self.bulk, n))
        elif self.k1 == 0:
            problem.mixed("cube", cells, MooneyRivlin(self.c10, self.c01, 0.0, n), self.bulk)
        else:
            directions = np.broadcast_to(self.directions, (n, 2, 3))
            law = FibreReinforced(self.c10, self.c01, self.k1, self.k2, self.kappa, directions)
            problem.mixed("cube", cells, law, self.bulk)
        return problem


MATERIALS = {
    "neo-Hooke": Material(0.5, 0.0, 10.0, mixed=False),
    "neo-Hooke, P2/P1": Material(0.5, 0.0, 500.0),
    "Mooney-Rivlin": Material(0.18, 0.045, 10.0, mixed=False),
    "Mooney-Rivlin, P2/P1": Material(0.18, 0.045, 50.0),
    "fibres at ±30°, P2/P1": Material(0.13, 0.04, 50.0, 2.0, 5.0, 0.07, np.radians(30)),
}


def homogeneous() -> Outcome:
    """Uniform deformations.

    A cube of irregular tetrahedra is pulled and pressed along x with free sides, along x and y with a free face, and
    sheared along x in the x-y plane. Its stresses must be the derivatives of the energy in closed form, where the
    free stretches solve one or two scalar equations.
    """
    records, lines = [], []
    for name, material in MATERIALS.items():
        for mode, axes in (("uniaxial", [0]), ("equibiaxial", [0, 1])):
            computed = _stretched(material, axes)
            exact = np.array([_exact(material, axes, stretch) for stretch in STRETCHES])
            scale = np.abs(exact).max()
            records += [
                Record(name, f"{mode} nominal stress at {s:g}", a, b, 1e-7 * scale, "MPa", SOURCE)
                for s, a, b in zip(STRETCHES, computed, exact, strict=True)
            ]
            if mode == "uniaxial":
                fine = np.linspace(STRETCHES[0], STRETCHES[-1], 60)
                curve = np.array([_exact(material, axes, stretch) for stretch in fine])
                lines.append(Line(f"{name}, exact", fine, curve))
                lines.append(Line(f"{name}, computed", STRETCHES, computed, points=True))
        records += _sheared(name, material)
    chart = Chart("Uniaxial deformation", "stretch", "nominal stress (MPa)", tuple(lines))
    return Outcome(tuple(records), (chart,))


def _exact(material: Material, axes: list[int], stretch: float) -> float:
    """Nominal stress along x, with the other principal stresses zero."""
    free = [axis for axis in range(3) if axis not in axes]

    def stretches(sides: np.ndarray) -> np.ndarray:
        out = np.full(3, stretch)
        out[free] = sides
        return out

    guess = np.full(len(free), stretch ** (-len(axes) / len(free)))
    found = root(lambda sides: material.principal_stress(stretches(sides))[free], guess, tol=1e-13)
    return float(material.principal_stress(stretches(found.x))[0])


def _stretched(material: Material, axes: list[int]) -> np.ndarray:
    """Nominal stress along x (n,) MPa at every stretch: reaction of the unit face x = 1."""
    results = {}
    for side in (STRETCHES[STRETCHES < 1][::-1], STRETCHES[STRETCHES > 1]):
        problem = material.model()
        nodes = problem.space.nodes
        for axis in range(3):
            problem.hold(np.flatnonzero(nodes[:, axis] < 1e-9), [axis])
        for axis in axes:
            problem.hold(np.flatnonzero(nodes[:, axis] > 1 - 1e-9), [axis], side[-1] - 1)
        end = np.flatnonzero(nodes[:, 0] > 1 - 1e-9)
        loads = np.unique(np.append(np.linspace(0.125, 1.0, 8), (side - 1) / (side[-1] - 1)))
        stretches = np.full(3, side[-1] ** (-len(axes) / (3 - len(axes))))
        stretches[axes] = side[-1]
        for state in problem.follow(loads, problem.rough_guess(nodes * (stretches - 1))):
            results[round(1 + state.load_factor * (side[-1] - 1), 9)] = state.reactions[end, 0].sum()
    return np.array([results[round(stretch, 9)] for stretch in STRETCHES])


def _sheared(name: str, material: Material) -> list[Record]:
    """Shear and normal stress on the face y = 1, all faces held."""
    problem = material.model()
    nodes = problem.space.nodes
    rim = np.flatnonzero(np.any((nodes < 1e-9) | (nodes > 1 - 1e-9), axis=1))
    problem.hold(rim)
    problem.hold(rim, [0], SHEARS[-1] * nodes[rim, 1:2])
    records = []
    guess = problem.rough_guess(nodes @ (_shear(SHEARS[-1]) - np.eye(3)).T)
    for state in problem.follow(SHEARS / SHEARS[-1], guess):
        amount = state.load_factor * SHEARS[-1]
        exact = material.shear_stress(amount)
        piola = exact @ np.linalg.inv(_shear(amount)).T  # J = 1
        computed = _mean_first_piola(nodes, state)
        for quantity, (i, j) in (("shear", (0, 1)), ("normal", (1, 1))):
            records.append(
                Record(
                    name,
                    f"{quantity} stress P_{'xyz'[i]}{'xyz'[j]} at shear {amount:g}",
                    computed[i, j],
                    piola[i, j],
                    1e-7 * np.abs(piola).max(),
                    "MPa",
                    SOURCE,
                )
            )
    return records


def _shear(amount: float) -> np.ndarray:
    f = np.eye(3)
    f[0, 1] = amount
    return f


def _mean_first_piola(nodes: np.ndarray, state: State) -> np.ndarray:
    """Volume mean (3, 3) MPa of the first Piola-Kirchhoff stress of a unit cube: sum of force ⊗ place."""
    return np.einsum("ni,nj->ij", state.reactions, nodes)
