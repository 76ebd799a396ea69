"""Keys and sliders of the window that shows the fields of runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.viewer_tools import probe_under_mouse, toggle_ruler

if TYPE_CHECKING:
    from fem_lumbar.documents.viewer import Window

KEYS = (
    "n/b load case   f/g field   c cut   u undeformed   l ligaments and muscles   s colour scale   o overlay\n"
    "d difference of two runs   i value under the mouse   m ruler   p picture   q close"
)
_LEFT, _RIGHT = 0.02, 0.20
"""Ends of the sliders, as parts of the width."""
LARGEST_SCALE = 10.0
"""How many times as large as it is the deformation may be drawn."""


def add_controls(window: Window) -> None:
    """Add keys, and sliders for load level, load case, field and deformation."""
    plotter = window.plotter
    if plotter.iren is not None:
        for key, action in actions(window).items():
            plotter.iren.add_key_event(key, action)
    plotter.subplot(0, 0)
    cases = {case_label(case): case for case in window.cases}
    if len(cases) > 1:
        _chooser(window, cases, window.case, window.set_case, 0.62)
    fields = {name.replace("_", " "): name for name in window.held_fields}
    _chooser(window, fields, window.field, window.set_field, 0.52)
    _slider(window, "deformation ×", window.set_scale, LARGEST_SCALE, 0.42)
    _slider(window, "load", window.set_level, 1.0, 0.72)


def _slider(window: Window, title: str, choose: Callable[[float], None], most: float, height: float) -> None:
    """Add a slider from nothing to most, at 1 to begin with."""
    window.plotter.add_slider_widget(
        choose,  # type: ignore[arg-type]  # a decorator of PyVista hides self
        (0.0, most),
        value=1.0,
        title=title,
        pointa=(_LEFT, height),
        pointb=(_RIGHT, height),
        color="black",
        fmt="%.2g",
        style="modern",
    )


def _chooser(
    window: Window, names: Mapping[str, str], start: str, choose: Callable[[str], None], height: float
) -> None:
    """Add a slider over names, shown by their labels."""
    window.plotter.add_text_slider_widget(
        lambda label: choose(names[label]),  # type: ignore[arg-type]  # as above
        list(names),
        value=list(names.values()).index(start),
        pointa=(_LEFT, height),
        pointb=(_RIGHT, height),
        color="black",
        style="modern",
    )


def actions(window: Window) -> dict[str, Callable[[], object]]:
    """What each key does."""
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
    """Write what is shown into the current folder, under a name that says what it is; returns its path."""
    names = "_and_".join(run.folder.resolve().name for run in window.runs)
    path = Path(f"{names}_{window.case}_{window.field}.png")
    window.plotter.screenshot(path)
    return path
