"""Sweeps: the grid, the table, what a rerun does, what an interruption leaves."""

from __future__ import annotations

import csv
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.runs.points import earlier_point_name, grid, overrides, point_name
from fem_lumbar.runs.run import load_run
from fem_lumbar.runs.sweep import TABLE, run_points
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.scenario.problems import ScenarioError
from fem_lumbar.solver.events import StepEvent
from tests.runs.fake_engine import DYING_NM, FAILING_NM, FAKE, RAISING_NM

ROOT = Path(__file__).parents[2]
BASELINE = ROOT / "scenarios" / "baseline.yaml"
MODULI = "mal.L5.left.fibrous_modulus_MPa=20,100,500"
MOMENT = "load_cases.flexion.moment_Nm"


def scenario_at(point):
    return load_scenario(BASELINE, overrides(point), cases=["flexion", "extension"])


def sweep(out: Path, *sweeps: str, **options):
    return list(run_points(grid(sweeps), scenario_at, out, engine=FAKE, **options))


def table(out: Path) -> list[dict[str, str]]:
    with (out / TABLE).open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_column_of_the_table_is_described_beside_it(tmp_path):
    sweep(tmp_path, f"{MOMENT}=1,2")
    with (tmp_path / "table.columns.csv").open(newline="", encoding="utf-8") as file:
        described = {row["column"]: row for row in csv.DictReader(file)}
    assert list(described) == list(table(tmp_path)[0])
    force = described["facet_force_N.L4-L5.left"]
    assert (force["unit"], force["sign"]) == ("N", "never negative")
    assert "resultant" in force["definition"]
    assert MOMENT in described[f"set:{MOMENT}"]["definition"]
    undefined = [name for name, row in described.items() if row["definition"] == "not defined"]
    assert undefined == ["process"]  # what the stand-in engine adds


def test_several_sweeps_make_a_grid():
    points = list(grid([MODULI, "mal.L5.left.state=fibrous,type_I"]))
    assert len(points) == 6
    assert points[0] == {"mal.L5.left.fibrous_modulus_MPa": "20", "mal.L5.left.state": "fibrous"}
    assert points[-1] == {"mal.L5.left.fibrous_modulus_MPa": "500", "mal.L5.left.state": "type_I"}


def test_values_may_be_lists():
    points = list(grid(["structures.ligaments=[ALL, PLL],[]"]))
    assert [load_scenario(BASELINE, overrides(point)).structures.ligaments for point in points] == [("ALL", "PLL"), ()]


@pytest.mark.parametrize(
    ("sweeps", "expected"),
    [
        (["mal.L5.left.fibrous_modulus_MPa"], "not of the form key.path=a,b,c"),
        (["a.b="], "no values to sweep over"),
        (["a.b=1,1"], "a value is listed twice"),
        (["a.b=1,2", "a.b=3"], "'a.b' is swept twice"),
        (["a.b=[1"], "YAML syntax error"),
    ],
)
def test_wrong_sweeps_are_refused(sweeps, expected):
    with pytest.raises(ScenarioError, match=expected) as caught:
        list(grid(sweeps))
    assert caught.value.exit_code == 2


def test_each_point_is_a_run_folder_and_each_case_a_row(tmp_path):
    done = sweep(tmp_path, f"{MOMENT}=1,2", "mal.L5.left.state=fibrous,type_III")
    assert [point.status for point in done] == ["completed"] * 4
    rows = table(tmp_path)
    assert len(rows) == 8
    for point in done:
        run = load_run(tmp_path / point.name)
        own = [row for row in rows if row["run"] == point.name]
        assert [row["case"] for row in own] == list(run.cases) == ["flexion", "extension"]
        moment = float(point.point[MOMENT])
        assert float(own[0][f"set:{MOMENT}"]) == moment
        assert own[0]["set:mal.L5.left.state"] == point.point["mal.L5.left.state"]
        assert float(own[0]["rotation_deg.L4-L5.flexion"]) == 0.5 * moment
        assert run.summary["provenance"]["scenario_sha256"] == own[0]["scenario_sha256"]


def test_progress_says_which_point(tmp_path):
    events = []
    (done,) = sweep(tmp_path, f"{MOMENT}=1", report=events.append)
    assert {event.case for event in events if isinstance(event, StepEvent)} == {
        f"{done.name}: flexion",
        f"{done.name}: extension",
    }


