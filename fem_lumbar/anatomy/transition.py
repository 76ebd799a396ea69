"""Transitional lumbosacral anatomy: the type after Castellvi, and the tissue between enlarged process and ala."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from fem_lumbar.foundation.conventions import SIDES, Side
from fem_lumbar.foundation.parameters import QuantityTree, StrictModel, read_quantities

Castellvi = Literal["Ia", "Ib", "IIa", "IIb", "IIIa", "IIIb", "IV"]
Kind = Literal["I", "II", "III"]
LigamentState = Literal["present", "weakened", "absent", "ruptured"]


@cache
def lumbosacral_quantities() -> QuantityTree:
    """Numbers of a transitional anatomy with unit, source, range and limits."""
    return read_quantities(Path(__file__).parent / "data" / "lumbosacral.yaml")


def _number(key: str) -> Any:
    quantity = lumbosacral_quantities()[key]
    return Field(default=quantity.value, description=quantity.note or quantity.source)


class LumbosacralTransition(StrictModel):
    """An enlarged transverse process of the lowermost vertebra, on one or both sides, and what joins it to the ala."""

    castellvi: Castellvi | None = Field(
        None,
        description="type after Castellvi: I enlarged transverse process, II joint between it and the ala, III bone "
        "across, a on one side, b on both; IV: II on `side`, III on the other",
    )
    side: Side | None = Field(None, description="side of a one-sided type; of type IV that of the joint")
    iliolumbar: dict[Side, LigamentState] = Field(
        default_factory=dict, description="iliolumbar ligament by side: present unless something else is said"
    )
    joint_modulus_MPa: float = _number("joint_modulus_MPa")
    joint_poisson_ratio: float = _number("joint_poisson_ratio")
    bone_modulus_MPa: float = _number("bone_modulus_MPa")
    bone_poisson_ratio: float = _number("bone_poisson_ratio")
    weakened_fraction: float = _number("weakened_fraction")

    def kind(self, side: str) -> Kind | None:
        """Type of a side: I, II or III; None when it is normal."""
        if self.castellvi is None:
            return None
        if self.castellvi == "IV":
            return "II" if side == self.side else "III"
        kind: Kind = self.castellvi[:-1]  # type: ignore[assignment]  # every other type ends in a or b
        return kind if self.castellvi.endswith("b") or side == self.side else None

    @property
    def two_sided(self) -> bool:
        """Whether both sides are alike."""
        return self.castellvi is not None and self.castellvi.endswith("b")

    def elasticity(self, side: str) -> tuple[float, float]:
        """Young's modulus in MPa and Poisson's ratio of the layer between process and ala: joint or bone."""
        if self.kind(side) == "III":
            return self.bone_modulus_MPa, self.bone_poisson_ratio
        return self.joint_modulus_MPa, self.joint_poisson_ratio

    def iliolumbar_fraction(self, side: str) -> float:
        """Remaining fraction of the cross-section of the iliolumbar ligament of a side."""
        state = self.iliolumbar.get(side, "present")  # type: ignore[call-overload]
        return {"present": 1.0, "weakened": self.weakened_fraction}.get(state, 0.0)

    @property
    def mirrored(self) -> LumbosacralTransition:
        """The same with left and right exchanged."""
        other = dict(zip(SIDES, reversed(SIDES), strict=True))
        return self.model_copy(
            update={
                "side": None if self.side is None else other[self.side],
                "iliolumbar": {other[side]: state for side, state in self.iliolumbar.items()},
            }
        )
