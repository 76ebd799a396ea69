"""Parametric anatomy of the segment: measures, their sources, and the placement of the levels."""

from fem_lumbar.anatomy.attachment_sites import attachment_quantities, attachment_values
from fem_lumbar.anatomy.mesh_settings import DENSITIES, LARGEST_UNKNOWNS, MeshSettings, mesh_size_quantities
from fem_lumbar.anatomy.parameters import Anatomy, anatomy_quantities, default_anatomy_values

__all__ = [
    "DENSITIES",
    "LARGEST_UNKNOWNS",
    "Anatomy",
    "MeshSettings",
    "anatomy_quantities",
    "attachment_quantities",
    "attachment_values",
    "default_anatomy_values",
    "mesh_size_quantities",
]