def test_name_of_a_point_depends_on_its_values_only(tmp_path):
    point = {"mal.L5.left.fibrous_modulus_MPa": "20"}
    scenario = scenario_at(point)
    assert point_name(point, scenario.sha256) == f"fibrous_modulus_MPa=20-{scenario.sha256[:8]}"
    (first,) = sweep(tmp_path, "mal.L5.left.fibrous_modulus_MPa=20")
    assert sweep(tmp_path, "mal.L5.left.fibrous_modulus_MPa=10,20")[1].name == first.name


def test_rerun_skips_finished_points(tmp_path):
    sweep(tmp_path, MODULI)
    stamps = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/summary.json")}
    done = sweep(tmp_path, "mal.L5.left.fibrous_modulus_MPa=100,500,2000")
    assert sorted(point.status for point in done) == ["completed", "skipped", "skipped"]
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in stamps.items())


def test_table_keeps_points_of_earlier_calls(tmp_path):
    sweep(tmp_path, MODULI)
    sweep(tmp_path, "mal.L5.right.fibrous_modulus_MPa=50")
    rows = table(tmp_path)
    assert len(rows) == 8
    assert [row["set:mal.L5.right.fibrous_modulus_MPa"] for row in rows].count("50") == 2


def test_point_that_does_not_converge_is_rows_with_the_reason(tmp_path):
    done = sweep(tmp_path, f"{MOMENT}=1,{FAILING_NM}")
    assert [point.status for point in done] == ["completed", "failed"]
    (failed,) = [row for row in table(tmp_path) if row["case_status"] == "failed"]
    assert failed["reason"] == "cut back below the smallest step"
    assert failed["load_fraction"] == "0.5"


@pytest.mark.parametrize("jobs", [1, 2])
def test_point_that_cannot_be_run_is_a_row_and_the_rest_goes_on(tmp_path, jobs):
    done = sweep(tmp_path, f"{MOMENT}={RAISING_NM},1,2", jobs=jobs)
    assert sorted(point.status for point in done) == ["completed", "completed", "failed"]
    (failed,) = [row for row in table(tmp_path) if row["status"] == "failed"]
    assert failed["reason"] == "the model cannot be set up"
    assert failed["case"] == ""


def test_point_that_is_no_valid_scenario_is_a_row_and_the_rest_goes_on(tmp_path):
    done = sweep(tmp_path, "mal.L5.left.fibrous_modulus_MPa=20,-5")
    assert sorted(point.status for point in done) == ["completed", "failed"]
    (failed,) = [row for row in table(tmp_path) if row["status"] == "failed"]
    assert "-5 MPa is outside the accepted range" in failed["reason"]


@pytest.mark.skipif(os.name != "posix", reason="kills a process by a signal")
def test_killed_worker_is_a_row_and_the_rest_goes_on(tmp_path):
    done = sweep(tmp_path, f"{MOMENT}={DYING_NM},1,2,3", jobs=2)
    assert sorted(point.status for point in done) == ["completed"] * 3 + ["failed"]
    (failed,) = [row for row in table(tmp_path) if row["status"] == "failed"]
    assert "memory ran out" in failed["reason"]


def test_failed_points_run_again_only_when_asked(tmp_path):
    sweep(tmp_path, f"{MOMENT}=1,{FAILING_NM}")
    again = sweep(tmp_path, f"{MOMENT}=1,{FAILING_NM}")
    assert [(point.status, bool(point.reason)) for point in again] == [("skipped", False), ("skipped", True)]
    retried = sweep(tmp_path, f"{MOMENT}=1,{FAILING_NM}", retry_failed=True)
    assert sorted(point.status for point in retried) == ["failed", "skipped"]


def test_run_by_another_version_is_not_taken_over(tmp_path, monkeypatch):
    sweep(tmp_path, MODULI)
    monkeypatch.setattr("fem_lumbar.__version__", "99.0")
    assert {point.status for point in sweep(tmp_path, MODULI)} == {"completed"}


def test_parallel_points_give_the_same_table(tmp_path):
    sweep(tmp_path / "one", MODULI)
    sweep(tmp_path / "two", MODULI, jobs=2)

    def comparable(rows):
        return sorted([(row["run"], row["case"], row["rotation_deg.L4-L5.flexion"]) for row in rows])

    assert comparable(table(tmp_path / "one")) == comparable(table(tmp_path / "two"))


