"""The whole right half of the segment as one conforming set of solids."""

from __future__ import annotations

from types import ModuleType

import numpy as np

from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.placement import FacetFrame, facet_frames, level_frames
from fem_lumbar.conventions import JOINTS, LEVELS, joint_levels
from fem_lumbar.errors import AnatomyError
from fem_lumbar.meshing.geometry_body import body_solid, disc_solids, endplate_rim
from fem_lumbar.meshing.geometry_facet import cartilage_plate, opposite_side
from fem_lumbar.meshing.geometry_mal import arch_corners, arch_frame, groove_sections
from fem_lumbar.meshing.geometry_posterior import PosteriorElements
from fem_lumbar.meshing.occ import kernel_failure_as
from fem_lumbar.meshing.shapes import intersect, loft, polygon_wire, subtract, tube, unite

FACETS = {"L3": ("L3_superior", "L3-L4"), "L4": ("L3-L4", "L4-L5"), "L5": ("L4-L5", "L5_inferior")}
"""Facets on the superior and the inferior processes of each vertebra."""
_HALF_SPACE_MM = 400.0


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
        volumes.update(_vertebra(gmsh, anatomy, level, frames[level], facets))
    for joint in JOINTS:
        with kernel_failure_as(f"the disc of {joint} cannot be built from these measures"):
            volumes.update(_disc(gmsh, anatomy, joint, frames))
        with kernel_failure_as(f"the facet cartilage of {joint} cannot be built from these measures"):
            volumes.update(_facet_plates(gmsh, anatomy, joint, facets[joint]))
    with kernel_failure_as("the parts of the segment cannot be joined"):
        return _conforming(gmsh, volumes)


def bony_facet(anatomy: Anatomy, name: str) -> tuple[float, float, float]:
    """Distance of the bone from the middle of the gap, width and height of a facet (mm)."""
    measures = anatomy.joints[name if name in JOINTS else JOINTS[0]]
    offset = 0.5 * measures.facet_gap_mm + measures.facet_cartilage_thickness_mm
    return offset, measures.facet_width_mm, measures.facet_height_mm


def _vertebra(
    gmsh: ModuleType, anatomy: Anatomy, level: str, frame: np.ndarray, facets: dict[str, FacetFrame]
) -> dict[str, int]:
    """Body, posterior elements and ligament arch of one vertebra, right half."""
    vertebra = anatomy.levels[level]
    with kernel_failure_as(f"the body of {level} cannot be built from these measures"):
        body = _right_half(gmsh, body_solid(gmsh, vertebra, frame))
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
    above, below = FACETS[level]
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
    return _right_half(gmsh, whole)


def _disc(gmsh: ModuleType, anatomy: Anatomy, joint: str, frames: dict[str, np.ndarray]) -> dict[str, int]:
    upper, lower = joint_levels(joint)
    lower_rim = endplate_rim(anatomy.levels[lower], "superior", frames[lower])
    upper_rim = endplate_rim(anatomy.levels[upper], "inferior", frames[upper])
    whole, inner = disc_solids(gmsh, anatomy.joints[joint], lower_rim, upper_rim)
    nucleus = _right_half(gmsh, inner)
    annulus = subtract(gmsh, _right_half(gmsh, whole), [nucleus], keep_tools=True)
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


def _right_half(gmsh: ModuleType, volume: int) -> int:
    size = _HALF_SPACE_MM
    box = gmsh.model.occ.addBox(-0.5 * size, -size, -0.5 * size, size, size, size)
    return intersect(gmsh, volume, box)


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
