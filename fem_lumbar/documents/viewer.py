"""Looking at the fields of a run: an interactive window, or one picture of it without a display."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyvista as pv

from fem_lumbar.documents.display import require_display
from fem_lumbar.documents.offscreen import rendering_problem
from fem_lumbar.documents.plotting import AXES_NOTE, look, surface_polydata
from fem_lumbar.documents.shown_fields import FIELDS, chosen_case, chosen_field, require
from fem_lumbar.documents.style import BONE_COLOUR, case_label, load_label
from fem_lumbar.foundation.errors import FemLumbarError, InputError
from fem_lumbar.runs.run import Fields, Run

if TYPE_CHECKING:
    from pyvista.plotting._typing import ScalarBarArgs

VIEW = (0.80, 0.75, 0.35)
WINDOW = (1500, 1000)
SEE_THROUGH = 0.12
BAR: ScalarBarArgs = {
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


def view(
    run: Run,
    case: str | None = None,
    field: str = "von_mises",
    screenshot: Path | None = None,
    common_scale: bool = False,
) -> None:
    """Show a run: deformed segment coloured by a field, with keys to change load case, field and cut.

    Keys: ``n``/``b`` next/previous load case, ``f``/``g`` next/previous field, ``c`` cut at the mid-sagittal plane,
    ``u`` deformed/undeformed, ``s`` colour scale of the load case or of all, ``q`` close.

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
    common_scale : bool
        One colour scale for all load cases, instead of one for each.

    Raises
    ------
    InputError
        For an unknown case or field, one that is not stored, or when there is no display and no ``screenshot``.
    FemLumbarError
        When rendering is not possible here; names the remedy.
    """
    chosen_field(field)
    case = chosen_case(run, case)
    require(run, case, field)
    if screenshot is None:
        require_display()
    problem = rendering_problem()
    if problem is not None:
        raise FemLumbarError(problem)
    window = Window(run, case, field, screenshot is not None, common_scale)
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


class Window:
    """The plotter with its state: load case, field, cut, deformation."""

    def __init__(self, run: Run, case: str, field: str, off_screen: bool, common_scale: bool = False) -> None:
        self.run = run
        self.case, self.field = case, field
        self.cut, self.deformed, self.common_scale = False, True, common_scale
        self.plotter = pv.Plotter(off_screen=off_screen, window_size=list(WINDOW))
        self.plotter.renderers.set_background("white")
        self.plotter.renderer.add_axes(xlabel="x", ylabel="y", zlabel="z", color="black", line_width=4)
        self._loaded: dict[str, Fields] = {}
        self._spans: dict[tuple[str, str], float] = {}
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
            "s": self.toggle_scale,
        }.items():
            if not off_screen and self.plotter.iren is not None:
                self.plotter.iren.add_key_event(key, action)

    @property
    def fields(self) -> Fields:
        """Fields of the load case that is shown."""
        return self._of(self.case)

    def _of(self, case: str) -> Fields:
        if case not in self._loaded:
            self._loaded[case] = self.run.field_arrays(case)
        return self._loaded[case]

    def step_case(self, by: int) -> None:
        """Show another load case."""
        self.case = _neighbour(self.run.cases_with_fields, self.case, by)
        self.draw()

    def step_field(self, by: int) -> None:
        """Show another field."""
        held = [name for name, shown in FIELDS.items() if shown.is_in(self.fields)]
        self.field = _neighbour(held, self.field, by)
        self.draw()

    def toggle_cut(self) -> None:
        """Show the right half alone, cut at the mid-sagittal plane, or everything again."""
        self.cut = not self.cut
        self.draw()

    def toggle_deformed(self) -> None:
        """Change between the deformed and the undeformed geometry."""
        self.deformed = not self.deformed
        self.draw()

    def toggle_scale(self) -> None:
        """Change between a colour scale of the load case and one of all load cases."""
        self.common_scale = not self.common_scale
        self.draw()

    def limits(self) -> tuple[float, float]:
        """Ends of the colours of what is shown."""
        cases = self.run.cases_with_fields if self.common_scale else [self.case]
        shown = FIELDS[self.field]
        return shown.limits(max(self._span(case) for case in cases if shown.is_in(self._of(case))))

    def _span(self, case: str) -> float:
        key = case, self.field
        if key not in self._spans:
            shown = FIELDS[self.field]
            self._spans[key] = shown.span(self._surface(case, None)[shown.title])
        return self._spans[key]

    def _surface(self, case: str, keep: np.ndarray | None) -> pv.PolyData:
        """Surface of a load case with the field that is shown."""
        shown, fields = FIELDS[self.field], self._of(case)
        values = {shown.title: shown.values(fields)}
        of_cells, of_nodes = ({}, values) if shown.per_node else (values, {})
        return surface_polydata(fields, keep, of_cells, not self.deformed, of_nodes)

    def draw(self) -> None:
        """Draw the present state."""
        shown, fields = FIELDS[self.field], self.fields
        keep = fields.reference[fields.cells, 1].mean(axis=1) <= 0.0 if self.cut else None
        surface, limits = self._surface(self.case, keep), self.limits()
        if self.plotter.scalar_bars:
            self.plotter.scalar_bars.remove_scalar_bar()
        self.plotter.add_mesh(
            surface,
            name="segment",
            scalars=shown.title,
            clim=limits,
            log_scale=shown.log,
            cmap="turbo" if shown.centre is None else "coolwarm",
            nan_color=BONE_COLOUR,
            nan_opacity=SEE_THROUGH if shown.inside else 1.0,
            smooth_shading=True,
            ambient=0.3,
            scalar_bar_args={**BAR, "title": f"{shown.title}\n", "n_labels": 4 if shown.log else 5},
            reset_camera=False,
        )
        headline = f"{self.run.name}: {case_label(self.case)}, {load_label(self.run.cases[self.case])}"
        geometry = "deformed, to scale (×1)" if self.deformed else "undeformed"
        scale = "one colour scale for all load cases" if self.common_scale else "colour scale of this load case"
        drawn = surface[shown.title]
        ends = f"{np.nanmin(drawn):.3g} to {np.nanmax(drawn):.3g}" if np.isfinite(drawn).any() else "nothing"
        average = "nodal values" if shown.per_node else "nodal averages within each tissue"
        keys = "\nn/b load case   f/g field   c cut   u undeformed   s colour scale   q close"
        lines = [headline, f"{shown.title}: {average}, drawn {ends}; {scale}", f"{geometry}; {AXES_NOTE}"]
        self.plotter.add_text(
            "\n".join(lines) + ("" if self.plotter.off_screen else keys),
            name="headline",
            position="upper_left",
            font_size=11,
            color="black",
        )


def _neighbour(names: list[str], name: str, by: int) -> str:
    return names[(names.index(name) + by) % len(names)]
