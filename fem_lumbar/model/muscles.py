"""Muscles of a scenario: the force of each fascicle at full load."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from fem_lumbar.anatomy.muscles import Fascicle
from fem_lumbar.anatomy.trunk_muscles import muscle_lines
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.model.segment import Segment
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.sections import FascicleSettings

MM2_PER_CM2 = 100.0

Muscle = tuple[str, str]
"""A fascicle on a side: ``("multifidus.m3s", "left")``."""


@dataclass(frozen=True)
class Pull:
    """Force of a fascicle at full load, and its activation (None where the force is given)."""

    force_N: float
    activation: float | None


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
    return muscles.specific_tension_N_per_cm2 * fascicle.pcsa_mm2 / MM2_PER_CM2 * size


def given_pulls(scenario: Scenario, segment: Segment, activation: float) -> dict[Muscle, Pull]:
    """Pulls with one activation of the load case for all fascicles, except those with settings of their own.

    Fascicles that bypass the segment are represented by the follower load; they pull only where set individually.
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


def effort_weights(scenario: Scenario, muscles: Collection[Muscle]) -> list[float]:
    """Weights of fascicles in the sum of cubed activations: that of the side times that of the fascicle."""
    settings, sides = scenario.muscles.fascicles, scenario.muscles.effort_weight
    own = (settings.get(name, {}).get(side) for name, side in muscles)
    return [
        sides.get(side, 1.0) * (1.0 if one is None or one.effort_weight is None else one.effort_weight)
        for (_, side), one in zip(muscles, own, strict=True)
    ]


def balanced_pulls(scenario: Scenario, segment: Segment, activations: Mapping[Muscle, float]) -> dict[Muscle, Pull]:
    """Pulls of a balanced case: what the scenario gives for single fascicles, and found activations for the rest."""
    pulls = given_pulls(scenario, segment, 0.0)
    full = free_muscles(scenario, segment)
    return pulls | {name: Pull(value * full[name], value) for name, value in activations.items()}


def _in_model(scenario: Scenario, segment: Segment) -> Iterator[tuple[Fascicle, str, FascicleSettings | None]]:
    """Fascicles of the chosen groups on both sides that load the segment, with their own settings."""
    for fascicle in muscle_lines().values():
        if fascicle.group in scenario.muscles.groups and fascicle.acts_on(segment.levels):
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
