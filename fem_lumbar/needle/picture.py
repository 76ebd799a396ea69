"""Figures of the course of a medial branch, of needles without placement error, and of their lesions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyvista as pv
from matplotlib.figure import Figure

from fem_lumbar.anatomy.spine import joint_levels
from fem_lumbar.documents.figure_files import write_figure
from fem_lumbar.documents.panel_page import Panel, panel_grid
from fem_lumbar.documents.plotting import triangle_polydata
from fem_lumbar.documents.style import BONE_COLOUR
from fem_lumbar.documents.window import Window
from fem_lumbar.foundation.conventions import SIDE_SIGN
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.needle.aim import APPROACHES, aim_at
from fem_lumbar.needle.clearance import bone_clearance
from fem_lumbar.needle.coverage import covered, worst_excess
from fem_lumbar.needle.lesion import Lesion
from fem_lumbar.needle.placement import DIMENSIONS, placed_needles
from fem_lumbar.needle.study import NeedleStudy, nerve_on
from fem_lumbar.nerve.bone import BoneSurface, bone_regions
from fem_lumbar.nerve.course import PARTS, Course

PICTURE = "needle_{level}_{side}.png"
PART_COLOURS = {"neck": "#E3B23C", "tunnel": "#D1495B", "lamina": "#E3B23C"}
_LIGAMENT, _NEEDLE, _LESION, _COVERED, _ABOVE = "#B0306A", "#4A4A4A", "#E4572E", "#1B7F3B", "#B8C4CE"
_SHAFT_MM, _HALF_HEIGHT_MM = 45.0, 19.0
_WIDTH, _HEIGHT = 460, 420
_NEEDLES_PER_ROW = 3


def draw_needles(study: NeedleStudy, mesh: SegmentMesh, folder: Path) -> list[Path]:
    """Save one figure per course with a panel per approach, without placement error; returns the files."""
    pv.OFF_SCREEN = True
    pv.vtk_verbosity("off")
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    with Window() as window:
        for course in study.courses:
            path = folder / PICTURE.format(level=course.level, side=course.side)
            paths.append(write_figure(_page(study, mesh, course, window), path))
    return paths


def _page(study: NeedleStudy, mesh: SegmentMesh, course: Course, window: Window) -> Figure:
    cannula, sizes = next(iter(study.question.lesions.items()))
    size, lesion = next(iter(sizes.items()))
    panels = [_course_panel(mesh, course, window, _aside(course), "course, from behind and the side")]
    panels.append(_course_panel(mesh, course, window, (-1.0, 0.0, 0.1), "course, from behind"))
    panels += [_needle_panel(mesh, course, approach, lesion, study, window) for approach in study.question.approaches]
    blank = Panel(np.full_like(panels[0].image, 255), "")
    panels += [blank] * (-len(panels) % _NEEDLES_PER_ROW)
    rows = [panels[k : k + _NEEDLES_PER_ROW] for k in range(0, len(panels), _NEEDLES_PER_ROW)]
    figure = panel_grid(rows, f"{study.name}: medial branch at {course.level} {course.side}", room=40)
    note = (
        f"Nerve yellow, red under the ligament (violet), green where its whole cross-section lies in the lesion; "
        f"needle grey; lesion of {cannula}, {size.replace('_', ' ')}, orange.\n"
        "Needles without placement error, fibrous ligament; "
        f"vertebra above blue-grey; window height {2 * _HALF_HEIGHT_MM:g} mm."
    )
    figure.text(0.5, 6.0 / figure.bbox.height, note, fontsize=9, ha="center", va="bottom")
    return figure


def _aside(course: Course) -> tuple[float, float, float]:
    return (-0.8, 0.85 * SIDE_SIGN[course.side], 0.35)


def _scene(mesh: SegmentMesh, course: Course, window: Window) -> pv.Plotter:
    plotter = window.emptied(_WIDTH, _HEIGHT)
    for level in mesh.levels:
        own = level == course.level
        surface = BoneSurface.of(mesh, bone_regions(mesh, level), course.frame)
        body = triangle_polydata(mesh.points, surface.nodes)
        if own or _is_above(mesh, level, course.level):
            plotter.add_mesh(body, color=BONE_COLOUR if own else _ABOVE, opacity=1.0 if own else 0.35, ambient=0.2)
    roof = BoneSurface.of(mesh, [f"{course.level}.mal.{course.side}"], course.frame)
    plotter.add_mesh(triangle_polydata(mesh.points, roof.nodes), color=_LIGAMENT, opacity=0.75)
    return plotter


def _is_above(mesh: SegmentMesh, level: str, own: str) -> bool:
    joints = {str(name.place) for name in mesh.region_names if "-" in name.place}
    return any(joint_levels(joint) == (level, own) for joint in joints)


def _course_panel(mesh: SegmentMesh, course: Course, window: Window, direction: object, title: str) -> Panel:
    plotter = _scene(mesh, course, window)
    for index, part in enumerate(PARTS):
        steps = np.flatnonzero(course.part_of_interval == index)
        _tube(plotter, course, course.points[steps[0] : steps[-1] + 2], PART_COLOURS[part])
    return window.panel(title, direction, _centre(course), _HALF_HEIGHT_MM)  # type: ignore[arg-type]


def _needle_panel(
    mesh: SegmentMesh, course: Course, approach: str, lesion: Lesion, study: NeedleStudy, window: Window
) -> Panel:
    plotter = _scene(mesh, course, window)
    bone, middle = bone_clearance(mesh, course), np.full((1, DIMENSIONS), 0.5)
    placed = []
    for name in APPROACHES[approach]:
        needles = placed_needles(aim_at(mesh, course, name), lesion, study.question.placement.exact(), middle, bone)
        placed.append(needles.lesions(lesion))
        tip, along = course.frame.everywhere(needles.tip[0]), course.frame.axes @ needles.along[0]
        shaft = pv.Line(tuple(tip), tuple(tip + _SHAFT_MM * along))
        plotter.add_mesh(shaft.tube(radius=lesion.needle_radius_mm), color=_NEEDLE)
        plotter.add_mesh(_body(tip + 0.5 * lesion.tip_mm * along, along, lesion), color=_LESION, opacity=0.25)
    nerve = nerve_on(course)
    excess = worst_excess(nerve, placed)[0]
    length = float(covered(nerve, excess[None])[0].sum())
    middles = nerve.rims.mean(axis=1)
    for step, part in enumerate(nerve.part):
        whole = excess[step] < 0.0 and excess[step + 1] < 0.0
        colour = _COVERED if whole else PART_COLOURS[PARTS[part]]
        _tube(plotter, course, middles[step : step + 2], colour)
    title = f"{approach.replace('_', ' ')}: {length:.1f} mm covered"
    return window.panel(title, _aside(course), _centre(course), _HALF_HEIGHT_MM)


def _tube(plotter: pv.Plotter, course: Course, points: np.ndarray, colour: str) -> None:
    line = pv.lines_from_points(course.frame.everywhere(points))
    plotter.add_mesh(line.tube(radius=max(course.radius_mm, 0.5)), color=colour, ambient=0.3)


def _centre(course: Course) -> np.ndarray:
    return course.frame.everywhere(course.points[course.on_neck(0.75)])


def _body(middle: np.ndarray, along: np.ndarray, lesion: Lesion) -> pv.PolyData:
    ball = pv.Sphere(radius=1.0, theta_resolution=40, phi_resolution=40)
    points = np.asarray(ball.points)
    if lesion.shape == "cylinder":
        reach = lesion.half_length_mm * along
        return pv.Line(tuple(middle - reach), tuple(middle + reach)).tube(radius=lesion.half_width_mm, n_sides=40)
    square = np.linalg.svd(along[None])[2][1:]
    axes = np.column_stack([lesion.half_width_mm * square.T, lesion.half_length_mm * along])
    ball.points = middle + points @ axes.T
    return ball
