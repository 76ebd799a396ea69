"""Names and colours shared by all figures and scenes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from fem_lumbar.runs.run import Run

JOINT_COLOUR = {"L3-L4": "#0072B2", "L4-L5": "#D55E00", "L3-L5": "#555555"}
SIDE_COLOUR = {"left": "#009E73", "right": "#CC79A7"}
STRUCTURE_COLOUR = {
    "disc": "#56B4E9",
    "facet_left": "#009E73",
    "facet_right": "#CC79A7",
    "ALL": "#8C510A",
    "PLL": "#D8B365",
    "LF": "#F0E442",
    "ITL": "#999999",
    "CL": "#E69F00",
    "ISL": "#762A83",
    "SSL": "#D55E00",
}
BONE_COLOUR = "#DDD0B5"
GHOST_COLOUR = "#9A9A9A"


def case_label(case: str) -> str:
    """A load case as people say it: ``lateral_bending_left`` → ``lateral bending left``."""
    return case.replace("_", " ")


def load_label(entry: dict[str, Any]) -> str:
    """What is applied in a load case, with units, e.g. ``moment 7.5 N·m`` or ``follower load 500 N``."""
    applied = entry.get("applied", {})
    parts = []
    moment = float(np.linalg.norm(applied.get("moment_Nm", [0.0])))
    if "rotation_deg" in applied:
        parts.append(f"rotation {applied['rotation_deg']:g}° (takes {moment:.3g} N·m)")
    elif moment > 0.0:
        parts.append(f"moment {moment:g} N·m")
    if "axial_displacement_mm" in applied:
        force = applied["axial_force_N"]
        parts.append(f"axial displacement {applied['axial_displacement_mm']:g} mm (takes {force:.3g} N)")
    if applied.get("follower_N"):
        first = " first" if applied.get("follower_first") else ""
        parts.append(f"follower load {applied['follower_N']:g} N{first}")
    if applied.get("upper_body_N"):
        parts.append(f"upper body {applied['upper_body_N']:g} N {applied['upper_body_lever_arm_mm']:g} mm in front")
    if applied.get("muscles_balanced"):
        parts.append("muscles that hold the posture")
    if applied.get("muscle_activation"):
        parts.append(f"muscle activation {100 * applied['muscle_activation']:g} %")
    text = ", ".join(parts) or "no load"
    if entry.get("status") == "failed":
        text += f"; NOT CONVERGED, state at {100 * entry.get('load_fraction', 0.0):.0f} % of the load"
    return text


def figure_title(run: Run, what: str) -> str:
    """Title of a figure of a run: which run and mesh, what is shown, and which cases are not."""
    failed = [case_label(case) for case in run.cases if case not in run.converged]
    title = f"{run.name} ({run.density} mesh): {what}"
    return title + (f"\nnot converged, not shown: {', '.join(failed)}" if failed else "")


def round_up(value: float) -> float:
    """The next number of the form 1, 1.5, 2, 3, 5, 7 × 10^k at or above a positive value."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(step * power for step in (1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0) if step * power >= value * 0.9999))


def robust_maximum(samples: Iterable[np.ndarray], percentile: float = 99.5) -> float:
    """A round upper end of a colour scale that a few extreme values do not move; 1 when all values are zero.

    Parameters
    ----------
    samples : iterable of (k,) arrays
        Values that will be shown, NaN where there is none.
    percentile : float
        Share of the positive values, in %, that the scale covers.
    """
    shown = np.concatenate([np.asarray(sample, dtype=float).ravel() for sample in samples] or [np.zeros(0)])
    shown = shown[np.isfinite(shown) & (shown > 0.0)]
    return round_up(float(np.percentile(shown, percentile))) if len(shown) else 1.0
