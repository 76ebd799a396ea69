"""Weight of the upper body and of a carried mass: keys, descriptions and entry in results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from pydantic import Field

from fem_lumbar.foundation.parameters import StrictModel
from fem_lumbar.scenario.load_kinds.section import CaseInScenario, LoadSection
from fem_lumbar.scenario.settings import setting

STANDARD_GRAVITY_M_PER_S2 = 9.80665
"""Standard acceleration of gravity (defined, CGPM 1901)."""

_LATERAL = "upper_body_lateral_offset_mm", "carried_lateral_offset_mm"


class CarriedSettings(StrictModel):
    """A mass that the upper body carries; its place counts along the horizontal and the vertical, however inclined.

    It is the place in the posture that balanced muscles hold.
    """

    mass_kg: float = setting("load_cases", "upper_body", "carried", "mass_kg")
    lever_arm_mm: float = setting("load_cases", "upper_body", "carried", "lever_arm_mm")
    height_mm: float = setting("load_cases", "upper_body", "carried", "height_mm")
    lateral_offset_mm: float = setting("load_cases", "upper_body", "carried", "lateral_offset_mm")

    @property
    def weight_N(self) -> float:
        """Weight of the mass, N."""
        return self.mass_kg * STANDARD_GRAVITY_M_PER_S2


class UpperBodySettings(StrictModel):
    """What the segment carries: a weight on a point that moves with the uppermost endplate.

    ``inclination_deg`` inclines the whole model forwards as one piece, pelvis, segment and upper body: gravity turns in
    the axes of the model. The trunk bends at the hips alone then. A ``lumbar_flexion_deg`` that balanced muscles hold
    inclines what is above these joints further.
    """

    weight_N: float = setting("load_cases", "upper_body", "weight_N")
    lever_arm_mm: float = setting("load_cases", "upper_body", "lever_arm_mm")
    height_mm: float = setting("load_cases", "upper_body", "height_mm")
    lateral_offset_mm: float = setting("load_cases", "upper_body", "lateral_offset_mm")
    inclination_deg: float = setting("load_cases", "upper_body", "inclination_deg")
    carried: CarriedSettings | None = Field(None, description="a mass carried or lifted, with its place")


class UpperBodySection(LoadSection):
    """The upper body above the segment, if any."""

    suffices: ClassVar[tuple[str, ...]] = ("upper_body",)
    applied_keys: ClassVar[tuple[str, ...]] = (
        "upper_body_N",
        "upper_body_lever_arm_mm",
        "upper_body_height_mm",
        "upper_body_lateral_offset_mm",
        "inclination_deg",
        "carried_N",
        "carried_lever_arm_mm",
        "carried_height_mm",
        "carried_lateral_offset_mm",
    )

    upper_body: UpperBodySettings | None = Field(None, description="weight of the body above, with its lever arm")

    @property
    def weight_N(self) -> float:
        """Weight including the carried mass, N; 0 without an upper body."""
        if self.upper_body is None:
            return 0.0
        carried = self.upper_body.carried
        return self.upper_body.weight_N + (0.0 if carried is None else carried.weight_N)

    def acts(self, case: CaseInScenario) -> bool:
        """Whether it loads the segment."""
        return self.weight_N > 0.0

    def words(self, name: str) -> Iterator[str]:
        """Weight and where it acts."""
        upper = self.upper_body
        if upper is None:
            return
        arm = upper.lever_arm_mm
        side = "behind" if arm < 0 else "in front of"
        beside = _beside(upper.lateral_offset_mm)
        yield f"upper body {upper.weight_N:g} N {abs(arm):g} mm {side} the uppermost endplate{beside}"
        if upper.inclination_deg:
            yield f"trunk and pelvis inclined {upper.inclination_deg:g}° forwards"
        if upper.carried is not None:
            carried = upper.carried
            place = _ahead(carried.lever_arm_mm) + _beside(carried.lateral_offset_mm)
            yield f"{carried.mass_kg:g} kg carried {place}"

    def can_be_balanced(self, case: CaseInScenario) -> bool:
        """Whether there is an upper body, of any weight."""
        return self.upper_body is not None

    @classmethod
    def mirrored(cls, prescribed: Mapping[str, Any]) -> dict[str, Any]:
        """Lateral offsets change sign."""
        return {key: -value if key in _LATERAL else value for key, value in prescribed.items()}

    @classmethod
    def label(cls, applied: Mapping[str, Any]) -> Iterator[str]:
        """Weight and where it acts."""
        if applied.get("upper_body_N"):
            beside = _beside(applied.get("upper_body_lateral_offset_mm", 0.0))
            yield f"upper body {applied['upper_body_N']:g} N {_ahead(applied['upper_body_lever_arm_mm'])}{beside}"
        if applied.get("inclination_deg"):
            yield f"inclined {applied['inclination_deg']:g}° forwards"
        if applied.get("carried_N"):
            place = _ahead(applied["carried_lever_arm_mm"]) + _beside(applied["carried_lateral_offset_mm"])
            yield f"carries {applied['carried_N']:.3g} N {place}"


def _ahead(arm_mm: float) -> str:
    """Lever arm in words."""
    return f"{abs(arm_mm):g} mm {'behind' if arm_mm < 0 else 'in front'}"


def _beside(offset_mm: float) -> str:
    """Lateral offset in words; empty if 0."""
    return f" and {abs(offset_mm):g} mm to the {'left' if offset_mm > 0 else 'right'}" if offset_mm else ""
