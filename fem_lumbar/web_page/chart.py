"""A chart of a page: data for plotly, and texts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_HEIGHT = 380
_LEGEND_ROW, _LEGEND_ROOM = 19, 170
"""Height in px of a legend entry, and of title, ticks and tick labels, which the legend must not cover."""
_GRID = {"gridcolor": "#e6e6e6", "zerolinecolor": "#999"}


@dataclass(frozen=True)
class Chart:
    """A chart: name in the page, title, note, and data for plotly.

    Attributes
    ----------
    name : str
        Unique in its page.
    title, note : str
        Caption: content with units and signs, and how to read it.
    data, layout : list of dict, dict
        Traces and layout for plotly.
    wide : bool
        Whether it has the full width of the page.
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
        """Data from which the script of the page draws it."""
        return {"name": self.name, "data": self.data, "layout": self.layout | {"height": self.height}}


def layout(x: str, y: str) -> dict[str, Any]:
    """Layout of a chart with titles of its axes."""
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
    """A number rounded to the digits visible in a chart."""
    return float(f"{value:.5g}")


def all_rounded(values: Iterable[float]) -> list[float]:
    """Numbers rounded to the digits visible in a chart."""
    return [rounded(value) for value in values]
