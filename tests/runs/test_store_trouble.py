"""Trouble with the disk or the pictures: a message or a warning, and nothing that was solved is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from fem_lumbar.documents.illustrate import illustrate
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.runs.store import load_run
from tests.runs.test_store import names, writer
from tests.synthetic_run import TIMING, synthetic_mesh, synthetic_result, write_run


def test_pictures_that_fail_do_not_cost_the_run(tmp_path):
    mesh = synthetic_mesh()

    def illustrate(folder: Path) -> list[str]:
        (folder / "figures" / "a.png").write_bytes(b"png")
        return ["rendering is not possible here"]

    with writer(tmp_path) as run_writer:
        run_writer.add_case(synthetic_result("flexion", mesh))
        path = run_writer.finish(TIMING, illustrate)
    run = load_run(path)
    assert run.summary["status"] == "completed"
    assert run.summary["warnings"] == ["rendering is not possible here"]
    assert (path / "figures" / "a.png").is_file()


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), RuntimeError("no font"), ImportError("vtk")])
def test_drawing_that_raises_is_a_warning(tmp_path, error):
    def illustrate(folder: Path) -> list[str]:
        raise error

    with writer(tmp_path) as run_writer:
        run_writer.add_case(synthetic_result("flexion", synthetic_mesh()))
        path = run_writer.finish(TIMING, illustrate)
    run = load_run(path)
    assert run.summary["status"] == "completed"
    (warning,) = run.summary["warnings"]
    assert warning.startswith("the pictures or the report are incomplete")
    assert str(error) in warning


def test_charts_that_fail_do_not_cost_the_report(tmp_path, monkeypatch):
    def broken(run):
        raise RuntimeError("no font")

    monkeypatch.setattr("fem_lumbar.documents.illustrate.draw_figures", broken)
    monkeypatch.setattr("fem_lumbar.documents.illustrate.draw_scenes_offscreen", lambda *_: [])
    folder = write_run(tmp_path)
    assert illustrate(folder) == ["charts are missing: RuntimeError: no font"]
    assert "charts are missing: RuntimeError: no font" in (folder / "report.md").read_text(encoding="utf-8")


def test_fault_while_drawing_shows_and_keeps_the_run(tmp_path):
    def illustrate(folder: Path) -> list[str]:
        raise KeyError("a mistake in the program")

    with pytest.raises(KeyError), writer(tmp_path) as run_writer:
        run_writer.add_case(synthetic_result("flexion", synthetic_mesh()))
        run_writer.finish(TIMING, illustrate)
    assert names(tmp_path) == {"synthetic"}
    assert load_run(tmp_path / "synthetic").summary["status"] == "completed"


def test_interrupted_pictures_keep_the_complete_run(tmp_path):
    def illustrate(folder: Path) -> list[str]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), writer(tmp_path) as run_writer:
        run_writer.add_case(synthetic_result("flexion", synthetic_mesh()))
        run_writer.finish(TIMING, illustrate)
    assert names(tmp_path) == {"synthetic"}
    assert load_run(tmp_path / "synthetic").summary["status"] == "completed"


def test_full_disk_keeps_what_was_written(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with pytest.raises(InputError, match=r"(?s)No space left.*--out"), writer(tmp_path) as run_writer:
        run_writer.add_case(synthetic_result("flexion", synthetic_mesh()))
        monkeypatch.setattr("fem_lumbar.runs.store.write_json", full)
        monkeypatch.setattr("fem_lumbar.runs.fields.write_vtu", full)
        run_writer.add_case(synthetic_result("extension", synthetic_mesh()))
    partial = load_run(tmp_path / "synthetic.partial")
    assert list(partial.cases) == ["flexion"]
    assert partial.summary["reason"] == "not finished"


def full_log(monkeypatch):
    original = Path.open

    def full(self, mode="r", *arguments, **options):
        if self.name == "run.log" and mode == "a":
            raise OSError(28, "No space left on device")
        return original(self, mode, *arguments, **options)

    monkeypatch.setattr(Path, "open", full)


@pytest.mark.parametrize("message", ["log", "warn"])
def test_full_disk_at_a_log_line_says_what_to_do(tmp_path, monkeypatch, message):
    with pytest.raises(InputError, match=r"(?s)No space left.*--out"), writer(tmp_path) as run_writer:
        run_writer.add_case(synthetic_result("flexion", synthetic_mesh()))
        full_log(monkeypatch)
        getattr(run_writer, message)("something")
    assert list(load_run(tmp_path / "synthetic.partial").cases) == ["flexion"]


def test_disk_that_fills_while_finishing_keeps_the_whole_run(tmp_path, monkeypatch):
    def illustrate(folder: Path) -> list[str]:
        full_log(monkeypatch)
        return []

    with pytest.raises(InputError, match=r"(?s)No space left.*--out"), writer(tmp_path) as run_writer:
        run_writer.add_case(synthetic_result("flexion", synthetic_mesh()))
        run_writer.finish(TIMING, illustrate)
    assert names(tmp_path) == {"synthetic"}
    assert load_run(tmp_path / "synthetic").summary["status"] == "completed"
