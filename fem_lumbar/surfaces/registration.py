"""Registration of a template vertebra with a person's: a smooth displacement, then a rigid motion.

The displacement is one field over space. In every step it is fitted anew to the total displacement from the undeformed
template, with decreasing smoothing, until the surfaces are close. Where it would squeeze or fold the template the data
lose weight; thus a part that the person's surface lacks, or has elsewhere, is bridged and reported instead of crushed.
Everything is done in the frame of the template, so that the result does not depend on the arbitrary frame of the
target.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from fem_lumbar.surfaces.distortion import Distortion, distortion
from fem_lumbar.surfaces.field import FieldFit, SmoothField, spread_out
from fem_lumbar.surfaces.matching import Matcher
from fem_lumbar.surfaces.rigid import rigid_alignment
from fem_lumbar.surfaces.surface import Surface

REACHED_MM = 3.0
"""A template vertex with no bone of the target facing the same way within this distance has not been reached."""

_SMOOTHING_MM = (10.0, 1.0, 0.3, 0.1, 0.03, 0.01, 0.005, 0.003, 0.002, 0.0015, 0.001)
_STEPS = 3  # at each smoothing
_AIM_MM = 0.2  # mean distance at which to stop: a closer fit only adds strain
_TEMPLATE_SAMPLES, _TARGET_SAMPLES = 5000, 10000
_CENTRES = 600
_FADING, _FADING_MM = 0.6, 5.0  # loss of weight of the data near a strained place per step, and its range
_LEAST_SAY = 1e-4


@dataclass(frozen=True)
class Distances:
    """Distances from one surface to the closest points of another, weighted by area: mean, percentile, largest; mm."""

    mean: float
    p95: float
    max: float

    @classmethod
    def between(cls, source: Surface, other: Surface) -> Distances:
        """Distances from ``source`` to ``other``."""
        found = other.closest(source.at(source.samples(_TARGET_SAMPLES)))[1]
        return cls(float(found.mean()), float(np.percentile(found, 95.0)), float(found.max()))


@dataclass(frozen=True)
class Registration:
    """Registration of a template to a person's surface.

    Attributes
    ----------
    rigid : ndarray (4, 4)
        Rigid motion from the frame of the template to that of the target.
    field : SmoothField
        Displacement in the frame of the template, before the rigid motion.
    points : ndarray (n, 3)
        Template vertices on the target, in the frame of the target, mm.
    to_target, from_target : Distances
        From the moved template to the target, and back.
    not_reached : ndarray (n,) of bool
        Template vertices beside which the target has no bone that faces the same way.
    distortion : Distortion
        Strain of the template by the displacement.
    """

    rigid: np.ndarray
    field: SmoothField
    points: np.ndarray
    to_target: Distances
    from_target: Distances
    not_reached: np.ndarray
    distortion: Distortion

    def carried(self, points: np.ndarray) -> np.ndarray:
        """Points (k, 3) of the template's frame, on or off its surface, mapped to the frame of the target; mm."""
        return (points + self.field.displacement(points)) @ self.rigid[:3, :3].T + self.rigid[:3, 3]


def register(
    template: Surface, target: Surface, weights: np.ndarray | None = None, rigid: np.ndarray | None = None
) -> Registration:
    """Register a template to a target in any frame.

    Parameters
    ----------
    template, target : Surface
        Closed vertebrae in mm, normals outward; not mirror images of one another.
    weights : ndarray (n,), optional
        Weight of each template vertex; with zero it only follows its surroundings.
    rigid : ndarray (4, 4), optional
        Rigid motion from template to target, if already known.

    Returns
    -------
    Registration
        The closest one found whose displacement folds nothing, or the smoothest one if all fold.
    """
    rigid = rigid_alignment(template, target) if rigid is None else rigid
    goal = target.moved(np.linalg.inv(rigid))
    matcher = Matcher(goal, _TARGET_SAMPLES)
    field = _fitted(template, goal, matcher, np.ones(len(template.points)) if weights is None else weights)
    fitted = Surface(template.points + field.displacement(template.points), template.triangles)
    return Registration(
        rigid=rigid,
        field=field,
        points=fitted.moved(rigid).points,
        to_target=Distances.between(fitted, goal),
        from_target=Distances.between(goal, fitted),
        not_reached=~matcher.faces(fitted.points, fitted.vertex_normals, REACHED_MM),
        distortion=distortion(template, field),
    )


def _fitted(rest: Surface, target: Surface, matcher: Matcher, weights: np.ndarray) -> SmoothField:
    """The field with the least distance among those of the coarse-to-fine iteration that do not fold.

    The first, smoothest one is always a candidate.
    """
    samples = rest.samples(_TEMPLATE_SAMPLES)
    places = rest.at(samples)
    fit = FieldFit(places, rest.points[spread_out(rest.points, _CENTRES)])
    say = rest.at(samples, weights[:, None])[:, 0]
    least_say = _LEAST_SAY * say
    on_target = target.at(target.samples(_TEMPLATE_SAMPLES))
    found: list[tuple[float, SmoothField]] = []
    now = rest
    for smoothing in _SMOOTHING_MM:
        for _ in range(_STEPS):
            goals, importance = matcher.goals(now, samples)
            field = fit.fit(goals - places, importance * say, smoothing)
            now = Surface(rest.points + field.displacement(rest.points), rest.triangles)
            strain = distortion(rest, field)
            if strain.strained.any():
                away = KDTree(rest.points[strain.strained]).query(places)[0]
                say = np.maximum(say * (1.0 - _FADING * np.exp(-((away / _FADING_MM) ** 2))), least_say)
        if found and strain.folds:
            continue
        means = [target.closest(now.at(samples))[1].mean(), now.closest(on_target)[1].mean()]
        found.append((sum(means), field))
        if max(means) <= _AIM_MM:
            break
    return min(found, key=lambda one: one[0])[1]
