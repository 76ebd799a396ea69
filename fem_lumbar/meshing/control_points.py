"""Control points of a vertebra, which follow its measures: interpolated exactly or approximated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.placement import FacetFrame, bent_height, facet_frames, level_frames
from fem_lumbar.anatomy.spine import FACES, JOINTS, KIND, disc_at, facet_name
from fem_lumbar.meshing.faces import bony_facet
from fem_lumbar.meshing.outlines import endplate_rim, nucleus_rim, waist_rim
from fem_lumbar.meshing.posterior_sections import PosteriorElements
from fem_lumbar.meshing.section import Section
from fem_lumbar.shape.details import details

_ON_RIM = 10
_INNER_RINGS = (0.75, 0.5, 0.25)
"""Rings inside the outline of a face, as fractions of its size: they preserve its shape."""


@dataclass(frozen=True)
class ControlPoints:
    """Points (n, 3) of the right side of a vertebra in the global frame, mm, and a mask (n,) of those met exactly.

    Those of endplates, waist and facets are met exactly. The tubes of the posterior elements overlap: where they
    prescribe different displacements, the bone between them takes the mean.
    """

    points: np.ndarray
    exact: np.ndarray


def control_points(anatomy: Anatomy, level: str) -> ControlPoints:
    """Control points of the right side and the midline of a vertebra, in the same order for every anatomy."""
    frames, facets = level_frames(anatomy), facet_frames(anatomy)
    vertebra, frame = anatomy.levels[level], frames[level]
    exact = [_right(waist_rim(vertebra, frame))]
    for face in FACES:
        exact += _endplate(anatomy, level, face, frame)
    kind, parts, tubes = KIND[level], PosteriorElements(vertebra, frame), []
    for face, sign in zip(FACES, (-1.0, 1.0)):
        if face in kind.facets:
            name = facet_name(level, face)
            exact += _facet(anatomy, name, facets[name], sign)
    tubes += [*parts.pedicle(), *parts.lamina(), *parts.spinous_process(), *parts.transverse_process()]
    tubes += [*parts.accessory_process(), *parts.mammillary_process()]
    for face, process in zip(FACES, (parts.superior_process, parts.inferior_process)):
        if face in kind.facets:
            name = facet_name(level, face)
            tubes += process(facets[name], *bony_facet(anatomy, name))
    soft = [section.points(_ON_RIM) for section in tubes]
    points = np.vstack([*exact, *soft])
    return ControlPoints(points, np.arange(len(points)) < sum(map(len, exact)))


def _right(rim: np.ndarray) -> np.ndarray:
    """The right half of a closed outline that starts anteriorly and runs over the left side, with both midpoints."""
    return rim[np.r_[len(rim) // 2 : len(rim), 0]]


def _endplate(anatomy: Anatomy, level: str, face: str, frame: np.ndarray) -> list[np.ndarray]:
    rim = endplate_rim(anatomy.levels[level], face, frame)
    joint = disc_at(level, face)
    inner, sizes = (rim, _INNER_RINGS) if joint is None else (nucleus_rim(anatomy.joints[joint], rim), (1.0, 0.6, 0.25))
    centre = inner.mean(axis=0)
    return [_right(rim), *(_right(centre + size * (inner - centre)) for size in sizes)]


def _facet(anatomy: Anatomy, name: str, facet: FacetFrame, sign: float) -> list[np.ndarray]:
    """Rings on the bony face and, in a joint, on the articular face of the cartilage."""
    offset, width, height = bony_facet(anatomy, name)
    distances, bend = [offset], (0.0, 0.0)
    if name in JOINTS:
        measures = anatomy.joints[name]
        distances.append(0.5 * measures.facet_gap_mm)
        bend = (measures.facet_curvature_per_mm, measures.facet_width_mm)
        if sign > 0:
            width, height = width * measures.facet_inferior_ratio, height * measures.facet_inferior_ratio
    exponent = details()["facet"]["outline_exponent"]
    rings = []
    for distance in distances:
        for size in (1.0, *_INNER_RINGS, 0.0):
            half_width, half_height = 0.5 * size * width * facet.across, 0.5 * size * height * facet.up
            ring = Section(facet.centre, half_width, half_height, exponent).points(16 if size else 1)
            heights = bent_height((ring - facet.centre) @ facet.across, sign * distance, *bend)
            rings.append(ring + heights[:, None] * facet.normal)
    return rings
