"""The window on a display (of Xvfb, where that is installed): it shows the segment, and what a person does works."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import matplotlib.image
import pytest

from tests.synthetic_run import synthetic_entry, write_run

XVFB = shutil.which("Xvfb")
ROOT = Path(__file__).parents[2]
_TIME_LIMIT_S = 400.0


@pytest.fixture
def display() -> Iterator[str]:
    """A display of its own, whose number the server chooses and tells once it answers."""
    if XVFB is None:
        pytest.skip("no Xvfb here to open a window on")
    read, write = os.pipe()
    command = [XVFB, "-displayfd", str(write), "-noreset", "-nolisten", "tcp", "-screen", "0", "1600x1200x24"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as told:
        number = told.readline().strip()
    try:
        if not number:
            pytest.skip("Xvfb does not start here")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()


def test_keys_sliders_and_boxes_of_the_window(display, tmp_path):
    folder = write_run(tmp_path, entries={case: synthetic_entry(case) for case in ("flexion", "extension")})
    picture = tmp_path / "window.png"
    done = subprocess.run(
        [sys.executable, "-m", "tests.documents.driven_window", str(folder), str(picture)],
        cwd=ROOT,
        env=os.environ | {"DISPLAY": display},
        capture_output=True,
        text=True,
        timeout=_TIME_LIMIT_S,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    first = matplotlib.image.imread(picture)[..., :3]
    assert (abs(first - 1.0).max(axis=2) > 0.1).mean() > 0.1  # not an empty window
    assert told["key_field"] == "pressure" and told["key_changed"] > 0.02
    assert told["camera_stays"]  # with f VTK by itself flies to the place under the mouse
    assert {"pressure", "flexion", "load", "deformation ×", "plane of the cut (mm)"} <= set(told["titles"])
    assert told["slider_case"] == "extension" and told["slider_changed"] > 0.02
    assert told["cut"] == "right half" and told["cut_changed"] > 0.02
    assert told["at_mm"] == 10.0 and told["plane_changed"] > 0.002
    assert told["hidden"] == ["L3"] and told["hidden_changed"] > 0.02
    assert told["ruler"] and not told["ruler_again"]
    assert told["probe_changed"] > 0.001
