"""Charts and off-screen pictures: they exist, show something, and a machine without OpenGL is told what to do."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
import pyvista as pv

from fem_lumbar.documents import offscreen, scenes, viewer
from fem_lumbar.documents.anatomy_pictures import right_half
from fem_lumbar.documents.figure_files import write_figure
from fem_lumbar.documents.figures import draw_figures, moment_rotation, rotation_branch
from fem_lumbar.documents.illustrate import illustrate
from fem_lumbar.documents.offscreen import rendering_problem
from fem_lumbar.documents.panel_page import Panel, page
from fem_lumbar.documents.plotting import BONE_COLOURS, BOTH_WAYS_COLOURS, PULL_COLOURS, SOFT_COLOURS, ColourScale
from fem_lumbar.documents.scenes import facet_title, pressed_surface, pressure_scale, stress_scale
from fem_lumbar.documents.viewer import Shown, view
from fem_lumbar.documents.window import Window
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.runs.run import load_run
from fem_lumbar.scenario.loader import load_scenario
from tests.synthetic_run import synthetic_entry, write_run

ROOT = Path(__file__).parents[2]
renders = pytest.mark.skipif(rendering_problem() is not None, reason=f"no off-screen rendering: {rendering_problem()}")


def image(path: Path) -> np.ndarray:
    return matplotlib.image.imread(path)[..., :3]


def is_a_picture(path: Path) -> bool:
    """More than one colour on more than a few pixels."""
    pixels = image(path)
    differs = np.abs(pixels - pixels[0, 0]).max(axis=-1) > 0.02
    return min(pixels.shape[:2]) > 300 and differs.mean() > 0.01 and pixels.std() > 0.02


def run_with(out: Path, *cases: str) -> Path:
    return write_run(out, entries={case: synthetic_entry(case) for case in cases})


def test_charts_of_a_run(tmp_path):
    run = load_run(run_with(tmp_path, "flexion", "extension", "compression"))
    paths = draw_figures(run)
    assert [path.stem for path in paths] == ["moment_rotation", "facet_force", "load_path", "disc_pressure"]
    assert all(is_a_picture(path) for path in paths)


def test_moment_rotation_curve_holds_both_directions(tmp_path):
    run = load_run(run_with(tmp_path, "flexion", "extension"))
    (axes,) = moment_rotation(run).axes
    upper, _, lower, solved = axes.get_lines()[:4]
    assert (upper.get_label(), lower.get_label()) == ("L3-L4", "L4-L5")
    assert np.allclose(solved.get_ydata(), [-7.5, -3.75, -1.875, 0, 0, 1.875, 3.75, 7.5])
    for curve in (lower, solved):
        assert np.allclose(curve.get_xdata()[[0, -1]], [-6.0, 6.0])
        assert (np.diff(curve.get_xdata()) >= 0).all()


def test_moment_rotation_curve_is_that_of_loading():
    rows = [
        {"case": "flexion", "branch": branch, "moment_Nm": moment, "rotation_deg.L4-L5.flexion": moment / 2}
        for branch, moment in (("loading", 0.0), ("loading", 4.0), ("unloading", 2.0), ("unloading", 0.0))
    ]
    assert np.allclose(rotation_branch(rows, "flexion", "L4-L5", "flexion"), [[0, 0], [2, 4]])


def test_no_moment_case_no_moment_chart(tmp_path):
    assert moment_rotation(load_run(run_with(tmp_path, "compression"))) is None


@renders
def test_pictures_of_a_run(tmp_path):
    folder = run_with(tmp_path, "extension")
    told: list[str] = []
    assert illustrate(folder, told.append) == []
    names = {"von_mises_extension.png", "facet_pressure_extension.png", "mal_extension.png"}
    assert names <= set(told)
    for name in names:
        assert is_a_picture(folder / "figures" / name), name
    report = (folder / "report.md").read_text(encoding="utf-8")
    assert all(f"figures/{name}" in report for name in names)


@renders
def test_panels_are_drawn_alike_in_a_window_in_use_and_copied_pixel_by_pixel(tmp_path):
    """What was drawn before, at another size, leaves no trace; pages do not resample."""
    scale = ColourScale("height", "viridis", -1.0, 1.0)
    ball = pv.Sphere(radius=1.0, center=(0.0, 0.3, 0.0))
    ball.point_data["height"] = ball.points[:, 2]

    def drawn(window: Window) -> Panel:
        scale.add(window.emptied(300, 240), ball, closed=True)
        return window.panel("ball", (1.0, 0.2, 0.1), (0.0, 0.0, 0.0), 2.0)

    with Window() as window:
        window.emptied(400, 200).add_mesh(pv.Cube(), color="red")
        before = window.panel("cube", (0.0, 1.0, 0.0), (0.0, 0.0, 0.0), 1.0)
        again = drawn(window)
    with Window() as window:
        fresh = drawn(window)
    assert before.image.shape == (200, 400, 3) and again.image.shape == (240, 300, 3)
    assert np.abs(again.image.astype(int) - fresh.image.astype(int)).max() <= 2
    pixels = (
        image(write_figure(page([[again, fresh]], "headline", [scale], "note"), tmp_path / "page.png")) * 255
    ).round()
    rows = [row for row in range(pixels.shape[0] - 240) if np.array_equal(pixels[row : row + 240, :300], again.image)]
    assert len(rows) == 1
    assert np.array_equal(pixels[rows[0] : rows[0] + 240, -300:], fresh.image)


def test_facet_picture_shows_the_surface_that_holds_the_pressure(tmp_path):
    run = load_run(run_with(tmp_path, "extension"))
    fields = run.field_arrays("extension")
    pressure = fields.point_data["contact_pressure"]
    inferior = run.mesh.surfaces["L4.facet.inferior.left"]
    superior = run.mesh.surfaces["L5.facet.superior.left"]
    for pressed in (inferior, superior):
        pressure[:] = 0.0
        pressure[pressed[0]] = 1.0
        assert np.array_equal(pressed_surface(run, fields, "L4-L5", "left"), pressed)


def test_rendering_that_fails_is_a_warning_with_the_remedy(tmp_path, monkeypatch):
    folder = run_with(tmp_path, "flexion")
    monkeypatch.setattr(sys, "executable", str(_crashing_python(tmp_path)))
    (warning,) = illustrate(folder)
    assert "off-screen rendering does not work here: no GL" in warning
    assert "exit code 139" in warning
    assert "libegl1" in warning
    assert (folder / "figures" / "disc_pressure.png").is_file()
    assert "libegl1" in (folder / "report.md").read_text(encoding="utf-8")


def test_report_without_pictures(tmp_path):
    folder = run_with(tmp_path, "flexion")
    assert illustrate(folder, pictures=False) == []
    assert not list((folder / "figures").iterdir())
    assert (folder / "report.md").is_file()


@renders
@pytest.mark.parametrize("field", ["von_mises", "displacement"])
def test_view_writes_a_screenshot_without_a_display(tmp_path, monkeypatch, field):
    monkeypatch.delenv("DISPLAY", raising=False)
    run = load_run(run_with(tmp_path, "flexion"))
    target = tmp_path / "pictures" / "view.png"
    view(run, Shown("flexion", field), target)
    assert is_a_picture(target)


@renders
def test_keys_of_the_window_change_what_is_shown(tmp_path):
    run = load_run(run_with(tmp_path, "flexion", "extension"))
    window = viewer.Window(run, "flexion", "von_mises", off_screen=True)
    first = window.plotter.screenshot(return_img=True)
    window.step_case(1)
    assert window.case == "extension"
    second = window.plotter.screenshot(return_img=True)
    window.step_cut()
    third = window.plotter.screenshot(return_img=True)
    window.step_field(1)
    assert window.field == "pressure"
    fourth = window.plotter.screenshot(return_img=True)
    window.plotter.close()
    for before, after in ((first, second), (second, third), (third, fourth)):
        assert (before != after).any()


@renders
def test_two_runs_are_shown_beside_each_other_on_one_scale(tmp_path):
    runs = [load_run(run_with(tmp_path / name, "flexion")) for name in ("first", "second")]
    strong = runs[1].field_arrays("flexion")
    strong.point_data["displacement"][:] *= 2.0
    window = viewer.Window(runs, "flexion", "displacement", off_screen=True)
    alone = window.limits()
    window._loaded[1, "flexion"] = strong
    window._spans.clear()
    window.draw()
    pixels = window.plotter.screenshot(return_img=True)[:, :, :3].astype(float)
    window.plotter.close()
    assert window.limits()[1] > 1.5 * alone[1]
    bluish = pixels[..., 2] - pixels[..., 0] > 40
    half = pixels.shape[1] // 2
    assert bluish[:, half:].mean() > 1.2 * bluish[:, :half].mean() > 0.0  # twice as far on the same scale


@pytest.mark.parametrize("colours", [SOFT_COLOURS, BONE_COLOURS, BOTH_WAYS_COLOURS, PULL_COLOURS])
def test_no_scale_has_a_black_hole(colours):
    luminance = colours(np.linspace(0.0, 1.0, 50))[:, :3] @ (0.2126, 0.7152, 0.0722)
    assert luminance.min() > 0.12


@renders
def test_colours_are_those_of_the_load_case_or_of_all(tmp_path):
    run = load_run(run_with(tmp_path, "flexion", "axial_rotation_left"))
    window = viewer.Window(run, "axial_rotation_left", "displacement", off_screen=True)
    largest = {
        case: np.linalg.norm(run.field_arrays(case).point_data["displacement"], axis=1).max()
        for case in run.cases_with_fields
    }
    own = window.limits()
    assert own[0] == 0.0
    assert largest["axial_rotation_left"] <= own[1] < 2 * largest["axial_rotation_left"]
    window.toggle_scale()
    assert window.limits()[1] >= largest["flexion"] > own[1]
    window.step_case(1)
    common = window.limits()
    window.toggle_scale()
    assert window.limits() == common  # the larger one sets it
    window.plotter.close()


def test_scale_of_stress_and_pressure_is_that_of_its_load_cases(tmp_path):
    run = load_run(run_with(tmp_path, "flexion"))
    weak = run.field_arrays("flexion")
    strong = replace(
        weak,
        cell_data=weak.cell_data | {"von_mises": 100 * weak.cell_data["von_mises"]},
        point_data=weak.point_data | {"contact_pressure": 100 * weak.point_data["contact_pressure"]},
    )
    for scale, largest in (
        (lambda cases: stress_scale(run, cases, bone=True), weak.cell_data["von_mises"].max()),
        (lambda cases: pressure_scale(run, cases), weak.point_data["contact_pressure"].max()),
    ):
        own, common = scale([weak]), scale([weak, strong])
        assert 0.5 * largest < own.high < 2 * largest
        assert 50 * largest < common.high < 200 * largest
        assert "this load case" in own.scope
        assert "all load cases" in common.scope
    assert pressure_scale(run, [weak]).high >= weak.point_data["contact_pressure"].max()
    beside = int(
        np.flatnonzero(~np.isin(np.arange(len(weak.points)), np.concatenate([*run.mesh.surfaces.values()])))[0]
    )
    between_bones = weak.point_data["contact_pressure"].copy()
    between_bones[beside] = 1000.0
    bony = replace(weak, point_data=weak.point_data | {"contact_pressure": between_bones})
    assert pressure_scale(run, [bony]).high == pressure_scale(run, [weak]).high


def test_facet_picture_tells_its_peak_from_that_of_the_tables(tmp_path):
    run = load_run(run_with(tmp_path, "extension"))
    title = facet_title(run, "extension", "L4-L5", "left", 1.234)
    assert title == "left: 5 N, drawn up to 1.23 MPa, peak of a contact point 0.25 MPa"
    run.cases["extension"]["bone_contact"] = {"L4-L5": {"left": {"force_N": 48.74}}}
    title = facet_title(run, "extension", "L4-L5", "left", 1.234)
    assert title.endswith("peak of a contact point 0.25 MPa, bone beside it 48.7 N")


def test_view_without_display_names_the_way_out(tmp_path, monkeypatch):
    run = load_run(run_with(tmp_path, "flexion"))
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(InputError, match="--screenshot"):
        view(run)
    with pytest.raises(InputError, match="it has: flexion"):
        view(run, Shown("extension"), screenshot=tmp_path / "a.png")
    with pytest.raises(InputError, match="von_mises"):
        view(run, Shown(field="stress"), screenshot=tmp_path / "a.png")


def test_remedy_names_packages():
    assert "libegl1" in offscreen.REMEDY


def _crashing_python(folder: Path) -> Path:
    """A program in the place of Python that dies like a renderer without OpenGL."""
    program = folder / "python"
    program.write_text("#!/bin/sh\necho 'no GL' >&2\nexit 139\n")
    program.chmod(0o755)
    return program


def test_the_widest_side_view_of_a_segment_decides():
    corners = np.array(np.meshgrid((-45.0, 45.0), (-50.0, 50.0), (0.0, 10.0))).reshape(3, -1).T
    front = np.array((-0.75, 0.80)) / np.hypot(0.75, 0.80)  # to the right as seen from "front left"
    assert scenes._half_width(corners) >= max(corners[:, :2] @ front) - 1e-9
    assert scenes._half_width(corners) <= np.hypot(45.0, 50.0)


def test_right_half_of_a_mesh_has_no_cell_of_the_left_one():
    mesh = scenario_mesh(load_scenario(ROOT / "scenarios" / "baseline.yaml", density="test"))
    right, across = right_half(mesh), mesh.points[mesh.cells].mean(axis=1)[:, 1]
    assert 2 * right.sum() == len(mesh.cells)
    assert across[right].max() < 0.0 < across[~right].min()
