"""Muscles of a scenario: how hard each fascicle pulls, and along which lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fem_lumbar.anatomy.muscles import Fascicle, fascicles
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.materials.short_range_stiffness import ShortRangeStiffness
from fem_lumbar.mechanics.lines import WeightedPoint, affine_weights
from fem_lumbar.mechanics.pull import LinePull, ReactivePull
from fem_lumbar.model.muscle_ends import outer_point
from fem_lumbar.model.segment import Segment
from fem_lumbar.model.span import Span
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.sections import FascicleSettings

_MM2_PER_CM2 = 100.0

Muscle = tuple[str, str]
"""A fascicle on a side: ``("multifidus.m3s", "left")``."""


@dataclass(frozen=True)
class Pull:
    """How hard a fascicle pulls at full load: ``force_N``, and the activation behind it (None for a given force)."""

    force_N: float
    activation: float | None


@dataclass(frozen=True)
class MuscleLines:
    """The fascicles that pull: one item with all lines; per line what it is part of and the levels it joins."""

    item: LinePull
    muscles: tuple[Muscle, ...]
    spans: tuple[Span, ...]
    pulls: Mapping[Muscle, Pull]

    def rows(self, muscle: Muscle) -> list[int]:
        """Lines that make up a fascicle on a side."""
        return [row for row, name in enumerate(self.muscles) if name == muscle]


def full_force_N(scenario: Scenario, fascicle: Fascicle, side: str) -> float:
    """Force (N) of a fascicle at full activation: specific tension x cross-section, less atrophy, fat and denervation.

    Atrophy and fat are findings of images and go by the level a fascicle inserts at, denervation by its nerve.
    """
    muscles = scenario.muscles
    settings = muscles.fascicles.get(fascicle.name, {}).get(side)
    size = 1.0 if settings is None else settings.force_scale
    if fascicle.muscle == "multifidus":
        level = fascicle.insertion_level
        size *= muscles.scale.get(level, {}).get(side, 1.0)
        size *= 1.0 - muscles.fat_fraction.get(level, {}).get(side, 0.0)
    if fascicle.medial_branch is not None:
        size *= 1.0 - muscles.denervated.get(fascicle.medial_branch, {}).get(side, 0.0)
    return muscles.specific_tension_N_per_cm2 * fascicle.pcsa_mm2 / _MM2_PER_CM2 * size


def given_pulls(scenario: Scenario, segment: Segment, activation: float) -> dict[Muscle, Pull]:
    """Pulls where the case gives one activation for all, and single fascicles may have their own.

    Fascicles that bypass the segment are part of what the follower load means: they pull on their own account alone.
    """
    pulls = {}
    for fascicle, side, settings in _in_model(scenario, segment):
        own = settings is not None and (settings.force_N is not None or settings.activation is not None)
        if own or not fascicle.bypasses(segment.levels):
            pulls[fascicle.name, side] = _pull(scenario, fascicle, side, settings, activation)
    return pulls


def free_muscles(scenario: Scenario, segment: Segment) -> dict[Muscle, float]:
    """Fascicles, bypassing ones too, whose activation a balanced case finds, with their force at full activation, N."""
    found = {}
    for fascicle, side, settings in _in_model(scenario, segment):
        fixed = settings is not None and (settings.force_N is not None or settings.activation is not None)
        if not fixed and (full := full_force_N(scenario, fascicle, side)) > 0.0:
            found[fascicle.name, side] = full
    return found


def balanced_pulls(scenario: Scenario, segment: Segment, activations: Mapping[Muscle, float]) -> dict[Muscle, Pull]:
    """Pulls of a balanced case: what the scenario gives for single fascicles, and found activations for the rest."""
    pulls = given_pulls(scenario, segment, 0.0)
    full = free_muscles(scenario, segment)
    return pulls | {name: Pull(value * full[name], value) for name, value in activations.items()}


def build_muscles(
    scenario: Scenario, segment: Segment, pulls: Mapping[Muscle, Pull], set_at: np.ndarray | None = None
) -> MuscleLines | None:
    """Lines of all fascicles that pull; None without any.

    Parameters
    ----------
    scenario : Scenario
        MAL states, share through the MAL, short-range stiffness.
    segment : Segment
        Model.
    pulls : mapping
        How hard each fascicle pulls.
    set_at : (n_dofs,), optional
        Posture in which activations were set; before there is one, short-range stiffness is left out.
    """
    lower, upper, force, spans, names = [], [], [], [], []
    for name, pull in pulls.items():
        if pull.force_N == 0.0:
            continue
        fascicle = fascicles()[name[0]]
        for (low, high), share in _lines(scenario, segment, fascicle, name[1]):
            lower.append(low)
            upper.append(high)
            force.append(share * pull.force_N)
            spans.append(Span(fascicle.upper_end, fascicle.lower_end))
            names.append(name)
    if not force:
        return None
    item = _item(scenario, lower, upper, np.array(force), set_at)
    return MuscleLines(item, tuple(names), tuple(spans), dict(pulls))


def _item(
    scenario: Scenario,
    lower: list[WeightedPoint],
    upper: list[WeightedPoint],
    force: np.ndarray,
    set_at: np.ndarray | None,
) -> LinePull:
    gamma = scenario.muscles.short_range_stiffness
    if gamma == 0.0 or set_at is None:
        return LinePull("muscles", lower, upper, force)
    return ReactivePull("muscles", lower, upper, force, ShortRangeStiffness(gamma), set_at)


def _in_model(scenario: Scenario, segment: Segment) -> Iterator[tuple[Fascicle, str, FascicleSettings | None]]:
    """Fascicles on both sides that load the segment, with their own settings."""
    for fascicle in fascicles().values():
        if fascicle.acts_on(segment.levels):
            for side in SIDES:
                yield fascicle, side, scenario.muscles.fascicles.get(fascicle.name, {}).get(side)


def _pull(
    scenario: Scenario, fascicle: Fascicle, side: str, settings: FascicleSettings | None, activation: float
) -> Pull:
    if settings is not None and settings.force_N is not None:
        return Pull(settings.force_N, None)
    if settings is not None and settings.activation is not None:
        activation = settings.activation
    return Pull(activation * full_force_N(scenario, fascicle, side), activation)


def _lines(
    scenario: Scenario, segment: Segment, fascicle: Fascicle, side: str
) -> Sequence[tuple[tuple[WeightedPoint, WeightedPoint], float]]:
    """Lines of one fascicle with their share of its force: one, or two where part of it enters through the MAL.

    An end above the uppermost body in the model moves with it, one below the lowermost body is fixed.
    """
    if fascicle.bypasses(segment.levels):
        below, above = (outer_point(segment.mesh, fascicle, end, side, segment.levels) for end in fascicle.ends)
        return [((_fixed(below), _on_upper_body(segment, above)), 1.0)]
    step = fascicle.length_mm * fascicle.direction_on(side)

    def attached(level: str) -> WeightedPoint:
        return segment.point(f"{fascicle.attachment(level)}.{side}")

    if fascicle.lower_end not in segment.levels:
        high = attached(fascicle.upper_end)
        low = _fixed(high.position - step)
    elif fascicle.upper_end not in segment.levels:
        low = attached(fascicle.lower_end)
        high = _on_upper_body(segment, low.position + step)
    else:
        low, high = attached(fascicle.lower_end), attached(fascicle.upper_end)
    ligament = _mal_patch(scenario, segment, fascicle, side)
    if ligament is None:
        return [((low, high), 1.0)]
    share = scenario.muscles.mal_share
    through = (ligament, high) if fascicle.muscle == "multifidus" else (low, ligament)
    return [((low, high), 1.0 - share), (through, share)]


def _mal_patch(scenario: Scenario, segment: Segment, fascicle: Fascicle, side: str) -> WeightedPoint | None:
    """MAL surface through which part of the fascicle pulls: dorsal for multifidus, lateral for longissimus."""
    level = fascicle.lower_end if fascicle.muscle == "multifidus" else fascicle.upper_end
    if level not in segment.levels or scenario.mal[level][side].state == "absent":
        return None
    face = "dorsal" if fascicle.muscle == "multifidus" else "lateral"
    return segment.point(f"{level}.mal.{side}.{face}")


def _fixed(position: np.ndarray) -> WeightedPoint:
    return WeightedPoint(np.empty(0, dtype=int), np.empty(0), position)


def _on_upper_body(segment: Segment, position: np.ndarray) -> WeightedPoint:
    """A point above the segment that moves rigidly with the body of the uppermost vertebra, held by its two rims."""
    nodes = segment.rims(segment.levels[0])
    return WeightedPoint(nodes, affine_weights(segment.mesh.points[nodes], position), position)
