"""Figures of a calibration: targets before and after, and the correlation of the parameters."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from fem_lumbar.documents.figure_files import write_figure
from fem_lumbar.experiments.calibration.fit import Fit

_DPI = 130
_BEFORE, _AFTER, _BAND = "#999999", "#D55E00", "#CFE3F2"


def draw(result: Fit, folder: Path) -> tuple[str, ...]:
    """Draw all figures into a folder and return their names."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {"targets.png": _targets(result), "correlation.png": _correlation(result)}
    for name, figure in pictures.items():
        write_figure(figure, folder / name, _DPI)
    return tuple(pictures)


def _targets(result: Fit) -> Figure:
    targets = result.calibration.targets
    rows = np.arange(len(targets))[::-1]
    figure = Figure(figsize=(8, 1.4 + 0.32 * len(targets)), layout="constrained")
    axes = figure.add_subplot()
    axes.axvspan(-1, 1, color=_BAND, label="band of the measurement")
    axes.axvline(0, color="black", linewidth=0.8)
    reach = max(3.0, min(8.0, float(np.max(np.abs(result.end.misfits))) + 1))
    for point, colour, name, mark in ((result.start, _BEFORE, "before", "o"), (result.end, _AFTER, "after", "D")):
        axes.scatter(np.clip(point.misfits, -reach, reach), rows, color=colour, marker=mark, label=name, zorder=3)
    for row, start, end in zip(rows, result.start.misfits, result.end.misfits):
        axes.plot(np.clip([start, end], -reach, reach), [row, row], color=_BEFORE, linewidth=0.8, zorder=2)
    axes.set_yticks(rows, [t.id if t.weight else f"{t.id} (not fitted)" for t in targets], fontsize=8)
    axes.set_xlim(-1.05 * reach, 1.05 * reach)
    axes.set_xlabel(f"model − measured, in half-widths of the band (points beyond ±{reach:.0f} at the edge)")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False)
    return figure


def _correlation(result: Fit) -> Figure:
    names = [parameter.name for parameter in result.calibration.parameters]
    matrix = result.identifiability.correlation
    size = 2.6 + 0.5 * len(names)
    figure = Figure(figsize=(size + 0.8, size), layout="constrained")
    axes = figure.add_subplot()
    image = axes.imshow(matrix, cmap="RdBu_r", vmin=-1, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right", fontsize=8)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    for (i, j), value in np.ndenumerate(matrix):
        text = "—" if np.isnan(value) else f"{value:.2f}"
        axes.text(j, i, text, ha="center", va="center", fontsize=7, color="white" if abs(value) > 0.6 else "black")
    figure.colorbar(image, ax=axes, shrink=0.8, label="correlation of the parameters")
    return figure
