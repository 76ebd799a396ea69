"""``mesh convergence``: runs at every density, tables, files, going on after a stop, stored error bars."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

from fem_lumbar.cli.main import main
from fem_lumbar.comparison.difference_bars import stored_differences
from fem_lumbar.comparison.discretisation_bars import stored_bars
from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.runs.execution import Engine
from fem_lumbar.runs.run import load_run
from fem_lumbar.simulation.case_result import CaseResult
from tests.synthetic_run import synthetic_entry

BASELINE = str(Path(__file__).parents[2] / "scenarios" / "baseline.yaml")
EDGE = {"test": 4.0, "coarse": 3.0, "standard": 2.2, "fine": 1.6}
PRESSURE, SLOPE, ORDER = 0.35, -0.004, 1.5
FOUR = ["--cases", "flexion,standing", "--quiet"]
TWO = ["--densities", "test,coarse", *FOUR]


class PowerLaw:
    """Disc pressure follows a power law of the cell size, facet forces scatter; every call is counted."""

    solved: list[tuple[str, str]] = []

    def __init__(self, scenario, mesh, report=None) -> None:
        self.scenario, self.mesh = scenario, mesh
        self.density = scenario.mesh.density
        self.info = {"nodes": 4, "cells": 1, "dofs": 12, "density": self.density, "symmetric_mesh": True}
        self.assumptions, self.warnings = [], []

    def run_case(self, name, report) -> CaseResult:
        PowerLaw.solved.append((self.density, name))
        summary = synthetic_entry(name) | {"status": "converged", "reason": None, "load_fraction": 1.0}
        size = EDGE[self.density] / 6.0 ** (1.0 / 3.0)
        summary["idp_MPa"]["L4-L5"] = PRESSURE + SLOPE * size**ORDER
        scatter = {"test": 0.3, "coarse": -0.2, "standard": 0.1, "fine": -0.1}[self.density]
        summary["facet_force_N"]["L4-L5"] = {"left": 5.0 + scatter, "right": 5.0 + scatter}
        if self.scenario.mal["L5"]["left"].state == "type_III":
            summary["idp_MPa"]["L4-L5"] += 0.05 * (1.0 + 0.01 * size**2)
        return CaseResult(name, "converged", None, 1.0, summary, [{"case": name, "step": 1, "load_fraction": 1.0}])


def one_cell(scenario, say) -> SegmentMesh:
    points = EDGE[scenario.mesh.density] * np.vstack([np.zeros(3), np.eye(3)])
    return SegmentMesh(points, np.array([[0, 1, 2, 3]]), np.zeros(1, dtype=int), ("L4-L5.annulus",))


@pytest.fixture(autouse=True)
def solved(monkeypatch, tmp_path):
    """Results at once; the densities and cases solved so far. Error bars are stored in a folder of the test."""
    monkeypatch.setattr("fem_lumbar.runs.execution.finite_elements", lambda **_: Engine(one_cell, PowerLaw))
    monkeypatch.setattr("fem_lumbar.comparison.discretisation_bars.STORED", tmp_path / "data" / "bars.json")
    monkeypatch.setattr("fem_lumbar.comparison.difference_bars.STORED", tmp_path / "data" / "differences.json")
    monkeypatch.setattr(PowerLaw, "solved", [])
    return lambda: PowerLaw.solved


def study(tmp_path, *arguments):
    return main(["mesh", "convergence", BASELINE, "--out", str(tmp_path / "study"), "--jobs", "1", *arguments])


def test_tables_files_and_figure(tmp_path, capsys):
    assert study(tmp_path, *FOUR) == 0
    shown = capsys.readouterr().out
    assert "Discretisation error of baseline: test, coarse, standard, fine" in shown
    for words in ("Meshes", "Error bars by kind of quantity", "Flexion", "Standing", "facet force L4-L5 total"):
        assert words in shown
    (line,) = [line for line in shown.splitlines() if "disc pressure L4-L5" in line][:1]
    assert line.split()[8:10] == ["1.5", "0.35"] and line.split()[-1] == "converging"
    assert "not monotone" in next(line for line in shown.splitlines() if "facet force L4-L5 total" in line)
    folder = tmp_path / "study"
    data = json.loads((folder / "convergence.json").read_text(encoding="utf-8"))
    assert data["densities"] == ["test", "coarse", "standard", "fine"]
    assert {mesh["unknowns"] for mesh in data["meshes"].values()} == {12}
    (pressure,) = [row for row in data["quantities"] if (row["case"], row["quantity"]) == ("flexion", "idp_MPa.L4-L5")]
    assert pressure["order"] == pytest.approx(ORDER, abs=1e-3)
    assert pressure["limit"] == pytest.approx(PRESSURE, abs=1e-5)
    with (folder / "convergence.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(data["quantities"])
    assert {"value_test", "error_fine", "error_%_fine", "order", "limit", "behaviour"} <= rows[0].keys()
    assert min(matplotlib.image.imread(folder / "convergence.png").shape[:2]) > 400
    assert not (tmp_path / "data").exists()


def test_finished_densities_are_read_not_run_again(tmp_path, solved, capsys):
    assert study(tmp_path, *TWO) == 0
    assert solved() == [(name, case) for name in ("test", "coarse") for case in ("flexion", "standing")]
    solved().clear()
    assert study(tmp_path, "--densities", "standard,test,coarse", *FOUR) == 0
    assert solved() == [("standard", "flexion"), ("standard", "standing")]
    solved().clear()
    capsys.readouterr()
    assert study(tmp_path, "--densities", "test,coarse", "--cases", "flexion", "--quiet", "--json") == 0
    assert solved() == []
    assert {row["case"] for row in json.loads(capsys.readouterr().out)["quantities"]} == {"flexion"}


def test_run_of_another_scenario_is_left_alone(tmp_path, solved):
    assert study(tmp_path, *TWO) == 0
    solved().clear()
    other = ["--set", "mal.L5.left.state=type_III"]
    assert study(tmp_path, *TWO, *other) == 0
    assert len(solved()) == 4
    folders = sorted(path.name for path in (tmp_path / "study").iterdir() if path.is_dir())
    assert len(folders) == 4 and {"test", "coarse"} < set(folders)
    assert load_run(tmp_path / "study" / "test").resolved["mal"]["L5"]["left"]["state"] == "fibrous"
    solved().clear()
    assert study(tmp_path, *TWO) == 0 and study(tmp_path, *TWO, *other) == 0
    assert solved() == []


def test_run_by_another_version_is_run_again(tmp_path, solved, monkeypatch):
    assert study(tmp_path, *TWO) == 0
    solved().clear()
    monkeypatch.setattr("fem_lumbar.__version__", "9.9.9")
    assert study(tmp_path, *TWO) == 0
    assert len(solved()) == 4
    assert sorted(path.name for path in (tmp_path / "study").iterdir() if path.is_dir()) == ["coarse", "test"]


def test_stored_bars_are_used_by_compare(tmp_path, capsys):
    assert study(tmp_path, *FOUR, "--store") == 0
    assert "bars.json" in capsys.readouterr().out
    bars = stored_bars()
    assert bars.data["provenance"]["meshes"]["fine"]["mesh_sha256"]
    assert set(bars.data["load_cases"]) == {"flexion", "standing"}
    runs = [str(tmp_path / "study" / name) for name in ("fine", "coarse")]
    assert main(["compare", *runs]) == 0
    assert "only the mesh differs" in capsys.readouterr().out
    other = str(tmp_path / "other")
    sets = ["--set", "mal.L5.left.state=type_III"]
    assert main(["run", BASELINE, "--density", "fine", "--no-pictures", "--out", other, *FOUR, *sets]) == 0
    capsys.readouterr()
    assert main(["compare", runs[0], str(Path(other) / "baseline"), "--full"]) == 0
    shown = capsys.readouterr().out
    assert "Study: scenario baseline at test, coarse, standard, fine" in shown
    stored = bars.data["load_cases"]["flexion"]["quantities"]["idp_MPa.L4-L5"]["absolute"][-1]
    assert f"{stored:.2g}" in next(line for line in shown.splitlines() if line.startswith(" disc pressure L4-L5"))


def test_bars_of_a_part_of_the_model_or_of_fewer_loads_are_not_stored(tmp_path, capsys):
    assert study(tmp_path, *FOUR, "--store") == 0
    before = stored_bars()
    capsys.readouterr()
    assert study(tmp_path / "less", *TWO, "--cases", "flexion", "--store") == 1
    assert "the stored error bars have load cases that this study lacks: standing" in capsys.readouterr().err
    assert study(tmp_path / "part", *FOUR, "--set", "structures.facet_contact=false", "--store") == 1
    assert "not stored: error bars are those of the whole segment" in capsys.readouterr().err
    assert stored_bars() == before


BONE = str(Path(BASELINE).with_name("mal_type3_L5_left.yaml"))


def pair(out, *arguments):
    command = ["mesh", "convergence", BONE, "--against", BASELINE, "--out", str(out), "--jobs", "1", "--quiet"]
    return main([*command, "--cases", "standing", *arguments])


def test_convergence_of_a_difference_is_shown_stored_and_used(tmp_path, capsys, solved):
    assert pair(tmp_path / "pair", "--store") == 0
    shown = capsys.readouterr().out
    assert "Mesh error of the differences of mal_type3_L5_left from baseline: test, coarse, standard, fine" in shown
    assert "mal.L5.left.state" in shown
    (line,) = [line for line in shown.splitlines() if line.strip().startswith("disc pressure L4-L5")]
    assert "0.0514 ±" in line and line.split()[-1] == "converging"
    assert len(solved()) == 8
    folder = tmp_path / "pair" / "mal_type3_L5_left_against_baseline_convergence"
    data = json.loads((folder / "convergence.json").read_text(encoding="utf-8"))
    assert data["changes"] == {"mal.L5.left.state": ["fibrous", "type_III"]}
    (stored,) = stored_differences().pairs
    error = stored.data["load_cases"]["standing"]["differences"]["idp_MPa.L4-L5"]["error"][1]
    runs = [str(tmp_path / "pair" / f"{name}_convergence" / "coarse") for name in ("baseline", "mal_type3_L5_left")]
    assert main(["compare", *runs, "--json", "--out", str(tmp_path / "out")]) == 0
    rows = json.loads(capsys.readouterr().out)["differences"]
    (row,) = [row for row in rows if row["quantity"] == "idp_MPa.L4-L5"]
    assert row["mesh_error"] == pytest.approx(error, rel=1e-3)
    assert (row["mesh_error_known"], row["mesh_error_from"]) == (True, "stored for this difference")
    solved().clear()
    assert pair(tmp_path / "pair") == 0
    assert solved() == []


def test_pair_with_fewer_loads_or_without_a_difference_is_not_stored(tmp_path, capsys):
    assert pair(tmp_path / "pair", "--densities", "test,coarse", "--cases", "standing,flexion", "--store") == 0
    before = stored_differences()
    capsys.readouterr()
    assert pair(tmp_path / "pair", "--densities", "test,coarse", "--store") == 1
    assert "the stored pair has load cases that this study lacks: flexion" in capsys.readouterr().err
    assert stored_differences() == before
    assert main(["mesh", "convergence", BASELINE, "--against", BASELINE, "--out", str(tmp_path)]) == 2
    assert "both scenarios are named baseline" in capsys.readouterr().err


def runs_at(tmp_path, density, names=("baseline", "mal_type3_L5_left")):
    """Run folders of the baseline and the ossified MAL."""
    for file in (BASELINE, BONE):
        options = ["--density", density, "--cases", "standing", "--no-pictures", "--quiet", "--jobs", "1"]
        assert main(["run", file, "--out", str(tmp_path / "runs"), *options]) == 0
    return [str(tmp_path / "runs" / name) for name in names]


def test_compare_measures_the_mesh_error_at_the_next_density(tmp_path, capsys, solved):
    runs = runs_at(tmp_path, "coarse")
    solved().clear()
    capsys.readouterr()
    command = ["compare", *runs, "--with-mesh-error", "--quiet", "--jobs", "1"]
    assert main([*command, "--json"]) == 0
    assert solved() == [("standard", "standing")] * 2
    data = json.loads(capsys.readouterr().out)
    assert data["measured_at"] == ["coarse", "standard"]
    (row,) = [row for row in data["differences"] if row["quantity"] == "idp_MPa.L4-L5"]
    sizes = [EDGE[name] / 6.0 ** (1.0 / 3.0) for name in ("coarse", "standard")]
    coarse, standard = (0.05 * (1.0 + 0.01 * size**2) for size in sizes)
    limit_error = (coarse - standard) * sizes[0] ** 2 / (sizes[0] ** 2 - sizes[1] ** 2)
    assert row["mesh_error"] == pytest.approx(3.0 * limit_error, rel=1e-3)
    assert (row["verdict"], row["mesh_error_from"]) == ("resolved", "difference measured on both meshes")
    assert main(command) == 0
    assert len(solved()) == 2
    shown = capsys.readouterr().out
    assert "measured by running both scenarios at coarse and standard" in shown
    assert "assumed order 2, safety factor 3" in " ".join(shown.split())


@pytest.mark.parametrize(
    ("density", "second", "complaint"),
    [("fine", "fine", "fine is the finest there is"), ("test", "coarse", "are on different meshes")],
)
def test_mesh_error_that_cannot_be_measured_is_exit_2(tmp_path, capsys, solved, density, second, complaint):
    first = runs_at(tmp_path / "a", density)[0]
    other = runs_at(tmp_path / "b", second)[1]
    solved().clear()
    assert main(["compare", first, other, "--with-mesh-error", "--quiet"]) == 2
    assert complaint in capsys.readouterr().err
    assert solved() == []


def test_density_that_cannot_be_run_leaves_the_others(tmp_path, capsys, monkeypatch):
    def failing(scenario, mesh, report=None):
        if scenario.mesh.density == "fine":
            raise PhysicsError("memory ran out")
        return PowerLaw(scenario, mesh)

    monkeypatch.setattr("fem_lumbar.runs.execution.finite_elements", lambda **_: Engine(one_cell, failing))
    assert study(tmp_path, *FOUR) == 1
    printed = capsys.readouterr()
    assert "failed: fine: memory ran out" in printed.err
    assert "test, coarse, standard" in printed.out


def test_interrupted_study_says_how_to_go_on(tmp_path, capsys, monkeypatch, solved):
    def stopped(scenario, mesh, report=None):
        if scenario.mesh.density == "coarse":
            raise KeyboardInterrupt
        return PowerLaw(scenario, mesh)

    monkeypatch.setattr("fem_lumbar.runs.execution.finite_elements", lambda **_: Engine(one_cell, stopped))
    assert study(tmp_path, *TWO) == 130
    assert "repeat the command to continue" in capsys.readouterr().err
    assert {density for density, _ in solved()} == {"test"}


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["convergence", BASELINE, "--density", "test"], "--densities"),
        (["convergence", BASELINE, "--densities", "test"], "give two at least"),
        (["convergence", BASELINE, "--densities", "test,tset"], "did you mean test?"),
        (["convergence", BASELINE, "--cases", "flexoin"], "did you mean flexion?"),
        ([BASELINE, "--against", BASELINE], "--against: only for fem-lumbar mesh convergence"),
        ([BASELINE, "--store"], "--store: only for fem-lumbar mesh convergence"),
        (["report", BASELINE, "--cases", "flexion"], "--cases: only for"),
    ],
)
def test_wrong_use_is_exit_2(arguments, complaint, capsys, solved, tmp_path):
    assert main(["mesh", *arguments, "--out", str(tmp_path)]) == 2
    assert complaint in capsys.readouterr().err
    assert solved() == []
