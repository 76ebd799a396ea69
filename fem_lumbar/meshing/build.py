"""Build the mesh of a segment from its anatomy: geometry, tetrahedra, reflection, tags."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from fem_lumbar.anatomy.mesh_settings import MeshSettings
from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.placement import level_frames
from fem_lumbar.foundation.errors import AnatomyError
from fem_lumbar.meshing.coordinates import cell_coordinates
from fem_lumbar.meshing.discretise import ATTEMPTS, HalfMesh, mesh_half
from fem_lumbar.meshing.geometry import half_segment
from fem_lumbar.meshing.improve import improved
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.meshing.mirror import reflect
from fem_lumbar.meshing.occ import geometry_session, reopen_solids, store_solids
from fem_lumbar.meshing.quality import mean_ratio
from fem_lumbar.meshing.tagged import tagged_mesh
from fem_lumbar.meshing.tagging import named_surfaces

LOWEST_QUALITY = 0.1
"""Lowest mean ratio of a cell with which a mesh is accepted at all."""
GOOD_ENOUGH = 0.12
"""Lowest mean ratio of a cell with which no further options of the mesher are tried."""


def build_mesh(anatomy: Anatomy, settings: MeshSettings, report: Callable[[str], None] | None = None) -> SegmentMesh:
    """Mesh of the segment made with gmsh.

    Parameters
    ----------
    anatomy : Anatomy
    settings : MeshSettings
    report : callable, optional
        Receives one line per stage.

    Raises
    ------
    AnatomyError
        When the anatomy cannot be built or meshed.
    InputError
        When gmsh cannot be loaded.
    """
    say = report or (lambda message: None)
    started = time.perf_counter()
    half, version = _good_half(anatomy, settings, say)
    say("reflecting and tagging")
    whole = reflect(half)
    surfaces = named_surfaces(whole, anatomy)
    coordinates = cell_coordinates(whole, surfaces, anatomy)
    more = {"gmsh": version, "build_s": round(time.perf_counter() - started, 1)}
    frames = level_frames(anatomy)
    return tagged_mesh(whole, surfaces, coordinates, frames, anatomy, settings, "meshing this anatomy", more)


def _good_half(anatomy: Anatomy, settings: MeshSettings, say: Callable[[str], None]) -> tuple[HalfMesh, str]:
    """Mesh of the right half, by the first options of the mesher that give good cells, and gmsh's version.

    Every attempt has a session of its own: gmsh cannot go on after a failure.
    """
    sizes = settings.sizes_mm()
    best: HalfMesh | None = None
    best_quality, failures = LOWEST_QUALITY, []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "half.brep"
        with geometry_session() as gmsh:
            say("building the geometry of the right half")
            solids = store_solids(gmsh, half_segment(gmsh, anatomy), path)
            version = gmsh.option.getString("General.Version")
        for number, options in enumerate(ATTEMPTS, start=1):
            say(f"meshing the right half, attempt {number}")
            try:
                with geometry_session() as gmsh:
                    half = mesh_half(gmsh, reopen_solids(gmsh, path, solids), sizes, options)
            except AnatomyError as failure:
                failures.append(str(failure))
                say(failures[-1])
                continue
            half = improved(half, anatomy, sizes)
            shape = mean_ratio(half.points, half.cells)
            lowest = float(shape.min())
            failures.append(f"a cell of quality {lowest:.3f} in {half.region_names[half.region[shape.argmin()]]}")
            say(failures[-1])
            if lowest >= best_quality:
                best, best_quality = half, lowest
            if best_quality >= GOOD_ENOUGH:
                break
    if best is None:
        raise AnatomyError(
            "this anatomy cannot be meshed at this size (" + "; ".join(failures) + "); "
            "change the measures near it or the element sizes"
        )
    return best, version
