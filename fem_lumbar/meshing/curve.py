"""The mesh of an anatomy made with gmsh: meshed with flat facets, which are then curved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fem_lumbar.anatomy.mesh_settings import MeshSettings
from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.spine import JOINTS
from fem_lumbar.foundation.nested import merged
from fem_lumbar.meshing.build import LOWEST_QUALITY, build_mesh
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.meshing.morph import morphed
from fem_lumbar.meshing.patches import attachment_patches


def meshed(anatomy: Anatomy, settings: MeshSettings, say: Callable[[str], None]) -> SegmentMesh:
    """Mesh of a symmetric anatomy.

    Boolean operations with curved plates of cartilage leave slivers; moving a mesh with flat ones does not.

    Raises
    ------
    AnatomyError
        When the anatomy cannot be built or meshed.
    InputError
        When gmsh cannot be loaded.
    """
    flat = with_flat_facets(anatomy)
    mesh = build_mesh(flat, settings, say)
    if flat == anatomy:
        return mesh
    say("curving the facets")
    curved = morphed(mesh, flat, anatomy, LOWEST_QUALITY)
    seconds = round(mesh.meta["build_s"] + curved.meta["build_s"], 1)
    meta = {**curved.meta, "made_by": mesh.meta["made_by"], "build_s": seconds}
    return replace(curved, patches=attachment_patches(curved, curved.surfaces, anatomy), meta=meta)


def with_flat_facets(anatomy: Anatomy) -> Anatomy:
    """The anatomy with facets that are flat in themselves, where both sides are alike."""
    flat = {"joints": {joint: {"facet_curvature_per_mm": 0.0} for joint in JOINTS}}
    return Anatomy.model_validate(merged(anatomy.model_dump(by_alias=True), flat))
