"""What Python is offered: lazily, with the messages of the command line; nothing is simulated here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import fem_lumbar as fl
from fem_lumbar.api.progress import NotebookLine
from fem_lumbar.cli.main import main
from fem_lumbar.solver.events import CaseEvent, StepEvent
from tests.runs.fake_engine import FAILING_NM, FAKE

BASELINE = Path(__file__).parents[2] / "scenarios" / "baseline.yaml"
MOMENT = "load_cases.flexion.moment_Nm"


@pytest.fixture
def fake(monkeypatch):
    """Runs and sweeps that answer at once."""
    monkeypatch.setattr("fem_lumbar.runs.execution.finite_elements", lambda near_earlier_runs=True: FAKE)
    monkeypatch.setattr(
        "fem_lumbar.report_page.run_page.illustrate_with_page", lambda folder, report=None, pictures=True: []
    )


def test_import_loads_nothing_heavy_and_every_name_is_there():
    code = (
        "import sys, fem_lumbar as fl\n"
        "heavy = {'numpy', 'pandas', 'pyvista', 'numba', 'pydantic', 'vtkmodules'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "import fem_lumbar.cli.main\n"
        "heavy = {'pandas', 'pyvista', 'numba'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "assert all(getattr(fl, name) is not None and name in dir(fl) for name in fl.__all__)\n"
        "assert 'pandas' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with pytest.raises(AttributeError, match="no attribute 'simulate'"):
        _ = fl.simulate
    assert (Path(fl.__file__).parent / "py.typed").is_file()


@pytest.mark.parametrize(
    "overrides",
    [
        {"mal.L5.left.state": "type_III", MOMENT: np.float64(5.0)},
        ["mal.L5.left.state=type_III", f"{MOMENT}=5"],
    ],
)
def test_overrides_are_those_of_the_command_line(overrides):
    scenario = fl.load_scenario(str(BASELINE), overrides, cases=["flexion"], density="test")
    assert isinstance(scenario, fl.Scenario)
    assert scenario.mal["L5"]["left"].state == "type_III"
    assert scenario.load_cases["flexion"].moment_Nm == 5.0
    assert list(scenario.load_cases) == ["flexion"] and scenario.mesh.density == "test"


def test_wrong_input_has_the_text_of_the_command_line(capsys):
    assert main(["run", str(BASELINE), "--set", "mal.L5.left.state=type_3", "--set", "solver.vertebra=full"]) == 2
    told = capsys.readouterr().err
    with pytest.raises(fl.InputError) as caught:
        fl.load_scenario(BASELINE, {"mal.L5.left.state": "type_3", "solver.vertebra": "full"})
    assert told == f"error: {caught.value}\n"


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: fl.load_scenario("nowhere.yaml"), "no such file"),
        (lambda: fl.load_scenario(BASELINE, cases=["flexoin"]), "did you mean flexion"),
        (lambda: fl.load_scenario(BASELINE, {MOMENT: object()}), f"{MOMENT}: got object"),
        (lambda: fl.run(3), "a scenario or the path of a scenario file is needed, got int"),
        (lambda: fl.run(BASELINE, jobs=0), "at least 1, got 0"),
        (lambda: fl.load_run("nowhere"), "not a run folder"),
        (lambda: fl.compare("nowhere", "elsewhere"), "not a run folder"),
        (lambda: fl.sweep(BASELINE, {MOMENT: 5}), r"got 5\n    allowed: a list of values to run"),
        (lambda: fl.sweep(BASELINE, {"mal.L5.left.state": ["type_4"]}), "--sweep mal.L5.left.state=type_4"),
    ],
)
def test_every_wrong_input_is_an_input_error(call, told):
    with pytest.raises(fl.InputError, match=told):
        call()


def test_run_gives_the_stored_run_and_warns(fake, tmp_path, capsys):
    scenario = fl.load_scenario(BASELINE, {"mal.L5.left.bone_modulus_MPa": 900}, cases=["flexion", "extension"])
    with pytest.warns(UserWarning, match="has no effect: nothing of it is ossified"):
        run = fl.run(scenario, out=tmp_path, cases="flexion")
    assert run.folder == tmp_path / "baseline" and list(run.cases) == ["flexion"]
    assert run.scenario.load_cases.keys() == {"flexion"}
    assert "flexion: converged" in capsys.readouterr().err
    fl.run(scenario.model_copy(update={"name": "again"}), out=tmp_path, progress=False)
    assert capsys.readouterr().err == ""


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_failed_physics_is_raised_and_kept(fake, tmp_path):
    scenario = fl.load_scenario(BASELINE, {MOMENT: FAILING_NM}, cases=["flexion"])
    with pytest.raises(fl.PhysicsError, match="cut back below the smallest step") as caught:
        fl.run(scenario, out=tmp_path, progress=False)
    folder = str(caught.value).split("load_run('")[1].removesuffix("')")
    assert fl.load_run(folder).status == "failed"


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_comparison_is_a_claim_and_a_table(fake, tmp_path):
    runs = [
        fl.run(fl.load_scenario(BASELINE, {MOMENT: 7.5, "name": name, **more}, cases=["flexion"]), out=tmp_path)
        for name, more in (("a", {}), ("b", {"mal.L5.left.state": "type_III"}))
    ]
    comparison = fl.compare(runs[0], runs[1].folder)
    assert comparison.claim.startswith("b against a: ") and comparison.claim in comparison._repr_html_()
    assert comparison.changes["mal.L5.left.state"] == ("fibrous", "type_III")
    row = comparison.table().set_index("quantity").loc["rotation_deg.L4-L5.flexion"]
    assert (row["first"], row["difference"], row["unit"]) == (3.75, 0.0, "°")


def test_sweep_is_a_table_and_skips_what_is_there(monkeypatch, tmp_path):
    from fem_lumbar.api import sweeping

    plain = sweeping.run_points
    monkeypatch.setattr(sweeping, "run_points", lambda *given, **more: plain(*given, **more | {"engine": FAKE}))
    values = {MOMENT: [1.0, 2.0, FAILING_NM]}
    swept = fl.sweep(BASELINE, values, cases=["flexion"], out=tmp_path, progress=False)
    assert [point.status for point in swept.points] == ["completed", "completed", "failed"]
    assert len(swept.failed) == 1 and "1 failed" in repr(swept)
    table = swept.table().set_index(f"set:{MOMENT}")
    assert table.loc[2.0, "rotation_deg.L4-L5.flexion"] == 1.0
    assert swept.run(swept.points[1]).completed
    again = fl.sweep(BASELINE, {MOMENT: [1.0]}, cases=["flexion"], out=tmp_path, progress=False)
    assert [point.status for point in again.points] == ["skipped"] and len(again.table()) == 1


def test_a_notebook_shows_one_line(capsys):
    with NotebookLine(2) as show:
        show("reading the mesh")
        show(StepEvent("flexion", 1, 3, 0.5, 1e-9, "accepted"))
        show(CaseEvent("flexion", "converged", 2.0))
    lines = capsys.readouterr().out.split("\r")
    assert "1 of 2 load cases" in lines[-1] and lines[-1].endswith("\n")
    assert not any("\n" in line for line in lines[:-1])
