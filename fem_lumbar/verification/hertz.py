"""Contact of elastic bodies: Hertz's sphere on a flat, and a contact patch test, with the contact of the model."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from fem_lumbar.materials.contact_penalty import ContactPenalty
from fem_lumbar.materials.st_venant_kirchhoff import StVenantKirchhoff
from fem_lumbar.mechanics.contact import ContactState, SurfaceContact
from fem_lumbar.mechanics.contact_surface import straight
from fem_lumbar.mechanics.space import QuadraticSpace
from fem_lumbar.verification.meshes import boundary, extruded, graded, quarter_disc, rectangle
from fem_lumbar.verification.problem import Problem
from fem_lumbar.verification.record import Chart, Line, Outcome, Record, relative, vanishing
from fem_lumbar.verification.recovery import corner_stress

MODULUS_MPA, POISSON = 1000.0, 0.3
RADIUS_MM, CONTACT_MM = 50.0, 1.0
"""Radius of the sphere, and of the contact that Hertz's theory gives at full load: strains stay below one per cent."""
FAR_MM = 12.0
STEPS = 2
EFFECTIVE_MPA = MODULUS_MPA / (2 * (1 - POISSON**2))
APPROACH_MM = CONTACT_MM**2 / RADIUS_MM
FORCE_N = 4 / 3 * EFFECTIVE_MPA * CONTACT_MM**3 / RADIUS_MM
PEAK_MPA = 2 * EFFECTIVE_MPA * CONTACT_MM / (np.pi * RADIUS_MM)
PENALTY = ContactPenalty(stiffness=3e4, onset=5e-5, hardening_depth=1.0)
"""So stiff that the bodies overlap by some one per cent of their approach."""
BLOCK_MM, HEIGHT_MM, SQUEEZE_MM = 2.0, 1.0, 0.02
MODEL_PENALTY = 8.0
"""Penalty over modulus per cell height in the patch test, as stiff as in the segment model."""
SCATTER = "no theory: points of one surface against facets of the other scatter; tolerance: as found"
PATCH = (
    "two bars and the penalty; tolerance: point-to-facet contact passes in the limit only, with the first power of h"
)
SOURCE = "Johnson 1985, Contact Mechanics, sec. 4.2; tolerance: required"


def hertz(rings: int = 6) -> Outcome:
    """Hertz contact and contact patch test.

    An elastic sphere of 50 mm radius is pressed on an elastic flat of the same material until the theory gives a
    contact of 1 mm radius. One quarter is modelled. The outer surfaces, 12 contact radii
    away, move as those of half-spaces under the theoretical force. Force, radius and peak pressure must be those of
    the theory. Two blocks with meshes that do not match, pressed together, must carry a uniform pressure. The contact
    is integrated on one surface only: it passes that test in the limit of small cells, not exactly.
    """
    state, distance, axial = _sphere_on_flat(rings)
    r = np.linspace(0.0, 1.3 * CONTACT_MM, 200)
    theory = PEAK_MPA * np.sqrt(np.clip(1 - (r / CONTACT_MM) ** 2, 0, None))
    near = np.argsort(distance)
    near = near[distance[near] < r[-1]]
    chart = Chart(
        "Pressure between sphere and flat",
        "distance from the axis (mm)",
        "pressure (MPa)",
        (
            Line("Hertz", r, theory),
            Line("nodes of the sphere", distance[near], state.nodal_pressure[near], points=True),
        ),
    )
    name = "sphere on flat"
    by_centre = 8 / 3 * state.centre[:2].mean()  # the centre of pressure of a quarter is at 3/8 of the radius
    records = [
        relative(name, "force", 4 * state.force[2], FORCE_N, 0.03, "N", SOURCE),
        relative(name, "contact radius by area", np.sqrt(4 * state.area / np.pi), CONTACT_MM, 0.03, "mm", SOURCE),
        relative(name, "contact radius by centre of pressure", by_centre, CONTACT_MM, 0.03, "mm", SOURCE),
        relative(name, "stress in the sphere under its middle", axial, -PEAK_MPA, 0.03, "MPa", SOURCE),
        relative(name, "peak nodal pressure", state.nodal_pressure.max(), PEAK_MPA, 0.03, "MPa", SOURCE),
        relative(name, "peak pressure at a quadrature point", state.peak_pressure, PEAK_MPA, 0.1, "MPa", SCATTER),
    ]
    return Outcome((*records, *_patch()), (chart,))


