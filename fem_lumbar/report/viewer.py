"""Looking at the fields of a run: an interactive window, or one picture of it without a display."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyvista as pv

from fem_lumbar.errors import FemLumbarError, InputError
from fem_lumbar.report.offscreen import rendering_problem
from fem_lumbar.report.plotting import AXES_NOTE, look, surface_polydata
from fem_lumbar.report.results import Fields, Run
from fem_lumbar.report.style import case_label, load_label, robust_maximum

VIEW = (0.80, 0.75, 0.35)
WINDOW = (1500, 1000)
BAR = {
    "vertical": False,
    "position_x": 0.3,
    "position_y": 0.02,
    "height": 0.09,
    "width": 0.4,
    "color": "black",
    "fmt": "%.3g",
    "title_font_size": 20,
    "label_font_size": 18,
}


@dataclass(frozen=True)
class ShownField:
    """One field to look at: title with unit, values per tetrahedron (m,) or per node (n,), colours."""

    title: str
    values: Callable[[Fields], np.ndarray]
    per_node: bool = False
    log: bool = False
    diverging: bool = False


FIELDS = {
    "von_mises": ShownField("von Mises stress (MPa)", lambda f: f.cell_data["von_mises"], log=True),
    "pressure": ShownField(
        "hydrostatic pressure (MPa, + compression)", lambda f: f.cell_data["pressure"], diverging=True
    ),
    "principal_strain_max": ShownField(
        "largest principal strain (%)", lambda f: 100 * f.cell_data["principal_strains"].max(axis=1)
    ),
    "principal_strain_min": ShownField(
        "smallest principal strain (%)", lambda f: 100 * f.cell_data["principal_strains"].min(axis=1), diverging=True
    ),
    "displacement": ShownField(
        "displacement (mm)", lambda f: np.linalg.norm(f.point_data["displacement"], axis=1), per_node=True
    ),
    "contact_pressure": ShownField(
        "facet contact pressure (MPa)", lambda f: f.point_data["contact_pressure"], per_node=True
    ),
    "region": ShownField("region tag (-)", lambda f: f.cell_data["region"].astype(float)),
}
"""Fields that can be shown, by name."""


def view(run: Run, case: str | None = None, field: str = "von_mises", screenshot: Path | None = None) -> None:
    """Show a run: deformed segment coloured by a field, with keys to change load case, field and cut.

    Keys: ``n``/``b`` next/previous load case, ``f``/``g`` next/previous field, ``c`` cut at the mid-sagittal plane,
    ``u`` deformed/undeformed, ``q`` close.

    Parameters
    ----------
    run : Run
        The run to show.
    case : str, optional
        Load case to start with; the first one with fields when not given.
    field : str
        Field to start with, one of ``FIELDS``.
    screenshot : Path, optional
        Write one picture there instead of opening a window; needs no display.

    Raises
    ------
    InputError
        For an unknown case or field, or when there is no display and no ``screenshot``.
    FemLumbarError
        When rendering is not possible here; names the remedy.
    """
    cases = run.cases_with_fields
    if not cases:
        raise InputError(f"run {run.folder.name!r} holds no fields to show")
    case = case or cases[0]
    run.field_path(case)
    if field not in FIELDS:
        raise InputError(f"no field {field!r}; choose one of: {', '.join(FIELDS)}")
    if screenshot is None and not has_display():
        raise InputError("there is no display to open a window on: use --screenshot FILE.png to write a picture")
    problem = rendering_problem()
    if problem is not None:
        raise FemLumbarError(problem)
    window = Window(run, case, field, off_screen=screenshot is not None)
    if screenshot is None:
        window.plotter.show(title=f"fem-lumbar: {run.name}")
        return
    try:
        screenshot.parent.mkdir(parents=True, exist_ok=True)
        window.plotter.screenshot(screenshot)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot write the picture {screenshot}: {error}") from error
    finally:
        window.plotter.close()


def has_display() -> bool:
    """Whether a window can be opened: always assumed on Windows and macOS, elsewhere by the environment."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


