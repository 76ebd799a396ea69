"""Chart of the load path across each joint, in newtons and newton-metres."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fem_lumbar.anatomy.spine import ALL_JOINTS
from fem_lumbar.documents.load_path_text import AXIAL, MOMENT, STRUCTURES, applied, carried, main_axis
from fem_lumbar.documents.style import STRUCTURE_COLOUR, case_label, figure_title
from fem_lumbar.foundation.conventions import MOMENT_AXIS, ROTATION_COMPONENTS
from fem_lumbar.runs.run import Run

_LABELS = {
    AXIAL: "force along\ndisc axis (N)\n+ holds apart, − pulls together",
    MOMENT: "moment about\ndisc centre (N·m)\n+ balances a moment of that sense",
}


def load_path(run: Run) -> Figure | None:
    """Stacked bars by structure for each joint, with the applied load marked; None for results without a load path."""
    cases = [case for case, entry in run.converged.items() if entry.get("load_path")]
    joints = [joint for joint in ALL_JOINTS if any(joint in run.converged[case]["load_path"] for case in cases)]
    if not joints:
        return None
    size = (max(9.0, 1.25 * len(cases) + 2.5), 2.4 * 2 * len(joints) + 1.6)
    figure = Figure(figsize=size, layout="constrained")
    panels = np.atleast_1d(figure.subplots(2 * len(joints), 1, sharex=True))
    for axes, (joint, key) in zip(panels, [(j, k) for j in joints for k in (AXIAL, MOMENT)], strict=True):
        _stack(axes, run, cases, joint, key)
        axes.set_title(joint, loc="left", fontsize=10)
        axes.set_ylabel(_LABELS[key], fontsize=8)
    handles = {
        label: handle for axes in panels for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=6, frameon=False, fontsize=9)
    panels[-1].set_xticks(range(len(cases)), [case_label(case).replace(" ", "\n") for case in cases], fontsize=9)
    panels[-1].set_xlim(-0.6, len(cases) - 0.4)
    figure.suptitle(
        figure_title(run, "what carries the load")
        + "\nsign as the moment in the case name; other cases: flexion (− balances extension)",
        fontsize=11,
    )
    return figure


def _stack(axes: Axes, run: Run, cases: list[str], joint: str, key: str) -> None:
    """Bars of one panel: positive contributions upwards, negative ones downwards, with a mark at their sum."""
    above, below = np.zeros(len(cases)), np.zeros(len(cases))
    paths: list[Mapping[str, Any]] = [
        run.converged[case]["load_path"].get(joint, {"carried": {}, "applied": {}}) for case in cases
    ]
    signs = np.array([_sense(case) if key == MOMENT else 1.0 for case in cases])
    found = [carried(path, key, main_axis(case)) for case, path in zip(cases, paths, strict=True)]
    for name in (name for name in STRUCTURES if any(name in one for one in found)):
        values = signs * [one.get(name, 0.0) for one in found]
        base = np.where(values >= 0.0, above, below)
        axes.bar(range(len(cases)), values, 0.6, bottom=base, color=STRUCTURE_COLOUR[name], label=case_label(name))
        above, below = above + values.clip(min=0.0), below + values.clip(max=0.0)
    total = signs * [applied(path, key, main_axis(case)) for case, path in zip(cases, paths, strict=True)]
    axes.plot(
        range(len(cases)),
        total,
        "D",
        color="black",
        markersize=5,
        label="all loads together (sum of the bars)",
        zorder=3,
    )
    for place, value in enumerate(total):
        axes.annotate(
            f"{value + 0.0:.3g}" if abs(value) < 1000.0 else f"{value:.0f}",
            (place + 0.33, value),
            fontsize=7,
            va="center",
        )
    axes.axhline(0.0, color="0.3", linewidth=0.8)
    axes.use_sticky_edges = False  # otherwise bars end at the frame
    axes.margins(y=0.12)


def _sense(case: str) -> float:
    """Sign (+1 or −1) that makes the moment in the name of a case positive."""
    axis = MOMENT_AXIS.get(case)
    return 1.0 if axis is None else axis[ROTATION_COMPONENTS[main_axis(case)]]
