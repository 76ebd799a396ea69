"""Planes that cut a segment or slice it, and parts that are hidden."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.documents.offscreen import rendering_problem
from fem_lumbar.documents.viewer import Shown, view
from fem_lumbar.documents.viewer_cut import CUTS, Left, Section, clipped
from fem_lumbar.documents.viewer_window import Window
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.runs.run import load_run
from tests.synthetic_run import synthetic_entry, synthetic_mesh, write_run

renders = pytest.mark.skipif(rendering_problem() is not None, reason=f"no off-screen rendering: {rendering_problem()}")


@pytest.fixture
def run(tmp_path):
    return load_run(write_run(tmp_path, entries={"flexion": synthetic_entry("flexion")}))


def test_section_has_the_area_and_the_values_of_the_plane():
    mesh = synthetic_mesh()
    section = Section(mesh.cells, mesh.region, mesh.points[:, 1] - 3.3)
    drawn = section.polydata(mesh.points)
    expected = 3 * 34 * 30 + 3 * 27 * 17 + 2 * 16 * 10 + 2 * 9 * 10  # bodies, arches, nuclei, annuli, mm²
    assert drawn.area == pytest.approx(expected)
    assert np.allclose(drawn.points[:, 1], 3.3)
    assert np.allclose(section.of_nodes(mesh.points[:, 0] + 2 * mesh.points[:, 2]), drawn.points @ (1, 0, 2))
    assert set(section.of_cells(mesh.region.astype(float)).round(9)) <= set(mesh.region.astype(float))


@pytest.mark.parametrize("towards", [(0.0, 1.0, 0.0), (0.0, -1.0, 0.0), (0.3, -0.5, 0.9)])
def test_section_faces_what_is_taken_away(towards):
    mesh = synthetic_mesh()
    drawn = Section(mesh.cells, mesh.region, mesh.points @ towards - 2.7).polydata(mesh.points)
    normals = drawn.point_data["Normals"]
    assert (np.linalg.norm(normals, axis=1) > 0.5).sum() > 100
    turned = normals[np.linalg.norm(normals, axis=1) > 0.5] @ np.array(towards)
    assert np.allclose(turned, np.linalg.norm(towards), atol=1e-4)


@renders
@pytest.mark.parametrize("cut", [name for name in CUTS if name])
def test_nothing_is_drawn_beyond_the_plane(run, cut):
    axis, side = CUTS[cut]
    window = Window(run, "flexion", "von_mises", off_screen=True)
    window.toggle_deformed()
    whole = window.surface(0, "flexion", "bone", whole=True)
    window.show_left(Left(cut, at_mm=4.0))
    left = window.surface(0, "flexion", "bone")
    window.plotter.close()
    along = run.field_arrays("flexion").reference[:, axis]
    middle = (along.min() + along.max()) / 2
    beyond = left.points[:, axis] - middle - 4.0
    assert left.n_points > 0
    assert (side * beyond >= -1e-3).all() if side else np.allclose(beyond, 0.0, atol=1e-3)
    assert np.isfinite(left["von Mises stress (MPa)"]).all()
    if side:  # cut faces are filled
        assert 0.1 * whole.volume < left.volume < 0.9 * whole.volume


@renders
def test_hidden_parts_are_not_drawn(run):
    window = Window(run, "flexion", "displacement", off_screen=True)
    assert window.parts[:3] == ["L3", "L4", "L5"] and "MAL" in window.parts
    whole = window.surface(0, "flexion", "one")
    window.show_part("L3", False)
    window.show_part("MAL", False)
    rest = window.surface(0, "flexion", "one")
    assert rest.bounds.z_max < whole.bounds.z_max - 10.0
    assert window.left.words == "hidden: L3, MAL"
    window.show_part("L3", True)
    window.show_part("MAL", True)
    assert window.surface(0, "flexion", "one").n_points == whole.n_points
    window.plotter.close()


def test_clipped_surface_keeps_values():
    mesh = synthetic_mesh()
    surface = Section(mesh.cells, mesh.region, mesh.points[:, 2] - 5.0).polydata(mesh.points)
    surface.point_data["x"] = surface.points[:, 0]
    left = clipped(surface, surface.points[:, 1])
    assert left.bounds.y_max <= 1e-6
    assert np.allclose(left["x"], left.points[:, 0], atol=1e-5)


@renders
def test_wrong_cuts_and_parts_are_told(run, tmp_path):
    with pytest.raises(InputError, match=r"did you mean left half\?"):
        view(run, Shown("flexion", left=Left("left hal")), screenshot=tmp_path / "a.png")
    with pytest.raises(InputError, match=r"did you mean annulus or nucleus\?"):
        view(run, Shown("flexion", left=Left(hidden=frozenset({"anulus"}))), screenshot=tmp_path / "a.png")
    view(run, Shown("flexion", left=Left("frontal slice", 1.0, frozenset({"L3"}))), screenshot=tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 5000
