"""Active muscles: their keys in a load case, descriptions, checks and entry in results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from fem_lumbar.anatomy.spine import JointName
from fem_lumbar.scenario.contradiction import Contradiction
from fem_lumbar.scenario.load_kinds.section import CaseInScenario, LoadSection
from fem_lumbar.scenario.problems import KeyPath, listed
from fem_lumbar.scenario.settings import setting

BALANCED = "balanced"
"""Value instead of a number: the program finds the activations that hold the posture."""


class MuscleSection(LoadSection):
    """Activation of all fascicles; without it none is active."""

    suffices: ClassVar[tuple[str, ...]] = ("muscle_activation above 0",)
    applied_keys: ClassVar[tuple[str, ...]] = ("muscle_activation", "muscles_balanced")

    muscle_activation: float | Literal["balanced"] | None = setting("load_cases", "muscle_activation")
    lumbar_flexion_deg: dict[JointName, float] = Field(
        default_factory=dict,
        description="flexion of joints that balanced muscles hold, by joint, from the unloaded segment (deg)",
    )

    @property
    def balanced(self) -> bool:
        """Whether the program finds the activations that hold the posture."""
        return self.muscle_activation == BALANCED

    @property
    def level(self) -> float | None:
        """Activation given for all fascicles; None if no muscle is active or activations are found."""
        return None if isinstance(self.muscle_activation, str) else self.muscle_activation

    def acts(self, case: CaseInScenario) -> bool:
        """Whether any fascicle pulls."""
        fascicles = [one for sides in case.muscles.fascicles.values() for one in sides.values()]
        own_pull = self.muscle_activation is not None and any(one.force_N or one.activation for one in fascicles)
        return bool(self.muscle_activation) or own_pull

    def words(self, name: str) -> Iterator[str]:
        """How hard they pull."""
        if self.balanced:
            held = [f"{joint} at {angle:g}°" for joint, angle in self.lumbar_flexion_deg.items() if angle]
            yield "balanced muscles" + (f" that hold flexion of {listed(held)}" if held else "")
        elif self.level is not None:
            yield f"muscles at {100 * self.level:g} % activation"

    def clashes(self, case: CaseInScenario) -> Iterator[Contradiction]:
        """Muscles without posterior elements to attach to, and balanced muscles without a load or posture to hold."""
        key: KeyPath = ("muscle_activation",)
        if self.lumbar_flexion_deg and not self.balanced:
            message = "a posture is held by balanced muscles, which this case has not"
            yield Contradiction(
                ("lumbar_flexion_deg",), message, "no lumbar_flexion_deg, or muscle_activation balanced"
            )
        if self.muscle_activation is None:
            return
        moved = [name for load in case.loads for name in load.prescribed_motions()]
        if not case.structures.posterior_elements:
            message = "the muscles attach to posterior elements, which are switched off (structures)"
            yield Contradiction(key, message, "no muscle_activation")
        elif not self.balanced:
            return
        elif moved:
            message = f"balanced muscles hold the joints still, but {listed(moved)} moves them"
            yield Contradiction(key, message, "a number, or no prescribed motion")
        elif case.course.follower_first:
            message = "muscles are balanced against all loads together, but follower_first applies some of them later"
            yield Contradiction(key, message, "a number, or follower_first false")
        elif not any(load.can_be_balanced(case) for load in case.loads):
            message = "balanced, but there is no upper body or moment to balance"
            yield Contradiction(key, message, "a number, or upper_body: {}")

    def can_be_balanced(self, case: CaseInScenario) -> bool:
        """False: muscles are what holds the posture."""
        return False

    @classmethod
    def prescribed(cls, applied: Mapping[str, Any]) -> dict[str, Any]:
        """Activation, and the flexion that is held by joint, deg."""
        held = applied.get("lumbar_flexion_deg", {})
        return super().prescribed(applied) | {f"lumbar_flexion_deg.{joint}": held[joint] for joint in held}

    @classmethod
    def label(cls, applied: Mapping[str, Any]) -> Iterator[str]:
        """How hard they pull."""
        if applied.get("muscles_balanced"):
            held = "".join(f", {joint} flexed {x:g}°" for joint, x in applied.get("lumbar_flexion_deg", {}).items())
            yield f"muscles balanced to hold the posture{held}"
        if applied.get("muscle_activation"):
            yield f"muscle activation {100 * applied['muscle_activation']:g} %"
