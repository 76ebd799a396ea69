"""The mesh of a segment from a reflected mesh and its tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from fem_lumbar.anatomy.mesh_settings import MeshSettings
from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.placement import lordosis_deg
from fem_lumbar.foundation.tetrahedra import mean_ratio
from fem_lumbar.meshing.attachments import AttachmentTargets
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.meshing.mirror import WholeMesh
from fem_lumbar.meshing.patches import attachment_patches
from fem_lumbar.meshing.quality import count_unknowns


def tagged_mesh(
    whole: WholeMesh,
    surfaces: dict[str, np.ndarray],
    cell_data: dict[str, np.ndarray],
    frames: dict[str, np.ndarray],
    anatomy: Anatomy,
    settings: MeshSettings,
    made_by: str,
    more: Mapping[str, Any],
) -> SegmentMesh:
    """Mesh of a segment with attachments, landmarks and meta data.

    Parameters
    ----------
    whole : WholeMesh
        Both halves.
    surfaces, cell_data, frames : dict
        As in :class:`~fem_lumbar.meshing.mesh.SegmentMesh`.
    anatomy : Anatomy
    settings : MeshSettings
    made_by : str
        Description of the origin of the mesh, for ``meta``.
    more : mapping
        Further entries of ``meta``, e.g. the build time in seconds.
    """
    mesh = SegmentMesh(
        points=whole.points,
        cells=whole.cells,
        region=whole.region,
        region_names=whole.region_names,
        surfaces=surfaces,
        patches=attachment_patches(whole, surfaces, anatomy),
        cell_data=cell_data,
        landmarks=AttachmentTargets(anatomy).landmarks(),
        frames=frames,
        mirror=whole.mirror,
        meta={
            "made_by": made_by,
            "density": settings.density,
            "sizes_mm": settings.sizes_mm(),
            "lordosis_deg": lordosis_deg(anatomy),
            **more,
            "minimum_quality": float(mean_ratio(whole.points, whole.cells).min()),
        },
    )
    return replace(mesh, meta={**mesh.meta, **count_unknowns(mesh, settings.linear_bone)})
