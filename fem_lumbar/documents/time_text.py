"""Tables of time-dependent loads: creep under held load; neutral zone and energy loss in cycles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.tables import Table, number
from fem_lumbar.runs.run import Run

_AT_ONCE = "All other tables show full load that came on at once."
_COMPONENTS = ("flexion", "lateral_bending", "axial_rotation")
_ANGLES = ("flexion (+) extension (−)", "right (+) left (−) bending", "left (+) right (−) rotation")


def held_table(run: Run, times: int = 6) -> Table:
    """Rotation, height loss and pressure over the hold time at full load.

    Parameters
    ----------
    run : Run
        The run.
    times : int
        Number of rows per history, including first and last.
    """
    table = Table(
        "Held loads: rotation (°), disc shortening (mm) and pressure (MPa) over time",
        ("case", "joint", "time (s)", *_ANGLES, "shortening", "pressure"),
        note=f"{_AT_ONCE} Only the annulus relaxes; discs lose no fluid.",
    )
    for case, entry in run.converged.items():
        history = entry["held"]["history"] if "held" in entry else []
        shown = np.unique(np.linspace(0, len(history) - 1, min(times, len(history))).round().astype(int))
        for joint in history[0]["rotation_deg"] if history else ():
            for row in (history[i] for i in shown):
                values = (row["disc_shortening_mm"].get(joint), row["idp_MPa"].get(joint))
                cells = [number(row["time_s"]), *_angles(row["rotation_deg"][joint]), *map(number, values)]
                table.rows.append((case_label(case), joint, *cells))
    return table


def cycle_table(run: Run) -> Table:
    """Neutral zone, range of motion and dissipated energy of the last load cycle."""
    table = Table(
        "Load cycles: rotation (°) in the last one",
        ("case", "joint", "measure", *_ANGLES),
        note=f"{_AT_ONCE} Neutral zone: between the two crossings of zero load, both sides together. Only the annulus "
        "relaxes.",
    )
    for case, entry in run.converged.items():
        cycle: Mapping[str, Any] = entry.get("cycle", {})
        for key in ("neutral_zone_deg", "range_of_motion_deg"):
            for joint, angles in cycle.get(key, {}).items():
                measure = key.removesuffix("_deg").replace("_", " ")
                table.rows.append((case_label(case), joint, measure, *_angles(angles)))
        if "dissipated_Nmm" in cycle:
            table.note += f" {case_label(case)}: {number(cycle['dissipated_Nmm'])} N·mm are lost in a cycle."
    return table


def only_full_load(cases: Iterable[str]) -> str:
    """Note on what the numbers of time-dependent load cases leave out; empty without such cases."""
    names = ", ".join(map(case_label, cases))
    return names and f"Loads in time ({names}): numbers are of full load that came on at once, not of what follows."


def _angles(rotation: Mapping[str, float]) -> list[str]:
    return [number(rotation[component]) for component in _COMPONENTS]
