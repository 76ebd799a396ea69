"""A load of a kind that the program does not have takes its own two files and list entries, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fem_lumbar.model.load_kinds.kinds import LOADS
from fem_lumbar.runs.schema import validate_summary
from fem_lumbar.scenario.load_kinds.kinds import SECTIONS

ROOT = Path(__file__).parents[2]
FORCE_N = (5.0, -10.0, -200.0)
CASES = f"""
schema_version: 1
name: pushed
extends: {ROOT / "scenarios" / "disc_only_L4-L5.yaml"}
mesh: {{density: test}}
load_cases:
  flexion: {{moment_Nm: 2, dead_force_N: {list(FORCE_N)}, follower_first: true}}
  push: {{dead_force_N: {list(FORCE_N)}}}
"""


def program(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The program with the dead force among its loads."""
    return subprocess.run(
        [sys.executable, "-m", "tests.model.one_more_load", *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_section_has_its_mechanics():
    assert [kind.section for kind in LOADS] == SECTIONS
    keys = [key for section in SECTIONS for key in section.model_fields]
    assert len(keys) == len(set(keys))


def test_one_more_load_runs_end_to_end(tmp_path):
    (tmp_path / "pushed.yaml").write_text(CASES)
    options = ("--cases", "push,flexion", "--out", str(tmp_path), "--jobs", "1", "--no-pictures")
    done = program("run", str(tmp_path / "pushed.yaml"), *options)
    assert done.returncode == 0, done.stdout + done.stderr
    text = done.stdout + done.stderr
    assert "dead force 5, -10, -200 N  [" in text
    assert "dead force 5, -10, -200 N, then flexion moment 2 N·m  [" in text
    summary = json.loads((tmp_path / "pushed" / "summary.json").read_text())
    validate_summary(summary)
    for case, moment in (("push", 0.0), ("flexion", 2.0)):
        entry = summary["load_cases"][case]
        assert entry["status"] == "converged"
        assert all(found["passed"] for found in entry["checks"].values())
        assert entry["applied"]["dead_force_N"] == pytest.approx(FORCE_N)
        assert entry["applied"]["moment_Nm"] == pytest.approx([0.0, moment, 0.0])
        assert entry["equilibrium"]["support_force_N"] == pytest.approx(FORCE_N, abs=1e-3)
        push = entry["load_path"]["L4-L5"]["applied"]["dead_force"]
        assert push["axial_N"] == pytest.approx(200.0, rel=0.05)  # the disc is a few degrees off the vertical
        assert push["moment_Nm"]["lateral_bending"] > 0.0  # to the right, above the disc
    assert set(summary["load_cases"]["push"]["load_path"]["L4-L5"]["applied"]) == {"dead_force"}


def test_rules_know_it_too(tmp_path):
    (tmp_path / "idle.yaml").write_text(CASES.replace(f"push: {{dead_force_N: {list(FORCE_N)}}}", "push: {}"))
    done = program("run", str(tmp_path / "idle.yaml"), "--out", str(tmp_path))
    assert done.returncode == 2
    assert "nothing loads the segment in this case" in done.stderr
    assert "muscle_activation above 0 or dead_force_N" in done.stderr
