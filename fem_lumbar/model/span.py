"""Which joints a line between two levels passes."""

from __future__ import annotations

from dataclasses import dataclass

from fem_lumbar.anatomy.muscles import SACRUM, UPPER_BODY
from fem_lumbar.conventions import LEVELS, joint_levels

_ORDER = (*UPPER_BODY, *LEVELS, SACRUM)


@dataclass(frozen=True)
class Span:
    """Levels that a line joins, cranial to caudal; ``sacrum`` is below all."""

    upper: str
    lower: str

    def crosses(self, joint: str) -> bool:
        """Whether the line passes the joint."""
        above, below = joint_levels(joint)
        return _ORDER.index(self.upper) <= _ORDER.index(above) and _ORDER.index(self.lower) >= _ORDER.index(below)