def _sphere_on_flat(rings: int) -> tuple[ContactState, np.ndarray, float]:
    """Contact at full load, distance (k,) mm of the sphere's nodes from the axis, and σ_zz (MPa) in it on the axis."""
    upper, lower = _body(rings), _body(rings)
    sphere = upper[0].copy()
    rise = np.sum(sphere[:, :2] ** 2, axis=1) / (2 * RADIUS_MM)
    sphere[:, 2] += rise * (1 - sphere[:, 2] / FAR_MM)
    flat = lower[0] * [1, 1, -1]
    space = QuadraticSpace(np.vstack([sphere, flat]), np.vstack([upper[1], lower[1] + len(sphere)]))
    cells = np.arange(len(space.cell_nodes))
    is_upper = np.zeros(space.n_nodes, dtype=bool)
    is_upper[space.cell_nodes[: len(upper[1])]] = True
    problem = Problem(space, residual=1e-6)
    solid = problem.solid("bodies", cells, StVenantKirchhoff(MODULUS_MPA, POISSON, len(cells)))

    def facing(side: bool, reach: float) -> np.ndarray:
        def chosen(p: np.ndarray) -> np.ndarray:
            rho2 = np.sum(p[:, :2] ** 2, axis=1)
            height = rho2 / (2 * RADIUS_MM) if side else 0.0
            return (np.abs(p[:, 2] - height) < 1e-9) & (rho2 < reach**2)

        triangles = boundary(space, chosen)
        return triangles[is_upper[triangles].all(axis=1) == side]

    contact = SurfaceContact(
        "contact", space, straight(space, facing(True, 2.0)), straight(space, facing(False, 3.0)), PENALTY, rim=0.05
    )
    problem.add(contact)
    for axis in (0, 1):
        problem.hold(np.flatnonzero(space.nodes[:, axis] == 0), [axis])
    outer = np.unique(space.triangle_nodes(boundary(space, _far)))
    x = problem.unloaded()
    for share in np.arange(1, STEPS + 1) / STEPS:
        far = _half_space(space.nodes[outer], share**1.5 * FORCE_N)
        far[is_upper[outer], 2] -= share * APPROACH_MM
        problem.hold(outer, motion=far)
        x = problem.equilibrium(x).x
    state = contact.state(x)
    axial = corner_stress(space, solid, x, corner=0)[2, 2]  # the first point of a disc is its middle
    return state, np.linalg.norm(space.nodes[state.nodes, :2], axis=1), float(axial)


def _body(rings: int) -> tuple[np.ndarray, np.ndarray]:
    """Points and tetrahedra of a quarter cylinder, fine at the origin."""
    inner = 1.3 * CONTACT_MM * np.arange(1, rings + 1) / rings
    width = inner[0]
    outer = inner[-1] + graded(FAR_MM - inner[-1], 1.3 * width, rings)[1:]
    return extruded(quarter_disc(np.append(inner, outer), rings), graded(FAR_MM, width, rings + 2))


def _far(p: np.ndarray) -> np.ndarray:
    return (np.abs(np.abs(p[:, 2]) - FAR_MM) < 1e-9) | (np.hypot(p[:, 0], p[:, 1]) > FAR_MM - 1e-6)


def _half_space(points: np.ndarray, force: float) -> np.ndarray:
    """Displacement (n, 3) mm of points away from two half-spaces pressed together by a force (N) at the origin.

    Boussinesq's solution (Johnson 1985, sec. 3.2), for either side of z = 0.
    """
    depth, rho = np.abs(points[:, 2]), np.hypot(points[:, 0], points[:, 1])
    distance = np.hypot(depth, rho)
    factor = force * (1 + POISSON) / (2 * np.pi * MODULUS_MPA)
    inward = factor * (depth**2 / distance**3 + 2 * (1 - POISSON) / distance)
    outward = factor * (depth / distance**3 - (1 - 2 * POISSON) / (distance * (distance + depth)))  # over rho
    return np.column_stack([points[:, 0] * outward, points[:, 1] * outward, np.sign(points[:, 2]) * inward])


