"""The solids of a vertebra: body, posterior elements and ligament arch of the right half."""

from __future__ import annotations

from types import ModuleType

import numpy as np

from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.placement import FacetFrame
from fem_lumbar.anatomy.spine import facet_name
from fem_lumbar.meshing.geometry_body import body_solid
from fem_lumbar.meshing.geometry_facet import bony_facet, opposite_side
from fem_lumbar.meshing.geometry_mal import arch_corners, arch_frame, groove_sections
from fem_lumbar.meshing.geometry_posterior import PosteriorElements
from fem_lumbar.meshing.occ import kernel_failure_as
from fem_lumbar.meshing.shapes import loft, polygon_wire, right_half, subtract, tube, unite


def vertebra_solids(
    gmsh: ModuleType, anatomy: Anatomy, level: str, frame: np.ndarray, facets: dict[str, FacetFrame]
) -> dict[str, int]:
    """Body, posterior elements and ligament arch of one vertebra, right half: region name to volume tag.

    Parameters
    ----------
    gmsh : module
        Open session.
    anatomy : Anatomy
    level : str
    frame : (4, 4)
        Body frame in the global frame.
    facets : dict of FacetFrame
        Faces of the right side by joint, and those of free processes.
    """
    vertebra = anatomy.levels[level]
    with kernel_failure_as(f"the body of {level} cannot be built from these measures"):
        body = right_half(gmsh, body_solid(gmsh, vertebra, frame))
    with kernel_failure_as(f"the posterior elements of {level} cannot be built from these measures"):
        posterior = _posterior(gmsh, anatomy, level, frame, facets)
    with kernel_failure_as(f"the mamillo-accessory ligament of {level} cannot be built from these measures"):
        corners = arch_corners(arch_frame(vertebra, frame), anatomy.mal[level])
        whole_arch = loft(gmsh, [polygon_wire(gmsh, points) for points in corners])
        arch = subtract(gmsh, whole_arch, [posterior], keep_tools=True)
    with kernel_failure_as(f"the pedicle of {level} cannot be built from these measures"):
        posterior = subtract(gmsh, posterior, [body], keep_tools=True)
    return {f"{level}.posterior": posterior, f"{level}.cancellous": body, f"{level}.mal.right": arch}


def _posterior(gmsh: ModuleType, anatomy: Anatomy, level: str, frame: np.ndarray, facets: dict[str, FacetFrame]) -> int:
    """Posterior elements of one vertebra with flat facets and groove, right half."""
    above, below = facet_name(level, "superior"), facet_name(level, "inferior")
    parts = PosteriorElements(anatomy.levels[level], frame)
    superior = unite(
        gmsh,
        [
            tube(gmsh, parts.superior_process(facets[above], *bony_facet(anatomy, above))),
            tube(gmsh, parts.mammillary_process()),
        ],
    )
    superior = subtract(gmsh, superior, [opposite_side(gmsh, facets[above], *bony_facet(anatomy, above), -1.0)])
    inferior = tube(gmsh, parts.inferior_process(facets[below], *bony_facet(anatomy, below)))
    inferior = subtract(gmsh, inferior, [opposite_side(gmsh, facets[below], *bony_facet(anatomy, below), 1.0)])
    whole = unite(
        gmsh,
        [
            tube(gmsh, parts.lamina()),
            tube(gmsh, parts.pedicle()),
            superior,
            inferior,
            tube(gmsh, parts.spinous_process()),
            tube(gmsh, parts.transverse_process()),
            tube(gmsh, parts.accessory_process()),
        ],
    )
    arch = arch_frame(anatomy.levels[level], frame)
    whole = subtract(gmsh, whole, [tube(gmsh, groove_sections(arch, anatomy.mal[level]))])
    return right_half(gmsh, whole)
