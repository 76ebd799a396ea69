"""Inflation of a thick-walled sphere against the exact integral of incompressible elasticity."""

from __future__ import annotations

import numpy as np
from scipy.integrate import quad

from fem_lumbar.materials.mooney_rivlin import MooneyRivlin
from fem_lumbar.mechanics.space import QuadraticSpace
from fem_lumbar.verification.meshes import extruded, triangle
from fem_lumbar.verification.problem import Problem
from fem_lumbar.verification.record import Chart, Line, Outcome, Record, relative

INNER, OUTER = 1.0, 2.0
RADII = np.array([1.1, 1.2, 1.35, 1.5])
BULK_TO_SHEAR = 1e4
LAWS = {"neo-Hooke": (0.5, 0.0), "Mooney-Rivlin": (0.18, 0.045)}
SOURCE = (
    "Green & Zerna 1968, sec. 3.10: P = ∫ W'(λ)/(λ³ - 1) dλ; tolerance: facets in place of the sphere, extrapolated"
)


def inflation(sizes: tuple[int, int] = (4, 8)) -> Outcome:
    """Inflation of a thick-walled sphere.

    The inner surface of one eighth of a sphere (radii 1 and 2 mm) moves outwards to 1.5 mm; the P2/P1 form with a
    bulk modulus of ten thousand times the shear modulus must find the pressure of the exact solution, in which volume
    is kept. The cells have straight edges, so the error falls with the second power of their size; the pressure is
    extrapolated from two meshes with that power.
    """
    records, lines = [], []
    for name, (c10, c01) in LAWS.items():
        exact = np.array([_exact(c10, c01, radius) for radius in RADII])
        coarse, fine = (_pressures(c10, c01, size) for size in sizes)
        extrapolated = fine + (fine - coarse) / ((sizes[1] / sizes[0]) ** 2 - 1)
        for radius, a, b in zip(RADII, extrapolated, exact, strict=True):
            records.append(relative(name, f"pressure at inner radius {radius:g} mm", a, b, 3e-3, "MPa", SOURCE))
        order = np.log(abs(coarse[-1] - exact[-1]) / abs(fine[-1] - exact[-1])) / np.log(sizes[1] / sizes[0])
        records.append(Record(name, "order of the error of the pressure", float(order), 2.0, 0.25, "-", SOURCE))
        smooth = np.linspace(INNER + 1e-6, RADII[-1], 60)
        lines.append(Line(f"{name}, exact", smooth, np.array([_exact(c10, c01, radius) for radius in smooth])))
        lines.append(Line(f"{name}, finer mesh", RADII, fine, points=True))
    chart = Chart("Inflation of a thick-walled sphere", "inner radius (mm)", "pressure (MPa)", tuple(lines))
    return Outcome(tuple(records), (chart,))


def _exact(c10: float, c01: float, radius: float) -> float:
    """Pressure (MPa) at an inner radius; the stretch around the circumference falls from inside to outside."""
    outer = (OUTER**3 + radius**3 - INNER**3) ** (1 / 3)

    def density(stretch: float) -> float:
        slope = c10 * (4 * stretch - 4 * stretch**-5) + c01 * (4 * stretch**3 - 4 * stretch**-3)
        return slope / (stretch**3 - 1)

    return quad(density, outer / OUTER, radius / INNER)[0]


def _pressures(c10: float, c01: float, size: int) -> np.ndarray:
    """Pressure (n,) MPa at every radius: power of the reactions over the rate of the enclosed volume."""
    points, cells = extruded(triangle(size), np.linspace(INNER, OUTER, size + 1))
    direction = np.column_stack([points[:, 0], points[:, 1], 1 - points[:, 0] - points[:, 1]])
    direction[np.abs(direction) < 1e-12] = 0.0
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    space = QuadraticSpace(direction * points[:, 2:], cells)
    problem = Problem(space)
    bulk = 2 * (c10 + c01) * BULK_TO_SHEAR
    problem.mixed("wall", np.arange(len(cells)), MooneyRivlin(c10, c01, 0.0, len(cells)), bulk)
    distance = np.linalg.norm(space.nodes, axis=1, keepdims=True)
    for axis in range(3):
        problem.hold(np.flatnonzero(space.nodes[:, axis] == 0), [axis])
    n_inner = (size + 1) * (size + 2) // 2  # corners of the first level
    on_inner = np.zeros(space.n_nodes, dtype=bool)
    on_inner[:n_inner] = True
    ends = space.edges
    on_inner[space.n_corners :] = (ends < n_inner).all(axis=1)
    inner = np.flatnonzero(on_inner)
    pressures, x = [], problem.unloaded()
    for radius in RADII:
        moved = (distance**3 + radius**3 - INNER**3) ** (1 / 3)
        exact = space.nodes * (moved / distance - 1)
        problem.hold(inner, motion=exact[inner])
        x[: exact.size] = exact.ravel()  # near, so that no cell turns inside out; not the discrete solution
        state = problem.equilibrium(x)
        x = state.x.copy()
        rate = space.nodes[inner] / distance[inner] * radius**2 / moved[inner] ** 2
        power = np.sum(state.reactions[inner] * rate)
        pressures.append(power / (np.pi * radius**2 / 2))
    return np.array(pressures)
