"""Figure of left and right loads over months, with the band of the sampled parameters."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fem_lumbar.adaptation.study import RATIO, Adaptation, Effect, shares
from fem_lumbar.documents.figure_files import write_figure
from fem_lumbar.documents.style import SIDE_COLOUR
from fem_lumbar.foundation.conventions import SIDES

PICTURE = "adaptation.png"
DPI = 130
_PANELS = 3


def draw_adaptation(study: Adaptation, folder: Path) -> Path:
    """Save the figure in a folder; returns the file."""
    return write_figure(adaptation_figure(study), folder / PICTURE, DPI)


def adaptation_figure(study: Adaptation) -> Figure:
    """Lost force and cross-section, then each result: both sides in one panel; median and 5 to 95 % band.

    Results that do not change, and mean activations, which follow the forces, are left out.
    """
    groups = _groups(study.effects)
    count = 2 + len(groups)
    rows = -(-count // _PANELS)
    figure = Figure(figsize=(4.2 * _PANELS, 3.1 * rows + 0.6), layout="constrained")
    panels = list(np.atleast_1d(figure.subplots(rows, _PANELS, sharex=True)).ravel())
    for axes, name in zip(panels, ("force lost", "cross-section lost")):
        values = shares(study.sampled)[name]
        for k, side in enumerate(SIDES):
            _band(axes, study.months, np.quantile(100.0 * values[:, :, k], (0.05, 0.5, 0.95), axis=1), side)
        axes.set_title(f"fibres of the branch of {study.asked.branch}: {name}", loc="left", fontsize=9)
        axes.set_ylabel("%")
    for axes, (title, effects) in zip(panels[2:], groups.items()):
        for place, one in effects.items():
            _band(axes, study.months, one.band, place)
            axes.axhline(one.before, color=SIDE_COLOUR.get(place, "0.3"), linewidth=0.8, linestyle=":")
            if np.isfinite(one.uncertainty):
                axes.axhspan(one.before - one.uncertainty, one.before + one.uncertainty, color="0.9", zorder=0)
            axes.ticklabel_format(axis="y", useOffset=False)
            axes.set_ylabel(one.unit if one.unit != "-" else "")
        axes.set_title(title, loc="left", fontsize=9)
    for axes in panels[count:]:
        axes.set_visible(False)
    for axes in panels[max(0, count - _PANELS) : count]:
        axes.set_xlabel("months")
        axes.tick_params(labelbottom=True)
    panels[0].legend(frameon=False, fontsize=8)
    figure.suptitle(
        f"{study.name}, {study.asked.case}: branch of {study.asked.branch}. Line: middle, band: 5 to 95 % of the "
        "constants,\ndotted: no loss, grey about it: error of interpolation and solution; mesh error not included",
        fontsize=10,
    )
    return figure


def _groups(effects: list[Effect]) -> dict[str, dict[str, Effect]]:
    """Effects by result and side; results of both sides under one name."""
    found: dict[str, dict[str, Effect]] = {}
    for one in effects:
        if (one.name != RATIO and " activation" in one.name) or one.verdicts == {"no effect"}:
            continue
        side = next((side for side in SIDES if one.name.endswith(f" {side}")), "")
        title = one.name if one.name == RATIO else one.name.removesuffix(f" {side}") if side else one.name
        found.setdefault(title, {})["" if one.name == RATIO else side] = one
    return found


def _band(axes: Axes, months: np.ndarray, band: np.ndarray, side: str) -> None:
    colour = SIDE_COLOUR.get(side, "0.3")
    axes.fill_between(months, band[0], band[2], color=colour, alpha=0.25, linewidth=0)
    axes.plot(months, band[1], color=colour, label=side or None)
