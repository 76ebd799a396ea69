"""Figures of the validation: curves, ranges of motion, pressures, facet forces and the stepwise reduction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from fem_lumbar.anatomy.spine import JOINTS, WHOLE
from fem_lumbar.documents.figures import PLANES, between_levels, rotation_branch
from fem_lumbar.documents.style import JOINT_COLOUR, SIDE_COLOUR, case_label
from fem_lumbar.experiments.validation.measures import ContactForce, NeutralZoneSurrogate, Pressure, RotationSum
from fem_lumbar.experiments.validation.reading import NotAnswered, Reader
from fem_lumbar.experiments.validation.targets import Target
from fem_lumbar.experiments.validation.text import FITTED, marked_id
from fem_lumbar.experiments.validation.verdicts import Finding, Validation
from fem_lumbar.foundation.conventions import MOMENT_AXIS, ROTATION_COMPONENTS, SIDES
from fem_lumbar.foundation.parameters import StrictModel

_IN, _OUT, _SHOWN, _BAND = "#00734F", "#B00020", "#999999", "#333333"
_DISC = JOINTS[-1]
"""Joint of the isolated-disc test and of the stepwise reduction."""
_CURVES = {
    "intact_rotation": (f"Intact {WHOLE}", "intact_10Nm"),
    "disc_rotation": (f"Isolated {_DISC} disc", "disc_7.5Nm"),
}
"""Groups with published points on a moment-rotation curve: title, and protocol of the curve."""
_BARS = ("intact_rotation", "neutral_zone", "disc_rotation")
Kind = TypeVar("Kind", bound=StrictModel)


def validation_figures(found: Validation) -> dict[str, Figure]:
    """All figures for which there are runs, by name."""
    drawn = {name: draw(found) for name, draw in FIGURES.items()}
    return {name: figure for name, figure in drawn.items() if figure is not None}


def place_in_band(found: Validation) -> Figure | None:
    """Position of each scored number in its band, in one column."""
    findings = [one for one in found.scored if one.value is not None]
    if not findings:
        return None
    figure = Figure(figsize=(8.0, 0.21 * len(findings) + 1.6), layout="constrained")
    axes = figure.subplots()
    places = np.array([_place(one.target, one.value) for one in found.scored if one.value is not None])
    axes.axvspan(-1, 1, color="#DCEFE7", zorder=0)
    axes.axvline(0, color="0.7", linewidth=0.8, zorder=1)
    clipped = places.clip(-2.9, 2.9)
    for row, (one, place, drawn) in enumerate(zip(findings, places, clipped)):
        marker = "o" if place == drawn else (">" if place > 0 else "<")
        axes.plot(drawn, row, marker, color=_IN if one.inside else _OUT, markersize=5)
    axes.set_yticks(range(len(findings)), [marked_id(one.target) for one in findings], fontsize=7)
    axes.set_ylim(len(findings) - 0.3, -0.7)
    axes.set_xlim(-3, 3)
    axes.set_xticks([-3, -2, -1, 0, 1, 2, 3])
    axes.grid(True, axis="y", color="0.93", linewidth=0.6)
    axes.set_xlabel("place in the band (−): −1 lower end, 0 middle, +1 upper end; arrows lie beyond")
    figure.suptitle(f"Scored targets ({FITTED} used to fit the shipped set)", fontsize=11)
    return figure


def moment_rotation(found: Validation) -> Figure | None:
    """Moment-rotation curves in the three planes with the published points and their bands."""
    rows = {
        verdict.name: _with(RotationSum, verdict.findings)
        for verdict in found.groups
        if verdict.name in _CURVES and _CURVES[verdict.name][1] in found.runs.runs
    }
    if not rows:
        return None
    figure = Figure(figsize=(13.0, 4.1 * len(rows) + 0.4), layout="constrained")
    panels = figure.subplots(len(rows), len(PLANES), squeeze=False)
    for line, (name, findings) in zip(panels, rows.items()):
        title, protocol = _CURVES[name]
        for axes, plane in zip(line, PLANES):
            _curve(axes, found, protocol, plane)
            of_one_case = [(one.target, measure) for one, measure in findings if len(measure.cases) == 1]
            _points(axes, found, of_one_case, plane)
            axes.axhline(0.0, color="0.85", linewidth=0.8, zorder=0)
            axes.axvline(0.0, color="0.85", linewidth=0.8, zorder=0)
            axes.set_title(f"{title}\n{PLANES[plane][0]}", fontsize=10)
            axes.set_xlabel("rotation (°)")
            axes.set_ylabel("moment (N·m)")
        source = found.targets.sources[findings[0][0].target.source].split(" J ")[0].split(" Spine")[0]
        _legend(line[0], [joint for joint in JOINTS if joint in {one.target.level for one, _ in findings}], source)
    return figure


def rotations(found: Validation) -> Figure | None:
    """Ranges of motion and neutral zones as bars beside published values and bands."""
    groups = [verdict for verdict in found.groups if verdict.name in _BARS]
    if not groups:
        return None
    counts = [len(verdict.findings) for verdict in groups]
    figure = Figure(figsize=(9.0, 0.3 * sum(counts) + 0.9 * len(groups) + 0.5), layout="constrained")
    panels = np.atleast_1d(figure.subplots(len(groups), 1, height_ratios=[count + 1.2 for count in counts]))
    for axes, verdict in zip(panels, groups):
        _bars(axes, verdict.findings)
        kind = isinstance(verdict.findings[0].target.measure, NeutralZoneSurrogate)
        axes.set_xlabel("rotation (°), elastic surrogate of the neutral zone" if kind else "rotation (°)")
        axes.set_title(verdict.group.title, loc="left", fontsize=10)
    _bar_legend(figure)
    return figure


def pressure_against_load(found: Validation) -> Figure | None:
    """Disc pressure of the isolated disc and in standing against load, with bands."""
    findings = [pair for pair in _with(Pressure, found.scored) if pair[0].value is not None]
    if not findings:
        return None
    figure = Figure(figsize=(7.5, 5.0), layout="constrained")
    axes = figure.subplots()
    run = found.runs.runs.get("disc_compression")
    if run is not None:
        last = max(run.converged, key=lambda case: run.cases[case]["applied"]["follower_N"], default=None)
        columns = ("follower_N", f"idp_MPa.{_DISC}")
        curve = [[row.get(column, np.nan) for column in columns] for row in run.curves if row["case"] == last]
        axes.plot(*np.array(curve).T, "-", color=JOINT_COLOUR[_DISC], label="isolated disc, ours")
    for one, measure in findings:
        disc = measure.protocol == "disc_compression"
        load = found.runs.entry(measure.protocol, measure.case)["applied"]["follower_N"] + (0 if disc else 12)
        colour = JOINT_COLOUR[_DISC] if disc else "#0072B2"
        low, high = one.target.interval
        name = "isolated disc" if disc else "standing, with muscle tone"
        axes.plot([load, load], [low, high], "-", color=_BAND if disc else colour, linewidth=5, alpha=0.35,
                  solid_capstyle="butt", label=f"{name}, band")  # fmt: skip
        axes.plot(
            load,
            np.nan if one.value is None else one.value,
            "o" if disc else "s",
            color=colour,
            label=None if disc else f"{name}, ours",
        )
    handles, labels = axes.get_legend_handles_labels()
    unique = dict(zip(labels, handles))
    axes.legend(unique.values(), unique.keys(), frameon=False, loc="upper left")
    axes.set(
        xlabel="compression (follower load, N)", ylabel=f"disc pressure {_DISC} (MPa)", xlim=(0, None), ylim=(0, None)
    )
    axes.set_title("Disc pressure against load", fontsize=11)
    return figure


def facet_forces(found: Validation) -> Figure | None:
    """Forces of facet joints and of bone beside them, left and right in each pure moment, with the scored bands."""
    protocol = "intact_7.5Nm"
    findings = _with(ContactForce, found.scored)
    run = found.runs.runs.get(protocol)
    if run is None or not findings:
        return None
    cases = [case for case in MOMENT_AXIS if case in run.converged]
    figure = Figure(figsize=(9.0, 6.4), layout="constrained")
    panels = figure.subplots(len(JOINTS), 1, sharex=True, sharey=True)
    for axes, joint in zip(panels, JOINTS):
        for side, shift in zip(SIDES, (-0.2, 0.2)):
            heights = [run.converged[case]["facet_force_N"][joint].get(side, 0.0) for case in cases]
            beside = [_beside(run.converged[case], joint, side) for case in cases]
            places, look = np.arange(len(cases)) + shift, {"width": 0.38, "color": SIDE_COLOUR[side]}
            axes.bar(places, heights, label=f"{side}, ours", **look)
            bars = axes.bar(places, beside, bottom=heights, hatch="///", label=f"{side}, bone beside it", **look)
            axes.bar_label(bars, fmt="%.0f", fontsize=7, padding=1)
        for one, measure in findings:
            if measure.joint == joint and measure.case in cases:
                _facet_band(axes, one.target, cases.index(measure.case), measure.side)
        axes.set_ylabel("force per joint (N)")
        axes.set_title(joint, loc="left", fontsize=10)
    panels[-1].set_xticks(range(len(cases)), [case_label(case) for case in cases])
    panels[0].plot([], [], "-", color=_BAND, linewidth=5, alpha=0.35, label="band")
    panels[0].legend(frameon=False, ncols=3, loc="lower right", bbox_to_anchor=(1.0, 1.0), fontsize=9)
    figure.suptitle("Facet contact force, pure moments of 7.5 N·m (left rotation loads the right, contralateral joint)",
                    fontsize=11)  # fmt: skip
    return figure


def _beside(entry: Mapping[str, Any], joint: str, side: str) -> float:
    """Force (N) of bone contact beside a facet joint; 0 in results of versions without it."""
    return entry.get("bone_contact", {}).get(joint, {}).get(side, {}).get("force_N", 0.0)


def staircase(found: Validation) -> Figure | None:
    """Rotation of a joint during stepwise removal of structures."""
    steps = [step for verdict in found.groups for step in verdict.group.staircase]
    if not steps:
        return None
    figure = Figure(figsize=(9.0, 5.2), layout="constrained")
    axes = figure.subplots()
    rotations_of_one = [
        (one.target, measure) for one, measure in _with(RotationSum, found.findings) if len(measure.cases) == 1
    ]
    colours = dict(zip(("flexion", "extension", "lateral_bending_right", "axial_rotation_left"),
                       ("#0072B2", "#D55E00", "#009E73", "#CC79A7")))  # fmt: skip
    protocols = [step.protocol for step in steps]
    for number, (case, colour) in enumerate(colours.items()):
        heights = [_rotation(found, protocol, case) for protocol in protocols]
        axes.plot(range(len(steps)), heights, "o-", color=colour, drawstyle="steps-mid", label=case_label(case))
        for target, measure in rotations_of_one:
            if measure.protocol in protocols and measure.cases == (case,):
                place = protocols.index(measure.protocol) - 0.32 + 0.08 * number
                _published(axes, place, _value(target), colour, yerr=_half(target))
    axes.plot([], [], "o", color=_BAND, markerfacecolor="white", label="published, with band")
    labels = [steps[0].label, *(f"without\n{step.label}" for step in steps[1:])]
    axes.set_xticks(range(len(steps)), labels)
    axes.set(
        xlabel="each step also without all structures removed before; gaps: failed runs",
        ylabel=f"rotation {_DISC} (°)",
        ylim=(0, None),
    )
    axes.legend(frameon=False, loc="upper left")
    axes.set_title("Stepwise reduction, pure moments of 7.5 N·m", fontsize=11)
    return figure


FIGURES: dict[str, Callable[[Validation], Figure | None]] = {
    "place_in_band": place_in_band,
    "moment_rotation": moment_rotation,
    "rotations": rotations,
    "pressure_against_load": pressure_against_load,
    "facet_forces": facet_forces,
    "stepwise_reduction": staircase,
}


def _with(kind: type[Kind], findings: Iterable[Finding]) -> list[tuple[Finding, Kind]]:
    """Findings with a measure of a given kind, and that measure."""
    return [(one, one.target.measure) for one in findings if isinstance(one.target.measure, kind)]


def _value(target: Target) -> float:
    """The published value; NaN if only a band is published."""
    return np.nan if target.value is None else target.value


def _published(
    axes: Axes, x: float, y: float, colour: str, xerr: np.ndarray | None = None, yerr: np.ndarray | None = None
) -> None:
    """Plot a published value with its band."""
    axes.errorbar(
        x, y, xerr=xerr, yerr=yerr, color=colour, fmt="o", markersize=5, markerfacecolor="white", capsize=3, zorder=5
    )


def _place(target: Target, value: float) -> float:
    """Position in the band: −1 at its lower end, +1 at its upper; outside an open end in units of the other."""
    low, high = target.interval
    if np.isinf(low):
        return 1.0 + (value - high) / abs(high)
    if np.isinf(high):
        return -1.0 + (value - low) / abs(low)
    return (2.0 * value - low - high) / (high - low)


def _curve(axes: Axes, found: Validation, protocol: str, plane: str) -> None:
    run = found.runs.runs[protocol]
    for joint in JOINTS:
        branches = [rotation_branch(run.curves, case, joint, plane) for case in PLANES[plane][1:]]
        for branch in (branch for branch in branches if len(branch) > 1):
            line = between_levels(branch)
            axes.plot(line[:, 0], line[:, 1], "-", color=JOINT_COLOUR[joint], linewidth=1.4)
            axes.plot(branch[:, 0], branch[:, 1], ".", color=JOINT_COLOUR[joint], markersize=4)


def _points(axes: Axes, found: Validation, targets: Sequence[tuple[Target, RotationSum]], plane: str) -> None:
    """Plot published rotations of a plane with the sign of the moment; two joints are slightly offset."""
    apart = {joint: 0.12 * (2 * place - 1) for place, joint in enumerate(JOINTS)}
    if len({target.level for target, _ in targets}) == 1:
        apart = dict.fromkeys(JOINTS, 0.0)
    for target, measure in targets:
        (case,) = measure.cases
        sign = MOMENT_AXIS[case][ROTATION_COMPONENTS[plane]]
        if not sign:
            continue
        try:
            entry = found.runs.entry(measure.protocol, case)
        except NotAnswered:
            continue
        moment = entry["applied"]["moment_Nm"][ROTATION_COMPONENTS[plane]]
        place = moment + apart[target.level]
        colour = JOINT_COLOUR[target.level]
        _published(axes, sign * _value(target), place, colour, xerr=_half(target))


def _legend(axes: Axes, joints: Sequence[str], source: str) -> None:
    lines = [Line2D([], [], color=JOINT_COLOUR[joint], label=f"{joint}, ours") for joint in joints]
    point = Line2D([], [], color=_BAND, marker="o", markerfacecolor="white", label=f"{source}, with band")
    axes.legend(handles=[*lines, point], frameon=False, fontsize=8, loc="lower right")


def _bars(axes: Axes, findings: Sequence[Finding]) -> None:
    """A horizontal bar for each result, with published value and band on top."""
    for row, one in enumerate(findings):
        colour = _SHOWN if not one.target.scored else (_IN if one.inside else _OUT)
        if one.value is not None:
            axes.barh(row, one.value, 0.6, color=colour, alpha=0.75)
        _published(axes, _value(one.target), row, _BAND, xerr=_half(one.target))
    labels = [f"{one.target.level} {one.target.quantity}" + _moment(one.target) for one in findings]
    axes.set_yticks(range(len(findings)), labels, fontsize=8)
    axes.set_ylim(len(findings) - 0.4, -0.6)
    axes.set_xlim(0, None)


def _moment(target: Target) -> str:
    """The moment, if it differs between targets of a group."""
    return f", {target.condition.split(',')[0]}" if target.id.startswith("HEU") else ""


def _bar_legend(figure: Figure) -> None:
    handles = [Line2D([], [], color=colour, linewidth=7, alpha=0.75, label=label)
               for colour, label in ((_IN, "ours, in band"), (_OUT, "ours, out of band"))]  # fmt: skip
    handles.append(Line2D([], [], color=_BAND, marker="o", markerfacecolor="white", label="published, with band"))
    figure.legend(handles=handles, frameon=False, ncols=3, loc="outside upper center", fontsize=9)


def _facet_band(axes: Axes, target: Target, place: int, side: str) -> None:
    centre, half = {"left": (-0.2, 0.19), "right": (0.2, 0.19)}.get(side, (0.0, 0.39))
    low, high = target.interval
    axes.fill_between([place + centre - half, place + centre + half], low, high, color=_BAND, alpha=0.2, zorder=4)


def _half(target: Target) -> np.ndarray:
    """Distances (2, 1) from the published value to the ends of the band, for error bars."""
    low, high = target.interval
    return np.array([[_value(target) - low], [high - _value(target)]])


def _rotation(found: Validation, protocol: str, case: str) -> float:
    try:
        return Reader(found.runs).rotation_deg(protocol, case, _DISC)
    except NotAnswered:
        return float("nan")
