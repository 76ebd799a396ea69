"""Charts of one output: tornado, indices with intervals, elementary effects, main effect of the leading factor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fem_lumbar.comparison.differences import RESOLVED_AT
from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.tables import number
from fem_lumbar.studies.answers.coordinates import Factor
from fem_lumbar.studies.answers.effects import curve
from fem_lumbar.studies.answers.gather import Answers, OutputAnswer
from fem_lumbar.studies.answers.resolution import Resolution
from fem_lumbar.web_page.chart import Chart, all_rounded, layout, rounded

DOWN, UP, GREY = "#0072B2", "#D55E00", "#bbbbbb"
FAINT = 0.3
"""Opacity of bars that are not resolved."""
_BARS, _RESPONSES, _FEW_TICKS = 12, 3, 6
_SMALL = 1e-3
"""Bars shorter than this fraction of the longest are left out."""
_POINT_BYTES, _ROOM_MB = 16, 10.0
"""Size of one point in the page in bytes, and limit for the points of all outputs."""


def output_charts(one: OutputAnswer, found: Answers, name: str) -> list[Chart]:
    """All charts of an output in a load case for which the study has data; none if the output does not vary.

    Parameters
    ----------
    one : OutputAnswer
    found : Answers
        The study to which it belongs.
    name : str
        Prefix of the names of the charts.
    """
    if np.ptp(one.data) == 0.0 or not (one.swings or one.elementary):
        return []
    order = by_importance(one)
    drawn = [tornado(one, found, order), index_bars(one, found, order), elementary(one, found)]
    drawn += [response(one, found, factor) for factor in order[:_RESPONSES]]
    return [
        Chart(f"{name}_{place}", chart.title, chart.note, chart.data, chart.layout)
        for place, chart in enumerate(chart for chart in drawn if chart is not None)
    ]


def by_importance(one: OutputAnswer) -> list[int]:
    """Indices of the factors in order of importance, the largest first."""
    scores = one.scores()
    return sorted(scores, key=lambda i: -scores[i])


def tornado(one: OutputAnswer, found: Answers, order: Sequence[int]) -> Chart | None:
    """Change of the output between the low and high end of each factor, with its error."""
    largest = max((effect.largest for effect in one.swings.values()), default=0.0)
    shown = [i for i in order if i in one.swings and one.swings[i].largest > _SMALL * largest][:_BARS][::-1]
    if not shown:
        return None
    names = [found.points.factors[i].name for i in shown]
    told = [one.judge_swing(i) is not Resolution.NOT_RESOLVED for i in shown]
    words = [_told_swing(one, i) for i in shown]
    data = []
    for end, colour in (("low", DOWN), ("high", UP)):
        marker = {"color": colour, "opacity": [1.0 if known else FAINT for known in told]}
        changes = [rounded(getattr(one.swings[i], end)) for i in shown]
        hover = {"text": words, "textposition": "none", "hovertemplate": f"%{{y}}, {end} end: %{{x:.3g}}<br>%{{text}}"}
        bar = {"type": "bar", "orientation": "h", "name": f"{end} end", "y": names, "x": changes}
        data.append(bar | {"marker": marker} | hover)
    error = rounded(max(one.errors.of_difference(one.swings[i].largest) for i in shown))
    drawn = layout(f"change of {_quantity(one)}", "") | {"barmode": "overlay"}
    drawn["height"] = 170 + 24 * len(shown)
    band = {"x0": -error, "x1": error, "y0": 0, "y1": 1, "yref": "paper", "fillcolor": "#000", "opacity": 0.08}
    drawn["shapes"] = [{"type": "rect", "line": {"width": 0}, **band}]
    against = "the base" if one.indices is None else "the mean, others averaged out"
    note = (
        f"Change against {against} when one factor is at its low (blue) and at its high end (orange), between its 5th "
        f"and 95th percentile or its few values. Pale bars: not resolved (up to {RESOLVED_AT:g} errors). Grey band: "
        "largest error of such a change, as far as errors are known."
    )
    return Chart("tornado", f"Tornado: {_title(one)}", note, data, drawn)


def _told_swing(one: OutputAnswer, factor: int) -> str:
    effect = one.swings[factor]
    low_high = "" if effect.interval is None else f" (95 %: {' to '.join(number(end) for end in effect.interval)})"
    error = number(one.errors.of_difference(effect.largest), 2)
    return f"largest difference {number(effect.largest)}{low_high}, error {error}: {one.judge_swing(factor).value}"


def index_bars(one: OutputAnswer, found: Answers, order: Sequence[int]) -> Chart | None:
    """First-order and total index of each factor with its interval."""
    if one.indices is None:
        return None
    shown = list(order[:_BARS])[::-1]
    told = [one.judge_index(i) is not Resolution.NOT_RESOLVED for i in shown]
    names = [found.points.factors[i].name for i in shown]
    data = []
    parts = (
        ("first order", one.indices.first, one.indices.first_interval, DOWN),
        ("total", one.indices.total, one.indices.total_interval, UP),
    )
    for name, values, intervals, colour in parts:
        value = values[shown]
        low, high = intervals[shown].T
        bars = {"type": "data", "symmetric": False, "color": "#444", "thickness": 1.2, "width": 3}
        bars |= {"array": _lengths(high - value), "arrayminus": _lengths(value - low)}
        marker = {"color": colour, "opacity": [1.0 if known else FAINT for known in told]}
        bar = {"type": "bar", "orientation": "h", "name": name, "y": names, "x": all_rounded(value), "error_x": bars}
        data.append(bar | {"marker": marker, "hovertemplate": f"%{{y}}, {name}: %{{x:.3f}}<extra></extra>"})
    drawn = layout("part of the variance (-)", "") | {"barmode": "group"}
    drawn["height"] = 170 + 32 * len(shown)
    q2 = "—" if one.surrogate is None else f"{one.surrogate.q2:.3f}"
    note = (
        "Of a factor alone, and with its interactions; bars: 95 % interval from points drawn anew, which does not "
        f"hold what the surrogate misses (Q² {q2}). Pale: not resolved."
    )
    return Chart("indices", f"What decides: {_title(one)}", note, data, drawn)


def _lengths(values: np.ndarray) -> list[float]:
    return all_rounded(np.maximum(values, 0.0))


def elementary(one: OutputAnswer, found: Answers) -> Chart | None:
    """Mean absolute value and standard deviation of the elementary effects of a Morris design."""
    if not one.elementary:
        return None
    places = list(one.elementary)
    effects = [one.elementary[i] for i in places]
    told = [one.judge_elementary(i) is not Resolution.NOT_RESOLVED for i in places]
    bars = {"type": "data", "symmetric": False, "color": "#444", "thickness": 1}
    bars |= {
        "array": _lengths(np.array([effect.interval[1] - effect.mu_star for effect in effects])),
        "arrayminus": _lengths(np.array([effect.mu_star - effect.interval[0] for effect in effects])),
    }
    trace = {
        "type": "scatter",
        "mode": "markers+text",
        "x": [rounded(effect.mu_star) for effect in effects],
        "y": [rounded(effect.sigma) for effect in effects],
        "text": [found.points.factors[i].name if known else "" for i, known in zip(places, told, strict=True)],
        "hovertext": [found.points.factors[i].name for i in places],
        "hovertemplate": "%{hovertext}: µ* %{x:.3g}, σ %{y:.3g}<extra></extra>",
        "textposition": "top center",
        "error_x": bars,
        "marker": {"size": 8, "color": [UP if known else GREY for known in told]},
    }
    note = (
        "Mean size (µ*, with its 95 % interval) and spread (σ) of the change from the lowest to the highest level of "
        "each factor. "
        "Grey, without a name: not resolved. σ as large as µ*: depends on other factors, or is not straight."
    )
    drawn = layout(f"µ* of {_quantity(one)}", "σ")
    return Chart("elementary", f"Elementary effects: {_title(one)}", note, [trace], drawn)


def response(one: OutputAnswer, found: Answers, factor: int) -> Chart:
    """The output at the completed points along one factor, with the main effect if it is resolved."""
    column = found.points.factors[factor]
    most = max(50, int(_ROOM_MB * 1e6 / (_POINT_BYTES * _RESPONSES * len(found.outputs))))
    kept = np.unique(np.linspace(0, len(one.rows) - 1, min(most, len(one.rows))).round().astype(int))
    data: list[dict[str, Any]] = []
    note = "Points: runs."
    if one.surrogate is not None and one.surrogate.resolved and one.indices is not None:
        line = curve(one.surrogate, found.points, factor)
        along = _values(column, line.coordinate)
        edge = {"type": "scatter", "mode": "lines", "x": along, "line": {"width": 0, "color": UP}, "hoverinfo": "skip"}
        data.append(edge | {"y": all_rounded(line.low), "showlegend": False})
        band = {"fill": "tonexty", "fillcolor": "rgba(213,94,0,0.25)", "name": "95 % interval of the mean"}
        data.append(edge | {"y": all_rounded(line.high)} | band)
        mean = {"type": "scatter", "mode": "lines", "x": along, "y": all_rounded(line.mean), "line": {"color": UP}}
        data.append(mean | {"name": "mean over the others"})
        note += " Line: mean over all other factors by the surrogate, with its 95 % interval."
    else:
        note += " No line: the surrogate does not resolve this output, or the design has none."
    if len(kept) < len(one.rows):
        note += f" {len(kept)} of {len(one.rows)} runs are drawn."
    runs = {"type": "scatter", "mode": "markers", "name": "runs", "y": all_rounded(one.data[kept])}
    at = _values(column, found.points.x[one.rows[kept], factor])
    data.append(runs | {"x": at, "marker": {"color": "#555", "size": 5, "opacity": 0.6}})
    drawn = layout(axis_title(column), _quantity(one))
    drawn["xaxis"] |= _scale(column, np.unique(found.points.x[:, factor]))
    return Chart("response", f"{_title(one)} along {column.name}", note, data, drawn)


def axis_title(column: Factor) -> str:
    """Name of a factor with its unit."""
    return f"{column.name}{f' ({column.unit})' if column.unit else ''}"


def _values(column: Factor, coordinates: np.ndarray) -> list[float | str]:
    """Values of a factor; numbers are rounded for a chart."""
    found = [column.value(float(one)) for one in coordinates]
    return [value if isinstance(value, str) else rounded(value) for value in found]


def _scale(column: Factor, kinds: np.ndarray) -> dict[str, Any]:
    """Axis of a factor: ordered words, single numbers if there are few, logarithmic if the factor is."""
    if column.words is not None:
        return {"type": "category", "categoryorder": "array", "categoryarray": list(column.words)}
    few = {"tickvals": _values(column, kinds)} if len(kinds) <= _FEW_TICKS else {}
    return few | ({"type": "log"} if column.log else {})


def _title(one: OutputAnswer) -> str:
    return f"{one.output.name}, {case_label(one.case)}"


def _quantity(one: OutputAnswer) -> str:
    return f"{one.output.name}{f' ({one.output.unit})' if one.output.unit else ''}"
