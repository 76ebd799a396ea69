"""Bar chart of the differences between runs, with their numerical errors, on a logarithmic scale."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.patches import Patch

from fem_lumbar.comparison.differences import NEGLIGIBLE, RESOLVED_AT, Comparison
from fem_lumbar.documents.style import case_label
from fem_lumbar.measures.quantities import label

FIGURE = "comparison.png"
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_LEAST_PERCENT = 1e-8


def effects_bars(comparisons: Sequence[Comparison], keys: Sequence[tuple[str, tuple[str, ...]]]) -> Figure:
    """Magnitude of the difference of each number in each run, in % of its scale.

    Parameters
    ----------
    comparisons : sequence of Comparison
        Comparisons of runs with the same first one.
    keys : sequence of (case, path)
        The numbers to show.
    """
    figure = Figure(figsize=(9.5, 1.8 + 0.2 * len(keys) * (1 + len(comparisons))), layout="constrained")
    axes = figure.subplots()
    thickness = 0.8 / len(comparisons)
    sizes = [_LEAST_PERCENT]
    for place, comparison in enumerate(comparisons):
        items = {(item.case, item.path): item for item in comparison.differences}
        colour = _COLOURS[place % len(_COLOURS)]
        for row, key in enumerate(keys):
            item = items.get(key)
            if item is None or item.scale <= 0.0:
                continue
            size = 100 * abs(item.relative)
            error = 0.0 if item.error is None else 100 * item.error / item.scale
            at = len(keys) - 1 - row + 0.4 - (place + 0.5) * thickness
            low, high = min(error, 0.999 * size), error
            if item.resolved:
                axes.barh(at, max(size, _LEAST_PERCENT), 0.9 * thickness, color=colour)
            else:
                axes.barh(
                    at, max(size, _LEAST_PERCENT), 0.9 * thickness, facecolor="none", edgecolor=colour, hatch="////"
                )
            if size > 0.0:
                axes.errorbar(size, at, xerr=[[low], [high]], color="#222222", linewidth=0.8, capsize=1.5)
            sizes += [size + high]
    axes.set_xscale("log")
    axes.set_xlim(_LEAST_PERCENT, 3.0 * max(sizes))
    axes.set_ylim(-0.6, len(keys) - 0.4)
    axes.set_title(f"differences from {comparisons[0].name_a}", fontsize=10)
    axes.set_yticks(
        range(len(keys)), [f"{label(path)}, {case_label(case)}" for case, path in reversed(keys)], fontsize=8
    )
    axes.axvline(100 * NEGLIGIBLE, color="#B00020", linewidth=0.9, linestyle="--")
    figure.supxlabel(
        f"size of the difference, % of the first value (or the largest of its kind); bars: numerical error\n"
        f"hatched: not resolved, up to {RESOLVED_AT:g} errors or error not known; dashed: {100 * NEGLIGIBLE:g} %",
        fontsize=9,
    )
    handles = [Patch(color=_COLOURS[i % len(_COLOURS)], label=one.name_b) for i, one in enumerate(comparisons)]
    figure.legend(handles=handles, loc="outside upper center", ncols=min(3, len(handles)), fontsize=9, frameon=False)
    return figure
