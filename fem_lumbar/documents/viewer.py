"""Viewer for the fields of one run or two: an interactive window, or one image of it without a display."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fem_lumbar.documents.display import require_display
from fem_lumbar.documents.movie import film
from fem_lumbar.documents.offscreen import rendering_problem
from fem_lumbar.documents.scene_parts import parts_of, region_names
from fem_lumbar.documents.shown_fields import chosen_case, chosen_field, require
from fem_lumbar.documents.viewer_cut import CUTS, WHOLE, Left
from fem_lumbar.documents.viewer_overlays import OVERLAYS
from fem_lumbar.documents.viewer_window import Window, on_one_mesh
from fem_lumbar.foundation.errors import FemLumbarError, InputError
from fem_lumbar.runs.run import Run
from fem_lumbar.scenario.problems import unknown_name


@dataclass(frozen=True)
class Shown:
    """Initial content of a window: load case (default: the first one), field, overlay, and options.

    Attributes
    ----------
    case : str, optional
    field : str
        One of ``FIELDS``.
    overlay : str
        One of ``OVERLAYS``.
    level : float
        Load factor; below full load the nearest stored level is shown.
    difference : bool
        Whether to show the second run minus the first one.
    common_scale : bool
        Whether all load cases share one colour scale.
    left : Left
        Cut and hidden parts.
    """

    case: str | None = None
    field: str = "von_mises"
    overlay: str = ""
    level: float = 1.0
    difference: bool = False
    common_scale: bool = False
    left: Left = WHOLE


def view(
    runs: Run | Sequence[Run],
    shown: Shown | None = None,
    screenshot: Path | None = None,
    movie: Path | None = None,
    tell: Callable[[float], None] = lambda part: None,
) -> None:
    """Show one run, or two side by side: deformed segment coloured by a field, with sliders and keys.

    Keys: see `fem_lumbar.documents.viewer_controls`.

    Parameters
    ----------
    runs : Run or sequence of Run
        One run or two.
    shown : Shown, optional
        Initial content.
    screenshot, movie : Path, optional
        File for one image, or for a film, instead of opening a window; needs no display.
    tell : callable
        Receives the completed fraction of the film.

    Raises
    ------
    InputError
        For an unknown case, field, overlay, cut or part, a field that is not stored, runs on different meshes that
        cannot be subtracted, or when there is no display and neither ``screenshot`` nor ``movie``.
    FemLumbarError
        When rendering is not possible; the message says what to do.
    """
    shown, runs = shown or Shown(), [runs] if isinstance(runs, Run) else list(runs)
    chosen_field(shown.field)
    case = chosen_case(runs[0], shown.case)
    for run in runs:
        require(run, case, shown.field)
    if shown.overlay not in OVERLAYS:
        raise InputError(f"no such overlay: {unknown_name(shown.overlay, [name for name in OVERLAYS if name])}")
    if shown.left.cut not in CUTS:
        raise InputError(f"no such cut: {unknown_name(shown.left.cut, [name for name in CUTS if name])}")
    parts = parts_of(name for run in runs for name in region_names(run))
    for part in shown.left.hidden.difference(parts):
        raise InputError(f"no such part to hide: {unknown_name(part, parts)}")
    if shown.difference and not on_one_mesh(runs, case):
        raise InputError("a difference needs two runs on the same mesh")
    is_written = screenshot is not None or movie is not None
    if not is_written:
        require_display()
    problem = rendering_problem()
    if problem is not None:
        raise FemLumbarError(problem)
    window = Window(runs, case, shown.field, is_written, shown.common_scale)
    window.start_with(shown.overlay, shown.level, shown.difference, shown.left)
    if not is_written:
        window.plotter.show(title=f"fem-lumbar: {' and '.join(run.name for run in runs)}")
        return
    try:
        if screenshot is not None:
            screenshot.parent.mkdir(parents=True, exist_ok=True)
            window.plotter.screenshot(screenshot)
        if movie is not None:
            movie.parent.mkdir(parents=True, exist_ok=True)
            film(window, movie, tell)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot write the picture {screenshot or movie}: {error}") from error
    finally:
        window.plotter.close()
