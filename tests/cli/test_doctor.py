"""The doctor: what it checks, the remedy for each failure, its exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fem_lumbar.cli import doctor
from fem_lumbar.cli.main import main
from tests.runs.test_recovery import change_owner, left_behind

ROOT = Path(__file__).parents[2]


@pytest.fixture
def quick(monkeypatch):
    """Nothing is rendered."""
    monkeypatch.setattr("fem_lumbar.documents.offscreen.rendering_problem", lambda: None)


def findings(tmp_path, capsys) -> tuple[int, dict]:
    code = main(["doctor", "--json", "--out", str(tmp_path / "results")])
    return code, {one["check"]: one for one in json.loads(capsys.readouterr().out)["checks"]}


def test_every_check_is_made(quick, tmp_path, capsys):
    code, found = findings(tmp_path, capsys)
    assert code == 0
    assert list(found) == [
        "program", "packages", "linear solver", "threads", "mmg", "off-screen rendering", "results folder",
        "mesh cache", "unfinished runs",
    ]  # fmt: skip
    assert "numpy" in found["packages"]["found"]
    assert "threads" in found["threads"]["found"]


def test_rendering_is_really_tried(tmp_path, capsys):
    code = main(["doctor", "--out", str(tmp_path)])
    shown = capsys.readouterr().out
    assert code == 0
    assert "off-screen rendering: " in shown


def test_failures_come_with_a_remedy(quick, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("fem_lumbar.documents.offscreen.rendering_problem", lambda: "no OpenGL")
    monkeypatch.setattr("fem_lumbar.solver.linear.pardiso_problem", lambda: "no module named pypardiso")
    code, found = findings(tmp_path, capsys)
    assert code == 0
    assert "apt-get install -y libgl1" in found["off-screen rendering"]["remedy"]
    assert "pip install pypardiso" in found["linear solver"]["remedy"]


def test_results_that_cannot_be_written_are_exit_1(quick, tmp_path, capsys):
    (tmp_path / "results").write_text("")
    code, found = findings(tmp_path, capsys)
    assert code == 1
    assert not found["results folder"]["passed"]
    assert "--out" in found["results folder"]["remedy"]


def test_missing_package_is_exit_1_with_the_line_to_type(quick, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(doctor, "_required_packages", lambda: ["numpy>=1", "no-such-package>=2", "PyYAML>=99"])
    code, found = findings(tmp_path, capsys)
    assert code == 1
    assert found["packages"]["remedy"] == "pip install 'no-such-package' 'PyYAML>=99'"
    assert "linear solver" not in found


def test_set_up_script_and_doctor_name_the_same_libraries():
    script = (ROOT / "scripts" / "system_libraries.sh").read_text()
    assert f'PACKAGES="{" ".join(doctor.SYSTEM_LIBRARIES)}"' in script


def test_what_killed_runs_left_is_cleared_up_and_told(quick, tmp_path, capsys):
    out = tmp_path / "results"
    left_behind(out, "flexion")
    foreign = left_behind(out, "flexion", name="foreign")
    change_owner(foreign, host="another")
    code, found = findings(tmp_path, capsys)
    assert code == 0
    told = found["unfinished runs"]
    assert "synthetic: 1 load case of a killed run kept in synthetic.partial (flexion)" in told["found"]
    assert f"of a process on another computer or container: {foreign.name}" in told["found"]
    assert "remove these folders if no other computer" in told["remedy"]
    assert not told["passed"] and foreign.is_dir()
    foreign.rename(tmp_path / "elsewhere")
    _, found = findings(tmp_path, capsys)
    assert found["unfinished runs"]["passed"]
    assert found["unfinished runs"]["found"] == "unfinished runs kept: synthetic.partial"
