"""Follower load through the vertebral centres."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from typing_extensions import Self

from fem_lumbar.anatomy.spine import joint_levels
from fem_lumbar.mechanics.pull import LinePull
from fem_lumbar.model.load_kinds.applied_load import LoadSite
from fem_lumbar.model.load_kinds.line_load import LineLoad
from fem_lumbar.model.span import Span
from fem_lumbar.scenario.load_kinds.follower import FollowerSection
from fem_lumbar.scenario.load_kinds.section import LoadSection


class FollowerLoad(LineLoad[FollowerSection]):
    """The same pull between the bodies of every joint."""

    section: ClassVar[type[LoadSection]] = FollowerSection
    cause: ClassVar[str] = "follower"
    line_kind: ClassVar[str] = "follower"

    @classmethod
    def build(cls, given: FollowerSection, site: LoadSite) -> Self:
        """The load at full size."""
        segment = site.segment
        if not given.follower_N:
            return cls(given, segment, ())
        pairs = [joint_levels(joint) for joint in segment.joints]
        item = LinePull(
            "follower",
            [segment.point(f"{lower}.follower") for _, lower in pairs],
            [segment.point(f"{upper}.follower") for upper, _ in pairs],
            np.full(len(pairs), given.follower_N),
        )
        return cls(given, segment, (item,))

    @property
    def spans(self) -> Sequence[Span]:
        """Levels joined by each line."""
        return [Span(*joint_levels(joint)) for joint in self.segment.joints]

    @property
    def line_names(self) -> Sequence[str]:
        """What each line is part of."""
        return ["follower"] * len(self.segment.joints)

    @property
    def line_sides(self) -> Sequence[str]:
        """All in the middle."""
        return [""] * len(self.segment.joints)

    def applied(self, x: np.ndarray, load_factor: float) -> dict[str, Any]:
        """Its size."""
        return {"follower_N": sum(item.history(load_factor) * float(item.force[0]) for item in self.items) + 0.0}

    def magnitude(self, item: LinePull) -> np.ndarray:
        """Pull (n,) of each line at full load, N."""
        return item.force
