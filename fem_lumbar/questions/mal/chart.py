"""Interactive chart of the effects of groups of scenarios on a logarithmic scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fem_lumbar.comparison.compare import NEGLIGIBLE
from fem_lumbar.comparison.differences import RESOLVED_AT
from fem_lumbar.questions.mal.question import Question
from fem_lumbar.questions.mal.verdicts import Finding, Found
from fem_lumbar.questions.mal.words import error, place, signed
from fem_lumbar.web_page.chart import Chart, layout, rounded

_LOWEST_PERCENT = 1e-7
_SPREAD = 0.62
_NOTE = (
    "Largest change of each family of numbers, in % of the value, of the joint's largest rotation under that load "
    "(rotations), or of left + right (differences). Full: resolved, bar: numerical error. Arrow heads to the left: not "
    f"resolved, at the most that the effect could be (change + {RESOLVED_AT:g} errors); open circles: not resolved, "
    f"error not known, at the change itself. Dashed: {100 * NEGLIGIBLE:g} %."
)


def effects_chart(findings: Mapping[str, Sequence[Finding]], question: Question) -> Chart | None:
    """Largest effect of each group of scenarios on each family of quantities; None without results."""
    rows = [one for found in findings.values() for one in found if one.by_group][::-1]
    if not rows:
        return None
    shifts = np.linspace(0.5 * _SPREAD, -0.5 * _SPREAD, len(question.colours))
    data = []
    for shift, (group, colour) in zip(shifts, question.colours.items(), strict=True):
        found = [(row + float(shift), one.by_group[group]) for row, one in enumerate(rows) if group in one.by_group]
        if found:
            data.append(_trace(question.groups.get(group, group), found, colour))
    drawn = layout("largest change (%)", "")
    drawn["height"] = 160 + 44 * len(rows)
    drawn["xaxis"] |= {"type": "log"}
    titles = [one.claim.title for one in rows]
    drawn["yaxis"] |= {"tickvals": list(range(len(rows))), "ticktext": titles, "range": [-0.6, len(rows) - 0.4]}
    line = {"color": "#B00020", "dash": "dash", "width": 1}
    ends = {"x0": 100 * NEGLIGIBLE, "x1": 100 * NEGLIGIBLE, "y0": 0, "y1": 1, "yref": "paper"}
    drawn["shapes"] = [{"type": "line", "line": line, **ends}]
    return Chart("effects", "All effects on one scale", _NOTE, data, drawn, wide=True)


def _trace(name: str, found: Sequence[tuple[float, Found]], colour: str) -> dict[str, Any]:
    marks = [_mark(one) for _, one in found]
    bars = [bar for _, bar, _ in marks]
    lower = [min(bar, 0.999 * size) for size, bar, _ in marks]
    told = [
        f"{one.scenario}: {signed(item)} ± {error(item)}, {place(item)}"
        for _, one in found
        for item in [one.effect.item]
    ]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [rounded(size) for size, _, _ in marks],
        "y": [rounded(row) for row, _ in found],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": list(map(rounded, bars)),
            "arrayminus": list(map(rounded, lower)),
            "color": colour,
            "thickness": 1,
        },
        "marker": {"symbol": [symbol for _, _, symbol in marks], "size": 9, "color": colour},
        "text": told,
        "hovertemplate": f"{name}, %{{text}}<extra></extra>",
    }


def _mark(found: Found) -> tuple[float, float, str]:
    """Position of an effect (%), its error bar (%), and its symbol."""
    effect, item = found.effect, found.effect.item
    size = 100 * abs(item.relative)
    if effect.resolved and size >= _LOWEST_PERCENT:
        return size, 100 * (item.error or 0.0) / item.scale, "circle"
    if effect.largest is None:
        return max(size, _LOWEST_PERCENT), 0.0, "circle-open"
    return max(100 * effect.largest, _LOWEST_PERCENT), 0.0, "triangle-left-open"
