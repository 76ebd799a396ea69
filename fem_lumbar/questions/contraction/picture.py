"""Curves of all states over activation, one row of panels per level."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from fem_lumbar.documents.figure_files import write_figure
from fem_lumbar.documents.style import case_label
from fem_lumbar.foundation.conventions import MAL_STATES
from fem_lumbar.questions.contraction.study import ContractionStudy
from fem_lumbar.questions.contraction.text import QUANTITIES, contraction_title
from fem_lumbar.questions.contraction.vertebra import Contraction

NAME = "contraction.png"
_COLOURS = dict(zip(MAL_STATES, ("#999999", "#009E73", "#E69F00", "#D55E00", "#0072B2"), strict=True))
_PANELS = (
    "force through the MAL (N)",
    "displacement of the insertion (mm)",
    "of it relative to the feet (mm)",
    "bone strain, mammillary foot (‰)",
    "bone strain, accessory foot (‰)",
    "energy in the MAL (N·mm)",
)


def draw_contraction(study: ContractionStudy, folder: Path, side: str = "left") -> Path:
    """Save the curves of one side in a folder; returns the file."""
    levels = list(dict.fromkeys(one.level for one in study.here))
    figure = Figure(figsize=(3.1 * len(_PANELS), 2.6 * len(levels) + 1.0), layout="constrained")
    panels = figure.subplots(len(levels), len(_PANELS), squeeze=False, sharex=True)
    for row, level in zip(panels, levels, strict=True):
        for axes, name in zip(row, _PANELS, strict=True):
            for state, colour in _COLOURS.items():
                curve = [(one.activation, QUANTITIES[name](one)) for one in study.here if _is(one, level, side, state)]
                points = [(0.0, 0.0), *((x, y) for x, y in curve if y is not None)]
                if len(points) > 1:
                    axes.plot(*zip(*points, strict=True), color=colour, marker=".", label=case_label(state))
            axes.set_title(f"{level}: {name}", fontsize=9)
            axes.grid(color="#DDDDDD", linewidth=0.5)
    for axes in panels[-1]:
        axes.set_xlabel("activation")
    handles, labels = panels[0][1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(_COLOURS), frameon=False)
    figure.suptitle(f"{contraction_title(study)}, {side} side")
    folder.mkdir(parents=True, exist_ok=True)
    return write_figure(figure, folder / NAME)


def _is(one: Contraction, level: str, side: str, state: str) -> bool:
    return (one.level, one.side, one.state) == (level, side, state)
