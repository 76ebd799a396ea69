"""Follower load: its key, descriptions, warnings and entry in results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from fem_lumbar.scenario.load_kinds.muscles import MuscleSection
from fem_lumbar.scenario.load_kinds.section import CaseInScenario, LoadSection
from fem_lumbar.scenario.load_kinds.upper_body import UpperBodySection
from fem_lumbar.scenario.settings import setting


class FollowerSection(LoadSection):
    """Compression along the path through the vertebral centres."""

    suffices: ClassVar[tuple[str, ...]] = ("follower_N",)
    applied_keys: ClassVar[tuple[str, ...]] = ("follower_N",)
    curve_keys: ClassVar[tuple[str, ...]] = ("follower_N",)

    follower_N: float = setting("load_cases", "follower_N")

    def acts(self, case: CaseInScenario) -> bool:
        """Whether it loads the segment."""
        return self.follower_N > 0.0

    def words(self, name: str) -> Iterator[str]:
        """Size."""
        if self.follower_N > 0.0:
            yield f"follower load {self.follower_N:g} N"

    def warnings(self, case: CaseInScenario) -> Iterator[str]:
        """Weight or muscles that the follower load represents but that also act."""
        weight = case.of(UpperBodySection).weight_N
        if self.follower_N <= 0.0:
            return
        if weight > 0.0:
            yield (
                f"follower_N {self.follower_N:g} and upper_body.weight_N {weight:g} act together; if the follower "
                "load stands for the upper body as well, its weight is counted twice: leave out one of them"
            )
        elif case.of(MuscleSection).balanced:
            yield (
                f"follower_N {self.follower_N:g} beside balanced muscles; if the follower load stands for these "
                "muscles, they are counted twice: leave out follower_N, or give muscle_activation a number"
            )

    def can_be_balanced(self, case: CaseInScenario) -> bool:
        """False: it follows the spine and needs no muscles to hold the posture."""
        return False

    @classmethod
    def label(cls, applied: Mapping[str, Any]) -> Iterator[str]:
        """Size, and whether it was applied first."""
        if applied.get("follower_N"):
            first = " first" if applied.get("follower_first") else ""
            yield f"follower load {applied['follower_N']:g} N{first}"
