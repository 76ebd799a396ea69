"""Kinks, where results no longer follow their derivative: contact opens or closes, ligaments slacken or tighten."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fem_lumbar.model.segment import Segment
from fem_lumbar.sensitivity.parameters import Parameter

Margins = dict[str, np.ndarray]
"""Margins (mm) by ligament and contact."""


def margins(segment: Segment, x: np.ndarray) -> Margins:
    """Margins of ligaments and contacts to the onset of load, mm: positive if loaded.

    For ligaments (n,) the elongation of each strand, for contacts (1,) the largest penetration.
    """
    found: Margins = {}
    for joint, strands in segment.ligaments.items():
        stretch, names = strands.lengths(x) - strands.rest, np.array(segment.strand_names[joint])
        for name in dict.fromkeys(segment.strand_names[joint]):
            found[f"{joint} {name}"] = stretch[names == name]
    for (joint, side), contact in segment.contacts.items():
        found[f"{joint} facet_{side}"] = np.array([-contact.smallest_gap(x)])
    for (joint, place), contact in segment.bone_contacts.items():
        found[f"{joint} bone_contact_{place}"] = np.array([-contact.smallest_gap(x)])
    return found


def kink(parameter: Parameter, now: Margins, slope: Margins) -> str:
    """Contacts and ligaments that change state within the reach of a parameter, by linear extrapolation of margins."""
    if parameter.reach is None:
        return ""
    low, high = (end - parameter.value for end in parameter.reach)
    return "; ".join(_changes(now, slope, np.array([min(low, 0.0), max(high, 0.0)])))


def _changes(margins_now: Margins, slope: Margins, reach: np.ndarray) -> Iterator[str]:
    for name, now in margins_now.items():
        ends = now + reach[:, None] * slope[name]
        carries, then = now > 0.0, ends > 0.0
        meets = "facet_" in name or "bone_contact_" in name
        if (carries & ~then.all(axis=0)).any():
            yield f"{name} {'opens' if meets else 'slackens'}"
        elif (~carries & then.any(axis=0)).any():
            yield f"{name} {'closes' if meets else 'tightens'}"
