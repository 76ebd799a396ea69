"""Prescribed axial displacement of the loaded endplate: its key, descriptions and entry in results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from fem_lumbar.scenario.load_kinds.section import CaseInScenario, LoadSection
from fem_lumbar.scenario.settings import setting


class AxialDisplacementSection(LoadSection):
    """A displacement, positive downwards (compression), measured from the start of the motion."""

    held: ClassVar[bool] = False
    suffices: ClassVar[tuple[str, ...]] = ("axial_displacement_mm",)
    applied_keys: ClassVar[tuple[str, ...]] = ("axial_displacement_mm",)
    curve_keys: ClassVar[tuple[str, ...]] = ("axial_displacement_mm", "axial_force_N")

    axial_displacement_mm: float | None = setting("load_cases", "axial_displacement_mm")

    def acts(self, case: CaseInScenario) -> bool:
        """Whether it loads the segment."""
        return bool(self.axial_displacement_mm)

    def words(self, name: str) -> Iterator[str]:
        """Direction and size."""
        if self.axial_displacement_mm is not None:
            way = "pressed together" if self.axial_displacement_mm >= 0 else "pulled apart"
            yield f"{way} by {abs(self.axial_displacement_mm):g} mm"

    def prescribed_motions(self) -> tuple[str, ...]:
        """Its key, if given."""
        return () if self.axial_displacement_mm is None else ("axial_displacement_mm",)

    @classmethod
    def label(cls, applied: Mapping[str, Any]) -> Iterator[str]:
        """Displacement, and the force that it needs."""
        if "axial_displacement_mm" in applied:
            force = applied["axial_force_N"]
            yield f"axial displacement {applied['axial_displacement_mm']:g} mm (takes {force:.3g} N)"
