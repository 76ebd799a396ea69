"""Which joints a line between two levels passes."""

from __future__ import annotations

from dataclasses import dataclass

from fem_lumbar.anatomy.spine import COLUMN, joint_levels


@dataclass(frozen=True)
class Span:
    """Levels that a line joins, cranial to caudal; ``sacrum`` is below all."""

    upper: str
    lower: str

    def crosses(self, joint: str) -> bool:
        """Whether the line passes the joint."""
        above, below = joint_levels(joint)
        return COLUMN.index(self.upper) <= COLUMN.index(above) and COLUMN.index(self.lower) >= COLUMN.index(below)
