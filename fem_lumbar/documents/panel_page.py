"""A page of rendered panels under a headline, with a colour bar or a legend and a note below.

Positions are in pixels: panels are shown at the resolution of rendering.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.patches import Patch as Swatch

from fem_lumbar.documents.plotting import ColourScale

PIXELS_PER_INCH = 100
HEADLINE_ROOM, TITLE_ROOM, NOTE_ROOM = 44, 20, 18
"""Height of the headline, of a title line of a panel and of a line of the note, pixels."""
BAR_HEIGHT, BAR_SHARE, TICK_ROOM = 22, 0.6, 24
"""Height of a colour bar, its fraction of the page width, and height of its tick labels, pixels."""
_GAP = 8


@dataclass(frozen=True)
class Panel:
    """One rendered view: image (rows, columns, 3) and its title."""

    image: np.ndarray
    title: str


class _Pixels(Artist):
    """An image (rows, columns, 3) with its lower left corner at a pixel of the page, copied without resampling."""

    def __init__(self, image: np.ndarray, left: int, bottom: int) -> None:
        super().__init__()
        opaque = np.full((*image.shape[:2], 1), 255, np.uint8)
        self._image, self._left, self._bottom = np.concatenate([image[::-1], opaque], axis=2), left, bottom

    def draw(self, renderer: RendererBase) -> None:
        """Copy the image."""
        renderer.draw_image(renderer.new_gc(), self._left, self._bottom, self._image)


def panel_grid(rows: Sequence[Sequence[Panel]], headline: str, room: int) -> Figure:
    """Panels in a grid under a headline.

    Parameters
    ----------
    rows : sequence of sequences of Panel
        All panels of one size, all rows of one length.
    headline : str
    room : int
        Free height below the panels, pixels.
    """
    height, width = rows[0][0].image.shape[:2]
    titles = TITLE_ROOM * max(panel.title.count("\n") + 1 for row in rows for panel in row) + _GAP
    column = width + _GAP
    size = np.array([len(rows[0]) * column - _GAP, HEADLINE_ROOM + len(rows) * (titles + height) + room])
    figure = Figure(figsize=tuple(size / PIXELS_PER_INCH), dpi=PIXELS_PER_INCH)
    figure.text(0.5, 1.0 - _GAP / size[1], headline, fontsize=15, ha="center", va="top")
    for i, row in enumerate(rows):
        bottom = room + (len(rows) - 1 - i) * (titles + height)
        for j, panel in enumerate(row):
            figure.add_artist(_Pixels(panel.image, j * column, bottom))
            middle, above = (j * column + width / 2, bottom + height + 0.5 * _GAP) / size
            figure.text(middle, above, panel.title, fontsize=11, ha="center", va="bottom")
    return figure


def page(rows: Sequence[Sequence[Panel]], headline: str, scales: Sequence[ColourScale], note: str) -> Figure:
    """Panels in a grid under a headline, with a colour bar for each scale and a note below.

    Parameters
    ----------
    rows : sequence of sequences of Panel
        All panels of one size, all rows of one length.
    headline : str
        Run, load case, load.
    scales : sequence of ColourScale
        Colour scales of the panels.
    note : str
        Note below: content, deformation scale, axes.
    """
    small = NOTE_ROOM * (note.count("\n") + 1)
    below = small + NOTE_ROOM + TICK_ROOM + _GAP
    figure = panel_grid(rows, headline, room=below + BAR_HEIGHT + _GAP)
    _, height = figure.bbox.size
    share = BAR_SHARE if len(scales) == 1 else 0.9 / len(scales)
    for place, scale in enumerate(scales):
        middle = (place + 0.5) / len(scales)
        bar = figure.colorbar(
            scale.mappable(),
            cax=figure.add_axes((middle - share / 2 + 0.01, below / height, share - 0.02, BAR_HEIGHT / height)),
            orientation="horizontal",
            extend="neither" if scale.exact else "both" if scale.log else "max",
            format="%.3g",
            ticks=scale.ticks(),
        )
        bar.set_label(scale.title, fontsize=11)
    figure.text(0.5, (small + _GAP / 2) / height, note, fontsize=11, ha="center", va="top", linespacing=1.15)
    return figure


def add_swatches(figure: Figure, colours: Mapping[str, str], note: str) -> None:
    """A legend of colours, name to colour, with a note above it, under the panels of a grid."""
    swatches = [Swatch(facecolor=colour, edgecolor="0.5", label=name) for name, colour in colours.items()]
    figure.legend(handles=swatches, loc="lower center", ncols=len(swatches), frameon=False, title=note, fontsize=11)
