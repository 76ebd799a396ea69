"""Names and colours shared by all figures and scenes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import cycle
from typing import Any

import numpy as np

from fem_lumbar.anatomy.spine import ALL_JOINTS, WHOLE
from fem_lumbar.runs.run import Run
from fem_lumbar.scenario.load_kinds.kinds import SECTIONS

_JOINT_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")
JOINT_COLOUR = {**dict(zip(ALL_JOINTS, cycle(_JOINT_COLOURS))), WHOLE: "#555555"}
"""Colour of each joint, from cranial to caudal, and of the whole template."""
SIDE_COLOUR = {"left": "#009E73", "right": "#CC79A7"}
STRUCTURE_COLOUR = {
    "disc": "#56B4E9",
    "facet_left": "#009E73",
    "facet_right": "#CC79A7",
    "bone_contact": "#DDD0B5",
    "bridge_ALL": "#6B4A1E",
    "bridge_PLL": "#B8860B",
    "transition_left": "#1B7837",
    "transition_right": "#C51B7D",
    "ALL": "#8C510A",
    "PLL": "#D8B365",
    "LF": "#F0E442",
    "ITL": "#999999",
    "CL": "#E69F00",
    "ISL": "#762A83",
    "SSL": "#D55E00",
    "IL": "#56B4E9",
}
SOFT_SCALE = ("#FFFFD9", "#C7E9B4", "#41B6C4", "#1D91C0", "#225EA8")
BONE_SCALE = ("#FFF5D6", "#FDCC8A", "#FC8D59", "#DB4A32", "#B30000")
"""Colours of soft tissue and of bone from low to high: neither ends in black, and they are distinguishable."""
BOTH_WAYS_SCALE = ("#3B6FB6", "#9DC3E6", "#F2F2F2", "#F4A582", "#B2182B")
PULL_SCALE = ("#B8B8B8", "#E0A030", "#A0145A")
"""Colours of diverging quantities, and of the tension of lines."""
BONE_COLOUR = "#DDD0B5"
GHOST_COLOUR = "#9A9A9A"


def case_label(case: str) -> str:
    """A load case as text: ``lateral_bending_left`` → ``lateral bending left``."""
    return case.replace("_", " ")


def load_label(entry: Mapping[str, Any]) -> str:
    """Applied load of a load case with units, e.g. ``moment 7.5 N·m`` or ``follower load 500 N``."""
    applied = entry.get("applied", {})
    parts = [words for section in SECTIONS for words in section.label(applied)]
    text = ", ".join(parts) or "no load"
    if entry.get("status") == "failed":
        text += f"; NOT CONVERGED, state at {100 * entry.get('load_fraction', 0.0):.0f} % of the load"
    return text


def figure_title(run: Run, what: str) -> str:
    """Title of a figure of a run: run and mesh, content, and load cases that are missing."""
    failed = [case_label(case) for case in run.cases if case not in run.converged]
    title = f"{run.name} ({run.density} mesh): {what}"
    return title + (f"\nnot converged, not shown: {', '.join(failed)}" if failed else "")


def round_up(value: float) -> float:
    """The next number of the form 1, 1.5, 2, 3, 5, 7 × 10^k at or above a positive value."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(step * power for step in (1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0) if step * power >= value * 0.9999))


def robust_maximum(samples: Iterable[np.ndarray], percentile: float = 99.5) -> float:
    """Rounded upper end of a colour scale, not sensitive to a few extreme values; 1 if all values are zero.

    Parameters
    ----------
    samples : iterable of (k,) arrays
        Values to show; NaN is ignored.
    percentile : float
        Percentile of the positive values that the scale covers.
    """
    shown = np.concatenate([np.asarray(sample, dtype=float).ravel() for sample in samples] or [np.zeros(0)])
    shown = shown[np.isfinite(shown) & (shown > 0.0)]
    return round_up(float(np.percentile(shown, percentile))) if len(shown) else 1.0
