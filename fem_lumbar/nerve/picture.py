"""Figures of tunnel sections with the nerve in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fem_lumbar.documents.figure_files import write_figure
from fem_lumbar.nerve.study import Drawing, NerveStudy

PICTURE = "nerve_{case}.png"
_DPI = 80
_BONE, _LIGAMENT, _NERVE = "0.35", "#b5442e", "#e3b23c"


def draw_sections(study: NerveStudy, folder: Path) -> list[Path]:
    """Save one figure per load case with all its tunnels; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for case in dict.fromkeys(drawing.case for drawing in study.drawings):
        paths.append(write_figure(sections_figure(study, case), folder / PICTURE.format(case=case), _DPI))
    return paths


def sections_figure(study: NerveStudy, case: str) -> Figure:
    """Narrowest section of every tunnel in one load case: levels in rows, sides in columns."""
    drawings = [drawing for drawing in study.drawings if drawing.case == case]
    levels = list(dict.fromkeys(drawing.level for drawing in drawings))
    sides = list(dict.fromkeys(drawing.side for drawing in drawings))
    figure = Figure(figsize=(4.2 * len(sides), 2.9 * len(levels) + 0.6), layout="constrained")
    axes = figure.subplots(len(levels), len(sides), squeeze=False, sharex=True, sharey=True)
    for axis in axes.flat:
        axis.axis("off")
    for drawing in drawings:
        draw_section(axes[levels.index(drawing.level), sides.index(drawing.side)], drawing)
    title = f"{study.name}, {case}: bone (grey), ligament (red), nerve of {study.tissue.diameter_mm:g} mm (yellow)"
    figure.suptitle(title, fontsize=9)
    figure.supxlabel("mm, mammillary to accessory process", fontsize=8)
    figure.supylabel("mm, + away from bone", fontsize=8)
    return figure


def draw_section(axis: Axes, drawing: Drawing) -> None:
    """Draw one section on given axes."""
    section = drawing.section
    ends = np.roll(section.outline, -1, axis=0)
    for own, colour in ((~section.roof, _BONE), (section.roof, _LIGAMENT)):
        edges = np.stack([section.outline[own], ends[own]], axis=1)
        axis.plot(edges[..., 0].T, edges[..., 1].T, color=colour, linewidth=1.6, solid_capstyle="round")
    if drawing.outline is not None:
        axis.fill(*drawing.outline.T, facecolor=_NERVE, edgecolor="0.2", linewidth=0.8)
    axis.axis("on")
    axis.set_aspect("equal")
    axis.tick_params(labelsize=7)
    axis.set_title(f"{drawing.level} {drawing.side}: {section.area:.1f} mm²", fontsize=8)
