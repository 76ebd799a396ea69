"""Interactive charts of a run, as data and layout for plotly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fem_lumbar.anatomy.spine import ALL_JOINTS, LEVELS
from fem_lumbar.documents.figures import PLANES, between_levels, rotation_branch
from fem_lumbar.documents.load_path_text import AXIAL, MOMENT, STRUCTURES, applied, carried, main_axis
from fem_lumbar.documents.style import JOINT_COLOUR, SIDE_COLOUR, STRUCTURE_COLOUR, case_label
from fem_lumbar.foundation.conventions import MOMENT_AXIS, ROTATION_COMPONENTS, SIDES
from fem_lumbar.foundation.nested import value_at
from fem_lumbar.report_page.published import PublishedBand
from fem_lumbar.runs.run import Run
from fem_lumbar.web_page.chart import Chart, all_rounded, layout, rounded

_PATTERNS = ("", "/", "x", ".", "-")
"""Pattern of bars by level."""
_STACK_HEIGHT = 480
"""Height in px; joints and load cases are below the bars, and the legend has an entry per structure."""


def charts(run: Run, bands: Sequence[PublishedBand]) -> list[Chart]:
    """All charts for which a run has data."""
    found = [
        *(moment_rotation(run, plane, bands) for plane in PLANES),
        facet_bars(run, bands),
        disc_pressure(run, bands),
        load_stack(run, AXIAL),
        load_stack(run, MOMENT),
        *(over_load(run, case) for case in run.converged),
        mal_bars(run),
        muscle_bars(run),
    ]
    return [chart for chart in found if chart is not None]


def moment_rotation(run: Run, plane: str, bands: Sequence[PublishedBand] = ()) -> Chart | None:
    """Moment-rotation curve of every joint in one plane, with published bands at the moment of the experiment."""
    title, *cases = PLANES[plane]
    data: list[dict[str, Any]] = []
    for joint in ALL_JOINTS:
        for case in cases:
            solved = rotation_branch(run.curves, case, joint, plane)
            if not len(solved):
                continue
            style = {"legendgroup": joint, "name": joint, "hovertemplate": "%{x:.3g}° at %{y:.3g} N·m"}
            line = between_levels(solved)
            first = not any(trace["name"] == joint for trace in data)
            colour = {"color": JOINT_COLOUR[joint]}
            data.append({**style, **_points(line), "mode": "lines", "line": colour, "showlegend": first})
            data.append({**style, **_points(solved), "mode": "markers", "marker": colour, "showlegend": False})
    if not data:
        return None
    data += [_band_of_rotation(band) for band in bands if band.case in cases and band.target.measure.kind == "rotation"]
    note = "Points are solved, lines interpolated. Boxes: published bands, at the moment of the experiment."
    drawn = layout("rotation (°)", "moment (N·m)")
    return Chart(f"moment_rotation_{plane}", f"Moment against rotation: {title}", note, data, drawn)


def _points(branch: np.ndarray) -> dict[str, Any]:
    return {"type": "scatter", "x": all_rounded(branch[:, 0]), "y": all_rounded(branch[:, 1])}


def _band_of_rotation(band: PublishedBand) -> dict[str, Any]:
    """A horizontal bar over the width of a band."""
    component = next(name for name, i in ROTATION_COMPONENTS.items() if MOMENT_AXIS[band.case][i])
    sign = MOMENT_AXIS[band.case][ROTATION_COMPONENTS[component]]
    joint = band.target.measure.joint
    ends = [sign * end for end in band.target.interval]
    told = "" if band.target.scored else f" (shown only: {band.target.shown_only})"
    return {
        "type": "scatter",
        "mode": "lines",
        "x": ends,
        "y": [sign * (band.moment_Nm + (0.12 if joint == ALL_JOINTS[-1] else -0.12))] * 2,
        "line": {"color": JOINT_COLOUR[joint], "width": 9},
        "cliponaxis": False,
        "opacity": 0.4 if band.target.scored else 0.2,
        "name": f"{joint}, published",
        "legendgroup": f"published {joint}",
        "showlegend": False,
        "hovertemplate": f"{joint}: {_band_words(band)}{told}<extra></extra>",
    }


def _band_words(band: PublishedBand) -> str:
    low, high = band.target.interval
    return f"{low:.3g} to {high:.3g} {band.target.unit}, {band.target.condition}<br>{band.source}"


def facet_bars(run: Run, bands: Sequence[PublishedBand] = ()) -> Chart | None:
    """Contact force of the facet joints, left and right side by side."""
    data = []
    joints = _joints(run, "facet_force_N")
    for joint in joints:
        for side in SIDES:
            forces = {case: entry["facet_force_N"].get(joint, {}).get(side) for case, entry in run.converged.items()}
            pattern = {"shape": "" if joint == joints[-1] else "/", "solidity": 0.3}
            marker = {"color": SIDE_COLOUR[side], "pattern": pattern}
            data.append(_bars(f"{joint} {side}", forces, marker, "N"))
    if not data:
        return None
    kinds = ("facet_force", "process_force")
    data += _band_marks(run, [band for band in bands if band.target.measure.kind in kinds], "N")
    note = (
        "Resultant of the contact pressure; its axial part is in the load path. Diamonds with bars: published bands "
        "under the same load, of intact specimens."
    )
    drawn = layout("", "contact force (N)") | {"barmode": "group"}
    return Chart("facet_force", "Facet joints, left against right", note, data, drawn)


def disc_pressure(run: Run, bands: Sequence[PublishedBand] = ()) -> Chart | None:
    """Pressure in the nucleus of each disc."""
    data = [
        _bars(
            joint,
            {case: entry["idp_MPa"].get(joint) for case, entry in run.converged.items()},
            {"color": JOINT_COLOUR[joint]},
            "MPa",
        )
        for joint in _joints(run, "idp_MPa")
    ]
    if not data:
        return None
    data += _band_marks(run, [band for band in bands if band.target.measure.kind == "pressure"], "MPa")
    note = "Mean over the nucleus, + compression. Diamonds with bars: published bands under the same load."
    drawn = layout("", "pressure (MPa)") | {"barmode": "group"}
    return Chart("disc_pressure", "Disc pressure", note, data, drawn)


def _band_marks(run: Run, bands: Sequence[PublishedBand], unit: str) -> list[dict[str, Any]]:
    """Published values with their bands, at the corresponding load case."""
    marks = []
    for band in bands:
        low, high = band.target.interval
        if band.target.unit != unit or not np.isfinite([low, high]).all():
            continue
        centre = (low + high) / 2 if band.target.value is None else band.target.value
        error = {"type": "data", "symmetric": False, "array": [high - centre], "arrayminus": [centre - low]}
        where = f"{band.target.measure.joint} {band.side}".strip()
        told = "" if band.target.scored else f"<br>shown only: {band.target.shown_only}"
        marks.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [case_label(band.case)],
                "y": [centre],
                "error_y": error | {"color": "#444", "thickness": 1.2},
                "marker": {"symbol": "diamond", "color": "#444", "size": 8},
                "opacity": 0.9 if band.target.scored else 0.35,
                "showlegend": False,
                "name": "published",
                "hovertemplate": f"{where}: {_band_words(band)}{told}<extra></extra>",
            }
        )
    return marks


def load_stack(run: Run, key: str) -> Chart | None:
    """Load across each joint: stacked structures, with the applied load as a mark."""
    paths: dict[tuple[str, str], tuple[str, Mapping[str, Any]]] = {
        (case_label(case), joint): (case, path)
        for case, entry in run.converged.items()
        for joint, path in entry.get("load_path", {}).items()
    }
    if not paths:
        return None
    places = [[name for name, _ in paths], [joint for _, joint in paths]]
    found = [_signed(case, key) * _parts(path, key, case) for case, path in paths.values()]
    data = [
        {
            "type": "bar",
            "x": places,
            "y": [rounded(parts[i]) for parts in found],
            "name": case_label(name),
            "marker": {"color": STRUCTURE_COLOUR[name]},
        }
        for i, name in enumerate(STRUCTURES)
        if any(parts[i] for parts in found)
    ]
    total = [_signed(case, key) * applied(path, key, main_axis(case)) for case, path in paths.values()]
    mark = {"symbol": "diamond", "color": "black", "size": 8}
    data.append(
        {"type": "scatter", "mode": "markers", "x": places, "y": all_rounded(total), "name": "applied", "marker": mark}
    )
    if key == AXIAL:
        title, label = "Load path: force along the disc", "axial force (N)"
        note = "+ holds apart, − pulls together. Bars add up to the applied compression (diamond)."
    else:
        title, label = "Load path: moment about the centre of the disc", "moment (N·m)"
        note = "In the sense of the load case (others: flexion +). Bars add up to what is applied (diamond)."
    stacked = {"barmode": "relative", "height": _STACK_HEIGHT}
    return Chart(f"load_path_{key}", title, note, data, layout("", label) | stacked, wide=True)


def _parts(path: Mapping[str, Any], key: str, case: str) -> np.ndarray:
    found = carried(path, key, main_axis(case))
    return np.array([found.get(name, 0.0) for name in STRUCTURES])


def _signed(case: str, key: str) -> float:
    axis = MOMENT_AXIS.get(case)
    return 1.0 if key == AXIAL or axis is None else axis[ROTATION_COMPONENTS[main_axis(case)]]


def over_load(run: Run, case: str) -> Chart | None:
    """Facet and ligament forces at all solved load levels of a case."""
    rows = [row for row in run.curves if row["case"] == case and row.get("branch") != "unloading"]
    columns = [key for key in (rows[0] if rows else ()) if key.startswith(("facet_force_N.", "ligament_force_N."))]
    shown = [key for key in columns if any(abs(row[key] or 0.0) > 0.05 for row in rows)]
    if not shown or len(rows) < 2:
        return None
    data, lowest = [], max((key.split(".")[1] for key in shown), key=ALL_JOINTS.index)
    for key in shown:
        section, joint, name = key.split(".")
        structure = f"facet_{name}" if section == "facet_force_N" else name.rsplit("_", 1)[0]
        dash = "solid" if joint == lowest else "dot"
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": all_rounded([100 * row["load_fraction"] for row in rows]),
                "y": all_rounded([row[key] or 0.0 for row in rows]),
                "name": f"{joint} {'facet ' if section == 'facet_force_N' else ''}{case_label(name)}",
                "line": {"color": STRUCTURE_COLOUR.get(structure, "#444"), "dash": dash},
            }
        )
    title = f"Forces over load: {case_label(case)}"
    note = (
        "Contact force of facets, tension of ligaments. MAL and muscle forces are stored at full load: see their bars."
    )
    return Chart(f"over_load_{case}", title, note, data, layout("load (%)", "force (N)"))


def mal_bars(run: Run) -> Chart | None:
    """Tension of every mamillo-accessory ligament at full load."""
    data = []
    for place, level in enumerate(LEVELS):
        for side in SIDES:
            tension = {
                case: value_at(entry, ("mal", level, side, "tension_N")) for case, entry in run.converged.items()
            }
            if any(value is not None for value in tension.values()):
                pattern = {"shape": _PATTERNS[place % len(_PATTERNS)], "solidity": 0.3}
                marker = {"color": SIDE_COLOUR[side], "pattern": pattern}
                data.append(_bars(f"{level} {side}", tension, marker, "N"))
    if not data:
        return None
    note = (
        "Mean pull of both ends on bone along the chord of the arch, + tension. It comes from bone strain and muscle."
    )
    drawn = layout("", "tension (N)") | {"barmode": "group"}
    return Chart("mal", "Mamillo-accessory ligaments", note, data, drawn)


def muscle_bars(run: Run) -> Chart | None:
    """Forces of the fascicles of every load case with active muscles."""
    data = []
    for case, entry in run.converged.items():
        muscles = entry.get("muscles", {})
        for side in SIDES:
            force = {name: value_at(muscles, (name, side, "force_N")) for name in muscles}
            if any(force.values()):
                bars = _bars(f"{case_label(case)}, {side}", force, {"color": SIDE_COLOUR[side]}, "N")
                data.append(bars)
    if not data:
        return None
    drawn = layout("", "force (N)") | {"barmode": "group"}
    return Chart("muscles", "Muscle fascicles", "Pull of each fascicle at full load.", data, drawn)


def _bars(name: str, values: Mapping[str, float | None], marker: dict[str, Any], unit: str) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": name,
        "x": [case_label(key) for key in values],
        "y": [None if value is None else rounded(value) for value in values.values()],
        "marker": marker,
        "hovertemplate": f"{name}, %{{x}}: %{{y:.3g}} {unit}<extra></extra>",
    }


def _joints(run: Run, section: str) -> list[str]:
    entries: list[Mapping[str, Any]] = list(run.converged.values())
    return [joint for joint in ALL_JOINTS if any(joint in entry[section] for entry in entries)]
