"""Pages read as a browser or a screen reader would: their charts, their own text, and what makes them accessible."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import plotly.graph_objects

_EMPTY = {"meta", "link", "img", "input", "br", "hr"}


def own(text: str) -> str:
    """The page without its scripts, whose text is not ours."""
    return re.sub(r"<script[^>]*>.*?</script>", "", text, flags=re.DOTALL)


def charts_of(text: str) -> dict[str, dict[str, Any]]:
    """Charts of a page by name; each has its place in the page and is valid for plotly."""
    found = re.search(r'id="chart-data">(.*?)</script>', text, re.DOTALL)
    charts = json.loads(found.group(1)) if found else []
    for chart in charts:
        plotly.graph_objects.Figure({"data": chart["data"], "layout": chart["layout"]})  # refuses what it does not know
        assert text.count(f'id="chart-{chart["name"]}"') == 1, chart["name"]
    return {chart["name"]: chart for chart in charts}


def trace(chart: dict[str, Any], name: str) -> dict[str, Any]:
    """A trace of a chart by its name."""
    (found,) = (one for one in chart["data"] if one.get("name") == name)
    return found


def check(text: str) -> None:
    """A page asks no network, holds no path of this machine, and is accessible in its basics."""
    assert "default-src 'none'" in text
    mine = own(text)
    assert not re.search(r"""(src|href)=["'](?!data:|#)""", mine)
    assert not re.search(r"(/tmp|/home|/work|/Users)/", mine)
    reader = _Reader()
    reader.feed(mine)
    assert reader.faults == []
    assert reader.levels[0] == 1 and reader.levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(reader.levels, reader.levels[1:])), reader.levels
    missing = [name for name in reader.asked if name not in reader.ids]
    assert missing == [], "links to nowhere"


class _Reader(HTMLParser):
    """What a screen reader needs: language, title, order of headings, names of pictures, controls and columns."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.levels: list[int] = []
        self.ids: list[str] = []
        self.asked: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag not in _EMPTY:
            self._open.append(tag)
        if name := told.get("id"):
            if name in self.ids:
                self.faults.append(f"two elements are {name}")
            self.ids.append(name)
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag == "a" and (told.get("href") or "").startswith("#"):
            self.asked.append((told["href"] or "")[1:])
        needed = {"html": "lang", "img": "alt", "th": "scope"}.get(tag) or ("aria-label" if told.get("role") else None)
        if needed and not told.get(needed):
            self.faults.append(f"<{tag}> without {needed}")
        if tag in ("select", "input") and "label" not in self._open and not told.get("aria-label"):
            self.faults.append(f"<{tag}> without a label")

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes what is not open")

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "title" and not data.strip():
            self.faults.append("no title")
