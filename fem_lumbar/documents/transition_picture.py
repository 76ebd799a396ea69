"""Figure of the types of lumbosacral transition: ``python -m fem_lumbar.documents.transition_picture FILE.png``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyvista as pv
from matplotlib.figure import Figure

from fem_lumbar.anatomy.mesh_settings import MeshSettings
from fem_lumbar.anatomy.parameters import Anatomy, default_anatomy_values
from fem_lumbar.anatomy.placement import transformed
from fem_lumbar.anatomy.spine import LEVELS, SACRUM
from fem_lumbar.anatomy.transition import LumbosacralTransition
from fem_lumbar.documents.figure_files import write_figure
from fem_lumbar.documents.panel_page import add_swatches, panel_grid
from fem_lumbar.documents.plotting import AXES_NOTE, add_regions
from fem_lumbar.documents.style import BONE_COLOUR
from fem_lumbar.documents.window import Window
from fem_lumbar.meshing.cache import segment_mesh
from fem_lumbar.meshing.transition import joint_region
from fem_lumbar.shape.transition import transition_values

_VERTEBRA = LEVELS[-1]
_COLOURS = {_VERTEBRA: "#C2A878", SACRUM: BONE_COLOUR, "joint": "#4FB286", "bone across": "#6B4A1E"}
_SHOWN = ("normal", "Ib", "IIb", "IIIb")
_VIEWS = {"from the front and left": (0.8, 0.7, 0.15), "from the left and behind": (-0.75, 0.75, 0.25)}
_HALF_HEIGHT_MM = 27.0


def transition_types(anatomy: Anatomy, window: Window) -> Figure:
    """Left process and ala, normal and for each two-sided type, from two sides; mesh at ``test``."""
    rows = []
    for view, direction in _VIEWS.items():
        panels = []
        for name in _SHOWN:
            kind = LumbosacralTransition(castellvi=None if name == "normal" else name)
            mesh = segment_mesh(
                anatomy.model_copy(update={"lumbosacral": kind}), MeshSettings(density="test"), sacrum=True
            )
            plotter = window.emptied(430, 430)
            for body in (_VERTEBRA, SACRUM):
                add_regions(plotter, mesh, [f"{body}.cancellous", f"{body}.posterior"], _COLOURS[body])
            between = _COLOURS["bone across" if name.startswith("III") else "joint"]
            add_regions(plotter, mesh, [joint_region("left"), joint_region("right")], between)
            centre = transformed(mesh.frames[SACRUM], np.array(transition_values()["solid"]["centre_mm"]))
            panels.append(window.panel(f"{name}, {view}", direction, centre, _HALF_HEIGHT_MM, triad=name == "normal"))
        rows.append(panels)
    figure = panel_grid(rows, f"Left transverse process of {_VERTEBRA} and the sacrum, types after Castellvi", room=70)
    add_swatches(figure, _COLOURS, f"window height {2 * _HALF_HEIGHT_MM:g} mm; {AXES_NOTE}")
    return figure


if __name__ == "__main__":
    pv.OFF_SCREEN = True
    with Window() as shared:
        write_figure(transition_types(Anatomy.model_validate(default_anatomy_values()), shared), Path(sys.argv[1]))
