"""A person's own vertebra surfaces: reading, checking, and registration of a template with them."""

from fem_lumbar.surfaces.order import aligned_levels
from fem_lumbar.surfaces.reading import read_surface
from fem_lumbar.surfaces.registration import Distances, Registration, register
from fem_lumbar.surfaces.segmentation import surfaces_from_labels
from fem_lumbar.surfaces.soundness import SoundSurfaces, check_surfaces
from fem_lumbar.surfaces.surface import Surface

__all__ = [
    "Distances",
    "Registration",
    "SoundSurfaces",
    "Surface",
    "aligned_levels",
    "check_surfaces",
    "read_surface",
    "register",
    "surfaces_from_labels",
]
