"""Charts of a run: moment–rotation curves, facet forces, load path, disc pressure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.interpolate import PchipInterpolator

from fem_lumbar.anatomy.spine import ALL_JOINTS
from fem_lumbar.documents.figure_files import write_figure
from fem_lumbar.documents.load_path_figure import load_path
from fem_lumbar.documents.style import JOINT_COLOUR, SIDE_COLOUR, case_label, figure_title
from fem_lumbar.foundation.conventions import MOMENT_AXIS, ROTATION_COMPONENTS, SIDES
from fem_lumbar.runs.run import FIGURES, Run

DPI = 150
_LINE_POINTS = 100
PLANES = {
    "flexion": ("Flexion (+) / extension (−)", "flexion", "extension"),
    "lateral_bending": ("Lateral bending: right (+) / left (−)", "lateral_bending_right", "lateral_bending_left"),
    "axial_rotation": ("Axial rotation: left (+) / right (−)", "axial_rotation_left", "axial_rotation_right"),
}
"""Title, and cases of positive and negative moment, of each plane of rotation."""


def draw_figures(run: Run, folder: Path | None = None) -> list[Path]:
    """Draw all charts for which the run has data.

    Parameters
    ----------
    run : Run
        The run to show; only converged cases are drawn, and failed ones are named in the title.
    folder : Path, optional
        Folder for the PNG files; default: ``figures`` in the run folder.

    Returns
    -------
    paths : list of Path
        The files written.
    """
    folder = run.folder / FIGURES if folder is None else folder
    folder.mkdir(parents=True, exist_ok=True)
    charts = {
        "moment_rotation": moment_rotation,
        "facet_force": facet_force,
        "load_path": load_path,
        "disc_pressure": disc_pressure,
    }
    paths = []
    for name, draw in charts.items():
        figure = draw(run)
        if figure is not None:
            paths.append(write_figure(figure, folder / f"{name}.png", DPI))
    return paths


def moment_rotation(run: Run) -> Figure | None:
    """Moment against rotation per joint in the three planes; None without a moment case."""
    planes = {
        plane: [case for case in cases if any(row["case"] == case for row in run.curves)]
        for plane, (_, *cases) in PLANES.items()
    }
    planes = {plane: cases for plane, cases in planes.items() if cases}
    if not planes:
        return None
    figure = Figure(figsize=(4.3 * len(planes) + 0.4, 4.4), layout="constrained")
    for axes, (plane, cases) in zip(np.atleast_1d(figure.subplots(1, len(planes))), planes.items(), strict=True):
        for joint in ALL_JOINTS:
            branches = [rotation_branch(run.curves, case, joint, plane) for case in reversed(cases)]
            branches = [branch for branch in branches if len(branch)]
            if not branches:
                continue
            lines = [between_levels(branch) for branch in branches]
            if len(branches) == 2:
                branches[0], lines[0] = branches[0][::-1], lines[0][::-1]
            line, solved = np.concatenate(lines), np.concatenate(branches)
            axes.plot(line[:, 0], line[:, 1], "-", color=JOINT_COLOUR[joint], label=joint)
            axes.plot(solved[:, 0], solved[:, 1], "o", color=JOINT_COLOUR[joint], markersize=3.5)
        axes.axhline(0.0, color="0.8", linewidth=0.8, zorder=0)
        axes.axvline(0.0, color="0.8", linewidth=0.8, zorder=0)
        axes.set_title(PLANES[plane][0], fontsize=10)
        axes.set_xlabel("rotation (°)")
        axes.set_ylabel("moment (N·m)")
        axes.legend(frameon=False)
    figure.suptitle(figure_title(run, "moment against rotation\n(points: solved; lines: interpolated)"))
    return figure


def facet_force(run: Run) -> Figure | None:
    """Contact force of the left and right facet joint per case; None without facets."""
    cases = _cases_with(run, "facet_force_N")
    joints = _joints(run, cases, "facet_force_N")
    if not joints:
        return None
    figure, panels = _case_panels(cases, len(joints))
    for axes, joint in zip(panels, joints, strict=True):
        series: dict[str, list[float]] = {
            side: [run.converged[case]["facet_force_N"].get(joint, {}).get(side, 0.0) for case in cases]
            for side in SIDES
        }
        _grouped(axes, series, SIDE_COLOUR)
        axes.set_ylabel("contact force, resultant (N)")
        axes.set_title(joint, loc="left", fontsize=10)
    _legend_above(panels[0])
    _label_cases(panels[-1], cases)
    figure.suptitle(figure_title(run, "facet contact force (resultant; axial part: see load path)"))
    return figure


def disc_pressure(run: Run) -> Figure | None:
    """Intradiscal pressure per case and joint; None without data."""
    cases = _cases_with(run, "idp_MPa")
    joints = _joints(run, cases, "idp_MPa")
    if not joints:
        return None
    figure, (axes,) = _case_panels(cases, 1)
    series = {joint: [run.converged[case]["idp_MPa"].get(joint, np.nan) for case in cases] for joint in joints}
    _grouped(axes, series, JOINT_COLOUR)
    axes.set_ylabel("intradiscal pressure (MPa)")
    _legend_above(axes)
    _label_cases(axes, cases)
    figure.suptitle(figure_title(run, "intradiscal pressure (+ compression)"))
    return figure


def rotation_branch(rows: list[dict[str, Any]], case: str, joint: str, plane: str) -> np.ndarray:
    """Rotation in degrees and signed moment in N·m from the origin to the last converged step → (k, 2)."""
    column = f"rotation_deg.{joint}.{plane}"
    sign = MOMENT_AXIS[case][ROTATION_COMPONENTS[plane]]
    points = [
        (row[column], sign * abs(row["moment_Nm"]))
        for row in rows
        if row["case"] == case and row.get(column) is not None and row.get("branch") != "unloading"
    ]
    if not points:
        return np.zeros((0, 2))
    return np.array(points if abs(points[0][1]) < 1e-12 else [(0.0, 0.0), *points])


def between_levels(branch: np.ndarray) -> np.ndarray:
    """Monotone curve (n, 2) of rotation and moment through the solved levels (k, 2) of a branch, without overshoot.

    Cubic over the moment (Fritsch & Carlson 1980, SIAM J Numer Anal 17:238-246); linear if the moment does not
    increase.
    """
    size = np.abs(branch[:, 1])
    if len(branch) < 3 or np.any(np.diff(size) <= 0.0):
        return branch
    at = np.linspace(0.0, size[-1], _LINE_POINTS)
    return np.column_stack([PchipInterpolator(size, branch[:, 0])(at), np.sign(branch[-1, 1]) * at])


def _cases_with(run: Run, key: str) -> list[str]:
    return [case for case, entry in run.converged.items() if entry.get(key)]


def _joints(run: Run, cases: list[str], key: str) -> list[str]:
    entries: list[Mapping[str, Any]] = [run.converged[case] for case in cases]
    return [joint for joint in ALL_JOINTS if any(joint in entry[key] for entry in entries)]


def _case_panels(cases: list[str], rows: int) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(max(8.0, 1.25 * len(cases) + 1.5), 2.6 * rows + 1.2), layout="constrained")
    return figure, list(np.atleast_1d(figure.subplots(rows, 1, sharex=True)))


def _grouped(axes: Axes, series: dict[str, list[float]], colours: dict[str, str]) -> None:
    width = 0.8 / len(series)
    for number, (name, values) in enumerate(series.items()):
        place = np.arange(len(values)) + (number - (len(series) - 1) / 2) * width
        bars = axes.bar(place, values, width * 0.94, color=colours[name], label=name)
        axes.bar_label(bars, fmt="%.3g", fontsize=7, padding=1)
    axes.margins(y=0.15)
    axes.axhline(0.0, color="0.3", linewidth=0.8)


def _legend_above(axes: Axes) -> None:
    axes.legend(frameon=False, ncols=5, loc="lower right", bbox_to_anchor=(1.0, 1.0), fontsize=9)


def _label_cases(axes: Axes, cases: list[str]) -> None:
    axes.set_xticks(range(len(cases)), [_two_lines(case_label(case)) for case in cases], fontsize=9)
    axes.set_xlim(-max(0.6, 2.0 - len(cases) / 2), len(cases) - 1 + max(0.6, 2.0 - len(cases) / 2))


def _two_lines(label: str) -> str:
    return label.replace(" ", "\n")
