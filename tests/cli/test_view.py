"""``view``: what cannot succeed is refused before anything is drawn."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from fem_lumbar.cli.main import main
from fem_lumbar.cli.view import CUT_NAMES, FIELD_NAMES, OVERLAY_NAMES
from fem_lumbar.documents.display import require_display
from fem_lumbar.documents.shown_fields import FIELDS
from fem_lumbar.documents.viewer_cut import CUTS
from fem_lumbar.documents.viewer_overlays import OVERLAYS
from fem_lumbar.foundation.errors import InputError
from tests.synthetic_run import synthetic_entry, write_run

SCENARIOS = Path(__file__).parents[2] / "scenarios"


@pytest.fixture
def run(tmp_path, monkeypatch):
    def drawn(*_, **__):
        raise AssertionError("something was drawn")

    monkeypatch.setattr("fem_lumbar.documents.offscreen._render", drawn)
    monkeypatch.setattr("fem_lumbar.documents.viewer.Window", drawn)
    monkeypatch.chdir(tmp_path)
    return write_run(tmp_path, entries={"flexion": synthetic_entry("flexion")})


REFUSED = {
    "vector picture": (["--screenshot", "x.pdf"], ("--screenshot x.pdf", ".pdf", "allowed: .png, .jpg")),
    "no ending": (["--screenshot", "picture"], ("no extension", ".png")),
    "folder": (["--screenshot", "folder.png"], ("that is a folder",)),
    "below a file": (["--screenshot", "synthetic/summary.json/a.png"], ("is a file, not a folder",)),
    "case": (["--screenshot", "a.png", "--case", "flexoin"], ("'flexoin'", "flexion")),
    "field": (["--screenshot", "a.png", "--field", "von_misses"], ("'von_misses'", "did you mean von_mises?")),
    "field of later versions": (
        ["--screenshot", "a.png", "--field", "fibre_stretch"],
        ("do not include fibre_stretch", "von_mises"),
    ),
    "unknown option": (["--screenshot", "a.png", "--scale", "common"], ("--scale",)),
}


@pytest.mark.parametrize(("options", "expected"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_before_anything_is_drawn(run, tmp_path, capsys, options, expected):
    (tmp_path / "folder.png").mkdir()
    before = sorted(path.name for path in tmp_path.rglob("*"))
    assert main(["view", str(run), *options]) == 2
    told = capsys.readouterr().err
    assert all(part in told for part in expected), told
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


def test_run_folder_is_checked(run, tmp_path, capsys):
    assert main(["view", str(tmp_path / "nothing"), "--screenshot", "a.png"]) == 2
    assert "is not a run folder" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="everything may be written here")
def test_folder_without_permission(run, tmp_path, capsys):
    (tmp_path / "locked").mkdir(mode=0o500)
    assert main(["view", str(run), "--screenshot", "locked/a.png"]) == 2
    assert "no permission" in capsys.readouterr().err


def test_window_without_display_is_refused_first(run, monkeypatch, capsys):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    assert main(["view", str(run)]) == 2
    assert "no display" in capsys.readouterr().err
    monkeypatch.setenv("DISPLAY", ":9731")
    assert main(["view", str(run)]) == 2
    assert "the display :9731 does not respond: use --screenshot FILE.png" in capsys.readouterr().err


def test_display_that_answers(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1] - 6000
        monkeypatch.setenv("DISPLAY", f"127.0.0.1:{number}.0")
        require_display()
    with pytest.raises(InputError, match="does not respond"):
        require_display()


def test_help_names_all_fields():
    assert tuple(FIELDS) == FIELD_NAMES
    assert tuple(OVERLAYS) == ("", *OVERLAY_NAMES)
    assert tuple(CUTS) == ("", *CUT_NAMES)


def test_mesh_folder_is_checked_before_meshing(tmp_path, monkeypatch, capsys):
    def meshed(*_):
        raise AssertionError("a mesh was made")

    monkeypatch.setattr("fem_lumbar.meshing.of_scenario.scenario_mesh", meshed)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("not a folder")
    assert main(["mesh", str(SCENARIOS / "baseline.yaml"), "--density", "test", "--out", "file"]) == 2
    assert "cannot write results into file" in capsys.readouterr().err


def test_common_scale_belongs_to_redraw(run, capsys):
    assert main(["report", str(run), "--common-scale"]) == 2
    assert "--redraw" in capsys.readouterr().err
