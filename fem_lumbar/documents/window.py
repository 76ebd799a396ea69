"""An off-screen window in which panels are drawn one after the other."""

from __future__ import annotations

from types import TracebackType

import numpy as np
import pyvista as pv
from numpy.typing import ArrayLike
from typing_extensions import Self

from fem_lumbar.documents.panel_page import Panel
from fem_lumbar.documents.plotting import look


class Window:
    """A white off-screen window; its context and shaders, as expensive as a panel, are created once."""

    def __init__(self) -> None:
        self._plotter = pv.Plotter(off_screen=True)
        self._plotter.renderers.set_background("white")
        self._plotter.enable_anti_aliasing("ssaa")
        self._plotter.renderer.add_axes(color="black", line_width=4, viewport=(0.0, 0.0, 0.22, 0.22))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._plotter.close()

    def emptied(self, width: int, height: int) -> pv.Plotter:
        """The cleared plotter of the window, with a size in pixels, to which objects are added."""
        self._plotter.suppress_rendering = True
        self._plotter.clear_actors()
        if self._plotter.window_size != [width, height]:
            self._plotter.window_size = [width, height]
        return self._plotter

    def panel(
        self, title: str, direction: ArrayLike, centre: ArrayLike, half_height_mm: float, triad: bool = True
    ) -> Panel:
        """Render the added objects seen from a camera (see :func:`look`), with or without axes."""
        if triad:
            self._plotter.renderer.show_axes()
        else:
            self._plotter.renderer.hide_axes()
        look(self._plotter, direction, centre, half_height_mm)
        self._plotter.suppress_rendering = False
        self._plotter.render()
        return Panel(np.array(self._plotter.screenshot(return_img=True)), title)
