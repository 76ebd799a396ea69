"""Effects of groups of scenarios on one logarithmic scale, with error bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from fem_lumbar.comparison.compare import NEGLIGIBLE
from fem_lumbar.comparison.differences import RESOLVED_AT
from fem_lumbar.questions.mal.question import Question
from fem_lumbar.questions.mal.verdicts import Finding, Found

_LOWEST_PERCENT = 1e-7
_SPREAD = 0.62


def effects_figure(findings: Mapping[str, Sequence[Finding]], question: Question) -> Figure:
    """Largest effect of each group of scenarios on each family of quantities, one panel per domain.

    A filled marker is a resolved effect with its numerical error as a bar. An open marker with an arrow to the left is
    the upper bound of an effect that is not resolved.
    """
    shown = {name: [one for one in found if one.by_group] for name, found in findings.items()}
    shown = {name: found for name, found in shown.items() if found}
    heights = [len(found) + 0.4 for found in shown.values()]
    figure = Figure(figsize=(10.5, 1.9 + 0.62 * sum(heights)), layout="constrained")
    panels: list[Axes] = []
    if shown:
        panels = list(figure.subplots(len(shown), 1, squeeze=False, sharex=True, height_ratios=heights)[:, 0])
    for axes, (name, found) in zip(panels, shown.items(), strict=True):
        for row, finding in enumerate(found):
            _draw_row(axes, len(found) - 1 - row, finding.by_group, question.colours)
        axes.set_yticks(range(len(found)), [one.claim.title for one in reversed(found)], fontsize=9)
        axes.set_ylim(-0.55, len(found) - 0.45)
        axes.set_title(name, loc="left", fontsize=11, fontweight="bold")
        axes.axvline(100 * NEGLIGIBLE, color="#B00020", linewidth=0.9, linestyle="--")
        axes.grid(axis="x", color="#DDDDDD", linewidth=0.5)
        axes.set_axisbelow(True)
    if shown:
        panels[0].set_xscale("log")
        figure.supxlabel(
            "largest change, % of the value, of the joint's largest rotation under that load (rotations), "
            "or of left + right (differences)\n"
            f"full: resolved, bar: numerical error;  open: not resolved, at change + {RESOLVED_AT:g} × error;  "
            f"dashed: {100 * NEGLIGIBLE:g} %",
            fontsize=9,
        )
        _legend(figure, shown, question)
    return figure


def _draw_row(axes: Axes, row: int, by_group: Mapping[str, Found], colours: Mapping[str, str]) -> None:
    places = np.linspace(0.5 * _SPREAD, -0.5 * _SPREAD, len(colours))
    for place, (group, colour) in zip(places, colours.items(), strict=True):
        found = by_group.get(group)
        if found is None:
            continue
        effect, item = found.effect, found.effect.item
        size = 100 * abs(item.relative)
        if effect.resolved and size >= _LOWEST_PERCENT:
            error = 100 * (item.error or 0.0) / item.scale
            low = min(error, 0.999 * size)
            axes.errorbar(size, row + place, xerr=[[low], [error]], fmt="o", color=colour, markersize=5, capsize=2)
        else:
            most = max(size if effect.largest is None else 100 * effect.largest, _LOWEST_PERCENT)
            axes.plot(most, row + place, marker="o", markerfacecolor="white", color=colour, markersize=5)
            axes.annotate(
                "", (most / 3, row + place), (most, row + place), arrowprops={"arrowstyle": "->", "color": colour}
            )


def _legend(figure: Figure, shown: Mapping[str, Sequence[Finding]], question: Question) -> None:
    present = {group for found in shown.values() for finding in found for group in finding.by_group}
    handles = [
        Line2D([], [], marker="o", linestyle="", color=colour, label=question.groups.get(group, group))
        for group, colour in question.colours.items()
        if group in present
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=min(4, len(handles)), fontsize=9, frameon=False)
