"""Figure of bridges of ossified ligaments: ``python -m fem_lumbar.documents.bridge_picture FILE.png``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyvista as pv
from matplotlib.figure import Figure

from fem_lumbar.anatomy.mesh_settings import MeshSettings
from fem_lumbar.anatomy.parameters import Anatomy, default_anatomy_values
from fem_lumbar.anatomy.part_name import named
from fem_lumbar.anatomy.spine import JOINTS
from fem_lumbar.documents.anatomy_pictures import TISSUES
from fem_lumbar.documents.figure_files import write_figure
from fem_lumbar.documents.panel_page import Panel, add_swatches, panel_grid
from fem_lumbar.documents.plotting import AXES_NOTE, add_regions
from fem_lumbar.documents.window import Window
from fem_lumbar.meshing.bridges import with_bridges
from fem_lumbar.meshing.cache import segment_mesh
from fem_lumbar.scenario.ossification import OssifiedLigament, bridges

_SHOWN_TISSUES = ("vertebral body", "posterior elements", "annulus", "ossified ligament")
_LOWEST = JOINTS[-1]
_FLOWING: dict[str, dict[str, dict]] = {joint: {"ALL": {"bridge": True, "thickness_mm": 8}} for joint in JOINTS}
_SHOWN = {
    "ALL, 8 mm, both joints": (_FLOWING, (0.8, -0.6, 0.15)),
    "the same, from the side": (_FLOWING, (0.0, -1.0, 0.0)),
    "ALL, 5 mm, turned 35° to the left": (
        {_LOWEST: {"ALL": {"bridge": True, "thickness_mm": 5, "azimuth_deg": 35}}},
        (0.8, 0.6, 0.15),
    ),
}
"""Ossified ligaments, and directions from the model towards the camera."""
_HALF_HEIGHT_MM, _FORWARDS_MM = 62.0, 8.0


def bridge_examples(anatomy: Anatomy, window: Window) -> Figure:
    """Bridges of different thickness, extent and side on the mesh at ``coarse``."""
    plain = segment_mesh(anatomy, MeshSettings(density="coarse"))
    panels: list[Panel] = []
    for title, (ossified, direction) in _SHOWN.items():
        told = {joint: {name: OssifiedLigament(**one) for name, one in of.items()} for joint, of in ossified.items()}
        mesh = with_bridges(plain, bridges(told), linear_bone=False)
        plotter = window.emptied(520, 560)
        for tissue in _SHOWN_TISSUES:
            part, colour = TISSUES[tissue]
            add_regions(plotter, mesh, list(named(mesh.region_names, part=part)), colour)
        centre = plain.points.mean(axis=0) + _FORWARDS_MM * np.array([1.0, 0.0, 0.0])
        panels.append(window.panel(title, direction, centre, _HALF_HEIGHT_MM, triad=not panels))
    figure = panel_grid([panels], "Bridges of the anterior longitudinal ligament", room=70)
    add_swatches(
        figure,
        {name: TISSUES[name][1] for name in _SHOWN_TISSUES},
        f"window height {2 * _HALF_HEIGHT_MM:g} mm; {AXES_NOTE}",
    )
    return figure


if __name__ == "__main__":
    pv.OFF_SCREEN = True
    with Window() as shared:
        write_figure(bridge_examples(Anatomy.model_validate(default_anatomy_values()), shared), Path(sys.argv[1]))
