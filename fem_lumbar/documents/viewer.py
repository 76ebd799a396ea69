"""Looking at the fields of one run or two: an interactive window, or one picture of it without a display."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyvista as pv

from fem_lumbar.documents.display import require_display
from fem_lumbar.documents.offscreen import rendering_problem
from fem_lumbar.documents.plotting import (
    AXES_NOTE,
    BONE_COLOURS,
    BOTH_WAYS_COLOURS,
    PULL_COLOURS,
    SOFT_COLOURS,
    look,
    moved_by,
    surface_polydata,
)
from fem_lumbar.documents.scene_parts import add_coloured_lines, add_sides, bone_cells
from fem_lumbar.documents.shown_fields import FIELDS, chosen_case, chosen_field, require
from fem_lumbar.documents.style import BONE_COLOUR, case_label, load_label
from fem_lumbar.documents.viewer_controls import KEYS, add_controls
from fem_lumbar.foundation.errors import FemLumbarError, InputError
from fem_lumbar.runs.run import Fields, Run

if TYPE_CHECKING:
    from pyvista.plotting._typing import ScalarBarArgs

VIEW = (0.80, 0.75, 0.35)
WINDOW = (1500, 1000)
TRIAD = (0.0, 0.22, 0.15, 0.37)
"""Place of the axes, above the sliders: left, bottom, right, top, as parts of a panel."""
SEE_THROUGH = 0.12
CUTS = {
    "": None,
    "right half": (1, -1.0),
    "left half": (1, 1.0),
    "back": (0, -1.0),
    "lower part": (2, -1.0),
}
"""What may be left of the segment: axis of the plane through the middle, and the side of it that is kept."""
BAR: ScalarBarArgs = {
    "vertical": False,
    "position_y": 0.02,
    "height": 0.09,
    "color": "black",
    "fmt": "%.3g",
    "title_font_size": 18,
    "label_font_size": 16,
}


def view(
    runs: Run | Sequence[Run],
    case: str | None = None,
    field: str = "von_mises",
    screenshot: Path | None = None,
    common_scale: bool = False,
) -> None:
    """Show a run, or two beside each other: deformed segment coloured by a field, with sliders and keys.

    Keys: see `fem_lumbar.documents.viewer_controls`.

    Parameters
    ----------
    runs : Run or sequence of Run
        One run or two.
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
    runs = [runs] if isinstance(runs, Run) else list(runs)
    case = chosen_case(runs[0], case)
    for run in runs:
        require(run, case, field)
    if screenshot is None:
        require_display()
    problem = rendering_problem()
    if problem is not None:
        raise FemLumbarError(problem)
    window = Window(runs, case, field, screenshot is not None, common_scale)
    if screenshot is None:
        window.plotter.show(title=f"fem-lumbar: {' and '.join(run.name for run in runs)}")
        return
    try:
        screenshot.parent.mkdir(parents=True, exist_ok=True)
        window.plotter.screenshot(screenshot)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot write the picture {screenshot}: {error}") from error
    finally:
        window.plotter.close()


