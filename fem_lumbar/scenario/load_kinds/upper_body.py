"""Weight of the upper body: its keys, words and entry in results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from pydantic import Field

from fem_lumbar.foundation.parameters import StrictModel
from fem_lumbar.scenario.load_kinds.section import CaseInScenario, LoadSection
from fem_lumbar.scenario.settings import setting


class UpperBodySettings(StrictModel):
    """What the segment carries in an upright posture: a weight on a point that moves with the uppermost endplate."""

    weight_N: float = setting("load_cases", "upper_body", "weight_N")
    lever_arm_mm: float = setting("load_cases", "upper_body", "lever_arm_mm")


class UpperBodySection(LoadSection):
    """The body above the segment, or none."""

    suffices: ClassVar[tuple[str, ...]] = ("upper_body",)
    applied_keys: ClassVar[tuple[str, ...]] = ("upper_body_N", "upper_body_lever_arm_mm")

    upper_body: UpperBodySettings | None = Field(None, description="weight of the body above, with its lever arm")

    @property
    def weight_N(self) -> float:
        """Weight, 0 without an upper body."""
        return 0.0 if self.upper_body is None else self.upper_body.weight_N

    def acts(self, case: CaseInScenario) -> bool:
        """Whether it loads the segment."""
        return self.weight_N > 0.0

    def words(self, name: str) -> Iterator[str]:
        """Weight and where it acts."""
        if self.upper_body is not None:
            arm = self.upper_body.lever_arm_mm
            side = "behind" if arm < 0 else "in front of"
            yield f"upper body {self.weight_N:g} N {abs(arm):g} mm {side} the uppermost endplate"

    def can_be_balanced(self, case: CaseInScenario) -> bool:
        """Whether it is there, of whatever weight."""
        return self.upper_body is not None

    @classmethod
    def label(cls, applied: Mapping[str, Any]) -> Iterator[str]:
        """Weight and where it acts."""
        if applied.get("upper_body_N"):
            yield f"upper body {applied['upper_body_N']:g} N {applied['upper_body_lever_arm_mm']:g} mm in front"
