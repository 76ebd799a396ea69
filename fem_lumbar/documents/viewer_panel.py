"""One panel of the viewer: the segment of a run with overlays and text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fem_lumbar.documents.plotting import (
    AXES_NOTE,
    BONE_COLOURS,
    BOTH_WAYS_COLOURS,
    PULL_COLOURS,
    SOFT_COLOURS,
    moved_by,
)
from fem_lumbar.documents.scene_parts import PullColours, add_coloured_lines, add_sides
from fem_lumbar.documents.shown_fields import FIELDS
from fem_lumbar.documents.style import BONE_COLOUR, case_label, load_label
from fem_lumbar.documents.viewer_levels import TITLE as LEVEL_TITLE
from fem_lumbar.documents.viewer_levels import level_surface
from fem_lumbar.documents.viewer_overlays import OVERLAYS
from fem_lumbar.runs.run import Run

if TYPE_CHECKING:
    from pyvista.plotting._typing import ScalarBarArgs

    from fem_lumbar.documents.viewer_window import Window

SEE_THROUGH = 0.12
BAR: ScalarBarArgs = {
    "vertical": False,
    "position_y": 0.02,
    "height": 0.09,
    "color": "black",
    "fill": True,
    "background_color": "white",
    "fmt": "%.3g",
    "title_font_size": 18,
    "label_font_size": 16,
}


def draw_panel(window: Window, panel: int) -> None:
    """Draw the current state of one run."""
    shown, fields, run = FIELDS[window.field], window.fields_of(panel, window.case), window.runs[panel]
    for name in list(window.plotter.renderer.actors):
        if name.endswith(f":{panel}"):
            window.plotter.renderer.remove_actor(name, reset_camera=False, render=False)
    if window.level < 1.0:
        _draw_level(window, panel)
        return
    tissues = {"soft": ("soft",), "each": ("soft", "bone"), "one": ("one",)}[shown.coloured]
    reached = [_coloured(window, panel, tissue, place) for place, tissue in enumerate(tissues)]
    if window.left.is_slice:
        _add_ghost(window, panel)
    if shown.coloured == "soft":
        bone = window.surface(panel, window.case, "bone")
        opacity = SEE_THROUGH if shown.inside or window.overlay else 1.0
        if bone.n_points:
            window.plotter.add_mesh(
                bone,
                name=f"plain:{panel}",
                color=BONE_COLOUR,
                opacity=opacity,
                smooth_shading=True,
                ambient=0.3,
                reset_camera=False,
            )
    if window.lines:
        bar, keep = _bar(window, 2), window.kept(panel, parts=False)
        colours = PullColours(PULL_COLOURS, window.largest_tension, bar)
        add_coloured_lines(window.plotter, run, window.case, fields, window.scale, keep, colours, f"lines:{panel}")
    reached += [_add_overlay(window, panel), window.left.words]
    _add_words(window, panel, [words for words in reached if words])


def _add_ghost(window: Window, panel: int) -> None:
    """Add the whole segment in transparent form, which shows the location of a slice."""
    window.plotter.add_mesh(
        window.surface(panel, window.case, "one", whole=True), name=f"ghost:{panel}", color=BONE_COLOUR,
        scalars=None, opacity=SEE_THROUGH, smooth_shading=True, pickable=False, reset_camera=False,
    )  # fmt: skip


def _coloured(window: Window, panel: int, tissue: str, place: int) -> str:
    """Add the surface coloured on one scale; returns the range of its values as text."""
    shown, surface = FIELDS[window.field], window.surface(panel, window.case, tissue)
    if not surface.n_points:
        return ""
    is_difference = window.is_difference(panel)
    title = shown.title if tissue == "one" else f"{'bone' if tissue == 'bone' else 'soft tissue'}: {shown.title}"
    of_bar = f"difference\n{title}\n" if is_difference else f"{title}\n"  # the panel title says which run is subtracted
    title = f"{window.runs[1].name} less {window.runs[0].name}, {title}" if is_difference else title
    surface.point_data[title] = surface.point_data[shown.title]
    log, both_ways = shown.log and not is_difference, shown.centre is not None or is_difference
    colours = BONE_COLOURS if tissue == "bone" else SOFT_COLOURS
    window.plotter.add_mesh(
        surface,
        name=f"{tissue}:{panel}",
        scalars=title,
        clim=window.ends(panel, tissue, surface),
        log_scale=log,
        cmap=BOTH_WAYS_COLOURS if both_ways else colours,
        nan_color=BONE_COLOUR,
        nan_opacity=SEE_THROUGH if shown.inside else 1.0,
        opacity=SEE_THROUGH if window.overlay else 1.0,
        smooth_shading=True,
        ambient=0.3,
        show_scalar_bar=panel == 0 or is_difference,
        scalar_bar_args={**_bar(window, place), "title": of_bar, "n_labels": 4 if log else 3 if is_difference else 5},
        reset_camera=False,
    )
    drawn = surface[title]
    ends = f"{np.nanmin(drawn):.3g} to {np.nanmax(drawn):.3g}" if np.isfinite(drawn).any() else "nothing"
    return f"{title}: drawn {ends}"


def _draw_level(window: Window, panel: int) -> None:
    """Draw a load level below full load."""
    surface = level_surface(window.runs[panel], window.case, window.level, window.scale)
    full, displacement = level_surface(window.runs[panel], window.case, 1.0, window.scale), FIELDS["displacement"]
    limits = displacement.limits(displacement.span(full[LEVEL_TITLE]))
    window.plotter.add_mesh(
        surface, name=f"level:{panel}", scalars=LEVEL_TITLE, clim=limits,
        cmap=SOFT_COLOURS, smooth_shading=True, ambient=0.3, show_scalar_bar=panel == 0, reset_camera=False,
        scalar_bar_args={**_bar(window, 0), "title": f"{LEVEL_TITLE}\n"},
    )  # fmt: skip
    words = f"outer surface at {window.level:.0%} of the load, where displacement alone is stored"
    _add_words(window, panel, [words])


def _add_overlay(window: Window, panel: int) -> str:
    """Add the overlay of a panel; returns its description."""
    make = OVERLAYS[window.overlay]
    if make is None:
        return ""
    fields = moved_by(window.fields_of(panel, window.case), window.scale)
    overlay = make(window.runs[panel], window.case, fields, window.kept(panel, parts=True))
    for number, (mesh, colour) in enumerate(overlay.meshes):
        window.plotter.add_mesh(
            mesh, name=f"overlay{number}:{panel}", color=colour, ambient=0.4, reset_camera=False
        )  # fmt: skip
    if overlay.labels:
        places, texts = zip(*overlay.labels, strict=True)
        window.plotter.add_point_labels(
            np.array(places), list(texts), name=f"labels:{panel}", font_size=16, text_color="black", shape=None,
            show_points=False, always_visible=True,
        )  # fmt: skip
    return overlay.words


def _add_words(window: Window, panel: int, reached: list[str]) -> None:
    """Add labels of the sides, and a description of the panel."""
    add_sides(window.plotter, window.fields_of(panel, window.case).points, name=f"sides{panel}")
    window.plotter.add_text(
        "\n".join(_words(window, window.runs[panel], reached)),
        name=f"headline{panel}",
        position="upper_left",
        font_size=10,
        color="black",
    )


def _bar(window: Window, place: int) -> ScalarBarArgs:
    """Position of the colour bar of a scale: three fit side by side."""
    bar: ScalarBarArgs = {**BAR, "position_x": 0.04 + 0.32 * place, "width": 0.27}
    return bar if len(window.runs) == 1 else {**bar, "title_font_size": 12, "label_font_size": 12}


def _words(window: Window, run: Run, reached: list[str]) -> list[str]:
    scale = "one colour scale for all load cases" if window.common_scale else "colour scale of this load case"
    average = "nodal values" if FIELDS[window.field].per_node else "nodal averages within each tissue"
    geometry = f"deformation ×{window.scale:g}" if window.scale else "undeformed"
    lines = [f"{run.name}: {case_label(window.case)}, {load_label(run.cases[window.case])}", *reached]
    lines += [f"{average}; {scale}", f"{geometry}; {AXES_NOTE}"]
    return lines
