"""Chart of the centres of rotation of the joints, over the undeformed outline of bones and discs."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.spatial import ConvexHull

from fem_lumbar.anatomy.part_name import PartName
from fem_lumbar.anatomy.spine import joint_levels
from fem_lumbar.documents.figures import PLANES
from fem_lumbar.documents.rotation_centre import LEAST_TURN_DEG, rotation_centre
from fem_lumbar.documents.scene_parts import region_names
from fem_lumbar.documents.style import BONE_COLOUR, JOINT_COLOUR, case_label
from fem_lumbar.foundation.conventions import ROTATION_COMPONENTS
from fem_lumbar.runs.run import Fields, Run
from fem_lumbar.web_page.chart import Chart, layout

_AXES = ("x (mm), anterior", "y (mm), left", "z (mm), cranial")
_SYMBOLS = ("circle", "diamond")
_DISC_COLOUR = "#9EC9DE"


def rotation_centres(run: Run, plane: str) -> Chart | None:
    """Centres of rotation of the load cases of one plane; None without stored fields."""
    title, *names = PLANES[plane]
    cases = [case for case in names if case in run.converged and case in run.cases_with_fields]
    if not cases:
        return None
    across = [i for i in range(3) if i != ROTATION_COMPONENTS[plane]]
    data: list[dict[str, Any]] = []
    for symbol, case in zip(_SYMBOLS, cases):
        fields = run.field_arrays(case)
        for joint in _joints(run):
            centre = rotation_centre(run, case, fields, joint, plane)
            if centre is not None:
                data.append(_mark(joint, case, centre[across], symbol))
    if not data:
        return None
    outlines = [
        _outline(run, fields, name, across)
        for name in region_names(run)
        if name.part in ("cancellous", "annulus") and (plane != "axial_rotation" or name.part == "annulus")
    ]
    note = (
        "Finite centre from the unloaded posture, each joint on its own, drawn over vertebral bodies and discs (hulls) "
        f"before loading. Not told below {LEAST_TURN_DEG:g}° of rotation, where its error is large."
    )
    drawn = layout(_AXES[across[0]], _AXES[across[1]])
    drawn["yaxis"]["scaleanchor"] = "x"
    return Chart(f"rotation_centre_{plane}", f"Centre of rotation: {title}", note, [*outlines, *data], drawn)


def _joints(run: Run) -> list[str]:
    """Joints with an annulus whose two bodies are in the mesh."""
    names = set(region_names(run))
    joints = [name.place for name in region_names(run) if name.part == "annulus"]
    return [joint for joint in joints if {f"{body}.cancellous" for body in joint_levels(joint)} <= names]


def _mark(joint: str, case: str, centre: np.ndarray, symbol: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [round(float(centre[0]), 2)],
        "y": [round(float(centre[1]), 2)],
        "name": f"{joint}, {case_label(case)}",
        "marker": {"symbol": symbol, "size": 11, "color": JOINT_COLOUR[joint], "line": {"width": 1, "color": "white"}},
        "hovertemplate": f"{joint}, {case_label(case)}: (%{{x:.1f}}, %{{y:.1f}}) mm<extra></extra>",
    }


def _outline(run: Run, fields: Fields, name: PartName, across: list[int]) -> dict[str, Any]:
    """Convex outline of an undeformed region, projected along the axis of rotation."""
    tag = region_names(run).index(name)
    flat = fields.reference[np.unique(fields.cells[fields.cell_data["region"].astype(int) == tag])][:, across]
    hull = flat[ConvexHull(flat).vertices]
    closed = np.vstack([hull, hull[:1]]).round(2)
    colour = BONE_COLOUR if name.is_bone else _DISC_COLOUR
    return {
        "type": "scatter",
        "mode": "lines",
        "x": closed[:, 0].tolist(),
        "y": closed[:, 1].tolist(),
        "line": {"color": colour, "width": 1},
        "fill": "toself",
        "opacity": 0.6,
        "hoverinfo": "skip",
        "showlegend": False,
        "name": name,
    }
