"""A chart of a page: what plotly draws, and what stands beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_HEIGHT = 380
_LEGEND_ROW, _LEGEND_ROOM = 19, 170
"""px. Height of an entry of a legend in its font, and of title, ticks and their labels, where it may not reach."""
_GRID = {"gridcolor": "#e6e6e6", "zerolinecolor": "#999"}


@dataclass(frozen=True)
class Chart:
    """A chart: what it is called in the page, its title, what to see, and what plotly draws.

    Attributes
    ----------
    name : str
        Unique in its page.
    title, note : str
        Caption: what is drawn with its units and signs, and how to read it.
    data, layout : list of dict, dict
        Traces and layout as plotly takes them.
    wide : bool
        Whether it takes the whole width of the page.
    """

    name: str
    title: str
    note: str
    data: list[dict[str, Any]]
    layout: dict[str, Any]
    wide: bool = False

    @property
    def height(self) -> int:
        """Height in px: that of the layout, or what the legend needs to show all its entries without scrolling."""
        shown = self.layout.get("showlegend", True)
        entries = {trace.get("name") for trace in self.data if shown and trace.get("showlegend", True)}
        return max(self.layout["height"], _LEGEND_ROOM + _LEGEND_ROW * len(entries))

    @property
    def figure(self) -> dict[str, Any]:
        """What the script of the page needs to draw it."""
        return {"name": self.name, "data": self.data, "layout": self.layout | {"height": self.height}}


def layout(x: str, y: str) -> dict[str, Any]:
    """Layout of a chart with these titles of its axes."""
    return {
        "height": _HEIGHT,
        "margin": {"l": 60, "r": 10, "t": 34, "b": 50},
        "xaxis": {"title": {"text": x}, "automargin": True, **_GRID},
        "yaxis": {"title": {"text": y}, "automargin": True, **_GRID},
        "plot_bgcolor": "white",
        "legend": {"font": {"size": 11}},
        "hovermode": "closest",
    }


def rounded(value: float) -> float:
    """A number with the digits that a chart can show."""
    return float(f"{value:.5g}")


def all_rounded(values: Iterable[float]) -> list[float]:
    """Numbers with the digits that a chart can show."""
    return [rounded(value) for value in values]
