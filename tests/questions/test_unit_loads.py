"""Unit loads of a library: solved once, kept beside its results, solved anew for another scenario."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fem_lumbar.measures.insertion_stiffness import Stiffness
from fem_lumbar.questions.mal.unit_loads import FILE, stored_unit_loads, unit_loads
from fem_lumbar.scenario.loader import load_scenario
from tests.synthetic_run import synthetic_mesh

SCENARIOS = Path(__file__).parents[2] / "scenarios"


@pytest.fixture
def solved(monkeypatch):
    """Densities at which unit loads were solved; each answer has a stiffness of its own."""
    densities = []

    def insertions(scenario, mesh, report):
        densities.append(scenario.mesh.density)
        return [Stiffness("L4", "left", "fibrous", float(len(densities)), 1.0, 2.0, 3.0, 4.0, 0.7)]

    monkeypatch.setattr("fem_lumbar.questions.mal.unit_loads.insertion_stiffnesses", insertions)
    monkeypatch.setattr("fem_lumbar.questions.mal.unit_loads.scenario_mesh", lambda *_: synthetic_mesh())
    return densities


def baseline(density, *sets):
    return load_scenario(SCENARIOS / "baseline.yaml", sets, None, density)


def test_solved_once_on_two_meshes_and_kept(tmp_path, solved):
    found = unit_loads(baseline("coarse"), tmp_path / "out", print)
    assert solved == ["coarse", "test"]
    assert (found.here[0].insertion_N_per_mm, found.coarser[0].insertion_N_per_mm) == (1.0, 2.0)
    assert unit_loads(baseline("coarse"), tmp_path / "out", print) == found
    assert stored_unit_loads(baseline("coarse"), tmp_path / "out") == found
    assert len(solved) == 2


def test_another_scenario_or_program_is_solved_anew(tmp_path, solved):
    unit_loads(baseline("test"), tmp_path, print)
    assert stored_unit_loads(baseline("test", "materials.mal.ossified_modulus_MPa=500"), tmp_path) is None
    data = json.loads((tmp_path / FILE).read_text())
    data["provenance"]["program_sha256"] = "another"
    (tmp_path / FILE).write_text(json.dumps(data))
    assert stored_unit_loads(baseline("test"), tmp_path) is None
    unit_loads(baseline("test"), tmp_path, print)
    assert solved == ["test", "test"]


def test_the_coarsest_mesh_has_no_coarser_one(tmp_path, solved):
    assert unit_loads(baseline("test"), tmp_path, print).coarser == ()


def test_no_posterior_elements_no_unit_loads(tmp_path, solved):
    assert unit_loads(load_scenario(SCENARIOS / "disc_only_L4-L5.yaml"), tmp_path, print) is None
    assert not solved
