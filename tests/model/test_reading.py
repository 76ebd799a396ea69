"""Results of a state do not depend on what was read or evaluated before."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
from scipy.spatial import cKDTree

from fem_lumbar.measures.kinematics import level_rotations
from fem_lumbar.measures.outputs import quantities
from fem_lumbar.model.loads import build_loads
from fem_lumbar.solver.solution import Solution

CASE = "flexion"


def test_results_can_be_read_in_any_order(runs):
    """Two states with closed facets: every number is the same to the last bit, and so is the residual afterwards."""
    simulation = runs.simulation("baseline.yaml")
    segment = simulation.segment
    loads = build_loads(simulation.scenario, segment, CASE)
    equilibrium = simulation.newton(loads).equilibrium
    neutral = level_rotations(segment, np.zeros(segment.n_dofs))
    states = [pressed(segment, 0.4), pressed(segment, 0.5)]
    pairs = [equilibrium.pair(x) for x in states]
    assert all(len(item.points) > 0 for one in pairs for item in one.items if ".facet." in item.name)

    def read(k: int) -> tuple[str, np.ndarray, float]:
        residual = equilibrium.residual(states[k], 0.5, pairs[k])
        assert np.isfinite(residual.vector).all()
        solution = Solution(states[k], residual, [0.0], np.zeros(segment.n_dofs))
        values = quantities(simulation.scenario, segment, loads, solution, 0.5, neutral)
        lost = sum(contact.faded_energy(states[0], states[k]) for contact in segment.all_contacts)
        return json.dumps(values), residual.vector, lost  # as text: NaN is equal to itself

    first, second = read(0), read(1)
    equilibrium.pair(np.zeros(segment.n_dofs))
    second_again, first_again = read(1), read(0)
    for before, after in ((first, first_again), (second, second_again)):
        assert before[0] == after[0]
        assert np.array_equal(before[1], after[1])
        assert before[2] == after[2]
    assert first[0] != second[0]


def pressed(segment, by_mm: float) -> np.ndarray:
    """State in which every vertebra is moved forwards so that the facets below it close; discs are sheared."""
    mesh, space = segment.mesh, segment.space
    forwards = np.zeros(space.n_nodes)
    moved = dict(zip(reversed(segment.levels), np.arange(len(segment.levels)) * by_mm, strict=True))
    for upper, lower in pairwise(segment.levels):
        disc = np.unique(space.cell_nodes[mesh.region_cells(f"{upper}-{lower}.annulus", f"{upper}-{lower}.nucleus")])
        above, below = (
            cKDTree(mesh.points[np.unique(mesh.surfaces[plate])]).query(space.nodes[disc])[0]
            for plate in (f"{upper}.endplate.inferior", f"{lower}.endplate.superior")
        )
        forwards[disc] = (moved[upper] * below + moved[lower] * above) / (above + below)
    x = np.zeros(segment.n_dofs)
    x[: 3 * space.n_nodes : 3] = forwards
    for level, body in zip(segment.levels, segment.moving_bodies(), strict=False):
        x[body.dofs[:, 0]] = moved[level]
    return segment.dof_map.state(segment.dof_map.unknowns(x), 0.0)
