"""Power of the paired t-test in closed form: non-central t distribution with n − 1 degrees of freedom.

Cohen 1988, Statistical power analysis for the behavioral sciences, ch. 2; differences are normally distributed.
"""

from __future__ import annotations

import math

from scipy.optimize import brentq
from scipy.stats import nct, norm, t

FEWEST = 2
_MOST = 10**7
_FAR = 30.0
"""Upper end of the search for the smallest detectable effect size (0 is the lower end)."""


def power(effect: float, pairs: float, significance: float) -> float:
    """Power of a two-sided paired t-test.

    Parameters
    ----------
    effect : float
        Effect size: mean difference over the standard deviation of the differences.
    pairs : float
        Number of pairs, above 1.
    significance : float
        Significance level (probability of a type I error).
    """
    freedom, shift = pairs - 1.0, abs(effect) * math.sqrt(pairs)
    critical = t.isf(0.5 * significance, freedom)
    # For a large noncentrality the far tail is below 1e-10, and scipy returns nan there.
    other = float(nct.cdf(-critical, freedom, shift)) if shift < 5.0 else 0.0
    return float(nct.sf(critical, freedom, shift)) + other


def pairs_needed(effect: float, wanted: float, significance: float) -> int | None:
    """Smallest number of pairs with the required power for an effect size; None if ten million are not enough."""
    if effect == 0.0:
        return None
    guess = ((norm.isf(0.5 * significance) + norm.ppf(wanted)) / abs(effect)) ** 2
    if guess > _MOST:
        return None
    pairs = max(FEWEST, math.floor(guess))  # the normal approximation needs no more pairs than the t-test
    while power(effect, pairs, significance) < wanted:
        pairs += 1
    return pairs


def visible_effect(pairs: int, wanted: float, significance: float) -> float:
    """Smallest effect size detectable with a number of pairs at the required power."""
    return float(brentq(lambda effect: power(effect, pairs, significance) - wanted, 0.0, _FAR))
