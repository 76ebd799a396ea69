"""Where results stop following their derivative: contact that opens or closes, ligaments that slacken or tighten."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fem_lumbar.model.segment import Segment
from fem_lumbar.sensitivity.variation import Stencil


def margins(segment: Segment, x: np.ndarray) -> dict[str, np.ndarray]:
    """By ligament and facet joint how far it is from taking up load, mm: positive where it carries.

    For ligaments (n,) the stretch of each strand, for facet joints (1,) the depth of the deepest point.
    """
    found: dict[str, np.ndarray] = {}
    for joint, strands in segment.ligaments.items():
        stretch, names = strands.lengths(x) - strands.rest, np.array(segment.strand_names[joint])
        for name in dict.fromkeys(segment.strand_names[joint]):
            found[f"{joint} {name}"] = stretch[names == name]
    for (joint, side), contact in segment.contacts.items():
        found[f"{joint} facet_{side}"] = np.array([-contact.smallest_gap(x)])
    return found


def kink(stencil: Stencil, at: list[dict[str, np.ndarray]]) -> str:
    """What changes sides within the reach of a parameter, foreseen linearly from its margins at the three values."""
    parameter = stencil.parameter
    if parameter.reach is None:
        return ""
    low, high = (end - parameter.value for end in parameter.reach)
    reach = np.array([min(low, 0.0), max(high, 0.0)])
    return "; ".join(_changes(stencil, at, reach))


def _changes(stencil: Stencil, at: list[dict[str, np.ndarray]], reach: np.ndarray) -> Iterator[str]:
    here = int(np.argmin(np.abs(stencil.offsets)))
    for name, now in at[here].items():
        three = np.array([one[name] for one in at])
        ends = now + reach[:, None] * (stencil.weights @ three)
        carries, then = now > 0.0, ends > 0.0
        facet = "facet_" in name
        if (carries & ~then.all(axis=0)).any():
            yield f"{name} {'opens' if facet else 'slackens'}"
        elif (~carries & then.any(axis=0)).any():
            yield f"{name} {'closes' if facet else 'tightens'}"
