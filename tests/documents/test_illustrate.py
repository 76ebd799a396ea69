"""Charts and pictures of a run are drawn at the same time; trouble with either is told and stops nothing."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from fem_lumbar.documents import illustrate as module

TIME_LIMIT_S = 20.0


@pytest.fixture
def written(monkeypatch):
    """Warnings that the report was written with."""
    found: list[list[str]] = []
    monkeypatch.setattr(module, "load_run", lambda folder: None)
    monkeypatch.setattr(module, "write_report", lambda run, warnings: found.append(list(warnings)))
    return found


def test_charts_are_drawn_while_pictures_are_rendered(monkeypatch, written):
    both = threading.Barrier(2, timeout=TIME_LIMIT_S)  # broken unless both are at work together
    told: list[str] = []

    def charts(run):
        both.wait()
        return [Path("load_share.png")]

    def scenes(folder, report, common_scale):
        both.wait()
        return ["pictures are missing: no OpenGL"]

    monkeypatch.setattr(module, "draw_figures", charts)
    monkeypatch.setattr(module, "draw_scenes_offscreen", scenes)
    assert module.illustrate(Path("run"), told.append) == ["pictures are missing: no OpenGL"]
    assert told == ["load_share.png"]
    assert written == [["pictures are missing: no OpenGL"]]


def test_without_charts_there_are_pictures_and_a_report(monkeypatch, written):
    def charts(run):
        raise RuntimeError("no fonts")

    monkeypatch.setattr(module, "draw_figures", charts)
    monkeypatch.setattr(module, "draw_scenes_offscreen", lambda folder, report, common_scale: [])
    assert module.illustrate(Path("run")) == ["charts are missing: RuntimeError: no fonts"]
    assert written == [["charts are missing: RuntimeError: no fonts"]]
