"""Tables of the self-checks of a run, and of the volume change of its tissues."""

from __future__ import annotations

from collections.abc import Mapping

from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.tables import Table, number
from fem_lumbar.measures.check import worst_of_each
from fem_lumbar.measures.entries import VolumeRatio
from fem_lumbar.runs.run import Run

_MEASURES = {
    "smallest": "smallest",
    "quantile_01": "1 % below",
    "median": "median",
    "quantile_99": "99 % below",
    "mean": "whole tissue",
}


def checks_table(run: Run) -> Table:
    """Each check in the load case with the smallest margin to its limit; the note names the smallest of all."""
    table = Table(
        "Checks, worst load case of each",
        ("check", "value", "limit", "unit", "case", "where", "margin (%)", "passed"),
        note="" if run.worst_check is None else run.worst_check.closest(),
    )
    for name, found in worst_of_each(run.checks).items():
        cells = (number(found.value), found.limit_words, found.unit, case_label(found.case), found.where)
        room = "" if found.margin is None or found.limit == 0.0 else number(100 * found.margin)
        table.rows.append((case_label(name), *cells, room, "yes" if found.passed else "NO"))
    return table


def volume_table(run: Run) -> Table:
    """Volume change of each tissue, in the load case and place with the largest loss."""
    table = Table(
        "Change of volume: volume over unloaded volume",
        ("tissue", "place", "case", *_MEASURES.values()),
        note="For each tissue, the joint or vertebra and load case with the largest loss in 1 % of its volume. Over "
        "minutes real disc tissue keeps its volume to about 1 %; anything beyond that is an error of the model. The "
        "limits of the checks exclude the physically impossible and, for the annulus, a poor approximation.",
    )
    worst: dict[str, tuple[str, str, VolumeRatio]] = {}
    for case, entry in run.converged.items():
        for tissue, places in entry.get("volume_ratio", {}).items():
            for place, found in places.items():
                if tissue not in worst or found["quantile_01"] < worst[tissue][2]["quantile_01"]:
                    worst[tissue] = (place, case, found)
    for tissue, (place, case, ratio) in worst.items():
        ratios: Mapping[str, object] = ratio
        table.rows.append((case_label(tissue), place, case_label(case), *(number(ratios[key], 4) for key in _MEASURES)))
    return table
