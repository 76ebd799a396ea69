"""The store: a run folder is whole or absent, reads back, and tells nothing about the machine it was made on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from fem_lumbar.foundation.errors import InputError, PhysicsError
from fem_lumbar.runs.paths import check_writable, without_private_paths
from fem_lumbar.runs.store import RunWriter, load_run
from tests.synthetic_run import (
    TIMING,
    SyntheticScenario,
    model_info,
    synthetic_entry,
    synthetic_mesh,
    synthetic_result,
    write_run,
)


def writer(out: Path, name: str = "synthetic") -> RunWriter:
    mesh = synthetic_mesh()
    return RunWriter(out, SyntheticScenario(name), mesh, model_info(mesh))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_run_reads_back(tmp_path):
    run = load_run(write_run(tmp_path))
    assert run.folder == tmp_path / "synthetic"
    assert run.summary["status"] == "completed"
    assert run.cases["flexion"]["rotation_deg"]["L4-L5"]["flexion"] == pytest.approx(6.0)
    assert run.summary["timing_s"] == TIMING
    assert [row["step"] for row in run.curves if row["case"] == "extension"] == [1, 2, 3]
    assert run.resolved["mal"]["L5"]["left"]["state"] == "fibrous"
    assert run.mesh.sha256 == run.summary["provenance"]["mesh_sha256"] == synthetic_mesh().sha256
    assert names(tmp_path) == {"synthetic"}
    assert {"summary.json", "curves.csv", "fields", "figures", "scenario.resolved.yaml", "run.log"} == names(run.folder)


def test_fields_hold_deformed_and_reference_geometry(tmp_path):
    mesh = synthetic_mesh()
    expected = synthetic_result("flexion", mesh)
    run = load_run(write_run(tmp_path))
    fields = run.field_arrays("flexion")
    assert np.allclose(fields.reference, mesh.points, atol=1e-5)
    assert np.allclose(fields.points, mesh.points + expected.fields.point_data["displacement"], atol=1e-5)
    assert np.array_equal(fields.cells, mesh.cells)
    assert np.array_equal(fields.cell_data["region"], mesh.region)
    for name in ("cauchy_stress", "von_mises", "principal_strains", "pressure", "mal_s"):
        assert np.allclose(fields.cell_data[name], expected.fields.cell_data[name], rtol=1e-6, equal_nan=True)
    assert run.legend["regions"]["0"] == "L3.cancellous"
    assert run.legend["fields"]["von_mises"]["unit"] == "MPa"


def test_fields_of_an_unknown_case_name_those_that_exist(tmp_path):
    run = load_run(write_run(tmp_path))
    with pytest.raises(InputError, match="flexion, extension"):
        run.field_arrays("flexoin")


@pytest.mark.parametrize(
    ("error", "reason"),
    [(KeyboardInterrupt(), "interrupted by the user"), (ValueError("boom"), "ValueError: boom")],
)
def test_interruption_keeps_finished_cases_as_partial(tmp_path, error, reason):
    mesh = synthetic_mesh()
    with pytest.raises(type(error)), writer(tmp_path) as run_writer:
        run_writer.add_case(synthetic_result("flexion", mesh))
        (run_writer.folder / "fields" / "extension.part").write_text("half written")
        raise error
    assert names(tmp_path) == {"synthetic.partial"}
    run = load_run(tmp_path / "synthetic.partial")
    assert run.summary["status"] == "failed"
    assert run.summary["reason"] == reason
    assert list(run.cases) == ["flexion"]
    assert names(run.folder / "fields") == {"flexion.vtu", "mesh.npz", "legend.json"}
    assert len(run.curves) == 3


def test_interruption_while_fields_are_written_drops_that_case(tmp_path, monkeypatch):
    mesh = synthetic_mesh()

    def interrupted(path, *_):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), writer(tmp_path) as run_writer:
        run_writer.add_case(synthetic_result("flexion", mesh))
        monkeypatch.setattr("fem_lumbar.runs.fields.write_vtu", interrupted)
        run_writer.add_case(synthetic_result("extension", mesh))
    run = load_run(tmp_path / "synthetic.partial")
    assert list(run.cases) == ["flexion"]
    assert names(run.folder / "fields") == {"flexion.vtu", "mesh.npz", "legend.json"}


def test_older_run_stays_until_the_new_one_is_whole(tmp_path):
    write_run(tmp_path, entries={"flexion": synthetic_entry("flexion")})
    with pytest.raises(KeyboardInterrupt), writer(tmp_path):
        raise KeyboardInterrupt
    assert list(load_run(tmp_path / "synthetic").cases) == ["flexion"]
    write_run(tmp_path, entries={"extension": synthetic_entry("extension")})
    assert list(load_run(tmp_path / "synthetic").cases) == ["extension"]
    assert names(tmp_path) == {"synthetic", "synthetic.partial"}


def test_failed_run_does_not_replace_a_complete_one(tmp_path):
    write_run(tmp_path)
    mesh = synthetic_mesh()
    result = synthetic_result("flexion", mesh)
    result.status, result.reason, result.load_fraction = "failed", "step below the minimum", 0.4
    result.summary = {"rotation_deg": {}}
    with writer(tmp_path) as run_writer:
        run_writer.add_case(result)
        path = run_writer.finish(TIMING)
    assert path == tmp_path / "synthetic.failed"
    failed = load_run(path)
    assert failed.summary["status"] == "failed"
    assert "flexion stopped at load fraction 0.400: step below the minimum" in failed.summary["reason"]
    assert failed.cases_with_fields == ["flexion"]
    assert load_run(tmp_path / "synthetic").summary["status"] == "completed"


def test_check_out_of_tolerance_fails_the_run(tmp_path):
    entry = synthetic_entry("flexion")
    entry["checks"]["penetration"] = {"value": 0.2, "limit": 0.05, "unit": "-", "passed": False}
    run = load_run(write_run(tmp_path, entries={"flexion": entry}))
    assert run.summary["status"] == "failed"
    assert "flexion: penetration = 0.2 is out of tolerance (at most 0.05)" in run.summary["reason"]


def test_non_finite_number_fails_its_case_and_no_other(tmp_path):
    entry = synthetic_entry("flexion")
    entry["idp_MPa"]["L4-L5"] = float("nan")
    path = write_run(tmp_path, entries={"flexion": entry, "extension": synthetic_entry("extension")})
    run = load_run(path)
    assert run.summary["status"] == "failed"
    assert run.cases["flexion"]["status"] == "failed"
    assert run.cases["flexion"]["reason"] == "not a finite number: idp_MPa.L4-L5"
    assert run.cases["flexion"]["not_finite"] == {"idp_MPa": {"L3-L4": 0.3, "L4-L5": None}}
    assert "idp_MPa" not in run.cases["flexion"]
    assert run.cases["extension"]["status"] == "converged"
    assert "case flexion failed" in (path / "run.log").read_text()


def test_missing_result_is_refused_by_name(tmp_path):
    entry = synthetic_entry("flexion")
    del entry["idp_MPa"]
    with pytest.raises(PhysicsError, match="idp_MPa"):
        write_run(tmp_path, entries={"flexion": entry})


def test_unwritable_output_is_refused_before_the_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").write_text("a file, not a folder")
    with pytest.raises(InputError, match=r"(?s)cannot write results into results: .*--out"):
        writer(Path("results"))
    with pytest.raises(InputError) as caught:
        check_writable(tmp_path / "results")
    assert str(tmp_path) not in str(caught.value)


def interrupted_run(out: Path, cases: list[str], **changes) -> None:
    mesh = synthetic_mesh()
    scenario = SyntheticScenario("synthetic", changes)
    with pytest.raises(KeyboardInterrupt), RunWriter(out, scenario, mesh, model_info(mesh)) as run_writer:
        for case in cases:
            run_writer.add_case(synthetic_result(case, mesh))
        raise KeyboardInterrupt


def test_interrupted_run_replaces_only_one_that_it_outdoes(tmp_path):
    interrupted_run(tmp_path, ["flexion"])
    interrupted_run(tmp_path, ["flexion", "extension"])
    assert names(tmp_path) == {"synthetic.partial"}
    interrupted_run(tmp_path, ["flexion"])
    interrupted_run(tmp_path, ["flexion", "extension"], density="coarse")
    kept = {path.name: list(load_run(path).cases) for path in tmp_path.iterdir()}
    assert kept == {
        "synthetic.partial": ["flexion", "extension"],
        "synthetic.partial-2": ["flexion"],
        "synthetic.partial-3": ["flexion", "extension"],
    }


def test_failed_run_replaces_only_one_that_it_outdoes(tmp_path):
    broken = synthetic_entry("flexion")
    broken["idp_MPa"]["L4-L5"] = float("inf")
    good = synthetic_entry("extension")
    write_run(tmp_path)
    assert write_run(tmp_path, entries={"flexion": broken, "extension": good}).name == "synthetic.failed"
    assert write_run(tmp_path, entries={"flexion": broken}).name == "synthetic.failed-2"
    assert write_run(tmp_path, entries={"flexion": broken, "extension": good}).name == "synthetic.failed"


def test_interruption_while_starting_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("fem_lumbar.runs.store.write_json", interrupted)
    with pytest.raises(KeyboardInterrupt), writer(tmp_path):
        raise AssertionError("not reached")
    assert names(tmp_path) == set()


def test_interruption_while_replacing_keeps_the_older_run(tmp_path, monkeypatch):
    write_run(tmp_path, entries={"flexion": synthetic_entry("flexion")})
    rename = Path.rename

    def interrupted(self, target):
        if ".tmp-" in self.name and target.name == "synthetic":
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_run(tmp_path, entries={"extension": synthetic_entry("extension")})
    assert list(load_run(tmp_path / "synthetic").cases) == ["flexion"]
    assert list(load_run(tmp_path / "synthetic.partial").cases) == ["extension"]
    assert names(tmp_path) == {"synthetic", "synthetic.partial"}


def test_folder_that_is_not_a_run_is_not_replaced(tmp_path):
    (tmp_path / "synthetic").mkdir()
    (tmp_path / "synthetic" / "thesis.txt").write_text("precious")
    with pytest.raises(InputError, match="not a run folder"):
        writer(tmp_path)
    assert (tmp_path / "synthetic" / "thesis.txt").read_text() == "precious"


@pytest.mark.parametrize("name", ["../outside", "a/b", "", ".hidden"])
def test_name_that_leaves_the_folder_is_refused(tmp_path, name):
    mesh = synthetic_mesh()
    with pytest.raises(InputError, match="cannot name a run folder"):
        RunWriter(tmp_path, SyntheticScenario(name), mesh, model_info(mesh))


def test_no_absolute_path_in_any_file(tmp_path):
    with pytest.raises(OSError, match=r"mesh\.npz"), writer(tmp_path) as run_writer:
        run_writer.log(f"reading {tmp_path / 'scenario.yaml'} and {Path.home() / 'x'} and {Path.cwd() / 'y'}")
        run_writer.add_case(synthetic_result("flexion", synthetic_mesh()))
        raise OSError(f"no such file: {tmp_path}/mesh.npz")
    folder = tmp_path / "synthetic.partial"
    assert json.loads((folder / "summary.json").read_text())["reason"] == "OSError: no such file: mesh.npz"
    private = [str(tmp_path), str(Path.home()), str(Path.cwd())]
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) >= 6
    for file in files:
        content = file.read_bytes()
        for path in private:
            assert len(path) < 2 or path.encode() not in content, f"{file.name} holds {path}"


def test_text_keeps_units_and_relative_paths():
    text = "12 N/mm at results/baseline/summary.json, 3 / 4"
    assert without_private_paths(text) == text


def test_load_run_refuses_what_is_not_a_run(tmp_path):
    with pytest.raises(InputError, match="not a run folder"):
        load_run(tmp_path)
    (tmp_path / "summary.json").write_text("{broken")
    with pytest.raises(InputError, match="not valid JSON"):
        load_run(tmp_path)
    (tmp_path / "summary.json").write_text('{"schema_version": 99}')
    with pytest.raises(InputError, match="schema_version is 99"):
        load_run(tmp_path)
