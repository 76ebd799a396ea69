"""``fem-lumbar sweep --forecast``: what the points of a sweep would give, to first order."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fem_lumbar.anatomy.spine import ALL_JOINTS
from fem_lumbar.cli import options as common
from fem_lumbar.cli.progress import progress
from fem_lumbar.cli.tables import SIGNS, main_component, result_columns
from fem_lumbar.documents.tables import Document, Paragraph, Table, number
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.runs.points import Point, short_keys

if TYPE_CHECKING:
    from fem_lumbar.measures.quantities import Path as Place
    from fem_lumbar.scenario.model import Scenario
    from fem_lumbar.sensitivity.forecast import Forecast

_HOW = (
    "Linear forecast, no run: result of the scenario as it stands plus derivative times change. ±: error of the "
    "derivatives times the change, 1 % of the change at least; curvature is not in it. *: a contact opens or closes, "
    "or a ligament slackens or tightens up to the swept values; ?: changes by more than half of itself; with either "
    "mark the forecast is a hint only."
)


def forecast_points(base: Scenario, points: Sequence[Point], out: Path, options: argparse.Namespace) -> int:
    """Derive the base scenario with respect to the swept keys; write and print the forecast of every point."""
    from fem_lumbar.meshing.of_scenario import scenario_mesh
    from fem_lumbar.runs.paths import check_writable, unwritable
    from fem_lumbar.sensitivity.forecast import forecasts
    from fem_lumbar.sensitivity.forecast_file import write_forecast
    from fem_lumbar.sensitivity.study import derivatives_of
    from fem_lumbar.sensitivity.swept import numbers_of, refuse_left_out, swept_parameters

    for name in ("retry_failed", "pictures"):
        if getattr(options, name):
            raise InputError(f"--{name.replace('_', '-')} is for points that are run; --forecast runs none")
    swept = swept_parameters(base, options.file, points)
    check_writable(out)
    with progress(options.quiet) as show:
        table = derivatives_of(base, scenario_mesh(base, show), swept, show)
    refuse_left_out(table, [one.key for one in swept])
    found = [list(forecasts(table, numbers_of(point))) for point in points]
    try:
        file = write_forecast(out, points, found)
    except OSError as error:
        raise unwritable(out, error) from error
    if options.json:
        import json

        told = {
            "forecast": common.shown(file),
            "points": [{"set": point} for point in points],
            "left_out": table.left_out,
        }
        print(json.dumps(told, indent=1, ensure_ascii=False))
        return 0
    from fem_lumbar.cli.tables import console
    from fem_lumbar.documents.tables import print_document

    document: Document = [forecast_table({one.key: str(one.value) for one in swept}, points, found)]
    if table.left_out:
        lines = (f"{name}: {why}" for name, why in table.left_out.items())
        document.append(Paragraph.bulleted(lines, "Left out"))
    document.append(Paragraph(common.shown(file), "Forecast of all results"))
    print_document(f"{base.name}: forecast of {len(points)} points ({base.mesh.density} mesh)", document, console())
    return 0


def forecast_table(base: Point, points: Sequence[Point], found: Sequence[Sequence[Forecast]]) -> Table:
    """The main results of every point in the columns of a sweep, in rows below those of the base.

    Parameters
    ----------
    base : dict
        Values of the swept keys in the base scenario.
    points : sequence of dict
        Swept values by key.
    found : sequence of sequences of Forecast
        Forecasts of each point.
    """
    by_point = [_by_case(results) for results in found]
    first = by_point[0]
    joints = [joint for joint in ALL_JOINTS if any(("idp_MPa", joint) in results for results in first.values())]
    columns = [*short_keys(list(base)), "load case", "status", *result_columns(joints)]
    table = Table("Forecast", columns, note=f"{SIGNS} {_HOW}")
    for case, results in first.items():
        cells = [number(one.base if one else None) for one in _main(case, results, joints)]
        table.rows.append([*base.values(), case, "solved", *cells])
    for point, cases in zip(points, by_point, strict=True):
        values = [point[key] for key in base]
        for case, results in cases.items():
            table.rows.append([*values, case, "forecast", *map(_cell, _main(case, results, joints))])
    return table


def _by_case(results: Sequence[Forecast]) -> dict[str, dict[Place, Forecast]]:
    found: dict[str, dict[Place, Forecast]] = {}
    for one in results:
        found.setdefault(one.case, {})[one.path] = one
    return found


def _main(case: str, results: Mapping[Place, Forecast], joints: Sequence[str]) -> list[Forecast | None]:
    """Forecasts in the order of `result_columns`."""
    places: list[Place] = [("rotation_deg", joint, main_component(case)) for joint in joints]
    places += [("idp_MPa", joint) for joint in joints]
    places += [("facet_force_N", joint, side) for joint in joints for side in SIDES]
    return [results.get(place) for place in places]


def _cell(one: Forecast | None) -> str:
    """A forecast with its error and marks, or the base value if nothing changes."""
    if one is None or not math.isfinite(one.change):
        return "—"
    if one.change == 0.0:
        return number(one.base)
    marks = ("*" if one.kink else "") + ("?" if one.is_beyond_linear else "")
    return f"{number(one.value, 4)} ± {number(one.error, 1)}{marks}"
