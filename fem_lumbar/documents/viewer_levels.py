"""The segment at load levels below full load: outer surface with displacement, which are the only stored data."""

from __future__ import annotations

import numpy as np
import pyvista as pv

from fem_lumbar.documents.plotting import triangle_polydata, with_normals
from fem_lumbar.runs.fields import levels_of
from fem_lumbar.runs.run import FIELDS, Run
from fem_lumbar.runs.vtu import read_surface

TITLE = "displacement (mm)"


def stored_levels(run: Run, case: str) -> list[float]:
    """Load factors, ascending to full load, at which the surface of a load case is stored."""
    return sorted({1.0, *(time for time, _ in levels_of(run.folder / FIELDS, case) if time <= 1.0)})


def level_surface(run: Run, case: str, level: float, scale: float) -> pv.PolyData:
    """Outer surface at the nearest stored load level, with its displacement multiplied by a factor.

    Parameters
    ----------
    run : Run
    case : str
    level : float
        Load factor.
    scale : float
        Factor on the displacement.
    """
    _, path = min(levels_of(run.folder / FIELDS, case), key=lambda stored: abs(stored[0] - level))
    points, triangles, data = read_surface(path)
    moved = np.asarray(data["displacement"], dtype=float)
    surface = triangle_polydata(points + (scale - 1.0) * moved, triangles)
    surface.point_data[TITLE] = np.linalg.norm(moved, axis=1)
    return with_normals(surface)
