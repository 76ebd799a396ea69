"""The levels that a line of action joins, and the joints it crosses."""

from __future__ import annotations

from dataclasses import dataclass

from fem_lumbar.anatomy.spine import joint_levels, place_in_column


@dataclass(frozen=True)
class Span:
    """Levels that a line joins, cranial to caudal; ``sacrum`` is below all."""

    upper: str
    lower: str

    def crosses(self, joint: str) -> bool:
        """Whether the line crosses the joint."""
        above, below = map(place_in_column, joint_levels(joint))
        return place_in_column(self.upper) <= above and place_in_column(self.lower) >= below
