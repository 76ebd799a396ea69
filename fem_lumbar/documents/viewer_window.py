"""The window of the viewer: its state, and how it is changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pyvista as pv

from fem_lumbar.documents.plotting import DrawnSurface, look, moved_by
from fem_lumbar.documents.scene_parts import bone_cells, largest_tension, parts_of, region_names
from fem_lumbar.documents.shown_fields import FIELDS
from fem_lumbar.documents.style import robust_maximum
from fem_lumbar.documents.viewer_controls import add_controls
from fem_lumbar.documents.viewer_cut import CUTS, WHOLE, Left, Section, clipped
from fem_lumbar.documents.viewer_levels import stored_levels
from fem_lumbar.documents.viewer_overlays import OVERLAYS
from fem_lumbar.documents.viewer_panel import draw_panel
from fem_lumbar.runs.run import Fields, Run

VIEW = (0.80, 0.75, 0.35)
WINDOW = (1500, 1000)
TRIAD = (0.0, 0.22, 0.15, 0.37)
"""Position of the axes, above the sliders: left, bottom, right, top, as fractions of a panel."""


class Window:
    """The plotter with its state: load case, field, cut, deformation; a panel per run, with a common camera."""

    def __init__(
        self, runs: Run | Sequence[Run], case: str, field: str, off_screen: bool, common_scale: bool = False
    ) -> None:
        self.runs = [runs] if isinstance(runs, Run) else list(runs)
        self.case, self.field = case, field
        self.left, self.scale, self.common_scale, self.lines = WHOLE, 1.0, common_scale, True
        self.overlay, self.level, self.difference, self.measures = "", 1.0, False, False
        shape = (1, len(self.runs))
        self.plotter = pv.Plotter(off_screen=off_screen, window_size=list(WINDOW), shape=shape, border=False)
        self.plotter.renderers.set_background("white")
        if not off_screen and self.plotter.render_window is not None:
            self.plotter.render_window.SetMultiSamples(0)  # multisampling takes three times as long without a GPU
            self.plotter.enable_anti_aliasing("fxaa", all_renderers=True)
        self.after_drawing: list[Callable[[], None]] = []
        self._loaded: dict[tuple[int, str], Fields] = {}
        self._spans: dict[tuple[int, str, str, str], float] = {}
        self._tensions: dict[tuple[int, str], float] = {}
        self._drawn: dict[tuple[int, str, frozenset[str]], DrawnSurface] = {}
        self._shaded: dict[tuple[int, str, str, frozenset[str], float], pv.PolyData] = {}
        self._sections: dict[tuple[int, str, Left], tuple[np.ndarray, Section]] = {}
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
            self._follow()

    @property
    def cases(self) -> list[str]:
        """Load cases with fields in all runs."""
        return [case for case in self.runs[0].cases_with_fields if all(case in r.cases_with_fields for r in self.runs)]

    @property
    def held_fields(self) -> list[str]:
        """Fields of the load case that all runs contain."""
        shown = [self.fields_of(panel, self.case) for panel in range(len(self.runs))]
        return [name for name, field in FIELDS.items() if all(field.is_in(fields) for fields in shown)]

    @property
    def fields(self) -> Fields:
        """Fields of the current load case, of the first run."""
        return self.fields_of(0, self.case)

    def fields_of(self, panel: int, case: str) -> Fields:
        """Fields of a load case of a run."""
        if (panel, case) not in self._loaded:
            self._loaded[panel, case] = self.runs[panel].field_arrays(case)
        return self._loaded[panel, case]

    def start_with(self, overlay: str, level: float, difference: bool, left: Left) -> None:
        """Set overlay, nearest stored load level, difference, and visible part."""
        self.overlay, self.difference, self.left = overlay, difference, left
        self.level = self._stored_level(level)
        self.draw()

    def step_case(self, by: int) -> None:
        """Show another load case."""
        self.case = _neighbour(self.cases, self.case, by)
        self.draw()

    def step_field(self, by: int) -> None:
        """Show another field."""
        self.field = _neighbour(self.held_fields, self.field, by)
        self.draw()

    def step_cut(self) -> None:
        """Go to the next cut of the segment, slice, or the whole."""
        self.show_left(replace(self.left, cut=_neighbour(list(CUTS), self.left.cut, 1)))

    def set_plane(self, at_mm: float) -> None:
        """Move the plane of the cut along its axis, mm from the middle of the segment."""
        self.show_left(replace(self.left, at_mm=at_mm))

    def show_part(self, part: str, shown: bool) -> None:
        """Show or hide a vertebra, or a tissue of all joints."""
        hidden = self.left.hidden - {part} if shown else self.left.hidden | {part}
        self.show_left(replace(self.left, hidden=hidden))

    def show_left(self, left: Left) -> None:
        """Set the visible part of the segment."""
        if left != self.left:
            self.left = left
            self.draw()

    @property
    def parts(self) -> list[str]:
        """Vertebrae and tissues that can be shown and hidden, vertebrae first."""
        return parts_of(name for run in self.runs for name in region_names(run))

    def step_overlay(self) -> None:
        """Go to the next overlay, or none."""
        self.overlay = _neighbour(list(OVERLAYS), self.overlay, 1)
        self.draw()

    def toggle_difference(self) -> None:
        """Switch the second panel between the difference to the first run and the run itself."""
        self.difference = not self.difference and self.comparable
        self.draw()

    @property
    def comparable(self) -> bool:
        """Whether there are two runs on one mesh, whose values can be subtracted."""
        return on_one_mesh(self.runs, self.case)

    @property
    def levels(self) -> list[float]:
        """Load factors at which the deformed surface of the load case is stored, including full load."""
        return stored_levels(self.runs[0], self.case)

    def set_level(self, level: float) -> None:
        """Show the nearest stored load level; below full load only displacement is available."""
        nearest = self._stored_level(level)
        if nearest != self.level:
            self.level = nearest
            self.draw()

    def _stored_level(self, level: float) -> float:
        return min(self.levels, key=lambda stored: abs(stored - level))

    def toggle_deformed(self) -> None:
        """Switch between the deformed and the undeformed geometry."""
        self.set_scale(0.0 if self.scale else 1.0)

    def toggle_scale(self) -> None:
        """Switch between a colour scale of the load case and one of all load cases."""
        self.common_scale = not self.common_scale
        self.draw()

    def toggle_lines(self) -> None:
        """Show or hide ligaments and muscles."""
        self.lines = not self.lines
        self.draw()

    def set_case(self, case: str) -> None:
        """Show a load case."""
        if case != self.case:
            self.case = case
            self.draw()

    def set_field(self, field: str) -> None:
        """Show a field."""
        if field != self.field:
            self.field = field
            self.draw()

    def set_scale(self, scale: float) -> None:
        """Set the magnification of the deformation."""
        if scale != self.scale:
            self.scale = scale
            self.draw()

    def limits(self, tissue: str = "one") -> tuple[float, float]:
        """Ends of the colour scale of bone, of soft tissue (``soft``) or of both (``one``), the same for all runs."""
        shown = FIELDS[self.field]
        panels = [panel for panel in range(len(self.runs)) if not self.is_difference(panel)]
        held = [
            (panel, case) for panel in panels for case in self._scaled_cases if shown.is_in(self.fields_of(panel, case))
        ]
        return shown.limits(max(self._span(panel, case, tissue) for panel, case in held))

    @property
    def largest_tension(self) -> float:
        """Tension at the end of the colours of ligaments and muscles, N, the same for all runs and cuts."""
        shown = [(panel, case) for panel in range(len(self.runs)) for case in self._scaled_cases]
        for panel, case in shown:
            if (panel, case) not in self._tensions:
                self._tensions[panel, case] = largest_tension(self.runs[panel], case)
        return max(1e-3, *(self._tensions[key] for key in shown))

    @property
    def _scaled_cases(self) -> list[str]:
        """Load cases that share the colour scale."""
        return self.cases if self.common_scale else [self.case]

    def ends(self, panel: int, tissue: str, surface: pv.PolyData) -> tuple[float, float]:
        """Ends of the colour scale of a tissue in a panel; a difference has its own, symmetric about zero."""
        if not self.is_difference(panel):
            return self.limits(tissue)
        span = robust_maximum([np.abs(surface[FIELDS[self.field].title])], 99.5)
        return -span, span

    def _span(self, panel: int, case: str, tissue: str) -> float:
        key = panel, case, self.field, tissue
        if key not in self._spans:
            shown = FIELDS[self.field]
            self._spans[key] = shown.span(self.surface(panel, case, tissue, whole=True)[shown.title])
        return self._spans[key]

    def surface(self, panel: int, case: str, tissue: str, whole: bool = False) -> pv.PolyData:
        """Surface of a tissue in a load case, visible part or whole, with the values of the current field."""
        left, shown = (WHOLE if whole else self.left), FIELDS[self.field]
        values = self._values(panel, case)
        of_cells, of_nodes = ({}, {shown.title: values}) if shown.per_node else ({shown.title: values}, {})
        drawn = self._surface(panel, case, tissue, left.hidden)
        points = moved_by(self.fields_of(panel, case), self.scale).points
        key = panel, case, tissue, left.hidden, self.scale
        if key not in self._shaded:
            self._shaded = {other: one for other, one in self._shaded.items() if other[-1] == self.scale}
            self._shaded[key] = drawn.shaded(points)
        surface = drawn.coloured(self._shaded[key], of_cells, of_nodes)
        if not left.cut or not surface.n_points:
            return surface
        cells, section = self._section(panel, case, tissue, left)
        filled = section.polydata(points)
        rest = pv.PolyData() if left.is_slice else clipped(surface, section.heights[drawn.nodes_of(surface)])
        if not filled.n_points:
            return rest
        filled.point_data[shown.title] = section.of_nodes(values) if shown.per_node else section.of_cells(values[cells])
        return rest.append_polydata(filled) if rest.n_points else filled

    def _surface(self, panel: int, case: str, tissue: str, hidden: frozenset[str]) -> DrawnSurface:
        """Surface of a tissue in any state, without hidden parts; cached."""
        key = panel, tissue, hidden
        if key not in self._drawn:
            fields = self.fields_of(panel, case)
            self._drawn[key] = DrawnSurface.of(fields, self._cells(panel, fields, tissue, hidden))
        return self._drawn[key]

    def _section(self, panel: int, case: str, tissue: str, left: Left) -> tuple[np.ndarray, Section]:
        """Mask (m,) of the visible tetrahedra of a tissue, and its section by the plane, for any state; cached."""
        key = panel, tissue, left
        if key not in self._sections:
            self._sections = {other: one for other, one in self._sections.items() if other[-1] == left}
            fields = self.fields_of(panel, case)
            cells = self._cells(panel, fields, tissue, left.hidden)
            region = fields.cell_data["region"].astype(int)[cells]
            self._sections[key] = cells, Section(fields.cells[cells], region, left.heights(fields))
        return self._sections[key]

    def _cells(self, panel: int, fields: Fields, tissue: str, hidden: frozenset[str]) -> np.ndarray:
        """Mask (m,) of the visible tetrahedra of a tissue."""
        run = self.runs[panel]
        shown = Left(hidden=hidden).shown_cells(region_names(run), fields)
        return shown if tissue == "one" else shown & (bone_cells(run, fields) == (tissue == "bone"))

    def _values(self, panel: int, case: str) -> np.ndarray:
        """Values of the current field, or their difference to the first run."""
        return FIELDS[self.field].values(self.fields_of(panel, case)) - self._subtracted(panel, case)

    def _subtracted(self, panel: int, case: str) -> np.ndarray | float:
        """Values subtracted in a panel: those of the first run if the difference is shown, else 0."""
        return FIELDS[self.field].values(self.fields_of(0, case)) if self.is_difference(panel) else 0.0

    def is_difference(self, panel: int) -> bool:
        return self.difference and panel == 1

    def draw(self) -> None:
        """Draw the current state of every run."""
        self.plotter.suppress_rendering = True
        for name in list(self.plotter.scalar_bars.keys()):
            self.plotter.scalar_bars.remove_scalar_bar(name)
        for panel in range(len(self.runs)):
            self.plotter.subplot(0, panel)
            draw_panel(self, panel)
        self._follow()
        self.plotter.suppress_rendering = False
        self.plotter.render()

    def _follow(self) -> None:
        """Update the controls to the current state."""
        for follow in self.after_drawing:
            follow()

    def kept(self, panel: int, parts: bool) -> np.ndarray | None:
        """Mask (m,) of the tetrahedra kept by the plane, optionally without hidden parts; None for all."""
        if not self.left.cut and not (parts and self.left.hidden):
            return None
        fields = self.fields_of(panel, self.case)
        left = self.left.cells_at_plane(fields)
        return left & self.left.shown_cells(region_names(self.runs[panel]), fields) if parts else left


def on_one_mesh(runs: Sequence[Run], case: str) -> bool:
    """Whether there are two runs with the same cells in a load case."""
    if len(runs) < 2:
        return False
    first, second = (run.field_arrays(case).cell_nodes for run in runs[:2])
    return np.array_equal(first, second)


def _neighbour(names: list[str], name: str, by: int) -> str:
    return names[(names.index(name) + by) % len(names)]