class Window:
    """The plotter with its state: load case, field, cut, deformation."""

    def __init__(self, run: Run, case: str, field: str, off_screen: bool) -> None:
        self.run = run
        self.case, self.field = case, field
        self.cut, self.deformed = False, True
        self.plotter = pv.Plotter(off_screen=off_screen, window_size=list(WINDOW))
        self.plotter.set_background("white")
        self.plotter.add_axes(xlabel="x", ylabel="y", zlabel="z", color="black", line_width=4)
        self._loaded: dict[str, Fields] = {}
        self._top: dict[str, float] = {}
        self.draw()
        points = self.fields.points
        centre = (points.min(axis=0) + points.max(axis=0)) / 2
        look(self.plotter, VIEW, centre, 0.65 * float(np.ptp(points[:, 2])) + 10.0)
        for key, action in {
            "n": lambda: self.step_case(1),
            "b": lambda: self.step_case(-1),
            "f": lambda: self.step_field(1),
            "g": lambda: self.step_field(-1),
            "c": self.toggle_cut,
            "u": self.toggle_deformed,
        }.items():
            if not off_screen:
                self.plotter.add_key_event(key, action)

    @property
    def fields(self) -> Fields:
        """Fields of the load case that is shown."""
        if self.case not in self._loaded:
            self._loaded[self.case] = self.run.fields(self.case)
        return self._loaded[self.case]

    def step_case(self, by: int) -> None:
        """Show another load case."""
        self.case = _neighbour(self.run.cases_with_fields, self.case, by)
        self.draw()

    def step_field(self, by: int) -> None:
        """Show another field."""
        self.field = _neighbour(list(FIELDS), self.field, by)
        self.draw()

    def toggle_cut(self) -> None:
        """Show the right half alone, cut at the mid-sagittal plane, or everything again."""
        self.cut = not self.cut
        self.draw()

    def toggle_deformed(self) -> None:
        """Change between the deformed and the undeformed geometry."""
        self.deformed = not self.deformed
        self.draw()

    def draw(self) -> None:
        """Draw the present state."""
        shown, fields = FIELDS[self.field], self.fields
        keep = fields.reference[fields.cells, 1].mean(axis=1) <= 0.0 if self.cut else None
        values = shown.values(fields)
        if shown.per_node:
            values = values[fields.cells].mean(axis=1)
        surface = surface_polydata(fields, keep, {shown.title: values}, reference=not self.deformed)
        top = self._top.setdefault(self.field, robust_maximum([np.abs(surface[shown.title])]))
        low = top / 1000.0 if shown.log else -top if shown.diverging else 0.0
        self.plotter.remove_scalar_bar() if self.plotter.scalar_bars else None
        self.plotter.add_mesh(
            surface,
            name="segment",
            scalars=shown.title,
            clim=(low, top),
            log_scale=shown.log,
            cmap="coolwarm" if shown.diverging else "turbo",
            smooth_shading=True,
            ambient=0.3,
            scalar_bar_args=BAR | {"title": f"{shown.title}\n", "n_labels": 4 if shown.log else 5},
            reset_camera=False,
        )
        headline = f"{self.run.name}: {case_label(self.case)}, {load_label(self.run.cases[self.case])}"
        geometry = "deformed, to scale (×1)" if self.deformed else "undeformed"
        keys = "" if self.plotter.off_screen else "\nn/b load case   f/g field   c cut   u undeformed   q close"
        self.plotter.add_text(
            f"{headline}\n{shown.title}; {geometry}; {AXES_NOTE}{keys}",
            name="headline",
            position="upper_left",
            font_size=11,
            color="black",
        )


def _neighbour(names: list[str], name: str, by: int) -> str:
    return names[(names.index(name) + by) % len(names)]
