"""A slender cantilever under an end moment: it must roll up into a circle."""

from __future__ import annotations

import numpy as np

from fem_lumbar.materials.st_venant_kirchhoff import StVenantKirchhoff
from fem_lumbar.mechanics.coupling import PureMoment, ReferencePointCoupling
from fem_lumbar.verification.meshes import block
from fem_lumbar.verification.problem import Problem
from fem_lumbar.verification.record import Chart, Line, Outcome, Record

LENGTH, SIDE, MODULUS = 100.0, 1.0, 1000.0
ANGLE = 1.5 * np.pi
STEPS = 30
BED_N_PER_MM = 1e5
SOURCE = "elastica under an end moment: circle of radius EI/M; tolerance: (side/radius)² of a solid in place of a line"


def cantilever() -> Outcome:
    """Large rotation of a cantilever under an end moment.

    A straight bar, a hundred times as long as thick, without Poisson effect, is bent by a moment at its end through
    three quarters of a circle. The moment acts on a reference point that holds the end face.
    """
    lines = np.linspace(0.0, LENGTH, 51)
    space = block(lines, np.array([-SIDE / 2, SIDE / 2]), np.array([-SIDE / 2, SIDE / 2]))
    cells = np.arange(len(space.cell_nodes))
    problem = Problem(space, residual=1e-6)
    problem.solid("bar", cells, StVenantKirchhoff(MODULUS, 0.0, len(cells)))
    problem.hold(np.flatnonzero(space.nodes[:, 0] < 1e-9))
    problem.hold(np.arange(space.n_nodes), [1])  # without Poisson effect this changes nothing in the plane
    end = np.flatnonzero(space.nodes[:, 0] > LENGTH - 1e-9)
    centre = np.array([LENGTH, 0.0, 0.0])
    first = problem.unknowns(6)
    problem.hold_unknowns(first + np.array([1, 3, 5]))
    bed = np.full(len(end), BED_N_PER_MM)
    problem.add(ReferencePointCoupling("end", end, space.nodes[end], bed, centre, first))
    moment = MODULUS * SIDE**4 / 12 * ANGLE / LENGTH
    problem.add_load(PureMoment("moment", np.array([0.0, -moment, 0.0]), first))
    slice_of = np.round(space.nodes[:, 0] / (lines[1] - lines[0])).astype(int)
    for k in range(1, slice_of.max()):
        problem.turn_together(np.flatnonzero(slice_of == k))
    problem.turn_together(np.flatnonzero(slice_of == slice_of.max()), first + 3 + np.arange(3))
    states = problem.follow(np.arange(1, STEPS + 1) / STEPS)
    loads = np.array([state.load_factor for state in states])
    turned = np.unwrap([-state.x[first + 4] for state in states])  # rotation vectors end at half a turn
    tip = centre + np.array([state.x[first : first + 3] for state in states])
    allowed = (SIDE * ANGLE / LENGTH) ** 2
    records = []
    for share in (1 / 3, 2 / 3, 1.0):
        k = round(share * STEPS) - 1
        angle = ANGLE * loads[k]
        name = f"{np.degrees(angle):.0f}° turn"
        x, z = LENGTH * np.sin(angle) / angle, LENGTH * (1 - np.cos(angle)) / angle
        records += [
            Record(name, "rotation of the end", turned[k], angle, allowed * angle, "rad", SOURCE),
            Record(name, "end along the axis", tip[k, 0], x, allowed * LENGTH, "mm", SOURCE),
            Record(name, "end across the axis", tip[k, 2], z, allowed * LENGTH, "mm", SOURCE),
        ]
    exact = np.linspace(1e-6, ANGLE, 200)
    axis = np.flatnonzero(np.abs(space.nodes[:, 1:]).max(axis=1) < 1e-9)
    axis = axis[np.argsort(space.nodes[axis, 0])]
    place = space.nodes[axis] + states[-1].displacement[axis]
    circle = np.linspace(0.0, ANGLE, 200)
    radius = LENGTH / ANGLE
    chart = Chart(
        "Cantilever under an end moment",
        "along the axis (mm)",
        "across the axis (mm)",
        (
            Line("path of the end, exact", LENGTH * np.sin(exact) / exact, LENGTH * (1 - np.cos(exact)) / exact),
            Line("path of the end, computed", tip[:, 0], tip[:, 2], points=True),
            Line("circle, exact", radius * np.sin(circle), radius * (1 - np.cos(circle))),
            Line("axis of the bar, computed", place[:, 0], place[:, 2], points=True),
        ),
    )
    return Outcome(tuple(records), (chart,))
