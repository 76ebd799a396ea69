"""Charts of runs compared with a first one: effect sizes, changes by load case, left minus right, curves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from fem_lumbar.anatomy.spine import ALL_JOINTS, LEVELS
from fem_lumbar.comparison.differences import NEGLIGIBLE, RESOLVED_AT, Comparison, Difference, SideDifference, Verdict
from fem_lumbar.documents.comparison_several import is_drawn, main_numbers
from fem_lumbar.documents.figures import PLANES
from fem_lumbar.documents.load_path_text import main_axis
from fem_lumbar.documents.style import JOINT_COLOUR, SIDE_COLOUR, STRUCTURE_COLOUR, case_label
from fem_lumbar.documents.tables import number
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.measures.quantities import label, unit
from fem_lumbar.report_page.charts import moment_rotation
from fem_lumbar.runs.run import Run
from fem_lumbar.web_page.chart import Chart, layout, rounded

Item = Difference | SideDifference

RUN_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_DASHES = ("solid", "dash", "dot", "dashdot")
_PATTERNS = ("", "/", "x", ".", "-", "\\", "+", "|")
_LEAST_PERCENT = 1e-8
_MOST_LIGAMENTS = 8
_GREY = "#555555"
_FAINT = 0.35
"""Opacity of effects that are not resolved."""
_ERROR_BARS = (
    f"Bars with caps: {RESOLVED_AT:g} combined numerical errors of the difference; where they reach zero it is not "
    "resolved (pale). Pale without caps: error not known."
)


def comparison_charts(runs: Mapping[str, Run], comparisons: Sequence[Comparison]) -> list[Chart]:
    """All charts for which the runs have data.

    Parameters
    ----------
    runs : mapping of str to Run
        Runs by the names used in the comparisons, the first one first.
    comparisons : sequence of Comparison
        Comparisons of each other run with the first one.
    """
    found = [
        effects(comparisons),
        rotation_changes(comparisons),
        pressure_changes(comparisons),
        facet_changes(comparisons),
        side_changes(comparisons),
        ligament_changes(comparisons),
        mal_changes(comparisons),
        *(moment_rotations(runs, plane) for plane in PLANES),
    ]
    return [chart for chart in found if chart is not None]


def effects(comparisons: Sequence[Comparison]) -> Chart | None:
    """Magnitude of the largest difference of each kind of number, with its error, on a logarithmic scale."""
    lookups = [{(item.case, item.path): item for item in one.differences} for one in comparisons]
    keys = [
        key
        for key in main_numbers(comparisons)
        if is_drawn(key[1]) and any(_is_seen(found.get(key)) for found in lookups)
    ][::-1]
    data = []
    for place, (comparison, found) in enumerate(zip(comparisons, lookups, strict=True)):
        shift = 0.5 * ((place + 0.5) / len(comparisons) - 0.5)
        rows = [(row - shift, found[key]) for row, key in enumerate(keys) if _is_seen(found.get(key))]
        if rows:
            data.append(_sizes(comparison.name_b, rows, RUN_COLOURS[place % len(RUN_COLOURS)]))
    if not data:
        return None
    drawn = layout("size of the difference (% of the first value, or of the largest of its kind)", "")
    drawn["height"] = 140 + 22 * len(keys) * (1 + len(comparisons)) // 2
    drawn["xaxis"] |= {"type": "log"}
    names = [f"{label(path)}, {case_label(case)}" for case, path in keys]
    drawn["yaxis"] |= {"tickvals": list(range(len(keys))), "ticktext": names, "range": [-0.6, len(keys) - 0.4]}
    line = {"color": "#B00020", "dash": "dash", "width": 1}
    ends = {"x0": 100 * NEGLIGIBLE, "x1": 100 * NEGLIGIBLE, "y0": 0, "y1": 1, "yref": "paper"}
    drawn["shapes"] = [{"type": "line", "line": line, **ends}]
    note = (
        "Of each kind of number the one that changes most; numbers that are equal are left out. Triangles to the "
        "right: larger than in the first run, to the left: smaller. Full: resolved; open: not resolved. Bars: one "
        f"combined numerical error. Dashed: {100 * NEGLIGIBLE:g} %, below which an effect is called negligible."
    )
    return Chart("effects", f"Differences from {comparisons[0].name_a}", note, data, drawn, wide=True)


def _is_seen(item: Difference | None) -> bool:
    """Whether a difference can be drawn on a logarithmic scale."""
    return item is not None and item.scale > 0.0 and 100 * abs(item.relative) > _LEAST_PERCENT


def _sizes(name: str, rows: Sequence[tuple[float, Difference]], colour: str) -> dict[str, Any]:
    sizes = [100 * abs(item.relative) for _, item in rows]
    errors = [100 * (_error(item) or 0.0) / item.scale for _, item in rows]
    symbols = [
        f"triangle-{'right' if item.delta > 0 else 'left'}{'' if item.resolved else '-open'}" for _, item in rows
    ]
    bars = {"type": "data", "symmetric": False, "array": list(map(rounded, errors)), "color": "#444", "thickness": 1}
    bars["arrayminus"] = [rounded(min(error, 0.999 * size)) for size, error in zip(sizes, errors, strict=True)]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": list(map(rounded, sizes)),
        "y": [rounded(row) for row, _ in rows],
        "error_x": bars,
        "marker": {"symbol": symbols, "size": 10, "color": colour},
        "showlegend": True,
        "text": [f"{label(item.path)}, {case_label(item.case)}: {_told(item, item.a, item.b)}" for _, item in rows],
        "hovertemplate": "%{text}<extra></extra>",
    }


def rotation_changes(comparisons: Sequence[Comparison]) -> Chart | None:
    """Change of the rotation in the plane of the load, by joint."""

    def chosen(item: Item) -> str | None:
        section, joint, axis = item.path if item.path[0] == "rotation_deg" else ("", "", "")
        return joint if section and joint in ALL_JOINTS and axis == main_axis(item.case) else None

    note = (
        "Rotation in the plane of the load: + flexion, + right bending, + left rotation; difference from the first run."
    )
    return _load_by_load("rotation", "Change of rotation", "change (°)", note, _of(comparisons), chosen, JOINT_COLOUR)


def pressure_changes(comparisons: Sequence[Comparison]) -> Chart | None:
    """Change of the pressure in each disc."""

    def chosen(item: Item) -> str | None:
        path = item.path
        return path[1] if path[0] == "idp_MPa" else None

    note = "Mean over the nucleus, + compression; difference from the first run."
    return _load_by_load(
        "pressure", "Change of disc pressure", "change (MPa)", note, _of(comparisons), chosen, JOINT_COLOUR
    )


def facet_changes(comparisons: Sequence[Comparison]) -> Chart | None:
    """Change of the contact force of each facet joint, left and right side by side."""

    def chosen(item: Item) -> str | None:
        path = item.path
        return f"{path[1]} {path[2]}" if path[0] == "facet_force_N" else None

    colours = {f"{joint} {side}": SIDE_COLOUR[side] for joint in ALL_JOINTS for side in SIDES}
    note = "Resultant of the contact pressure, a magnitude; difference from the first run."
    title = "Change of facet forces, left and right"
    return _load_by_load("facets", title, "change of force (N)", note, _of(comparisons), chosen, colours)


def side_changes(comparisons: Sequence[Comparison]) -> Chart | None:
    """Change of left minus right of the facet forces."""

    def chosen(item: Item) -> str | None:
        path = item.path
        return path[1] if path[0] == "facet_force_N" else None

    sides = {one.name_b: one.sides for one in comparisons}
    note = (
        "+: more on the left, or less on the right, than in the first run. In a case to one side right is taken from "
        "the mirrored case."
    )
    title = "Change of facet forces, left minus right"
    return _load_by_load("left_minus_right", title, "change of left − right (N)", note, sides, chosen, JOINT_COLOUR)


def ligament_changes(comparisons: Sequence[Comparison]) -> Chart | None:
    """Change of the tension of the ligaments with the largest changes."""
    found: dict[str, float] = {}
    for one in comparisons:
        for item in one.differences:
            if item.path[0] == "ligament_force_N":
                name = " ".join(item.path[1:])
                found[name] = max(found.get(name, 0.0), abs(item.delta))
    most = sorted((name for name in found if found[name] > 0.0), key=lambda name: -found[name])[:_MOST_LIGAMENTS]

    def chosen(item: Item) -> str | None:
        path = item.path
        name = " ".join(path[1:])
        return name if path[0] == "ligament_force_N" and name in most else None

    colours = {name: STRUCTURE_COLOUR.get(name.split()[-1].split("_")[0], _GREY) for name in most}
    note = "Tension, + pull; difference from the first run."
    if len(found) > len(most):
        note += f" Of {len(found)} those that change, {_MOST_LIGAMENTS} at the most."
    title = "Change of ligament tension"
    return _load_by_load("ligaments", title, "change of tension (N)", note, _of(comparisons), chosen, colours)


def mal_changes(comparisons: Sequence[Comparison]) -> Chart | None:
    """Change of the tension of every mamillo-accessory ligament."""

    def chosen(item: Item) -> str | None:
        path = item.path
        return f"{path[1]} {path[2]}" if path[0] == "mal" and path[3:] == ("tension_N",) else None

    colours = {f"{level} {side}": SIDE_COLOUR[side] for level in LEVELS for side in SIDES}
    note = "Mean pull of both ends along the chord, + tension; difference from the first run."
    title = "Change of the tension of the mamillo-accessory ligaments"
    return _load_by_load("mal", title, "change of tension (N)", note, _of(comparisons), chosen, colours)


def moment_rotations(runs: Mapping[str, Run], plane: str) -> Chart | None:
    """Moment-rotation curves of all runs in one plane, without published bands."""
    data: list[dict[str, Any]] = []
    for place, (name, run) in enumerate(runs.items()):
        one = moment_rotation(run, plane)
        for trace in one.data if one is not None else ():
            joint = trace["name"]
            told = {"name": f"{joint}, {name}", "legendgroup": f"{joint}, {name}"}
            style = {"line": trace["line"] | {"dash": _DASHES[place % len(_DASHES)]}} if "line" in trace else {}
            hover = {"hovertemplate": f"{name}, {joint}: {trace['hovertemplate']}<extra></extra>"}
            data.append(trace | told | style | hover)
    if not data:
        return None
    title = f"Moment against rotation: {PLANES[plane][0]}"
    note = "Points are solved, lines interpolated. Solid: the first run, broken: the others."
    return Chart(f"moment_rotation_{plane}", title, note, data, layout("rotation (°)", "moment (N·m)"))


def _of(comparisons: Sequence[Comparison]) -> dict[str, list[Difference]]:
    return {one.name_b: one.differences for one in comparisons}


def _load_by_load(
    name: str,
    title: str,
    axis: str,
    note: str,
    found: Mapping[str, Iterable[Item]],
    chosen: Callable[[Item], str | None],
    colours: Mapping[str, str],
) -> Chart | None:
    """Bars of changes by load case with error bars of three errors; None without data or if all changes are zero.

    Parameters
    ----------
    name, title, axis, note : str
        Texts of the chart.
    found : mapping
        Changes from the first run, by the name of the other.
    chosen : callable
        Maps a change to its name in the chart; None if it is not shown.
    colours : mapping
        Colours by that name; for several runs the colour denotes the run and the pattern the name.
    """
    groups: dict[tuple[str, str], list[Item]] = {}
    for run, items in found.items():
        for item in items:
            called = chosen(item)
            if called is not None:
                groups.setdefault((run, called), []).append(item)
    changing = {called for (_, called), items in groups.items() if any(item.delta for item in items)}
    if not changing:
        return None
    if any(called not in changing for _, called in groups):
        note += " What does not change in any load case is left out."
    groups = {key: items for key, items in groups.items() if key[1] in changing}
    kinds, runs = list(dict.fromkeys(called for _, called in groups)), list(found)
    data = []
    for (run, called), items in groups.items():
        if len(runs) == 1:
            told, colour = called, colours.get(called, _GREY)
            alike = [other for other in kinds if colours.get(other, _GREY) == colour][::-1]
        else:
            told, colour, alike = f"{run}: {called}", RUN_COLOURS[runs.index(run) % len(RUN_COLOURS)], kinds
        pattern = _PATTERNS[alike.index(called) % len(_PATTERNS)]
        data.append(_bars(told, items, {"color": colour, "pattern": {"shape": pattern, "solidity": 0.3}}))
    return Chart(
        name, title, f"{note} {_ERROR_BARS}", data, layout("", axis) | {"barmode": "group", "showlegend": True}
    )


def _bars(name: str, items: Sequence[Item], marker: dict[str, Any]) -> dict[str, Any]:
    floors = [rounded(RESOLVED_AT * (_error(item) or 0.0)) for item in items]
    return {
        "type": "bar",
        "name": name,
        "x": [case_label(item.case) for item in items],
        "y": [rounded(item.delta) for item in items],
        "error_y": {"type": "data", "array": floors, "color": "#444", "thickness": 1.2, "width": 3},
        "marker": marker | {"opacity": [1.0 if item.resolved else _FAINT for item in items]},
        "text": [_told(item, *_both(item)) for item in items],
        "textposition": "none",
        "hovertemplate": f"{name}, %{{x}}: %{{text}}<extra></extra>",
    }


def _both(item: Item) -> tuple[float, float]:
    return (item.a, item.b) if isinstance(item, Difference) else (item.a.difference, item.b.difference)


def _error(item: Item) -> float | None:
    """Combined numerical error of a change; None if a part of it is unknown."""
    return None if item.verdict is Verdict.MESH_NOISE else item.error


def _told(item: Item, first: float, second: float) -> str:
    named = "" if unit(item.path) == "-" else f" {unit(item.path)}"
    known = _error(item)
    error = "error not known" if known is None else f"± {number(known, 2)}{named}"
    change = f"{number(first, 4)} → {number(second, 4)}{named}, change {number(item.delta)} {error}"
    return f"{change}<br>{item.words}"
