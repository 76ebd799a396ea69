"""Power of the paired t-test in closed form: non-central t distribution with n − 1 degrees of freedom.

Cohen 1988, Statistical power analysis for the behavioral sciences, ch. 2; the difference of each pair is normal.
"""

from __future__ import annotations

import math

from scipy.optimize import brentq
from scipy.stats import nct, norm, t

FEWEST = 2
_MOST = 10**7
_FAR = 30.0
"""Effects in standard deviations between which the visible one is sought."""


def power(effect: float, pairs: float, significance: float) -> float:
    """Chance that a two-sided paired t-test sees an effect.

    Parameters
    ----------
    effect : float
        Mean difference over the standard deviation of differences.
    pairs : float
        Number of pairs, above 1.
    significance : float
        Chance to see an effect where there is none.
    """
    freedom, shift = pairs - 1.0, abs(effect) * math.sqrt(pairs)
    critical = t.isf(0.5 * significance, freedom)
    # The far tail is below 1e-10 where the shift is large, and not a number in the library there.
    other = float(nct.cdf(-critical, freedom, shift)) if shift < 5.0 else 0.0
    return float(nct.sf(critical, freedom, shift)) + other


def pairs_needed(effect: float, wanted: float, significance: float) -> int | None:
    """Least number of pairs that sees an effect with the wanted power; None where ten million are not enough."""
    if effect == 0.0:
        return None
    guess = ((norm.isf(0.5 * significance) + norm.ppf(wanted)) / abs(effect)) ** 2
    if guess > _MOST:
        return None
    pairs = max(FEWEST, math.floor(guess))  # the normal distribution asks for no more than the t-test does
    while power(effect, pairs, significance) < wanted:
        pairs += 1
    return pairs


def visible_effect(pairs: int, wanted: float, significance: float) -> float:
    """Least effect, in standard deviations of differences, that so many pairs see with the wanted power."""
    return float(brentq(lambda effect: power(effect, pairs, significance) - wanted, 0.0, _FAR))
