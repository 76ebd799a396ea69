"""Pure moment on the loaded endplate: its keys, descriptions and entry in results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np

from fem_lumbar.foundation.conventions import MOMENT_AXIS
from fem_lumbar.scenario.load_kinds.section import CaseInScenario, LoadSection
from fem_lumbar.scenario.settings import setting

_POSITIVE = ("right lateral bending", "flexion", "left axial rotation")
_NEGATIVE = ("left lateral bending", "extension", "right axial rotation")


class MomentSection(LoadSection):
    """A moment about the axis in the name of the case, or by components along x, y and z."""

    held: ClassVar[bool] = False
    turning: ClassVar[tuple[str, ...]] = ("moment_Nm", "moment_vector_Nm")
    about_named_axis: ClassVar[tuple[str, ...]] = ("moment_Nm",)
    suffices: ClassVar[tuple[str, ...]] = ("moment_vector_Nm",)
    applied_keys: ClassVar[tuple[str, ...]] = ("moment_Nm",)

    moment_Nm: float | None = setting("load_cases", "moment_Nm")
    moment_vector_Nm: tuple[float, float, float] | None = setting("load_cases", "moment_vector_Nm")

    def acts(self, case: CaseInScenario) -> bool:
        """Whether it loads the segment."""
        return any((self.moment_Nm, *(self.moment_vector_Nm or ())))

    def words(self, name: str) -> Iterator[str]:
        """Direction and size."""
        if self.moment_Nm is not None and name in MOMENT_AXIS:
            yield f"{name.replace('_', ' ')} moment {self.moment_Nm:g} N·m"
        if self.moment_vector_Nm is not None:
            parts = [
                f"{(_POSITIVE if value > 0 else _NEGATIVE)[axis]} {abs(value):g}"
                for axis, value in enumerate(self.moment_vector_Nm)
                if value
            ]
            yield f"moment {' + '.join(parts) or 0} N·m"

    @classmethod
    def label(cls, applied: Mapping[str, Any]) -> Iterator[str]:
        """Magnitude; the moment of a prescribed rotation is described with the rotation."""
        size = float(np.linalg.norm(applied.get("moment_Nm", [0.0])))
        if size > 0.0 and "rotation_deg" not in applied:
            yield f"moment {size:g} N·m"

    @classmethod
    def prescribed(cls, applied: Mapping[str, Any]) -> dict[str, Any]:
        """The moment; empty under a prescribed rotation, where it is a result."""
        return {} if applied.get("rotation_deg") is not None else super().prescribed(applied)

    @classmethod
    def mirrored(cls, prescribed: Mapping[str, Any]) -> dict[str, Any]:
        """A moment is a pseudovector: its x and z components change sign in the mirror, y does not."""
        return {key: list(np.array(moment) * (-1.0, 1.0, -1.0)) for key, moment in prescribed.items()}

    @classmethod
    def columns(cls, case: str, applied: Mapping[str, Any]) -> dict[str, float]:
        """Moment about the axis in the name of a case, N·m; its magnitude if the name has none."""
        axis, moment = MOMENT_AXIS.get(case), applied["moment_Nm"]
        size = np.linalg.norm(moment) if axis is None else np.dot(axis, moment)
        return {"moment_Nm": float(size) + 0.0}  # no -0.0
