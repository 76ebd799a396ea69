"""Build the mesh of a segment from its anatomy: geometry, tetrahedra, reflection, tags."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from fem_lumbar.anatomy.mesh_settings import MeshSettings
from fem_lumbar.anatomy.parameters import Anatomy, values_outside_limits
from fem_lumbar.anatomy.placement import level_frames, lordosis_deg
from fem_lumbar.errors import AnatomyError
from fem_lumbar.meshing.attachments import AttachmentTargets
from fem_lumbar.meshing.coordinates import cell_coordinates
from fem_lumbar.meshing.discretise import mesh_half
from fem_lumbar.meshing.geometry import half_segment
from fem_lumbar.meshing.improve import improved
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.meshing.mirror import reflect
from fem_lumbar.meshing.occ import geometry_session
from fem_lumbar.meshing.patches import attachment_patches
from fem_lumbar.meshing.quality import count_unknowns, mean_ratio
from fem_lumbar.meshing.tagging import named_surfaces

LOWEST_QUALITY = 0.1
"""Lowest mean ratio of a cell with which a mesh is accepted."""


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
    outside = values_outside_limits(anatomy)
    if outside:
        raise AnatomyError("this anatomy cannot be built: " + "; ".join(outside))
    started = time.perf_counter()
    with geometry_session() as gmsh:
        say("building the geometry of the right half")
        volumes = half_segment(gmsh, anatomy)
        say("meshing the right half")
        half = mesh_half(gmsh, volumes, settings.sizes_mm())
        version = gmsh.option.getString("General.Version")
    say("repairing, reflecting and tagging")
    whole = reflect(improved(half, anatomy, settings.sizes_mm()))
    shape = mean_ratio(whole.points, whole.cells)
    worst = shape.min()
    if worst < LOWEST_QUALITY:
        where = whole.region_names[whole.region[shape.argmin()]]
        raise AnatomyError(
            f"meshing this anatomy gave a cell of quality {worst:.3f} in {where} (at least {LOWEST_QUALITY} is needed); "
            "change the measures near it or the element sizes"
        )
    surfaces = named_surfaces(whole, anatomy)
    mesh = SegmentMesh(
        points=whole.points,
        cells=whole.cells,
        region=whole.region,
        region_names=whole.region_names,
        surfaces=surfaces,
        patches=attachment_patches(whole, surfaces, anatomy),
        cell_data=cell_coordinates(whole, surfaces, anatomy),
        landmarks=AttachmentTargets(anatomy).landmarks(),
        frames=level_frames(anatomy),
        mirror=whole.mirror,
        meta={
            "density": settings.density,
            "sizes_mm": settings.sizes_mm(),
            "lordosis_deg": lordosis_deg(anatomy),
            "gmsh": version,
            "build_s": round(time.perf_counter() - started, 1),
            "minimum_quality": float(worst),
        },
    )
    return replace(mesh, meta={**mesh.meta, **count_unknowns(mesh, settings.linear_bone)})