class Window:
    """The plotter with its state: load case, field, cut, deformation; a panel for each run, seen from one place."""

    def __init__(
        self, runs: Run | Sequence[Run], case: str, field: str, off_screen: bool, common_scale: bool = False
    ) -> None:
        self.runs = [runs] if isinstance(runs, Run) else list(runs)
        self.case, self.field = case, field
        self.cut, self.scale, self.common_scale, self.lines = "", 1.0, common_scale, True
        shape = (1, len(self.runs))
        self.plotter = pv.Plotter(off_screen=off_screen, window_size=list(WINDOW), shape=shape, border=False)
        self.plotter.renderers.set_background("white")
        self._loaded: dict[tuple[int, str], Fields] = {}
        self._spans: dict[tuple[int, str, str, str], float] = {}
        self.draw()
        points = self.fields.points
        centre = (points.min(axis=0) + points.max(axis=0)) / 2
        for panel in range(len(self.runs)):
            self.plotter.subplot(0, panel)
            self.plotter.renderer.add_axes(
                xlabel="x", ylabel="y", zlabel="z", color="black", line_width=4, viewport=TRIAD
            )
            look(self.plotter, VIEW, centre, 0.65 * float(np.ptp(points[:, 2])) + 10.0)
        if len(self.runs) > 1:
            self.plotter.link_views()
        if not off_screen:
            add_controls(self)

    @property
    def cases(self) -> list[str]:
        """Load cases that all runs hold."""
        return [case for case in self.runs[0].cases_with_fields if all(case in r.cases_with_fields for r in self.runs)]

    @property
    def held_fields(self) -> list[str]:
        """Fields that all runs hold of the load case."""
        shown = [self._of(panel, self.case) for panel in range(len(self.runs))]
        return [name for name, field in FIELDS.items() if all(field.is_in(fields) for fields in shown)]

    @property
    def fields(self) -> Fields:
        """Fields of the load case that is shown, of the first run."""
        return self._of(0, self.case)

    def _of(self, panel: int, case: str) -> Fields:
        if (panel, case) not in self._loaded:
            self._loaded[panel, case] = self.runs[panel].field_arrays(case)
        return self._loaded[panel, case]

    def step_case(self, by: int) -> None:
        """Show another load case."""
        self.case = _neighbour(self.cases, self.case, by)
        self.draw()

    def step_field(self, by: int) -> None:
        """Show another field."""
        self.field = _neighbour(self.held_fields, self.field, by)
        self.draw()

    def step_cut(self) -> None:
        """Cut another part of the segment away, or nothing."""
        self.cut = _neighbour(list(CUTS), self.cut, 1)
        self.draw()

    def toggle_deformed(self) -> None:
        """Change between the deformed and the undeformed geometry."""
        self.set_scale(0.0 if self.scale else 1.0)

    def toggle_scale(self) -> None:
        """Change between a colour scale of the load case and one of all load cases."""
        self.common_scale = not self.common_scale
        self.draw()

    def toggle_lines(self) -> None:
        """Show or hide ligaments and muscles."""
        self.lines = not self.lines
        self.draw()

    def set_case(self, case: str) -> None:
        """Show a load case."""
        self.case = case
        self.draw()

    def set_field(self, field: str) -> None:
        """Show a field."""
        self.field = field
        self.draw()

    def set_scale(self, scale: float) -> None:
        """Draw the deformation so many times as large as it is."""
        self.scale = scale
        self.draw()

    def limits(self, tissue: str = "one") -> tuple[float, float]:
        """Ends of the colours of bone, of soft tissue (``soft``) or of both (``one``), the same for all runs."""
        cases = self.cases if self.common_scale else [self.case]
        shown = FIELDS[self.field]
        panels = range(len(self.runs))
        held = [(panel, case) for panel in panels for case in cases if shown.is_in(self._of(panel, case))]
        return shown.limits(max(self._span(panel, case, tissue) for panel, case in held))

    def _span(self, panel: int, case: str, tissue: str) -> float:
        key = panel, case, self.field, tissue
        if key not in self._spans:
            shown = FIELDS[self.field]
            self._spans[key] = shown.span(self._surface(panel, case, tissue, None)[shown.title])
        return self._spans[key]

    def _surface(self, panel: int, case: str, tissue: str, keep: np.ndarray | None) -> pv.PolyData:
        """Surface of a tissue of a load case, as far as it is kept, with the field that is shown."""
        shown, fields = FIELDS[self.field], self._of(panel, case)
        values = {shown.title: shown.values(fields)}
        of_cells, of_nodes = ({}, values) if shown.per_node else (values, {})
        if tissue != "one":
            chosen = bone_cells(self.runs[panel], fields) == (tissue == "bone")
            keep = chosen if keep is None else chosen & keep
        return surface_polydata(moved_by(fields, self.scale), keep, of_cells, False, of_nodes)

    def draw(self) -> None:
        """Draw the present state of every run."""
        self.plotter.suppress_rendering = True
        for name in list(self.plotter.scalar_bars.keys()):
            self.plotter.scalar_bars.remove_scalar_bar(name)
        for panel in range(len(self.runs)):
            self.plotter.subplot(0, panel)
            self._draw_panel(panel)
        self.plotter.suppress_rendering = False
        self.plotter.render()

    def _draw_panel(self, panel: int) -> None:
        shown, fields, run = FIELDS[self.field], self._of(panel, self.case), self.runs[panel]
        keep = self._kept(fields)
        for name in ("soft", "bone", "one", "plain", "lines"):
            self.plotter.renderer.remove_actor(f"{name}{panel}", reset_camera=False, render=False)
        tissues = {"soft": ("soft",), "each": ("soft", "bone"), "one": ("one",)}[shown.coloured]
        reached = [self._coloured(panel, tissue, keep, place) for place, tissue in enumerate(tissues)]
        if shown.coloured == "soft":
            bone = self._surface(panel, self.case, "bone", keep)
            opacity = SEE_THROUGH if shown.inside else 1.0
            if bone.n_points:
                self.plotter.add_mesh(
                    bone,
                    name=f"plain{panel}",
                    color=BONE_COLOUR,
                    opacity=opacity,
                    smooth_shading=True,
                    ambient=0.3,
                    reset_camera=False,
                )
        if self.lines:
            bar = self._bar(2)
            add_coloured_lines(
                self.plotter, run, self.case, fields, self.scale, keep, PULL_COLOURS, bar, f"lines{panel}"
            )
        add_sides(self.plotter, fields.points, name=f"sides{panel}")
        self.plotter.add_text(
            "\n".join(self._words(run, [words for words in reached if words])),
            name=f"headline{panel}",
            position="upper_left",
            font_size=10,
            color="black",
        )

    def _coloured(self, panel: int, tissue: str, keep: np.ndarray | None, place: int) -> str:
        """Add what is coloured on one scale; returns between which values it lies."""
        shown, surface = FIELDS[self.field], self._surface(panel, self.case, tissue, keep)
        if not surface.n_points:
            return ""
        title = shown.title if tissue == "one" else f"{'bone' if tissue == 'bone' else 'soft tissue'}: {shown.title}"
        surface.point_data[title] = surface.point_data[shown.title]
        colours = BONE_COLOURS if tissue == "bone" else SOFT_COLOURS
        self.plotter.add_mesh(
            surface,
            name=f"{tissue}{panel}",
            scalars=title,
            clim=self.limits(tissue),
            log_scale=shown.log,
            cmap=colours if shown.centre is None else BOTH_WAYS_COLOURS,
            nan_color=BONE_COLOUR,
            nan_opacity=SEE_THROUGH if shown.inside else 1.0,
            smooth_shading=True,
            ambient=0.3,
            show_scalar_bar=panel == 0,
            scalar_bar_args={**self._bar(place), "title": f"{title}\n", "n_labels": 4 if shown.log else 5},
            reset_camera=False,
        )
        drawn = surface[title]
        ends = f"{np.nanmin(drawn):.3g} to {np.nanmax(drawn):.3g}" if np.isfinite(drawn).any() else "nothing"
        return f"{title}: drawn {ends}"

    def _bar(self, place: int) -> ScalarBarArgs:
        """Where the bar of a scale stands: three have room beside each other."""
        bar: ScalarBarArgs = {**BAR, "position_x": 0.04 + 0.32 * place, "width": 0.27}
        return bar if len(self.runs) == 1 else {**bar, "title_font_size": 12, "label_font_size": 12}

    def _kept(self, fields: Fields) -> np.ndarray | None:
        """Which tetrahedra (m,) the cut leaves; None for all."""
        cut = CUTS[self.cut]
        if cut is None:
            return None
        axis, side = cut
        reference = fields.reference[:, axis]
        middle = 0.0 if axis == 1 else float(reference.min() + reference.max()) / 2
        return side * (fields.reference[fields.cells, axis].mean(axis=1) - middle) >= 0.0

    def _words(self, run: Run, reached: list[str]) -> list[str]:
        scale = "one colour scale for all load cases" if self.common_scale else "colour scale of this load case"
        average = "nodal values" if FIELDS[self.field].per_node else "nodal averages within each tissue"
        geometry = f"deformation ×{self.scale:g}" if self.scale else "undeformed"
        lines = [f"{run.name}: {case_label(self.case)}, {load_label(run.cases[self.case])}", *reached]
        lines += [f"{average}; {scale}", f"{geometry}; {AXES_NOTE}"]
        return lines if self.plotter.off_screen else [*lines, KEYS]


def _neighbour(names: list[str], name: str, by: int) -> str:
    return names[(names.index(name) + by) % len(names)]
