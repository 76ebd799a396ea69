"""Options and values that have no effect or undo one another are refused; screens of any encoding are served."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fem_lumbar.cli.main import main
from tests.synthetic_run import synthetic_entry, write_run

ROOT = Path(__file__).parents[2]
BASELINE = str(ROOT / "scenarios" / "baseline.yaml")
NUCLEUS = "materials.nucleus"


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> str:
    return str(write_run(tmp_path_factory.mktemp("runs"), entries={"flexion": synthetic_entry("flexion")}))


def refused(capsys, *arguments: str) -> str:
    """What is printed by a command that exits with 2."""
    try:
        code = main(arguments)
    except SystemExit as error:
        code = error.code
    assert code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("sweep", BASELINE, "--sweep", "mesh.density=test,coarse", "--density", "test"), "mesh.density is swept over"),
        (
            ("sweep", BASELINE, "--sweep", "mal.L5.left=absent", "--set", "mal.L5.left.state=fibrous"),
            "--set mal.L5.left.state=fibrous: mal.L5.left is swept over",
        ),
        (
            ("sweep", BASELINE, "--sweep", f"{NUCLEUS}.c10_MPa=0.01,0.02", "--sweep", f"{NUCLEUS}={{c10_MPa: 0.01}}"),
            f"{NUCLEUS} holds {NUCLEUS}.c10_MPa",
        ),
        (
            ("sweep", BASELINE, "--sweep", f"{NUCLEUS}.c10_MPa=0.01:0.02", "--seed", "-5"),
            "--seed -5: must not be negative",
        ),
        (("image", BASELINE, "--seed", "-1"), "--seed -1: must not be negative"),
        (("image", BASELINE, "--voxels", ""), "numbers in mm"),
        (("run", BASELINE, "--set", "extends=other.yaml"), "cannot be set"),
        (("run", BASELINE, "--set", "mal.L5.left=null"), "mal.L5.left: expected a map of keys, got nothing"),
        (("export", BASELINE, "--format", "stl", "--case", "nope"), "'nope' is none of flexion"),
        (("run", BASELINE, "--set", "mal.L5=null"), "mal.L5: expected a map of keys, got nothing"),
    ],
)
def test_values_that_would_be_passed_over(capsys, arguments, told):
    assert told in refused(capsys, *arguments)


@pytest.mark.parametrize(
    ("command", "options", "told"),
    [
        ("report", ("--density", "coarse", "--no-run"), "--density, --no-run: only for a folder of scenarios"),
        ("nerve", ("--set", "a=b"), "only for a scenario file"),
        ("view", ("--at", "3", "--screenshot", "x.png"), "choose one with --cut"),
        ("view", ("--at", "nan", "--cut", "back", "--screenshot", "x.png"), "mm from the middle"),
    ],
)
def test_options_that_a_run_does_not_take(capsys, run, command, options, told):
    assert told in refused(capsys, command, run, *options)


@pytest.mark.parametrize("file", ["summary.json", "fields/legend.json"])
def test_a_damaged_run_is_told_as_such(capsys, tmp_path, file):
    folder = write_run(tmp_path, entries={"flexion": synthetic_entry("flexion")})
    (folder / file).write_bytes(b"\xff\xfe{")
    told = refused(capsys, "report", str(folder), "--page", str(tmp_path / "page.html"))
    assert Path(file).name in told and "damaged" in told


@pytest.mark.parametrize("key", ["scenario", "model", "load_cases"])
def test_a_summary_that_lacks_a_part_is_told_as_such(capsys, tmp_path, key):
    folder = write_run(tmp_path, entries={"flexion": synthetic_entry("flexion")})
    summary = json.loads((folder / "summary.json").read_text())
    (folder / "summary.json").write_text(json.dumps(summary | {key: None}))
    assert f"lacks {key}" in refused(capsys, "report", str(folder), "--page", str(tmp_path / "page.html"))


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_screen_that_lacks_signs_gets_the_rest(encoding):
    done = subprocess.run(
        [sys.executable, "-m", "fem_lumbar.cli.main", "explain", "rotation_deg"],
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0 and b"rotation_deg" in done.stdout and b"Traceback" not in done.stderr


def test_a_reader_that_leaves_early_is_no_failure():
    command = [sys.executable, "-m", "fem_lumbar.cli.main", "params", "list"]
    with subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        running.stdout.close()
        _, told = running.communicate()
    assert running.returncode == 0 and told == b""
