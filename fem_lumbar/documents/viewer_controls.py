"""Keys and sliders of the viewer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from vtkmodules.vtkInteractionWidgets import vtkSliderRepresentation, vtkSliderWidget
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.viewer_tools import probe_under_mouse, toggle_ruler

if TYPE_CHECKING:
    from fem_lumbar.documents.viewer import Window

KEYS = """n, b   load case
f, g   field
c   cut or slice
u   undeformed
l   ligaments, muscles
s   colour scale
o   overlay
d   difference
i   value at the mouse
m   ruler
p   picture
q   close"""
_LEFT, _RIGHT = 0.02, 0.20
"""Ends of the sliders, as fractions of the width."""
_TITLE, _VALUE = 0.018, 0.016
"""Text height below and above a slider, as fractions of the window."""
LARGEST_SCALE = 10.0
"""Largest magnification of the deformation."""
_BOX, _ROW_HEIGHT = 18, 26
"""Size of the box of a part, and distance between rows, pixels."""
_BOX_ON = "#3B6EA5"
_BOXES = 240
"""Width of the column of boxes, pixels."""
_KEYS_HEIGHT = 215
"""Height of the list of keys, pixels."""


def add_controls(window: Window) -> None:
    """Add keys, sliders for load level, load case, field, deformation and cut, and a box for each part."""
    plotter = window.plotter
    if plotter.iren is not None:
        for key, action in actions(window).items():
            plotter.iren.add_key_event(key, action)
        _take_from_vtk(plotter.iren.interactor, actions(window))
    plotter.subplot(0, 0)
    cases = {case_label(case): case for case in window.cases}
    if len(cases) > 1:
        _chooser(window, cases, lambda: window.case, window.set_case, 0.62)
    fields = {name.replace("_", " "): name for name in window.held_fields}
    _chooser(window, fields, lambda: window.field, window.set_field, 0.52)
    reach = round(float(np.ptp(window.fields.reference, axis=0).max()) / 2)
    _slider(window, "deformation ×", lambda: window.scale, window.set_scale, (0.0, LARGEST_SCALE), 0.42)
    _slider(window, "load", lambda: window.level, window.set_level, (0.0, 1.0), 0.72)
    _slider(window, "plane of the cut (mm)", lambda: window.left.at_mm, window.set_plane, (-reach, reach), 0.82)
    plotter.subplot(0, len(window.runs) - 1)
    for row, part in enumerate(window.parts):
        _box(window, part, row)
    left, bottom = _place(window, len(window.parts))
    plotter.add_text(KEYS, position=(left, bottom - _KEYS_HEIGHT), font_size=9, color="black")


def _take_from_vtk(interactor: vtkRenderWindowInteractor, keys: Collection[str]) -> None:
    """Disable the default actions of VTK for some keys, such as f (fly to the point under the mouse)."""

    def stop(caller: vtkRenderWindowInteractor, _: str) -> None:
        if caller.GetKeySym() in keys:
            interactor.GetCommand(tag).SetAbortFlag(1)

    tag = interactor.AddObserver("CharEvent", stop, 1.0)  # type: ignore[arg-type]  # before what has no priority


def _box(window: Window, part: str, row: int) -> None:
    """Add a check box for a part, in a column at the right."""
    place = _place(window, row)
    box = window.plotter.add_checkbox_button_widget(
        lambda shown: window.show_part(part, shown),  # type: ignore[arg-type]  # a decorator of PyVista hides self
        value=True,
        position=place,
        size=_BOX,
        border_size=2,
        color_on=_BOX_ON,
        color_off="white",
        background_color="#555555",
    )
    window.after_drawing.append(lambda: box.GetRepresentation().SetState(int(part not in window.left.hidden)))
    window.plotter.add_text(part, position=(place[0] + 1.5 * _BOX, place[1] - 3), font_size=9, color="black")


def _place(window: Window, row: int) -> tuple[float, float]:
    """Left and lower edge of a row of the column at the right end of the last panel, pixels."""
    width, height = window.plotter.window_size
    return width / len(window.runs) - _BOXES, 0.85 * height - row * _ROW_HEIGHT


def _slider(
    window: Window,
    title: str,
    present: Callable[[], float],
    choose: Callable[[float], None],
    ends: tuple[float, float],
    height: float,
) -> None:
    """Add a slider over a range, which follows changes by keys."""
    slider = window.plotter.add_slider_widget(
        choose,  # type: ignore[arg-type]  # a decorator of PyVista hides self
        ends,
        value=present(),
        title=title,
        pointa=(_LEFT, height),
        pointb=(_RIGHT, height),
        color="black",
        fmt="%.3g",
        style="modern",
    )
    window.after_drawing.append(lambda: _small(slider).SetValue(present()))


def _chooser(
    window: Window,
    names: Mapping[str, str],
    present: Callable[[], str],
    choose: Callable[[str], None],
    height: float,
) -> None:
    """Add a slider over names, shown by their labels, which follows changes by keys."""
    labels, chosen = list(names), list(names.values())
    slider = window.plotter.add_text_slider_widget(
        lambda label: choose(names[label]),  # type: ignore[arg-type]  # as above
        labels,
        value=chosen.index(present()),
        pointa=(_LEFT, height),
        pointb=(_RIGHT, height),
        color="black",
        style="modern",
    )

    def follow() -> None:
        place = chosen.index(present())
        shown = _small(slider)
        shown.SetValue(place)
        shown.SetTitleText(labels[place])

    window.after_drawing.append(follow)


def _small(slider: vtkSliderWidget) -> vtkSliderRepresentation:
    """Representation of a slider, with text that fits between sliders."""
    shown = slider.GetSliderRepresentation()
    shown.SetTitleHeight(_TITLE)
    shown.SetLabelHeight(_VALUE)
    return shown


def actions(window: Window) -> dict[str, Callable[[], object]]:
    """Action of each key."""
    return {
        "n": lambda: window.step_case(1),
        "b": lambda: window.step_case(-1),
        "f": lambda: window.step_field(1),
        "g": lambda: window.step_field(-1),
        "c": window.step_cut,
        "u": window.toggle_deformed,
        "l": window.toggle_lines,
        "s": window.toggle_scale,
        "o": window.step_overlay,
        "d": window.toggle_difference,
        "i": lambda: probe_under_mouse(window),
        "m": lambda: toggle_ruler(window),
        "p": lambda: picture(window),
    }


def picture(window: Window) -> Path:
    """Save an image of the window in the current folder, under a descriptive name; returns its path."""
    names = "_and_".join(run.folder.resolve().name for run in window.runs)
    path = Path(f"{names}_{window.case}_{window.field}.png")
    window.plotter.screenshot(path)
    return path
