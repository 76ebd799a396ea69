"""Predicted surface EMG amplitude of a muscle at a level on each side, from the activations of a run.

The fascicles under an electrode are those that end at the level or cross it. The amplitude is the sum of activation
times active cross-section, reduced by atrophy, fat and denervation. Normalised to the maximal contraction of the same
muscle and side, this reduction cancels, and the mean activation remains. Tissue between muscle and electrode, crosstalk
and changes of firing are not modelled: only the left/right ratio is predicted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fem_lumbar.anatomy.muscles import Fascicle, fascicles
from fem_lumbar.anatomy.spine import COLUMN, LEVELS
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.model.muscles import full_force_N
from fem_lumbar.scenario.model import Scenario

MUSCLES = ("multifidus", "longissimus")
MEASURES = ("amplitude", "normalised")
"""Raw amplitude, and amplitude relative to the maximal contraction of the same muscle and side."""


Activations = Mapping[str, Mapping[Any, Any]]
"""By fascicle and side, an entry with the ``activation``."""


@dataclass(frozen=True)
class Signal:
    """Left and right of one muscle at one level; amplitudes in N of isometric force, normalised ones dimensionless."""

    muscle: str
    level: str
    amplitude: tuple[float, float]
    normalised: tuple[float, float]

    def log_ratio(self, measure: str) -> float | None:
        """Natural logarithm of the left/right ratio; None if a side is silent."""
        left, right = getattr(self, measure)
        return math.log(left / right) if left > 0.0 and right > 0.0 else None


def signals(scenario: Scenario, muscles: Activations) -> list[Signal]:
    """Signals of both muscles at each level of the template, from ``load_cases.<case>.muscles`` of a summary."""
    found = []
    for muscle in MUSCLES:
        for level in LEVELS:
            below = [one for one in fascicles().values() if one.muscle == muscle and runs_past(one, level)]
            below = [one for one in below if one.name in muscles]
            sides = [_side(scenario, muscles, below, side) for side in SIDES]
            amplitude, normalised = zip(*sides, strict=True)
            found.append(Signal(muscle, level, amplitude, normalised))
    return found


def runs_past(fascicle: Fascicle, level: str) -> bool:
    """Whether a fascicle ends at a level or crosses it."""
    upper, lower = COLUMN.index(fascicle.upper_end), COLUMN.index(fascicle.lower_end)
    return upper <= COLUMN.index(level) <= lower


def _side(scenario: Scenario, muscles: Activations, below: list[Fascicle], side: str) -> tuple[float, float]:
    full = [full_force_N(scenario, one, side) for one in below]
    # A side without an entry is denervated, so that a balanced case cannot use it.
    active = [muscles[one.name].get(side, {}).get("activation") or 0.0 for one in below]
    amplitude, maximum = sum(f * a for f, a in zip(full, active, strict=True)), sum(full)
    return amplitude, amplitude / maximum if maximum else 0.0
