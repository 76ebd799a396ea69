"""A body of a new kind needs other data and one file that builds it, nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytest.importorskip("gmsh", exc_type=ImportError)


@pytest.fixture(scope="module")
def found():
    """What the program prints that meshes a spine with a sacrum (once: it is kept) and loads its last two bodies."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    program = [sys.executable, "tests/meshing/spine_with_sacrum.py", "scenarios/baseline.yaml"]
    done = subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_mesh_has_what_the_kind_has(found):
    own = {name.removeprefix("S1.") for name in found["regions"] if name.startswith("S1.")}
    cartilage = {f"facet_cartilage.superior.{side}" for side in ("left", "right")}
    assert own == {"cancellous", "posterior", *cartilage}  # no arches, no inferior facets
    assert {"L5-S1.annulus", "L5-S1.nucleus", "L5.mal.left"} <= set(found["regions"])
    assert {"S1.follower", "S1.spinous.right", "L5-S1.ITL.left.1.lower"} <= set(found["patches"])
    assert not any(name.startswith("S1.ma") for name in found["patches"])
    assert found["unmatched_mm"] == 0.0


def test_its_motion_segment_is_a_model(found):
    assert {name.split(".")[0] for name in found["kept"]} == {"L5", "S1", "L5-S1"}
    assert {case["status"] for case in found["cases"].values()} == {"converged"}
    flexion = found["cases"]["flexion"]
    assert 1.0 < flexion["rotation_deg"]["L5-S1"]["flexion"] < 15.0
    assert flexion["equilibrium"]["moment_residual_Nmm"] < 1.0
    assert set(flexion["mal"]) == {"L5"}
