"""The one file that a new kind of body needs beside data: what builds its solids.

This sacrum has the shape of a vertebra without inferior articular processes, ligament arches and grooves.
"""

from __future__ import annotations

from fem_lumbar.anatomy.spine import facet_name
from fem_lumbar.meshing.geometry_body import body_solid
from fem_lumbar.meshing.geometry_facet import bony_facet, opposite_side
from fem_lumbar.meshing.geometry_posterior import PosteriorElements
from fem_lumbar.meshing.shapes import right_half, subtract, tube, unite


def sacrum_solids(gmsh, anatomy, level, frame, facets):
    """Body and posterior elements, right half: region name to volume tag."""
    name = facet_name(level, "superior")
    face = bony_facet(anatomy, name)
    parts = PosteriorElements(anatomy.levels[level], frame)
    body = right_half(gmsh, body_solid(gmsh, anatomy.levels[level], frame))
    superior = unite(
        gmsh,
        [tube(gmsh, parts.superior_process(facets[name], *face)), tube(gmsh, parts.mammillary_process())],
    )
    superior = subtract(gmsh, superior, [opposite_side(gmsh, facets[name], *face, -1.0)])
    others = (parts.lamina, parts.pedicle, parts.spinous_process, parts.transverse_process, parts.accessory_process)
    whole = unite(gmsh, [superior, *(tube(gmsh, part()) for part in others)])
    posterior = subtract(gmsh, right_half(gmsh, whole), [body], keep_tools=True)
    return {f"{level}.posterior": posterior, f"{level}.cancellous": body}
