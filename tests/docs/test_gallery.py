"""Pictures of the gallery that a module of the program draws: its command makes what the page shows."""

from __future__ import annotations

import re
import runpy
import sys

import matplotlib.image
import numpy as np
import pytest

from fem_lumbar.documents.offscreen import rendering_problem
from tests.docs.pages import DOCS

COMMANDS = re.findall(r"^python -m (\S+) (\S+\.png)$", (DOCS / "gallery.md").read_text("utf-8"), re.MULTILINE)


@pytest.mark.skipif(rendering_problem() is not None, reason=f"no off-screen rendering: {rendering_problem()}")
@pytest.mark.parametrize(("module", "name"), COMMANDS, ids=lambda one: one.rsplit(".")[-1])
def test_command_draws_the_picture_of_the_page(module, name, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", [module, str(tmp_path / name)])
    runpy.run_module(module, run_name="__main__")
    drawn, shown = (matplotlib.image.imread(folder / name)[..., :3] for folder in (tmp_path, DOCS / "pictures"))
    assert drawn.shape == shown.shape
    assert np.abs(drawn - shown).mean() < 0.02  # edges and shades are those of the graphics library


def test_there_are_some():
    assert len(COMMANDS) >= 3
