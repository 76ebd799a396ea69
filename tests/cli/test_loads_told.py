"""Before a run the loads of every case are told, with the files and options that give them."""

from __future__ import annotations

from pathlib import Path

import pytest

from fem_lumbar.cli.main import main
from tests.runs.fake_engine import FAKE

BASELINE = Path(__file__).parents[2] / "scenarios" / "baseline.yaml"


@pytest.fixture
def fake(monkeypatch):
    """Results at once, from no physics at all."""
    monkeypatch.setattr("fem_lumbar.runs.execution.finite_elements", lambda **_: FAKE)


def test_run_tells_what_acts_and_who_says_so(fake, tmp_path, capsys):
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        f"extends: {BASELINE}\nload_cases:\n  standing: {{upper_body: {{}}, muscle_activation: balanced}}\n"
        "  compression: {extends: compression, upper_body: {weight_N: 100}}\n  axial_rotation_left: null\n"
    )
    assert (
        main([str(mine), "--no-pictures", "--out", str(tmp_path / "out"), "--cases", "flexion,standing,compression"])
        == 0
    )
    told = capsys.readouterr().err.splitlines()
    head = told.index("load cases of mine:")
    assert told[head + 1 : head + 4] == [
        "  flexion      flexion moment 7.5 N·m  [baseline.yaml]",
        "  compression  follower load 500 N, upper body 100 N 28 mm in front of the uppermost endplate  "
        "[baseline.yaml + mine.yaml]",
        "  standing     upper body 397 N 28 mm in front of the uppermost endplate, balanced muscles  [mine.yaml]",
    ]
    assert any("compression: follower_N 500 and upper_body.weight_N 100 act together" in line for line in told)


def test_quiet_tells_nothing(fake, tmp_path, capsys):
    assert main([str(BASELINE), "--quiet", "--no-pictures", "--cases", "flexion", "--out", str(tmp_path)]) == 0
    assert "load cases of" not in capsys.readouterr().err