def test_points_may_come_from_anywhere_and_are_read_one_at_a_time(tmp_path):
    asked = []

    def design():
        for modulus in ("10", "20", "30"):
            asked.append(modulus)
            yield {"mal.L4.left.fibrous_modulus_MPa": modulus}

    running = run_points(design(), scenario_at, tmp_path, engine=FAKE)
    next(running)
    assert asked == ["10"]
    running.close()


def test_interruption_keeps_finished_points_and_a_rerun_goes_on(tmp_path):
    def interrupt(event):
        if isinstance(event, StepEvent) and len(list(tmp_path.glob("fibrous_modulus*/summary.json"))) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep(tmp_path, MODULI, report=interrupt)
    assert len(table(tmp_path)) == 4
    assert len(list(tmp_path.glob("*.partial"))) == 1
    assert sorted(point.status for point in sweep(tmp_path, MODULI)) == ["completed", "skipped", "skipped"]
    assert len(table(tmp_path)) == 6


@pytest.mark.skipif(os.name != "posix", reason="sends a signal to a process group")
@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_of_a_real_process_loses_nothing(tmp_path, jobs):
    program = (
        "import signal; from pathlib import Path; from tests.runs.test_sweep import sweep\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background\n"
        f"if __name__ == '__main__': sweep(Path({str(tmp_path)!r}), '{MOMENT}=1,2,5.0', jobs={jobs})"
    )
    script = tmp_path.parent / f"interrupted_{jobs}.py"
    script.write_text(program)
    process = subprocess.Popen(
        [sys.executable, script], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, start_new_session=True,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        others_done = (tmp_path / TABLE).is_file() and len(table(tmp_path)) == 4
        if others_done and any("step 1" in log.read_text() for log in tmp_path.glob(".*.tmp-*/run.log")):
            break
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    _, complaint = process.communicate(timeout=60)
    assert "KeyboardInterrupt" in complaint
    assert len(table(tmp_path)) == 4
    assert len(list(tmp_path.glob("*/summary.json"))) == 3
    (partial,) = tmp_path.glob("*.partial")
    assert load_run(partial).summary["reason"] == "interrupted by the user"
    assert not list(tmp_path.glob(".*.tmp-*"))


def test_table_of_something_else_is_not_overwritten(tmp_path):
    (tmp_path / TABLE).write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="not the table of a study"):
        sweep(tmp_path, MODULI)
    assert (tmp_path / TABLE).read_text() == "a,b\n1,2\n"


def test_names_keep_what_tells_keys_apart():
    assert point_name({"mal.L5.left.state": "type_I", "mal.L5.right.state": "type_II"}, "0123456789") == (
        "left.state=type_I,right.state=type_II-01234567"
    )
    point = {
        "materials.nucleus.c10_MPa": "0.1",
        "materials.annulus.c10_MPa": "0.05",
        "mal.L4.left.state": "absent",
        "mal.L5.left.state": "absent",
        "mesh.density": "test",
    }
    assert point_name(point, "0123456789") == (
        "nucleus.c10_MPa=0.1,annulus.c10_MPa=0.05,L4.left.state=absent,and_2_more-01234567"
    )
    assert point_name({"a.b": "1", "c.a.b": "2"}, "0123456789") == "a.b=1,c.a.b=2-01234567"


@pytest.mark.parametrize(
    "value",
    ["[ALL, PLL]", "{a: 1}", "'..'", "/etc/passwd", 'a<b>:"|?*\\', "CON", "é" * 300, "x" * 300, "\u4e2d", "-", ""],
)
def test_names_are_those_of_folders_on_every_system(value):
    name = point_name({"structures.con": value, "b.con": value}, "0123456789abcdef")
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.+=,-]*-01234567", name)
    assert len(name) <= 100
    assert name.split(".")[0].upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT1"}


def test_results_under_an_earlier_name_are_found_or_made_anew(tmp_path, monkeypatch):
    keys = ["mal.L5.left.state=type_I", "mal.L5.right.state=type_II"]
    monkeypatch.setattr("fem_lumbar.runs.sweep.point_name", earlier_point_name)
    (before,) = sweep(tmp_path, *keys)
    monkeypatch.undo()
    assert before.name.startswith("state=type_I,state=type_II-")
    (found,) = sweep(tmp_path, *keys)
    assert (found.name, found.status) == (before.name, "skipped")
    monkeypatch.setattr("fem_lumbar.__version__", "99.0")
    (anew,) = sweep(tmp_path, *keys)
    assert anew.name.startswith("left.state=type_I,right.state=type_II-")
    assert {row["run"] for row in table(tmp_path)} == {anew.name}
