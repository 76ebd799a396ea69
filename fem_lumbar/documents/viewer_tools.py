"""Reading values from the viewer: a probe under the mouse, and a ruler."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from vtkmodules.vtkRenderingCore import vtkCellPicker

from fem_lumbar.documents.plotting import moved_by
from fem_lumbar.documents.scene_parts import region_names
from fem_lumbar.documents.shown_fields import FIELDS

if TYPE_CHECKING:
    from fem_lumbar.documents.viewer_window import Window

_PROBED = "probed"
"""Base name of the text of a probe; actors whose names end with a panel number are removed with that panel."""
_PROBE_PLACE = (300, 130)
"""Position of the text, above the colour bars, pixels."""


def probed(window: Window, panel: int, place: np.ndarray) -> str:
    """Tissue, value and displacement nearest to a drawn position (3,), mm, as text.

    Cell values are those of the cell itself, as stored: means over its quadrature points.
    """
    shown, stored = FIELDS[window.field], window.fields_of(panel, window.case)
    drawn = moved_by(stored, window.scale)
    node = int(np.linalg.norm(drawn.points - place, axis=1).argmin())
    cell = int(np.linalg.norm(drawn.points[drawn.cells].mean(axis=1) - place, axis=1).argmin())
    region = region_names(window.runs[panel])[int(stored.cell_data["region"][cell])]
    value = shown.values(stored)[node if shown.per_node else cell]
    moved = stored.points[node] - stored.reference[node]
    x, y, z = stored.reference[node]
    where = "node" if shown.per_node else "cell"
    return (
        f"{region}, {where} nearest to the place: {shown.title} {value:.4g}\n"
        f"before loading at x {x:.1f}, y {y:.1f}, z {z:.1f} mm; moved by {np.linalg.norm(moved):.3g} mm "
        f"({moved[0]:+.3g}, {moved[1]:+.3g}, {moved[2]:+.3g})"
    )


def probe_under_mouse(window: Window) -> None:
    """Show the values under the mouse; nothing outside the segment."""
    plotter = window.plotter
    if plotter.iren is None:
        return
    x, y = plotter.iren.get_event_position()
    renderer = plotter.iren.get_poked_renderer(x, y)
    picker = vtkCellPicker()
    found = picker.Pick(x, y, 0.0, renderer)
    panel = list(plotter.renderers).index(renderer)
    if found:
        plotter.subplot(0, panel)
        text = probed(window, panel, np.array(picker.GetPickPosition()))
        told = plotter.add_text(text, name=f"{_PROBED}:{panel}", position=_PROBE_PLACE, font_size=10, color="black")
        told.prop.background_color, told.prop.background_opacity = "white", 0.8


def toggle_ruler(window: Window) -> None:
    """Start to measure the distance between two clicked points, mm, or remove the ruler."""
    plotter = window.plotter
    window.measures = not window.measures
    if not window.measures:
        plotter.clear_measure_widgets()  # type: ignore[call-arg]  # a decorator of PyVista hides self
    else:
        plotter.add_measurement_widget(color="black")  # type: ignore[call-arg]  # as above
