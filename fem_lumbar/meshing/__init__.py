"""From anatomy to a tagged, exactly symmetric tetrahedral mesh."""

from fem_lumbar.meshing.cache import segment_mesh
from fem_lumbar.meshing.mesh import Patch, SegmentMesh

__all__ = ["Patch", "SegmentMesh", "segment_mesh"]
