"""Studies that run: rows, store, restarts, other processes. Nothing is simulated."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas
import pytest
from pyarrow import parquet

from benchmarks.studies import pretended
from fem_lumbar.cli.main import main
from fem_lumbar.comparison.discretisation_bars import DiscretisationBars
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.runs.executors import Serial
from fem_lumbar.studies import table
from fem_lumbar.studies.cluster import Cluster
from fem_lumbar.studies.execution import run_study
from fem_lumbar.studies.folder import begin_folder, study_in
from fem_lumbar.studies.progress import read_progress
from fem_lumbar.studies.solving import _bars, solve
from fem_lumbar.studies.store import SILENT_S, WORKING, PointStore, StoreError
from tests.runs.fake_engine import FAILING_NM, FAKE, RAISING_NM
from tests.studies import synthetic_study
from tests.studies.small_study import ROOT, STUDY, listing, run, solved, written


def test_row_for_each_point_and_case_with_units_and_errors(tmp_path):
    results = run(tmp_path)
    assert [(one.status, one.is_new) for one in results] == [("done", True)] * 6
    manifest, frame = table.read(tmp_path / "study")
    assert list(frame.columns) == table.columns(manifest)
    assert list(zip(frame["point"], frame["load_case"])) == [
        (i, case) for i in range(6) for case in ("flexion", "standing")
    ]
    assert [one.name for one in manifest.outputs] == ["idp_MPa.L3-L4", "idp_MPa.L4-L5"]
    assert manifest.outputs[0].unit == "MPa"
    assert frame["idp_MPa.L3-L4"].nunique() == 6
    assert (frame["floor:idp_MPa.L3-L4"] > 0).all()
    assert manifest.factors[1].categories == ("absent", "fibrous")
    assert (manifest.design["points"], manifest.design["seed"]) == (6, 1)
    assert manifest.versions["program_sha256"]
    text = pandas.read_csv(tmp_path / "study" / table.CSV, keep_default_na=False, na_values={"modulus": [""]})
    assert list(text["modulus"]) == list(frame["modulus"])
    assert not any(one.is_file() for one in (tmp_path / "points" / WORKING).iterdir())


def test_units_of_columns_stand_beside_the_table_and_in_the_parquet_file(tmp_path):
    run(tmp_path)
    folder = tmp_path / "study"
    frame = table.read(folder)[1]
    told = pandas.read_csv(folder / table.COLUMNS, keep_default_na=False).set_index("column")
    assert list(told.index) == list(frame.columns)
    assert told.loc["modulus", "unit"] == "MPa"
    assert told.loc["modulus", "definition"] == "value of the scenario key mal.L5.left.fibrous_modulus_MPa"
    for name in ("idp_MPa.L3-L4", "floor:idp_MPa.L3-L4", "mesh_error:idp_MPa.L3-L4"):
        assert told.loc[name, "unit"] == "MPa"
        assert "pressure" in told.loc[name, "definition"]
    assert (told["definition"] != "").all()
    in_file = {one.name: one.metadata[b"unit"].decode() for one in parquet.read_schema(folder / table.PARQUET)}
    assert in_file == dict(told["unit"])


def test_definition_of_an_asymmetry_index_names_what_is_compared(tmp_path):
    name = "asymmetry_index.facet_force_N.L4-L5.left"
    manifest, frame = synthetic_study.study({"x": np.zeros(2)}, {name: lambda values: values["x"]})
    synthetic_study.write(tmp_path, manifest, frame)
    row = pandas.read_csv(tmp_path / table.COLUMNS, keep_default_na=False).set_index("column").loc[name]
    assert row["definition"].startswith("(left - right) / (|left| + |right|): ") and row["sign"] == "left positive"


def test_points_are_solved_once_by_all_studies(tmp_path):
    run(tmp_path)
    first = table.read(tmp_path / "study")[1]
    again = run(tmp_path)
    assert [one.is_new for one in again] == [False] * 6
    other = run(tmp_path, STUDY.replace("name: small", "name: other"), name="other")
    assert [one.is_new for one in other] == [False] * 6
    assert len(solved(tmp_path)) == 6
    assert table.read(tmp_path / "study")[1].equals(first)
    run(tmp_path, STUDY.replace("seed: 1", "seed: 2"))
    assert len(solved(tmp_path)) == 12


def test_stored_errors_are_read_once_in_a_process(tmp_path, monkeypatch):
    """As many workers as a test of a cluster has in one process took half a minute to read them."""
    calls = []
    monkeypatch.setattr("fem_lumbar.studies.solving.stored_bars", lambda: calls.append(1) or DiscretisationBars())
    _bars.cache_clear()
    run(tmp_path)
    run(tmp_path, name="other")
    _bars.cache_clear()
    assert len(calls) == 1


def test_state_of_the_program_is_part_of_the_address(tmp_path, monkeypatch):
    run(tmp_path)
    monkeypatch.setattr("fem_lumbar.__version__", "99.0")
    assert all(one.is_new for one in run(tmp_path))


@pytest.mark.parametrize("moment", [FAILING_NM, RAISING_NM])
def test_failure_is_rows_with_the_reason_and_is_not_tried_again_unless_asked(tmp_path, moment):
    text = listing(moment).replace("idp_MPa.*", "rotation_deg.L4-L5.flexion")
    results = run(tmp_path, text, solver=partial(solve, engine=FAKE))
    assert sorted(one.status for one in results) == ["done", "done", "failed"]
    frame = table.read(tmp_path / "study")[1]
    failed = frame[frame["status"] == "failed"]
    reason = "cut back below the smallest step" if moment == FAILING_NM else "the model cannot be set up"
    assert reason in failed[failed["load_case"] == "flexion"]["reason"].iloc[0]
    assert failed[failed["load_case"] == "flexion"]["rotation_deg.L4-L5.flexion"].isna().all()
    assert list(frame[frame["status"] == "done"].query("load_case == 'flexion'")["rotation_deg.L4-L5.flexion"]) == [
        0.5,
        1.0,
    ]
    progress = read_progress(tmp_path / "study")
    assert (progress.planned, progress.done, progress.failed, progress.running) == (3, 2, 1, 0)
    assert reason in next(iter(progress.reasons))
    assert not any(one.is_new for one in run(tmp_path, text, solver=partial(solve, engine=FAKE)))
    assert sum(one.is_new for one in run(tmp_path, text, solver=partial(solve, engine=FAKE), retry_failed=True)) == 1


def broken(scenario, folder, report):
    raise ZeroDivisionError(f"in {folder}")


def test_bug_in_a_point_is_a_failed_row_without_private_paths(tmp_path):
    results = run(tmp_path, solver=broken)
    assert {one.status for one in results} == {"failed"}
    assert results[0].reason.startswith("ZeroDivisionError: in ")
    assert str(tmp_path) not in results[0].reason


def test_values_that_make_no_scenario_are_failed_rows(tmp_path):
    text = listing(1.5, "  modulus: {key: mal.L5.left.fibrous_modulus_MPa, values: [50]}\n").replace(
        "  modulus: {key: load", "  moment: {key: load"
    )
    text = text.replace("design:", "  state: {key: mal.L5.left.state, values: [absent, fibrous]}\ndesign:")
    results = run(tmp_path, text)
    assert sorted(one.status for one in results) == ["done"] * 3 + ["failed"] * 3
    frame = table.read(tmp_path / "study")[1].query("state == 'absent'")
    assert frame["reason"].str.contains("the MAL is absent").all()
    assert len(solved(tmp_path)) == 3


@pytest.mark.parametrize("executor", ["serial", "threads"])
def test_full_disk_ends_the_study_and_loses_nothing(tmp_path, monkeypatch, executor):
    put, calls = PointStore.put, []

    def full(self, address, results):
        calls.append(address)
        if len(calls) > 3:
            raise StoreError("cannot write results into points: No space left on device")
        put(self, address, results)

    monkeypatch.setattr(PointStore, "put", full)
    with pytest.raises(StoreError, match="No space left"):
        run(tmp_path, executor=Cluster(2, processes=False) if executor == "threads" else None)
    monkeypatch.undo()
    assert sum(one.is_new for one in run(tmp_path)) == 3
    assert len(table.read(tmp_path / "study")[1]) == 12


def test_disk_that_fails_under_a_run_is_no_failed_point(tmp_path):
    def lost(scenario, folder, report):
        raise InputError("cannot write results into run") from OSError(5, "Input/output error")

    with pytest.raises(StoreError):
        run(tmp_path, solver=lost)
    assert not list((tmp_path / "points").glob("*/*.gz"))


def test_damaged_result_is_solved_again(tmp_path):
    run(tmp_path)
    files = sorted((tmp_path / "points").glob("*/*.json.gz"))
    files[0].write_bytes(files[0].read_bytes()[:50])
    assert sum(one.is_new for one in run(tmp_path)) == 1


def test_point_that_another_process_is_at_is_waited_for(tmp_path, monkeypatch):
    study = written(tmp_path)
    store = PointStore(tmp_path / "points")
    address = store.address(study.scenario_at(next(study.points()).values))
    monkeypatch.setattr("fem_lumbar.studies.execution._POLL_S", 0.01)
    with store.working(address, "another_run") as folder:
        assert folder is not None
        running = run_study(study, tmp_path / "study", Serial(), solver=pretended)
        assert len([next(running) for _ in range(5)]) == 5
        with store.working(address, "a_third_run") as second:
            assert second is None
    assert next(running).point.number == 0
    assert len(solved(tmp_path)) == 6
    running.close()


@pytest.mark.skipif(os.name != "posix", reason="kills a process by a signal")
def test_what_a_killed_process_was_at_is_taken_over(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from fem_lumbar.studies.store import PointStore\n"
        "with PointStore(Path(sys.argv[1])).working('abcd', 'x') as folder:\n"
        "    folder.mkdir(); (folder / 'part').touch(); print(1, flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, tmp_path], cwd=ROOT, stdout=subprocess.PIPE)
    process.stdout.readline()
    with PointStore(tmp_path).working("abcd", "y") as folder:
        assert folder is None
    process.kill()
    process.wait()
    with PointStore(tmp_path).working("abcd", "y") as folder:
        assert not (folder / "part").exists()
    assert not list((tmp_path / WORKING).rglob("abcd"))
    assert len(list((tmp_path / WORKING).iterdir())) == 2
    PointStore(tmp_path).clear_up()
    assert len(list((tmp_path / WORKING).iterdir())) == 1


def test_claim_without_a_name_is_waited_for_until_it_has_been_silent(tmp_path):
    """As a process leaves it that is killed between making a claim and writing who it is."""
    store = PointStore(tmp_path)
    claim = tmp_path / WORKING / "abcd"
    claim.parent.mkdir()
    claim.touch()
    with store.working("abcd", "x") as folder:
        assert folder is None
    os.utime(claim, (time.time() - 2 * SILENT_S,) * 2)
    with store.working("abcd", "x") as folder:
        assert folder is not None
    assert not claim.exists()


def test_process_that_was_taken_for_dead_leaves_the_claims_of_others_alone(tmp_path):
    store = PointStore(tmp_path)
    with store.working("abcd", "x") as folder:
        shutil.rmtree(folder.parent)
        with store.working("abcd", "y") as other:
            assert other is not None and other.parent != folder.parent
        (tmp_path / WORKING / "abcd").write_text(f"{other.parent.name} z")
    with store.working("abcd", "y") as third:
        assert third is None


def test_commands(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("fem_lumbar.runs.execution.finite_elements", lambda **_: FAKE)
    monkeypatch.setattr("fem_lumbar.studies.solving.finite_elements", lambda **_: FAKE)
    written(tmp_path)
    file, out = str(tmp_path / "small.yaml"), str(tmp_path / "out")
    assert main(["study", "run", file, "--out", out, "--dry-run"]) == 0
    assert "points: 6, 2 load cases each" in capsys.readouterr().out
    assert not Path(out).exists()
    assert main(["study", "run", file, "--out", out, "--jobs", "1", "--quiet"]) == 0
    assert "6 points done, 0 failed" in capsys.readouterr().out
    assert main(["study", "status", out]) == 0
    assert "small: 6 of 6 points, 0 failed\nfinished" in capsys.readouterr().out
    (tmp_path / "small.yaml").unlink()
    assert main(["study", "run", out, "--jobs", "1", "--quiet", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["done"] == 6
    assert main(["study", "status", str(tmp_path)]) == 2
    assert main(["study", "run", str(tmp_path)]) == 2
    assert str(tmp_path) not in (tmp_path / "out" / "study.json").read_text()
    swept = [
        "sweep",
        str(ROOT / "scenarios" / "baseline.yaml"),
        "--sweep",
        "mal.L5.left.fibrous_modulus_MPa~normal(9,1)",
    ]
    assert main([*swept, "--points", "3", "--dry-run", "--quiet", "--cases", "standing"]) == 0
    assert "points: 3, 1 load case each\n" in capsys.readouterr().out


def test_status_tells_when_it_will_be_done_and_survives_half_a_line(tmp_path):
    folder = tmp_path / "study"
    study = written(tmp_path)
    running = run_study(study, folder, Serial(), solver=partial(pretended, sleep_s=0.05))
    for _ in range(3):
        next(running)
    with (folder / "progress.jsonl").open("a") as file:
        file.write('{"t": 1, "poi')
    found = read_progress(folder)
    assert (found.planned, found.done, found.running, found.repeated) == (6, 3, 1, 0)
    assert 0.1 < found.left_s < 30
    running.close()


def test_folder_has_a_copy_of_the_file_that_names_what_it_names(tmp_path):
    written(tmp_path)
    study, folder = study_in(tmp_path / "small.yaml", tmp_path / "deep" / "er", is_folder=True)
    assert not folder.exists()
    begin_folder(folder, tmp_path / "small.yaml")
    again, _ = study_in(folder, tmp_path)
    assert again.base.sha256 == study.base.sha256
    assert [point.values for point in again.points()] == [point.values for point in study.points()]


def test_points_given_out_together_come_back_when_they_take_long(tmp_path, monkeypatch):
    """As when a study goes on whose first points are stored and whose others are slow."""
    monkeypatch.setattr("fem_lumbar.studies.solving.PATIENCE_S", 0.0)
    monkeypatch.setattr("fem_lumbar.studies.execution._Pace._size", lambda self: 4)
    results = run(tmp_path)
    assert sorted(one.point.number for one in results) == list(range(6))
    assert {one.status for one in results} == {"done"}
    assert len(solved(tmp_path)) == 6
