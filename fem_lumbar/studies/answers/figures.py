"""Figures of one output: tornado of all factors, and the output along those that matter most, with its points."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fem_lumbar.documents.style import case_label
from fem_lumbar.studies.answers.effects import curve
from fem_lumbar.studies.answers.failures import Failures
from fem_lumbar.studies.answers.gather import Answers, OutputAnswer
from fem_lumbar.studies.answers.resolution import Resolution

_BARS, _RESPONSES, _STRIPS = 10, 3, 8
_FEW_TICKS = 5
_SMALL = 1e-3
"""Bars shorter than this part of the longest are left out."""
_DOWN, _UP, _POINT, _GREY = "#0072B2", "#D55E00", "#555555", "#bbbbbb"


def output_figure(one: OutputAnswer, found: Answers) -> Figure:
    """Tornado and responses of an output in one load case."""
    order = _order(one)
    figure = Figure(figsize=(4.0 + 2.9 * _RESPONSES, 3.0))
    panels = figure.subplots(1, 1 + _RESPONSES, width_ratios=[1.25] + [1.0] * _RESPONSES)
    _tornado(panels[0], one, found, order)
    for place, axes in enumerate(panels[1:]):
        if place < len(order):
            _response(axes, one, found, order[place])
        else:
            axes.set_axis_off()
    unit = f" ({one.output.unit})" if one.output.unit else ""
    figure.suptitle(f"{one.output.name}{unit}, {case_label(one.case)}", fontsize=10, x=0.01, ha="left")
    longest = max((len(found.points.factors[i].name) for i in order[:_BARS]), default=0)
    figure.subplots_adjust(left=min(0.03 + 0.0062 * longest, 0.3), right=0.99, bottom=0.17, top=0.86, wspace=0.32)
    return figure


def failure_figure(bad: Failures, found: Answers) -> Figure | None:
    """Values of the factors that go with failures most, at failed and at done points; None without failures."""
    if not bad.factors:
        return None
    shown = bad.factors[:_STRIPS]
    figure = Figure(figsize=(11.0, 0.9 + 0.42 * len(shown)))
    axes = figure.subplots()
    jitter = np.random.default_rng(0).uniform(-0.16, 0.16, len(bad.row_failed))
    for place, one in enumerate(reversed(shown)):
        x = found.points.x[:, one.factor]
        scaled = (x - x.min()) / (np.ptp(x) or 1.0)
        for which, colour, shift in ((~bad.row_failed, _GREY, -0.17), (bad.row_failed, _UP, 0.17)):
            axes.plot(scaled[which], place + shift + 0.8 * jitter[which], ".", color=colour, markersize=5)
    names = [f"{found.points.factors[one.factor].name}{'  *' if one.matters else ''}" for one in reversed(shown)]
    axes.set_yticks(range(len(shown)), names, fontsize=8)
    axes.set_xticks([0.0, 1.0], ["lowest", "highest"])
    axes.set_title("failed points (orange) and done ones (grey); *: goes with failures", loc="left", fontsize=9)
    figure.subplots_adjust(left=0.28, right=0.98, bottom=0.14, top=0.88)
    return figure


def _order(one: OutputAnswer) -> list[int]:
    """Factors by how much they matter; without scores by rank correlation with the output."""
    scores = one.scores()
    return sorted(scores, key=lambda i: -scores[i])


def _tornado(axes: Axes, one: OutputAnswer, found: Answers, order: list[int]) -> None:
    largest = max((effect.largest for effect in one.swings.values()), default=0.0)
    shown = [i for i in order if i in one.swings and one.swings[i].largest > _SMALL * largest][:_BARS][::-1]
    if not shown:
        axes.text(0.5, 0.5, "not resolved", ha="center", va="center", color=_POINT, transform=axes.transAxes)
        axes.set_axis_off()
        return
    for place, i in enumerate(shown):
        effect = one.swings[i]
        told = one.judge_swing(i) is not Resolution.NOT_RESOLVED
        for change, colour in ((effect.low, _DOWN), (effect.high, _UP)):
            axes.barh(place, change, color=colour if told else _GREY, height=0.7)
    error = max(one.errors.of_difference(one.swings[i].largest) for i in shown)
    axes.axvspan(-error, error, color="#000000", alpha=0.08, linewidth=0)
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.set_yticks(range(len(shown)), [found.points.factors[i].name for i in shown], fontsize=7)
    axes.locator_params(axis="x", nbins=4)
    axes.tick_params(axis="x", labelsize=7)
    axes.set_title("low end blue, high end orange; grey: not resolved", fontsize=7, loc="left")


def _response(axes: Axes, one: OutputAnswer, found: Answers, factor: int) -> None:
    column = found.points.factors[factor]
    x = found.points.x[one.rows, factor]
    axes.plot(x, one.data, ".", color=_POINT, markersize=3, alpha=0.6)
    if one.surrogate is not None and one.surrogate.resolved and one.indices is not None:
        line = curve(one.surrogate, found.points, factor)
        axes.fill_between(line.coordinate, line.low, line.high, color=_UP, alpha=0.25, linewidth=0)
        axes.plot(line.coordinate, line.mean, color=_UP, linewidth=1.5)
    if column.words is not None:
        axes.set_xticks(range(len(column.words)), column.words, fontsize=6)
    else:
        kinds = np.unique(x)
        ticks = kinds if len(kinds) <= _FEW_TICKS else np.linspace(x.min(), x.max(), 3)
        axes.set_xticks(ticks, [f"{column.value(one):.3g}" for one in ticks])
    axes.locator_params(axis="y", nbins=4)
    axes.tick_params(labelsize=7)
    axes.set_xlabel(f"{column.name}{f' ({column.unit})' if column.unit else ''}", fontsize=7)
