"""Neutral zone, range of motion and hysteresis of the last of some load cycles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fem_lumbar.measures.outputs import differences


def cycle_measures(rows: Sequence[dict[str, Any]], work_Nmm: Sequence[float]) -> dict[str, Any]:
    """What the last cycle of a history shows.

    Parameters
    ----------
    rows : sequence of dict
        Times with ``load_factor`` and ``rotation_deg``, from no load through whole cycles: full load, no load, opposite
        load, no load.
    work_Nmm : sequence of float
        Work of the loads in the step that ends in each row.

    Returns
    -------
    dict
        ``neutral_zone_deg``: rotation between the two crossings of no load, by joint and component;
        ``range_of_motion_deg``: between both ends; ``dissipated_Nmm``: work of the loads over the cycle.
    """
    turns = [i for i, row in enumerate(rows) if row["load_factor"] in (-1.0, 0.0, 1.0)]
    start, full, crossing, opposite, end = turns[-5:]
    rotation = [row["rotation_deg"] for row in rows]
    return {
        "neutral_zone_deg": differences(rotation[crossing], rotation[end]),
        "range_of_motion_deg": differences(rotation[full], rotation[opposite]),
        "dissipated_Nmm": sum(work_Nmm[start + 1 : end + 1]),
    }
