"""What a search for balanced muscles found: activations, the equilibrium with them, and how far it is from balance."""

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
    """Activations by fascicle and side, the equilibrium with them, and which part of their correction may be left."""

    activations: dict[Muscle, float]
    solution: Solution
    left: float = 1.0


@dataclass(frozen=True)
class MuscleBalance:
    """Activations by fascicle and side, rotations (deg) left by joint and component, solutions, corrections in the end.

    ``path`` are the equilibria without load and at full load with these activations, ``set_at`` (n_dofs,) is the
    posture in which they count as set, ``before`` the state before the last correction, part of which is the error.
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
    """Entries of a summary about muscles: the pull of each fascicle, and how they are balanced if they are."""
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
