"""Figure of clefts of the arch: ``python -m fem_lumbar.documents.cleft_picture FILE.png``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyvista as pv
from matplotlib.figure import Figure

from fem_lumbar.anatomy.mesh_settings import MeshSettings
from fem_lumbar.anatomy.parameters import Anatomy, default_anatomy_values
from fem_lumbar.anatomy.part_name import named
from fem_lumbar.anatomy.posterior_cleft import PosteriorClefts, clefts_of
from fem_lumbar.anatomy.spine import ARCH_LEVELS
from fem_lumbar.documents.anatomy_pictures import TISSUES
from fem_lumbar.documents.figure_files import write_figure
from fem_lumbar.documents.panel_page import Panel, add_swatches, panel_grid
from fem_lumbar.documents.plotting import AXES_NOTE, add_regions
from fem_lumbar.documents.window import Window
from fem_lumbar.meshing.cache import segment_mesh
from fem_lumbar.meshing.posterior_cleft import with_clefts

_SHOWN_TISSUES = ("vertebral body", "posterior elements", "facet cartilage", "cleft of the arch")
_LEVEL = ARCH_LEVELS[len(ARCH_LEVELS) // 2]
_SHOWN: dict[str, tuple[PosteriorClefts, tuple[float, float, float]]] = {
    "both: pars on both sides, from behind": ({_LEVEL: "both"}, (-1.0, 0.0, 0.25)),
    "left: pars of the left side": ({_LEVEL: "left"}, (-0.7, 0.8, 0.2)),
    "midline: from behind and above": ({_LEVEL: "midline"}, (-0.8, 0.35, 0.6)),
}
"""Clefts, and directions from the model towards the camera."""
_HALF_HEIGHT_MM, _BACKWARDS_MM = 34.0, 4.0


def cleft_examples(anatomy: Anatomy, window: Window) -> Figure:
    """One vertebra with clefts of every kind on the mesh at ``coarse``."""
    plain = segment_mesh(anatomy, MeshSettings(density="coarse"))
    posterior = plain.points[np.unique(plain.cells[plain.region_cells(f"{_LEVEL}.posterior")])]
    centre = posterior.mean(axis=0) - _BACKWARDS_MM * np.array([1.0, 0.0, 0.0])
    panels: list[Panel] = []
    for title, (given, direction) in _SHOWN.items():
        mesh = with_clefts(plain, clefts_of(given), linear_bone=False)
        plotter = window.emptied(520, 460)
        for tissue in _SHOWN_TISSUES:
            part, colour = TISSUES[tissue]
            add_regions(plotter, mesh, list(named(mesh.region_names, _LEVEL, part)), colour)
        panels.append(window.panel(title, direction, centre, _HALF_HEIGHT_MM, triad=not panels))
    figure = panel_grid([panels], f"Incomplete fusion of the arch of {_LEVEL}", room=70)
    add_swatches(
        figure,
        {name: TISSUES[name][1] for name in _SHOWN_TISSUES},
        f"window height {2 * _HALF_HEIGHT_MM:g} mm; {AXES_NOTE}",
    )
    return figure


if __name__ == "__main__":
    pv.OFF_SCREEN = True
    with Window() as shared:
        write_figure(cleft_examples(Anatomy.model_validate(default_anatomy_values()), shared), Path(sys.argv[1]))
