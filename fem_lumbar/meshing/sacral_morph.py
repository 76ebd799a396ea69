"""Morphing of the mesh with the sacrum to another anatomy: the sacrum follows the lowermost vertebra.

An anatomy has no measures of the sacrum. The motion of the lowermost vertebra is extended below it by a smooth spline,
so that the joint between both, and a process that reaches down to the ala, keep their shape.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.interpolate import RBFInterpolator
from scipy.spatial import cKDTree

from fem_lumbar.anatomy.mirror_image import is_reverse
from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.part_name import facet_surfaces
from fem_lumbar.anatomy.spine import SACRAL_JOINT, SACRUM
from fem_lumbar.foundation.conventions import SIDES, mirrored
from fem_lumbar.meshing.mesh import Patch, SegmentMesh
from fem_lumbar.meshing.mirror import COORDINATE_STEP_MM
from fem_lumbar.meshing.morph import morphed, symmetrised, turned_axes
from fem_lumbar.meshing.quality import sound_quality
from fem_lumbar.meshing.repair import repaired
from fem_lumbar.surfaces.rigid import best_motion

_NEAR_MM, _TOUCHING_MM, _MOST = 30.0, 2.5, 1500
"""Interpolation nodes of the spline on the vertebrae: about ``_MOST`` of those within ``_NEAR_MM`` of the part below,
and all within ``_TOUCHING_MM`` of it."""

Spline = Callable[[np.ndarray], np.ndarray]


def morphed_with_sacrum(template: SegmentMesh, source: Anatomy, target: Anatomy, lowest_quality: float) -> SegmentMesh:
    """The mesh of a symmetric anatomy with its sacrum, morphed to another anatomy.

    Parameters and exceptions are those of :func:`~fem_lumbar.meshing.morph.morphed`.
    """
    below = [name for name in template.region_names if name.place in (SACRUM, SACRAL_JOINT)]
    above = template.keep([name for name in template.region_names if name not in below])
    moved = morphed(above, source, target, lowest_quality)
    upper = np.unique(template.cells[~np.isin(template.region, [template.region_names.index(name) for name in below])])
    lower = np.setdiff1d(np.unique(template.cells), upper)
    turned_round = is_reverse(target)  # one of a mirrored pair is computed, the other is its exact reflection
    points = template.points.copy()
    points[upper] = mirrored(moved.points[above.mirror]) if turned_round else moved.points
    spline = _carried_on(template.points, points, upper, lower)
    points[lower] = spline(template.points[lower])
    fixed = np.zeros(len(points), dtype=bool)
    fixed[upper] = True
    for side in SIDES:  # an articular face that moved alone would close the gap of its joint
        fixed[template.surfaces[facet_surfaces(SACRAL_JOINT, side)[1]]] = True
    points = repaired(template.points, points, template.cells, fixed)
    if target.is_symmetric:
        points = symmetrised(template, points)
    points = np.round(points / COORDINATE_STEP_MM) * COORDINATE_STEP_MM
    if turned_round:
        points, spline = mirrored(points[template.mirror]), _image(spline)
    quality = sound_quality(template, points, lowest_quality)
    body = np.unique(template.cells[template.region_cells(f"{SACRUM}.cancellous")])
    frame = best_motion(template.points[body], points[body]) @ template.frames[SACRUM]
    patches = {name: Patch(upper[patch.nodes], patch.weights) for name, patch in moved.patches.items()}
    return replace(
        template,
        points=points,
        patches={**template.patches, **patches},
        cell_data=turned_axes(template, points),
        landmarks={**{name: spline(point[None])[0] for name, point in template.landmarks.items()}, **moved.landmarks},
        frames={**moved.frames, SACRUM: frame},
        mirror=template.mirror if target.is_symmetric else np.empty(0, dtype=int),
        meta={**template.meta, **moved.meta, "minimum_quality": quality},
    )


def _image(spline: Spline) -> Spline:
    """The reflection of a map of points (k, 3)."""
    return lambda points: mirrored(spline(mirrored(points)))


def _carried_on(before: np.ndarray, after: np.ndarray, known: np.ndarray, asked: np.ndarray) -> Spline:
    """Map of points (k, 3), mm, that extends the motion of the nodes ``known`` to ``asked``; exact at nodes of both.

    ``before`` and ``after`` (n, 3) are the node positions, mm.
    """
    away, _ = cKDTree(before[asked]).query(before[known])
    near = known[away < _NEAR_MM]
    touching = known[away < _TOUCHING_MM]
    chosen = np.union1d(touching, near[:: max(1, len(near) // _MOST)])
    motion = RBFInterpolator(before[chosen], after[chosen] - before[chosen], kernel="linear")
    return lambda points: points + motion(points)
