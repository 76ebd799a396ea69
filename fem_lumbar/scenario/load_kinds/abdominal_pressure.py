"""Abdominal pressure: its keys, descriptions and entry in results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from fem_lumbar.scenario.load_kinds.section import CaseInScenario, LoadSection
from fem_lumbar.scenario.problems import listed
from fem_lumbar.scenario.settings import setting

MM2_PER_CM2 = 100.0
KPA_PER_MPA = 1000.0


class AbdominalPressureSection(LoadSection):
    """A pressure between diaphragm and pelvic floor that pushes the upper body up and the fixed pelvis down."""

    suffices: ClassVar[tuple[str, ...]] = ("abdominal_pressure_kPa",)
    applied_keys: ClassVar[tuple[str, ...]] = ("abdominal_pressure_N", "abdominal_lever_arm_mm")

    abdominal_pressure_kPa: float = setting("load_cases", "abdominal_pressure_kPa")
    abdominal_area_cm2: float = setting("load_cases", "abdominal_area_cm2")
    abdominal_lever_arm_mm: float = setting("load_cases", "abdominal_lever_arm_mm")

    @property
    def force_N(self) -> float:
        """Upward force on the upper body, N."""
        return self.abdominal_pressure_kPa / KPA_PER_MPA * self.abdominal_area_cm2 * MM2_PER_CM2

    def acts(self, case: CaseInScenario) -> bool:
        """Whether it loads the segment."""
        return self.abdominal_pressure_kPa > 0.0

    def words(self, name: str) -> Iterator[str]:
        """Pressure and force."""
        if self.abdominal_pressure_kPa > 0.0:
            yield f"abdominal pressure {self.abdominal_pressure_kPa:g} kPa ({self.force_N:.3g} N on the upper body)"

    def warnings(self, case: CaseInScenario) -> Iterator[str]:
        """Settings of a pressure that is 0."""
        changed = [name for name, key in type(self).model_fields.items() if getattr(self, name) != key.default]
        if changed and not self.abdominal_pressure_kPa:
            yield f"{listed(changed)} without effect: there is no abdominal_pressure_kPa"

    def can_be_balanced(self, case: CaseInScenario) -> bool:
        """False: it supports other loads and needs no muscles by itself."""
        return False

    @classmethod
    def label(cls, applied: Mapping[str, Any]) -> Iterator[str]:
        """Force."""
        if applied.get("abdominal_pressure_N"):
            yield f"abdominal pressure {applied['abdominal_pressure_N']:.3g} N upwards"