def _patch() -> list[Record]:
    """Errors of two blocks on two meshes."""
    coarse, fine = _blocks(1), _blocks(2)
    name = "blocks, meshes that do not match"
    return [
        vanishing(name, "error of the force, relative", fine[0], 0.001, "-", PATCH),
        Record(name, "order of the error of the force", np.log2(coarse[0] / fine[0]), 1.0, 0.25, "-", PATCH),
        vanishing(name, "scatter of stress away from the contact, relative", fine[2], 0.002, "-", PATCH),
        vanishing(name, "scatter of nodal pressures, relative", fine[1], 0.03, "-", SCATTER),
    ]


def _blocks(refinement: int = 1) -> tuple[float, float, float]:
    """Two blocks, 1 mm high, pressed together by 1 % of their height, with meshes that do not match.

    Returns the force, the root mean square deviation of the nodal pressures and that of the axial stress of the cells
    away from the contact, each relative to the exact uniform pressure.
    """
    cells_of = (4 * refinement, 3 * refinement), (3 * refinement, 5 * refinement)
    layers = 2 * refinement
    above, below = (
        extruded(rectangle(*(np.linspace(0, BLOCK_MM, n + 1) for n in sides)), np.linspace(0, HEIGHT_MM, layers + 1))
        for sides in cells_of
    )
    flat = below[0] * [1, 1, -1]
    space = QuadraticSpace(np.vstack([above[0], flat]), np.vstack([above[1], below[1] + len(above[0])]))
    cells = np.arange(len(space.cell_nodes))
    problem = Problem(space, residual=1e-8)
    solid = problem.solid("blocks", cells, StVenantKirchhoff(MODULUS_MPA, 0.0, len(cells)))
    is_upper = np.zeros(space.n_nodes, dtype=bool)
    is_upper[space.cell_nodes[: len(above[1])]] = True
    faces = boundary(space, lambda p: np.abs(p[:, 2]) < 1e-9)
    on_upper = is_upper[faces].all(axis=1)
    size = HEIGHT_MM / layers
    penalty = ContactPenalty(MODEL_PENALTY * MODULUS_MPA / size, onset=2e-5, hardening_depth=1e3)
    upper, lower = straight(space, faces[on_upper]), straight(space, faces[~on_upper])
    contact = problem.add(SurfaceContact("contact", space, upper, lower, penalty, rim=0.05))
    for axis in (0, 1):
        problem.hold(np.flatnonzero(space.nodes[:, axis] == 0), [axis])
    problem.hold(np.flatnonzero(space.nodes[:, 2] < -HEIGHT_MM + 1e-9))
    top = np.flatnonzero(space.nodes[:, 2] > HEIGHT_MM - 1e-9)
    problem.hold(top, motion=np.array([0.0, 0.0, -SQUEEZE_MM]))
    guess = np.where(is_upper[:, None], [0, 0, -SQUEEZE_MM / 2], 0.0) - space.nodes * [0, 0, SQUEEZE_MM / 2 / HEIGHT_MM]
    state = problem.follow([0.5, 1.0], problem.rough_guess(guess))[-1]
    pressure = _uniform_pressure(penalty.stiffness)
    pressed = contact.state(state.x)
    away = np.abs(space.nodes[space.cell_nodes[:, :4], 2]).min(axis=1) > 1e-9
    stress = solid.cauchy_stress(state.x)[0][away, 2, 2]
    return (
        pressed.force[2] / (pressure * BLOCK_MM**2) - 1,
        float(np.sqrt(np.mean((pressed.nodal_pressure / pressure - 1) ** 2))),
        float(np.sqrt(np.mean((stress / pressure + 1) ** 2))),
    )


def _uniform_pressure(stiffness: float) -> float:
    """Exact pressure (MPa) between the blocks: two St Venant-Kirchhoff bars without Poisson effect and the penalty."""

    def nominal(stretch: float) -> float:
        return MODULUS_MPA * stretch * (1 - stretch**2) / 2

    closed = 1 - SQUEEZE_MM / (2 * HEIGHT_MM)
    stretch = brentq(lambda s: 2 * HEIGHT_MM * (1 - s) + nominal(s) / stiffness - SQUEEZE_MM, closed, 1.0)
    return nominal(stretch)
