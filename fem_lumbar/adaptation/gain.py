"""Loop gain: the further loss of fibres caused by one lost fraction before it has healed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.integrate import trapezoid

from fem_lumbar.adaptation.law import Signals, course, no_load
from fem_lumbar.adaptation.parameters import Constants

_SPACING_MONTHS = 0.25


@dataclass(frozen=True)
class Gain:
    """Further loss per loss, for each of n samples.

    Attributes
    ----------
    nerve, joint : ndarray (n, 2, 2)
        By the load on the nerve and by the facet force: loss on the left and right (rows) per loss on the left and
        right (columns). Negative where the load falls.
    lasting_months : ndarray (n,)
        Lost force per unit loss of nerve, integrated over the period.
    """

    nerve: np.ndarray
    joint: np.ndarray
    lasting_months: np.ndarray

    @property
    def rising(self) -> np.ndarray:
        """Gain (n, 2, 2) of both feedbacks; negative entries are zero, as unloading restores no nerve."""
        return np.maximum(self.nerve, 0.0) + np.maximum(self.joint, 0.0)

    @property
    def of_loss(self) -> np.ndarray:
        """Gain (n,) of any loss: the largest eigenvalue of :attr:`rising`. Above 1 the loss grows."""
        return np.abs(np.linalg.eigvals(self.rising)).max(axis=-1)

    @property
    def of_asymmetry(self) -> np.ndarray:
        """Gain (n,) of a left-right difference: own side minus other side; a negative one evens out."""
        own, other = (np.trace(one, axis1=-2, axis2=-1) for one in (self.rising, self.rising[:, ::-1]))
        return 0.5 * (own - other)


def loop_gain(of: Constants, signals: Signals, months: float, loss: float) -> Gain:
    """Gain of a loss over some months.

    A loss of nerve causes a loss of force u(t) by the law without feedback. That denervates fibres at the rate
    p h'(u), so that the gain is p h' times the integral of u. Without fat and atrophy, and for infinite time,
    it is p h' / rho.

    Parameters
    ----------
    of : Constants
    signals : callable
        Load on the nerve and relative rise of the facet force by lost force on both sides.
    months : float
        Period of the integral.
    loss : float
        Loss at which the secant slopes of the loads are taken, from no loss.
    """
    unit = replace(of, supplied_share=np.ones(of.count))
    times = np.linspace(0.0, months, max(2, round(months / _SPACING_MONTHS) + 1))
    lasting = trapezoid(course(np.array([1.0, 0.0]), unit, no_load, times).lost[:, :, 0], times, axis=0)
    nerve, joint = np.empty((2, of.count, 2, 2))
    none = np.zeros((of.count, 2))
    for side in (0, 1):
        lost = none.copy()
        lost[:, side] = loss
        slopes = [(now - before) / loss for now, before in zip(signals(lost), signals(none), strict=True)]
        nerve[:, :, side], joint[:, :, side] = (slope * (of.supplied_share * lasting)[:, None] for slope in slopes)
    rates = of.nerve_per_month[:, None, None], of.joint_per_month[:, None, None]
    return Gain(rates[0] * nerve, rates[1] * joint, lasting)
