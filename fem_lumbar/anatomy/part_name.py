"""The name of a part of the model: a region, a surface, an attachment patch or a landmark."""

from __future__ import annotations

from collections.abc import Iterable

from fem_lumbar.anatomy.spine import BODIES, joint_levels
from fem_lumbar.foundation.conventions import SIDES

CARTILAGE_ENDPLATE = "cartilage_endplate"
"""Part name of the layers of cartilage at the ends of a disc in region names."""
DISC_PARTS = ("nucleus", "annulus", CARTILAGE_ENDPLATE)
"""Parts between two bony endplates, where present."""
_ENDS = ("upper", "lower")
_SOFT_OF_BODIES = ("mal", "facet_cartilage", "cleft")
_OTHER: dict[str, str] = dict(zip(SIDES, reversed(SIDES), strict=True))


class PartName(str):
    """A string, as on disk and in keys, with access to the parts of the name.

    They are separated by dots: the body or joint, its part, and details that distinguish parts of one sort (side, face,
    strand, end): ``L4.mal.left.dorsal``, ``L3-L4.CL.right.2.upper``.
    """

    __slots__ = ()

    @classmethod
    def of(cls, place: str, part: str, *details: object) -> PartName:
        """The name with these parts."""
        return cls(".".join((place, part, *map(str, details))))

    @property
    def place(self) -> str:
        """Body or joint."""
        return self.partition(".")[0]

    @property
    def part(self) -> str:
        """Part of the body or joint: ``cancellous``, ``mal``, ``annulus``, ``ALL``; empty for the whole."""
        return self.partition(".")[2].partition(".")[0]

    @property
    def is_bone(self) -> bool:
        """Whether it is bone of a body; an arch of the MAL is not, even when ossified."""
        return self.place in BODIES and self.part not in _SOFT_OF_BODIES

    @property
    def details(self) -> tuple[str, ...]:
        """All that follows the part, in order."""
        return tuple(self.split(".")[2:])

    @property
    def side(self) -> str:
        """``left`` or ``right``; empty for what has no side."""
        return next((detail for detail in self.details if detail in SIDES), "")

    @property
    def end(self) -> str:
        """``upper`` or ``lower`` for the end of a strand; empty for anything else."""
        return next((detail for detail in self.details[-1:] if detail in _ENDS), "")

    @property
    def without_end(self) -> PartName:
        """The strand that an end belongs to."""
        return PartName(self.removesuffix(f".{self.end}")) if self.end else self

    @property
    def bodies(self) -> tuple[str, ...]:
        """The body, or the two bodies of the joint, upper first."""
        return (self.place,) if self.place in BODIES else joint_levels(self.place)

    @property
    def body(self) -> str:
        """The body it is on: for the end of a strand the one to which it attaches, else the upper one of a joint."""
        return self.bodies[-1] if self.end == "lower" else self.bodies[0]

    @property
    def sort(self) -> tuple[str, ...]:
        """The name without strand numbers, common to all strands of a ligament."""
        return (self.place, self.part, *(detail for detail in self.details if not detail.isdigit()))

    @property
    def mirrored(self) -> PartName:
        """The name with the sides exchanged."""
        return PartName.of(self.place, self.part, *(_OTHER.get(detail, detail) for detail in self.details))


def named(names: Iterable[str], place: str | None = None, part: str | None = None) -> list[PartName]:
    """The names that belong to a body or joint, to a part, or to both, in the given order."""
    found = map(PartName, names)
    return [one for one in found if place in (None, one.place) and part in (None, one.part)]


def facet_surfaces(joint: str, side: str) -> tuple[str, str]:
    """Names of the articular surfaces of a joint: of the upper vertebra (inferior), of the lower one (superior)."""
    upper, lower = joint_levels(joint)
    return f"{upper}.facet.inferior.{side}", f"{lower}.facet.superior.{side}"
