"""What the window can do besides colours: load levels, overlays, differences, a probe, films."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import imageio.v2 as imageio
import numpy as np
import pytest

from fem_lumbar.documents import movie
from fem_lumbar.documents.offscreen import rendering_problem
from fem_lumbar.documents.viewer import Shown, view
from fem_lumbar.documents.viewer_levels import TITLE, level_surface, stored_levels
from fem_lumbar.documents.viewer_overlays import (
    COMPRESSION_COLOUR,
    TENSION_COLOUR,
    facet_forces,
    fibre_directions,
    principal_stresses,
    rotation_centres,
)
from fem_lumbar.documents.viewer_tools import probed
from fem_lumbar.documents.viewer_window import Window
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.runs.run import load_run
from fem_lumbar.runs.vtu import write_series, write_surface
from tests.synthetic_run import store_unloaded, synthetic_entry, write_run

renders = pytest.mark.skipif(rendering_problem() is not None, reason=f"no off-screen rendering: {rendering_problem()}")
LEVELS = (0.0, 0.3, 1.0)


@pytest.fixture
def run(tmp_path):
    folder = write_run(tmp_path, entries={case: synthetic_entry(case) for case in ("flexion", "extension")})
    corners = np.array([[0.0, 0.0, 0.0], [10.0, 0.0, 0.0], [0.0, 10.0, 0.0]])
    files = []
    for level in LEVELS:
        moved = np.full((3, 3), [0.0, 0.0, 2.0 * level])
        name = f"flexion.{level}.vtp"
        write_surface(folder / "fields" / name, corners + moved, np.array([[0, 1, 2]]), {"displacement": moved})
        files.append((level, name))
    write_series(folder / "fields" / "flexion.pvd", files)
    return load_run(folder)


def test_levels_are_the_stored_ones_with_their_own_displacement(run):
    assert stored_levels(run, "flexion") == list(LEVELS)
    assert stored_levels(run, "extension") == [1.0]
    surface = level_surface(run, "flexion", 0.4, 1.0)
    assert np.allclose(surface[TITLE], 0.6) and np.allclose(surface.points[:, 2], 0.6)
    assert np.allclose(level_surface(run, "flexion", 1.0, 3.0).points[:, 2], 6.0)


def stressed(run):
    """Fields of flexion with bone pulled along x and soft tissue pressed along z, and fibres in the annulus."""
    fields = run.field_arrays("flexion")
    names = run.mesh.region_names
    bone = np.array([names[tag].is_bone for tag in fields.cell_data["region"].astype(int)])
    stresses = np.where(bone[:, None], [3.0, 0.0, 0.0], [0.0, 0.0, -1.0])
    annulus = np.array([names[tag].part == "annulus" for tag in fields.cell_data["region"].astype(int)])
    along = np.where(annulus[:, None], [0.0, 1.0, 0.0], np.nan)
    more = {
        "principal_stresses": stresses,
        "principal_stress_direction_1": np.tile([1.0, 0.0, 0.0], (len(bone), 1)),
        "principal_stress_direction_3": np.tile([0.0, 0.0, 1.0], (len(bone), 1)),
        "fibre_direction_1": along,
        "fibre_direction_2": along,
    }
    return replace(fields, cell_data={**fields.cell_data, **more})


def test_principal_stresses_are_drawn_along_their_directions(run):
    fields = stressed(run)
    drawn = {colour: mesh for mesh, colour in principal_stresses(run, "flexion", fields, None).meshes}
    assert set(drawn) == {TENSION_COLOUR, COMPRESSION_COLOUR}
    one = principal_stresses(run, "flexion", fields, np.arange(len(fields.cells)) == 0).meshes
    assert len(one) == 1
    low, high = np.reshape(one[0][0].bounds, (3, 2)).T
    bone = run.mesh.region_names[int(fields.cell_data["region"][0])].is_bone
    assert np.argmax(high - low) == (0 if bone else 2)


def test_fibres_are_drawn_in_the_annulus_alone(run):
    families = fibre_directions(run, "flexion", stressed(run), None).meshes
    assert len(families) == 2
    low, _ = np.reshape(families[0][0].bounds, (3, 2)).T
    assert low[0] > 0.0  # of the synthetic column only the annulus lies there
    assert not fibre_directions(run, "flexion", run.field_arrays("flexion"), None).meshes


def test_facet_forces_are_arrows_with_their_size(run):
    overlay = facet_forces(run, "flexion", run.field_arrays("flexion"), None)
    assert [text for _, text in overlay.labels][:2] == ["L3-L4 left 5 N", "L3-L4 right 5 N"]
    arrow = overlay.meshes[0][0]
    assert np.allclose([arrow.bounds[0], arrow.bounds[1]], [-36.0, -36.0 + 0.25 * 5.0], atol=0.05)


def test_centres_of_rotation_are_told_where_joints_turn(run):
    fields = run.field_arrays("flexion")
    store_unloaded(run, fields, fields.reference)
    overlay = rotation_centres(run, "flexion", fields, None)
    assert [text for _, text in overlay.labels] == ["L3-L4 flexion", "L4-L5 flexion"]


@renders
def test_window_shows_levels_overlays_and_differences(run):
    window = Window([run, run], "flexion", "von_mises", off_screen=True)
    window._loaded = {(panel, "flexion"): stressed(run) for panel in (0, 1)}
    pictures = [window.plotter.screenshot(return_img=True)]
    for change in (window.step_overlay, window.toggle_difference, lambda: window.set_level(0.25)):
        change()
        pictures.append(window.plotter.screenshot(return_img=True))
    assert window.level == 0.3 and window.difference
    assert np.allclose(window.surface(1, "flexion", "bone")["von Mises stress (MPa)"], 0.0)
    window.set_level(1.0)
    titles = [title for title, _ in window.plotter.scalar_bars.items()]
    assert any("difference" in title for title in titles)
    assert (
        max(len(line) for title in titles for line in title.splitlines()) <= 45
    )  # three bars have room beside each other
    window.plotter.close()
    for before, after in pairwise(pictures):
        assert (before != after).any()


@renders
def test_probe_tells_tissue_and_value(run):
    window = Window(run, "flexion", "von_mises", off_screen=True)
    fields = window.fields
    cell = int(np.argmax(fields.cell_data["von_mises"]))
    told = probed(window, 0, fields.points[fields.cells[cell]].mean(axis=0))
    window.plotter.close()
    assert str(run.mesh.region_names[int(fields.cell_data["region"][cell])]) in told
    assert f"{fields.cell_data['von_mises'][cell]:.4g}" in told


@renders
@pytest.mark.parametrize("name", ["film.gif", "film.mp4"])
def test_film_moves(run, tmp_path, monkeypatch, name):
    for name_of, value in (("FRAMES_PER_S", 1), ("_GROWING_S", 2.0), ("_TURNING_S", 1.0)):
        monkeypatch.setattr(movie, name_of, value)
    done: list[float] = []
    view(run, Shown("flexion", "displacement"), movie=tmp_path / name, tell=done.append)
    frames = np.array([frame[..., :3] for frame in imageio.mimread(tmp_path / name, memtest=False)], dtype=float)
    assert len(frames) >= 2 and done[-1] == 1.0
    assert np.abs(frames[0] - frames[-1]).max() > 50
    assert [path.name for path in tmp_path.iterdir() if path.suffix in {".gif", ".mp4"}] == [name]


def test_wrong_wishes_are_refused(run, tmp_path):
    with pytest.raises(InputError, match=r"did you mean facet forces\?"):
        view(run, Shown(overlay="facet force"), screenshot=tmp_path / "a.png")
    with pytest.raises(InputError, match="two runs on the same mesh"):
        view(run, Shown(difference=True), screenshot=tmp_path / "a.png")
