"""Derivatives of a state leave nothing of the whole residual, whatever the symmetric matrix lacks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.sensitivity.forces import Forces
from fem_lumbar.sensitivity.tangent import WholeTangent
from fem_lumbar.simulation.equilibria import equilibria
from fem_lumbar.simulation.simulation import Simulation
from fem_lumbar.solver.linear import linear_solver

SCENARIOS = Path(__file__).parents[2] / "scenarios"
PROBE_MM = 1e-4
SETS = ("segment.bodies=[L4,L5]", "materials.set=literature")


@pytest.mark.parametrize(
    ("name", "given"), [("extension", "{moment_Nm: 7.5}"), ("axial_rotation_left", "{rotation_deg: 2.5}")]
)
def test_pairs_rims_and_moments_are_in_the_derivative(name, given):
    """Contact at the rim of facets, turning moments, prescribed motions: J s = f with J a difference of all forces.

    At 3 degrees points of the right facet meet or part within a thousandth of a millimetre, and differences find
    another derivative in every direction.
    """
    scenario = load_scenario(SCENARIOS / "baseline.yaml", [*SETS, f"load_cases.{name}={given}"], [name], "test")
    simulation = Simulation(scenario, scenario_mesh(scenario))
    state = equilibria(simulation, name, lambda event: None)
    segment, loads, x = simulation.segment, state.loads, state.loaded
    assembler = simulation.passive.with_loads([*loads.items])
    contacts = segment.all_contacts
    linear, _ = linear_solver("auto")
    tangent = WholeTangent(assembler, segment.dof_map, linear, contacts, [*loads.items], [*loads.motions], x, 1.0)
    every = Forces(len(x))
    stiffer = [segment.solids["L4-L5.annulus"], [segment.ligaments["L4-L5"]], contacts]
    forces = np.stack([every.of(items, x, 1.0).total() for items in stiffer], axis=1)
    found, left = tangent.solve(forces)
    numbering = segment.dof_map.extended(tangent.multipliers)
    for given_forces, direction in zip(forces.T, found.T, strict=True):
        scale = PROBE_MM / np.abs(np.delete(direction, tangent.multipliers)).max()
        ahead, behind = (
            every.of([*segment.items, *loads.items], x + sign * scale * direction, 1.0).total() for sign in (1.0, -1.0)
        )
        rest = numbering.gather((ahead - behind) / (2.0 * scale) - given_forces)
        assert np.linalg.norm(rest) < 1e-3 * np.linalg.norm(numbering.gather(given_forces))
    assert (left < 1e-3).all()
