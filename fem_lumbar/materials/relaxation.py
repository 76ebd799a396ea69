r"""Quasi-linear viscoelasticity: the stress of an elastic law relaxes in exponential branches at constant strain.

.. math:: S(t) = \int G(t - s)\, dS_0(s), \qquad G(t) = 1 - \sum_i g_i (1 - e^{-t/\tau_i})

S_0 is the second Piola-Kirchhoff stress of the elastic law, so that the law is objective (Simo 1987, Comput Methods
Appl Mech Eng 60:153-173; Holzapfel & Gasser 2001, Comput Methods Appl Mech Eng 190:4379-4403). The elastic law is the
*instantaneous* one: 1 - sum g_i of its stress remains in the long term.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Step:
    """Update of each branch (n_b,) in a time step: lost = kept · lost before + start · S_0 before + end · S_0 after."""

    kept: np.ndarray
    start: np.ndarray
    end: np.ndarray


class Relaxation:
    """Branches of a relaxation function.

    Parameters
    ----------
    shares : (n_b,)
        g_i, fractions of the instantaneous stress that relax; their sum is below 1.
    times_s : (n_b,)
        tau_i, s.
    """

    def __init__(self, shares: np.ndarray | list[float], times_s: np.ndarray | list[float]) -> None:
        self.shares = np.asarray(shares, dtype=float)
        self.times_s = np.asarray(times_s, dtype=float)

    def left(self, time_s: np.ndarray | float) -> np.ndarray:
        """G(t): the fraction of the stress that remains at times (...,), s, under a strain held since t = 0."""
        age = np.asarray(time_s, dtype=float)[..., None] / self.times_s
        return 1.0 + np.sum(self.shares * np.expm1(-age), axis=-1)

    def step(self, duration_s: float) -> Step:
        """A time step over which S_0 changes linearly: exact, also for steps much longer than a relaxation time."""
        age = duration_s / self.times_s
        mean = -np.expm1(-age) / age  # of exp(-t / tau) over the step
        kept = np.exp(-age)
        return Step(kept, self.shares * (mean - kept), self.shares * (1.0 - mean))
