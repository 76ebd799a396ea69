"""A dead force on the loaded endplate: its key, words and entry in results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from pydantic import Field

from fem_lumbar.scenario.load_kinds.section import CaseInScenario, LoadSection


class DeadForceSection(LoadSection):
    """A force fixed in space."""

    suffices: ClassVar[tuple[str, ...]] = ("dead_force_N",)
    applied_keys: ClassVar[tuple[str, ...]] = ("dead_force_N",)

    dead_force_N: tuple[float, float, float] | None = Field(None, description="force on the loaded endplate")

    def acts(self, case: CaseInScenario) -> bool:
        return any(self.dead_force_N or ())

    def words(self, name: str) -> Iterator[str]:
        if self.dead_force_N is not None:
            yield "dead force {:g}, {:g}, {:g} N".format(*self.dead_force_N)

    @classmethod
    def label(cls, applied: Mapping[str, Any]) -> Iterator[str]:
        if "dead_force_N" in applied:
            yield "dead force {:g}, {:g}, {:g} N".format(*applied["dead_force_N"])

    @classmethod
    def mirrored(cls, prescribed: Mapping[str, Any]) -> dict[str, Any]:
        return {key: [x, -y, z] for key, (x, y, z) in prescribed.items()}
