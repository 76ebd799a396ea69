"""How the force of a fascicle divides between MAL and process: by the stiffness of fascia and arch, or as given."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.anatomy.muscles import fascicles
from fem_lumbar.anatomy.part_name import named
from fem_lumbar.mechanics.item import node_dofs
from fem_lumbar.mechanics.rotation import rotation_matrix
from fem_lumbar.model.muscle_lines import MuscleLines, build_muscles
from fem_lumbar.model.muscles import given_pulls
from fem_lumbar.simulation.assumptions import model_assumptions
from tests.model.conftest import scenario

ON_MAL, TO_SPINE = ("multifidus.m2s", "left"), ("multifidus.m4s", "left")
UNLIKE = ("segment.bodies=[L4, L5]", "mal.L4.left.state=type_III", "mal.L5.left.fibrous_modulus_MPa=0.01")
"""A bony MAL beside a fibrous one at L4, one nearly without stiffness beside a fibrous one at L5."""


def lines_of(simulation, *sets: str) -> MuscleLines:
    """Lines on the segment of a simulation with other settings of muscles or MALs."""
    given = scenario("baseline.yaml", *UNLIKE, *sets)
    return build_muscles(given, simulation.segment, given_pulls(given, simulation.segment, 0.05))


def test_given_share_stays(runs):
    lines = lines_of(runs.simulation("baseline.yaml", *UNLIKE), "muscles.mal_share=0.3")
    beside, through = lines.rows(ON_MAL)
    assert lines.on_mal[[beside, through]].tolist() == [False, True]
    assert lines.item.force[[beside, through]] == pytest.approx(lines.pulls[ON_MAL].force_N * np.array([0.7, 0.3]))
    assert len(lines.rows(TO_SPINE)) == 1  # from the sacrum to a spinous process


def test_vertebra_that_moves_rigidly_leaves_the_share_to_the_fascia(runs):
    """Strips of 30 and 10 N/mm/cm2 give three quarters to a MAL that does not yield, however the vertebra turns."""
    stiffness = ("muscles.mal_fascia_N_per_mm_per_cm2=30", "muscles.process_fascia_N_per_mm_per_cm2=10")
    simulation = runs.simulation("baseline.yaml", *UNLIKE)
    segment, lines = simulation.segment, lines_of(simulation, *stiffness)
    regions = named(segment.mesh.region_names, "L5")
    nodes = np.unique(segment.space.cell_nodes[segment.mesh.region_cells(*regions)])
    x, spin = np.zeros(segment.n_dofs), rotation_matrix(np.array([0.05, 0.15, -0.1]))
    x[node_dofs(nodes[:, None])] = segment.space.nodes[nodes] @ (spin - np.eye(3)).T + [1.0, -2.0, 3.0]
    found = lines.item.tension(x, 1.0)
    for name in (ON_MAL, ("longissimus.L5", "right")):
        rows = lines.rows(name)
        assert found[rows].sum() == pytest.approx(lines.pulls[name].force_N)
        assert found[rows] @ lines.on_mal[rows] == pytest.approx(0.75 * lines.pulls[name].force_N, rel=1e-9)


def test_without_a_mal_all_goes_to_the_process(runs):
    name = ("multifidus.m2s", "right")
    lines = lines_of(runs.simulation("baseline.yaml", *UNLIKE), "mal.L5.right.state=absent")
    (row,) = lines.rows(name)
    assert not lines.on_mal[row] and lines.item.force[row] == pytest.approx(lines.pulls[name].force_N)


def test_stiffer_mal_draws_more_of_the_pull(runs):
    """Nearly nothing through an arch of 0.01 MPa, more the stiffer it is, half at most where strips are alike."""
    result = runs.case("standing", "baseline.yaml", *UNLIKE)
    assert result.status == "converged", result.reason
    assert all(check["passed"] for check in result.summary["checks"].values())
    mal, fascicle = result.summary["mal"], result.summary["muscles"]
    for muscle in ("multifidus", "longissimus"):
        share = {(level, side): mal[level][side]["muscles"][muscle]["share"] for level in mal for side in mal[level]}
        assert share["L5", "left"] < 1e-3
        assert 0.2 < share["L5", "right"] < 0.45
        assert share["L4", "right"] < share["L4", "left"] - 0.02
        assert 0.47 < share["L4", "left"] < 0.505  # the others pull on it too, to either side
    assert fascicle["multifidus.m4s"]["left"]["mal_share"] == 0.0
    ends = [name for name, one in fascicles().items() if one.muscle == "multifidus" and one.mal_level == "L5"]
    on_L5 = [fascicle[name]["right"] for name in ends if name in fascicle]
    through = sum(one["mal_share"] * one["force_N"] for one in on_L5)
    assert through == pytest.approx(mal["L5"]["right"]["muscles"]["multifidus"]["force_N"], rel=1e-12)
    whole = sum(one["force_N"] for one in on_L5)
    assert through == pytest.approx(mal["L5"]["right"]["muscles"]["multifidus"]["share"] * whole, rel=1e-12)


def test_run_says_that_the_share_rests_on_an_assumption():
    follows = next(line for line in model_assumptions(scenario()) if "fascia" in line)
    assert "70 and 70 N/mm per cm²" in follows and "assumed; no published value" in follows
    given = model_assumptions(scenario("baseline.yaml", "muscles.mal_share=0.3"))
    assert any(line.startswith("30% of a fascicle's force") and "no published value" in line for line in given)
    assert not any("fascia of" in line for line in given)
