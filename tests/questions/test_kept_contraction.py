"""Contraction of a library: solved once, kept beside its results as it was, told on its page."""

from __future__ import annotations

from pathlib import Path

import pytest

from fem_lumbar.questions.contraction.kept import kept_contraction, stored_contraction
from fem_lumbar.questions.contraction.study import ContractionStudy, Hinge
from fem_lumbar.questions.contraction.text import contraction_parts
from fem_lumbar.questions.contraction.vertebra import Contraction, MusclePull
from fem_lumbar.scenario.loader import load_scenario
from tests.synthetic_run import synthetic_mesh

SCENARIOS = Path(__file__).parents[2] / "scenarios"
STRAIN = {f"{kind}_strain_p95": 1e-3 for kind in ("tensile", "compressive")}


def row(state: str, activation: float, side: str) -> Contraction:
    on_mal = {"absent": 0.0, "fibrous": 10.0}.get(state, 15.0) * activation
    muscles = {name: MusclePull(40.0, on_mal, (0.0, -1.0, -2.0), 0.5) for name in ("multifidus", "longissimus")}
    bone = dict.fromkeys(("mammillary", "accessory"), STRAIN)
    return Contraction("L4", side, state, activation, muscles, on_mal, 0.3, 0.1, 1.0, 2.0, 1e-2, bone, 1e-7)


@pytest.fixture
def solved(monkeypatch):
    """Densities at which contraction was solved."""
    densities = []

    def study(scenario, report):
        densities.append(scenario.mesh.density)
        states, sides = ("absent", "fibrous", "type_III"), ("left", "right")
        here = tuple(row(state, a, side) for state in states for a in (0.5, 1.0) for side in sides)
        hinge = Hinge("modulus of the fibrous MAL", 20.0, "MPa", row("fibrous", 1.0, "left"))
        return ContractionStudy("twin", scenario.mesh.density, "0" * 64, None, here, (), (hinge,))

    monkeypatch.setattr("fem_lumbar.questions.contraction.kept.contraction_study", study)
    monkeypatch.setattr("fem_lumbar.questions.contraction.kept.scenario_mesh", lambda *_: synthetic_mesh())
    return densities


def baseline(*sets):
    return load_scenario(SCENARIOS / "baseline.yaml", sets, None, "test")


def test_solved_once_kept_and_read_as_it_was(tmp_path, solved):
    found = kept_contraction(baseline(), tmp_path, print)
    assert kept_contraction(baseline(), tmp_path, print) == found == stored_contraction(baseline(), tmp_path)
    assert solved == ["test"]
    assert stored_contraction(baseline("materials.mal.ossified_modulus_MPa=500"), tmp_path) is None
    assert kept_contraction(load_scenario(SCENARIOS / "disc_only_L4-L5.yaml"), tmp_path, print) is None


def test_page_tells_maximal_contraction_and_what_ossification_changes(tmp_path, solved):
    ranges, _, effects, _ = contraction_parts(kept_contraction(baseline(), tmp_path, print))
    assert [cells[0] for cells in ranges.rows] == [f"L4 left {state} 1" for state in ("absent", "fibrous", "type III")]
    through = next(cells for cells in effects.rows if cells[1] == "force through the MAL (N)")
    assert through[2:5] == ("20", "30", "10")
    assert "Not solved" in contraction_parts(None)[0].text
