"""Evolution law of the fibres of one medial branch on both sides, integrated over months.

State variables on each side, as fractions of the fibres supplied by the branch:

- d: denervated, without force;
- a: atrophy of the denervated fibres, part of d;
- r: size that reinnervated fibres have not yet regained, without force;
- f: replaced by fat, part of d, never reinnervated.

With h the rate of further loss, p the fraction supplied only by the branch, rho and phi the rates of reinnervation
and of replacement by fat,

    d' = h (p - d) - rho (d - f)
    a' = (alpha (d - f) - a) / tau_a - rho a
    r' = rho a - r / tau_r
    f' = phi (d - f)

and the lost force is u = d + r. The loop is closed by h = k_n max(N, 0) + k_j max(J, 0). N is the load on the nerve
relative to the one that stops venular flow: contact pressure in the tunnel, and elongation of the course beyond the
one before the loss (none while slack). J is the relative rise of the facet force. Both depend on u of both sides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from fem_lumbar.adaptation.parameters import Constants

_STEP_MONTHS, _STEP_BY_RATE = 0.1, 0.35
"""Largest step of the classical Runge-Kutta method, and largest product of step and fastest rate."""

Signals = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Maps lost force (n, 2), left and right, to loads on the nerve and relative rises of the facet force (n, 2)."""


@dataclass(frozen=True)
class Course:
    """Fractions of the fibres over time, left and right, for n samples.

    Attributes
    ----------
    months : ndarray (t,)
    lost : ndarray (t, n, 2)
        Lost force (d + r).
    denervated : ndarray (t, n, 2)
        Denervated (d).
    thinner : ndarray (t, n, 2)
        Lost contractile cross-section, as seen in an image (a + r + f).
    fat : ndarray (t, n, 2)
        Replaced by fat (f).
    """

    months: np.ndarray
    lost: np.ndarray
    denervated: np.ndarray
    thinner: np.ndarray
    fat: np.ndarray


def course(lesion: np.ndarray, of: Constants, signals: Signals, months: np.ndarray) -> Course:
    """Integrate the law from a lesion.

    Parameters
    ----------
    lesion : ndarray (2,)
        Fraction of the branch that is lost at the start, left and right.
    of : Constants
        n samples.
    signals : callable
        Feedback that closes the loop.
    months : ndarray (t,)
        Output times, ascending from 0.
    """
    d = of.supplied_share[:, None] * lesion
    state = np.stack([d, np.zeros_like(d), np.zeros_like(d), np.zeros_like(d)])
    states = [state]
    for begin, end in pairwise(months):
        longest = min(_STEP_MONTHS, _STEP_BY_RATE / _fastest(state, of, signals))
        steps = max(1, int(np.ceil((end - begin) / longest - 1e-9)))
        for _ in range(steps):
            state = _stepped(state, (end - begin) / steps, of, signals)
        states.append(state)
    d, a, r, f = np.moveaxis(np.array(states), 1, 0)
    return Course(months, np.minimum(d + r, 1.0), d, a + r + f, f)


def no_load(lost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Signals of an open loop: zero feedback."""
    return np.zeros_like(lost), np.zeros_like(lost)


def lost_to_load(signals: Signals, lost: np.ndarray, of: Constants) -> np.ndarray:
    """Rate h (n, 2) per month at which innervated fibres lose their nerve, for a loss of force (n, 2)."""
    nerve, joint = signals(lost)
    return of.nerve_per_month[:, None] * np.maximum(nerve, 0.0) + of.joint_per_month[:, None] * np.maximum(joint, 0.0)


def _fastest(state: np.ndarray, of: Constants, signals: Signals) -> float:
    """Estimate of the fastest rate (1/month) at a state (4, n, 2); it limits the step."""
    hazard = lost_to_load(signals, np.clip(state[0] + state[2], 0.0, 1.0), of).max(axis=1)
    own = of.reinnervation_per_month + of.fat_per_month + 1.0 / of.fibre_atrophy_months + 1.0 / of.rebuilding_months
    return float((hazard + own).max())


def _stepped(state: np.ndarray, step: float, of: Constants, signals: Signals) -> np.ndarray:
    """State (4, n, 2) after one step (months) of the classical Runge-Kutta method."""
    one = _rate(state, of, signals)
    two = _rate(state + 0.5 * step * one, of, signals)
    three = _rate(state + 0.5 * step * two, of, signals)
    four = _rate(state + step * three, of, signals)
    return state + step / 6.0 * (one + 2.0 * two + 2.0 * three + four)


def _rate(state: np.ndarray, of: Constants, signals: Signals) -> np.ndarray:
    """Time derivative (4, n, 2) of a state, per month."""
    d, a, r, f = state
    rho, phi = of.reinnervation_per_month[:, None], of.fat_per_month[:, None]
    hazard = lost_to_load(signals, np.clip(d + r, 0.0, 1.0), of)
    free = d - f
    return np.stack(
        [
            hazard * np.maximum(of.supplied_share[:, None] - d, 0.0) - rho * free,
            (of.fibre_atrophy[:, None] * free - a) / of.fibre_atrophy_months[:, None] - rho * a,
            rho * a - r / of.rebuilding_months[:, None],
            phi * free,
        ]
    )
