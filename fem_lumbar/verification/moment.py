"""A pure moment must be the same at every section, whatever carries it and however far it has turned."""

from __future__ import annotations

import numpy as np

from fem_lumbar.materials.ligament import BilinearLigament
from fem_lumbar.materials.mooney_rivlin import MooneyRivlin
from fem_lumbar.materials.st_venant_kirchhoff import StVenantKirchhoff
from fem_lumbar.mechanics.coupling import PureMoment, ReferencePointCoupling
from fem_lumbar.mechanics.lines import WeightedPoint
from fem_lumbar.mechanics.mixed_solid import MixedSolid
from fem_lumbar.mechanics.solid import Solid
from fem_lumbar.mechanics.space import QuadraticSpace
from fem_lumbar.mechanics.strands import LigamentStrands
from fem_lumbar.verification.meshes import block
from fem_lumbar.verification.problem import Problem
from fem_lumbar.verification.record import Outcome, Record, vanishing
from fem_lumbar.verification.recovery import section_load

MOMENT_NMM = np.array([300.0, 600.0, 400.0])
SIDE, HEIGHT = 20.0, 30.0
SOURCE = "statics: no force is applied between two sections; tolerance: residual of the solve"


def moment() -> Outcome:
    """Pure moment equal at all sections.

    A column of bone, nearly incompressible disc and bone, with a ligament across the disc on one side, is fixed below
    and turned by a moment about an oblique axis at a reference point above. At every level the forces in cells and
    ligament must add up to the applied moment and to no force, in the turned configuration.
    """
    grid = np.linspace(-SIDE / 2, SIDE / 2, 4)
    levels = np.linspace(0.0, HEIGHT, 7)
    space = block(grid, grid, levels)
    height = space.nodes[space.cell_nodes[:, :4], 2].mean(axis=1)
    soft = (height > 10) & (height < 20)
    bone, disc = np.flatnonzero(~soft), np.flatnonzero(soft)
    problem = Problem(space)
    items: tuple[Solid, MixedSolid, LigamentStrands] = (
        problem.solid("bone", bone, StVenantKirchhoff(1000.0, 0.3, len(bone))),
        problem.mixed("disc", disc, MooneyRivlin(0.18, 0.045, 0.0, len(disc)), 50.0),
        problem.add(_ligament(space)),
    )
    problem.hold(np.flatnonzero(space.nodes[:, 2] < 1e-9))
    top = np.flatnonzero(space.nodes[:, 2] > HEIGHT - 1e-9)
    first = problem.unknowns(6)
    centre = np.array([0.0, 0.0, HEIGHT])
    problem.add(ReferencePointCoupling("potting", top, space.nodes[top], np.full(len(top), 1e4), centre, first))
    problem.turn_together(np.flatnonzero(space.nodes[:, 2] > 20 - 1e-9), first + 3 + np.arange(3))
    problem.add_load(PureMoment("moment", MOMENT_NMM, first))
    state = problem.follow(np.linspace(0.25, 1.0, 4))[-1]
    records = []
    for level in levels[:-1]:
        force, carried = section_load(space, items, state.x, level)
        for axis, value, applied in zip("xyz", carried, MOMENT_NMM, strict=True):
            allowed = 1e-6 * np.linalg.norm(MOMENT_NMM)
            records.append(Record(f"z = {level:g} mm", f"M_{axis}", value, applied, allowed, "N·mm", SOURCE))
        records.append(vanishing(f"z = {level:g} mm", "force", float(np.linalg.norm(force)), 1e-6, "N", SOURCE))
    turned = np.degrees(np.linalg.norm(state.x[first + 3 : first + 6]))
    records.append(Record("column", "turn, to be finite", turned, 20.0, 10.0, "°", "choice of the moment"))
    tension = items[2].tension(state.x)
    records.append(
        Record("ligament", "tension, to carry a share", tension.max(), 55.0, 50.0, "N", "choice of its size")
    )
    return Outcome(tuple(records))


def _ligament(space: QuadraticSpace) -> LigamentStrands:
    """Two strands across the disc at the edge y = -SIDE/2."""
    at_edge = np.abs(space.nodes[:, 1] + SIDE / 2) < 1e-9
    lower: list[WeightedPoint] = []
    upper: list[WeightedPoint] = []
    for side in (-1, 1):
        for ends, z in ((lower, 10.0), (upper, 20.0)):
            near = at_edge & (np.abs(space.nodes[:, 2] - z) < 1e-9) & (side * space.nodes[:, 0] > 3)
            nodes = np.flatnonzero(near)
            ends.append(WeightedPoint(nodes, np.full(len(nodes), 1 / len(nodes)), space.nodes[nodes].mean(axis=0)))
    law = BilinearLigament([5.0, 5.0], [15.0, 15.0], [0.1, 0.1])
    return LigamentStrands("ligament", lower, upper, np.array([60.0, 60.0]), np.array([0.05, 0.05]), law)
