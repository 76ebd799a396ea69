"""The whole right half of the segment as one conforming set of solids."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType

import numpy as np

from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.placement import FacetFrame, facet_frames, level_frames
from fem_lumbar.anatomy.spine import JOINTS, KIND, LEVELS, joint_levels
from fem_lumbar.foundation.errors import AnatomyError
from fem_lumbar.meshing.geometry_body import disc_solids, endplate_rim
from fem_lumbar.meshing.geometry_facet import cartilage_plate
from fem_lumbar.meshing.occ import kernel_failure_as
from fem_lumbar.meshing.shapes import right_half, subtract


def half_segment(gmsh: ModuleType, anatomy: Anatomy) -> dict[str, list[int]]:
    """Build the right half (y ≤ 0) in the open session: region name to volume tags.

    Volumes that touch share their faces (bone and disc, bone and cartilage, bone and ligament arch); opposing
    facets do not touch.

    Raises
    ------
    AnatomyError
        When a part cannot be built; the message names it.
    """
    frames, facets = level_frames(anatomy), facet_frames(anatomy)
    volumes: dict[str, int] = {}
    for level in LEVELS:
        volumes.update(_builder(level)(gmsh, anatomy, level, frames[level], facets))
    for joint in JOINTS:
        with kernel_failure_as(f"the disc of {joint} cannot be built from these measures"):
            volumes.update(_disc(gmsh, anatomy, joint, frames))
        with kernel_failure_as(f"the facet cartilage of {joint} cannot be built from these measures"):
            volumes.update(_facet_plates(gmsh, anatomy, joint, facets[joint]))
    with kernel_failure_as("the parts of the segment cannot be joined"):
        return _conforming(gmsh, volumes)


def _builder(level: str) -> Callable[..., dict[str, int]]:
    """What builds a body of this kind, see :func:`~fem_lumbar.meshing.geometry_vertebra.vertebra_solids`."""
    module, _, function = KIND[level].builder.rpartition(".")
    return getattr(import_module(module), function)


def _disc(gmsh: ModuleType, anatomy: Anatomy, joint: str, frames: dict[str, np.ndarray]) -> dict[str, int]:
    upper, lower = joint_levels(joint)
    lower_rim = endplate_rim(anatomy.levels[lower], "superior", frames[lower])
    upper_rim = endplate_rim(anatomy.levels[upper], "inferior", frames[upper])
    whole, inner = disc_solids(gmsh, anatomy.joints[joint], lower_rim, upper_rim)
    nucleus = right_half(gmsh, inner)
    annulus = subtract(gmsh, right_half(gmsh, whole), [nucleus], keep_tools=True)
    return {f"{joint}.annulus": annulus, f"{joint}.nucleus": nucleus}


def _facet_plates(gmsh: ModuleType, anatomy: Anatomy, joint: str, facet: FacetFrame) -> dict[str, int]:
    upper, lower = joint_levels(joint)
    measures = anatomy.joints[joint]
    near = 0.5 * measures.facet_gap_mm
    far = near + measures.facet_cartilage_thickness_mm
    width, height, ratio = measures.facet_width_mm, measures.facet_height_mm, measures.facet_inferior_ratio
    return {
        f"{upper}.facet_cartilage.inferior.right": cartilage_plate(
            gmsh, facet, near, far, ratio * width, ratio * height, 1.0
        ),
        f"{lower}.facet_cartilage.superior.right": cartilage_plate(gmsh, facet, near, far, width, height, -1.0),
    }


def _conforming(gmsh: ModuleType, volumes: dict[str, int]) -> dict[str, list[int]]:
    """Fragment all volumes so that they share faces; pieces that overlap are a clash."""
    names = list(volumes)
    _, pieces = gmsh.model.occ.fragment([(3, volumes[name]) for name in names], [])
    gmsh.model.occ.synchronize()
    owner: dict[int, str] = {}
    for name, made in zip(names, pieces, strict=True):
        for _, tag in made:
            if tag in owner:
                raise AnatomyError(
                    f"{owner[tag]} and {name} overlap by {gmsh.model.occ.getMass(3, tag):.2f} mm3; "
                    "change the measures that bring them together"
                )
            owner[tag] = name
    return {name: [tag for tag, who in owner.items() if who == name] for name in names}
