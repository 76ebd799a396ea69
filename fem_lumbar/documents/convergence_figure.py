"""Relative discretisation error against cell size, one panel per kind of quantity."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from fem_lumbar.anatomy.spine import JOINTS, WHOLE
from fem_lumbar.comparison.discretisation import Behaviour
from fem_lumbar.comparison.mesh_convergence import Convergence, Series
from fem_lumbar.documents.convergence_text import SECTIONS, main_series, section
from fem_lumbar.documents.figure_files import write_figure
from fem_lumbar.documents.style import JOINT_COLOUR

NAME = "convergence.png"
SLOPES = {1: "top", 2: "bottom"}
"""Orders with a drawn slope, and position of their labels."""
_DPI = 150
_OTHER = "#777777"


def draw_convergence(found: Convergence, folder: Path) -> Path | None:
    """Draw the error bars of the main numbers in % against cell size, both logarithmic.

    Parameters
    ----------
    found : Convergence
        The study.
    folder : Path
        Folder for ``convergence.png``.

    Returns
    -------
    path : Path or None
        The file; None if no number that depends on the mesh is far enough from zero for a relative error.
    """
    items = [item for item in main_series(found) if item.estimate.behaviour is not Behaviour.CONSTANT]
    names = [name for name in SECTIONS if any(section(item) == name for item in items)]
    if not names:
        return None
    columns = min(3, len(names))
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(4.2 * columns, 3.6 * rows + 0.9), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    sizes = np.array([level.size_mm for level in found.levels])
    for axes, name in zip(panels, names, strict=False):
        for item in items:
            if section(item) == name:
                _draw(axes, sizes, item)
        axes.set_title(name, fontsize=10)
    _frame(panels[: len(names)], sizes, found.densities)
    for axes in panels[len(names) :]:
        axes.set_visible(False)
    figure.supxlabel("cell size of soft tissue (mm)")
    figure.supylabel("error bar (% of the value)")
    figure.suptitle(f"{found.scenario}: discretisation error\nfull lines: order observed; dashed: assumed, or spread")
    return write_figure(figure, folder / NAME, _DPI)


def _draw(axes: Axes, sizes: np.ndarray, item: Series) -> None:
    bars = np.array([np.nan if bar is None else 100.0 * bar for bar in item.relative])
    joint = next((part for part in item.path if part in JOINT_COLOUR), "")
    observed = item.estimate.behaviour is Behaviour.CONVERGING
    style = {"linestyle": "-" if observed else "--", "color": JOINT_COLOUR.get(joint, _OTHER), "alpha": 0.7}
    axes.loglog(sizes, bars, "o", markersize=3, linewidth=1, **style)


def _frame(panels: np.ndarray, sizes: np.ndarray, densities: tuple[str, ...]) -> None:
    """Add slopes of some orders, ticks at the meshes, and colours of the joints."""
    low = panels[0].get_ylim()[0]
    for axes in panels:
        for order, aligned in SLOPES.items():
            slope = low * (sizes / sizes.min()) ** order
            axes.loglog(sizes, slope, ":", color="0.4", linewidth=1)
            axes.annotate(f"order {order}", (sizes.max(), slope.max()), fontsize=7, ha="right", va=aligned)
        axes.set_xticks(sizes, [f"{size:.2g}\n{name}" for size, name in zip(sizes, densities, strict=True)], fontsize=8)
        axes.xaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.tick_params(labelbottom=True)
        axes.grid(True, axis="y", color="0.9", linewidth=0.6)
    for joint in (*JOINTS, WHOLE):
        panels[0].plot([], [], color=JOINT_COLOUR[joint], label=joint)
    panels[0].legend(frameon=False, fontsize=8)
