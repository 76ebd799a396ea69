"""Prescribed rotation of the loaded endplate: its key, descriptions and entry in results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np

from fem_lumbar.scenario.load_kinds.section import CaseInScenario, LoadSection
from fem_lumbar.scenario.settings import setting


class RotationSection(LoadSection):
    """A rotation about the axis in the name of the case, measured from the start of the motion."""

    held: ClassVar[bool] = False
    turning: ClassVar[tuple[str, ...]] = ("rotation_deg",)
    about_named_axis: ClassVar[tuple[str, ...]] = ("rotation_deg",)
    applied_keys: ClassVar[tuple[str, ...]] = ("rotation_deg",)

    rotation_deg: float | None = setting("load_cases", "rotation_deg")

    def acts(self, case: CaseInScenario) -> bool:
        """Whether it loads the segment."""
        return bool(self.rotation_deg)

    def words(self, name: str) -> Iterator[str]:
        """Direction and size."""
        if self.rotation_deg is not None:
            yield f"{name.replace('_', ' ')} turned by {self.rotation_deg:g}°"

    def prescribed_motions(self) -> tuple[str, ...]:
        """Its key, if given."""
        return () if self.rotation_deg is None else ("rotation_deg",)

    @classmethod
    def label(cls, applied: Mapping[str, Any]) -> Iterator[str]:
        """Rotation, and the moment that it needs."""
        if "rotation_deg" in applied:
            moment = float(np.linalg.norm(applied.get("moment_Nm", [0.0])))
            yield f"rotation {applied['rotation_deg']:g}° (takes {moment:.3g} N·m)"
