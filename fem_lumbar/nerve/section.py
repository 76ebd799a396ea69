"""The cross-section of a tunnel with the smallest inscribed circle."""

from __future__ import annotations

import numpy as np

from fem_lumbar.measures.tunnel_section import Section
from fem_lumbar.nerve.outline import largest_circle


def narrowest(sections: list[Section]) -> tuple[Section, np.ndarray, float]:
    """The section whose largest circle is smallest, the centre (2,) of that circle and its radius, mm (0: closed)."""
    circles = [largest_circle(one.outline) if one.area > 0.0 else (one.outline.mean(axis=0), 0.0) for one in sections]
    at = int(np.argmin([radius for _, radius in circles]))
    return sections[at], *circles[at]
