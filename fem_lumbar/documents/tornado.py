"""Tornado chart of a load case: effect of the published range of each parameter on the main results."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fem_lumbar.documents.style import case_label
from fem_lumbar.sensitivity.budget import Budget
from fem_lumbar.sensitivity.table import Derivatives

_BARS, _PANELS_ACROSS = 8, 2
_DOWN, _UP = "#0072B2", "#D55E00"


def tornado(table: Derivatives, case: str, found: Sequence[Budget]) -> Figure | None:
    """Bars from the low to the high end of each published range, linear forecast; None without any effect."""
    budgets = [one for one in found if one.case == case and one.contributions]
    if not budgets:
        return None
    rows = -(-len(budgets) // _PANELS_ACROSS)
    figure = Figure(figsize=(7.0 * _PANELS_ACROSS, 0.6 + 2.7 * rows), layout="constrained")
    panels = np.atleast_1d(figure.subplots(rows, _PANELS_ACROSS, squeeze=False)).ravel()
    for axes, one in zip(panels, budgets):
        _bars(axes, one)
    for axes in panels[len(budgets) :]:
        axes.set_axis_off()
    figure.suptitle(
        f"{table.scenario}, {case_label(case)} ({table.density} mesh): linear forecast over published ranges\n"
        "blue: low end of the range, orange: high end; *: a contact or ligament changes sides within the range",
        fontsize=11,
    )
    return figure


def _bars(axes: Axes, one: Budget) -> None:
    shown = one.contributions[:_BARS][::-1]
    for place, part in enumerate(shown):
        low, high = part.parameter.range or (part.parameter.value,) * 2
        slope = part.change / part.parameter.spread
        for end, colour in ((low, _DOWN), (high, _UP)):
            axes.barh(place, slope * (end - part.parameter.value), color=colour, height=0.7)
    axes.set_yticks(range(len(shown)), [part.parameter.key + ("*" if part.kink else "") for part in shown], fontsize=7)
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.set_xlabel(f"change ({one.unit})", fontsize=8)
    title = f"{one.quantity} = {one.value:.3g} ± {one.standard_deviation:.2g} {one.unit}"
    axes.set_title(title, loc="left", fontsize=9)
