"""Result of a muscle balance: activations, the equilibrium with them, and its deviation from the posture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fem_lumbar.measures.muscles import joint_moments_Nm, muscle_summary
from fem_lumbar.model.loads import Loads
from fem_lumbar.model.muscles import Muscle
from fem_lumbar.model.segment import Segment
from fem_lumbar.solver.solution import Solution
from fem_lumbar.solver.stepping import KnownState


class NoBalance(Exception):
    """No activations hold the posture; the message says why."""


@dataclass(frozen=True)
class Uncorrected:
    """Activations by fascicle and side before their last correction, the equilibrium, and the error left by it.

    ``left`` bounds the remaining error as a fraction of that correction.
    """

    activations: dict[Muscle, float]
    solution: Solution
    left: float = 1.0


@dataclass(frozen=True)
class MuscleBalance:
    """Activations by fascicle and side, deviation (deg) by joint and component, number of solutions and corrections.

    ``path`` holds the equilibria without load and at full load with these activations. ``set_at`` (n_dofs,) is the
    posture in which the activations are set, ``before`` the state before the last correction, which bounds the error.
    """

    activations: dict[Muscle, float]
    set_at: np.ndarray
    rotation_deg: dict[str, dict[str, float]]
    solutions: int
    corrections: int
    path: list[KnownState]
    before: Uncorrected


def muscle_entries(
    segment: Segment, loads: Loads, solution: Solution, load_factor: float, balance: MuscleBalance | None
) -> dict[str, Any]:
    """Entries of a summary about muscles: the force of each fascicle, and the muscle balance if there is one."""
    entries: dict[str, Any] = {}
    if muscles := muscle_summary(loads, solution.x, load_factor):
        entries["muscles"] = muscles
    if balance is not None:
        entries["muscle_balance"] = {
            "solutions": balance.solutions,
            "corrections": balance.corrections,
            "rotation_deg": balance.rotation_deg,
            "moment_about_disc_Nm": joint_moments_Nm(segment, loads, solution.x, load_factor),
        }
    return entries
