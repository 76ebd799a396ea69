"""Ossified ligaments of a scenario: which, over how much of their span, how thick, and of what tissue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from fem_lumbar.foundation.parameters import Quantity, StrictModel
from fem_lumbar.materials.ossification import Ossification
from fem_lumbar.scenario.problems import KeyPath, listed
from fem_lumbar.scenario.sections import JointName, LigamentName, Structures, setting, settings_quantities


class OssifiedLigament(StrictModel):
    """One ligament of a joint, both sides where it is paired; the fibrous remainder keeps the tissue of the ligament.

    ``bridge`` is the tissue of the ossified part: bone, or the cartilage of a bridge that has not turned to bone.
    """

    fraction: float = Field(description="ossified fraction of the span: 0 none, 1 a bridge from bone to bone")
    grows_from: Literal["upper", "lower"] | None = Field(
        None,
        alias="from",
        description="vertebra from which it ossifies; does not affect the force of a straight strand",
    )
    thickness_mm: float | None = setting("ossification", "thickness_mm")
    bridge: Literal["bony", "cartilaginous"] = Field("bony", description="tissue of the ossified part")
    bridge_modulus_MPa: float | None = setting("ossification", "bridge_modulus_MPa")

    @property
    def default_modulus(self) -> Quantity:
        """Modulus of the ossified part where none is given."""
        return settings_quantities()["ossification"]["tissue_modulus_MPa"][self.bridge]

    def of(self, ligament: str) -> Ossification:
        """The ossified part of a ligament; its span counts from the lower vertebra."""
        given = self.bridge_modulus_MPa
        thickness = 1.0 if self.thickness_mm is None else self.thickness_mm / _thicknesses_mm()[ligament].value
        return Ossification(
            fraction=self.fraction,
            modulus_MPa=self.default_modulus.value if given is None else given,
            from_first_end=self.grows_from != "upper",
            thickness_ratio=thickness,
        )


OssifiedLigaments = dict[JointName, dict[LigamentName, OssifiedLigament]]
"""By joint and ligament."""


def entries(ossified: OssifiedLigaments) -> Iterator[tuple[KeyPath, str, OssifiedLigament]]:
    """Key path, ligament and settings of each ossified ligament."""
    for joint, ligaments in ossified.items():
        for ligament, one in ligaments.items():
            yield ("ossification", joint, ligament), ligament, one


def clashes(ossified: OssifiedLigaments, structures: Structures) -> Iterator[tuple[KeyPath, str, str]]:
    """Key path, what clashes and what would be allowed, for choices that exclude one another."""
    for key, ligament, one in entries(ossified):
        if key[1] not in structures.joints:
            yield key, f"{key[1]} is not in the model (segment.bodies)", listed(structures.joints)
        elif ligament not in structures.ligaments:
            yield key, f"{ligament} is not in the model (structures.ligaments)", listed(structures.ligaments)
        elif one.thickness_mm is not None and ligament not in _thicknesses_mm():
            message = (
                f"the thickness of the healthy {ligament} is not known, so thickness_mm cannot be converted to a "
                "cross-section"
            )
            yield (*key, "thickness_mm"), message, f"no thickness, or one of {listed(_thicknesses_mm())}"


def without_effect(ossified: OssifiedLigaments) -> list[str]:
    """Settings that change nothing."""
    return [
        f"{'.'.join(key)}.from has no effect: parts of a straight strand carry the same force in either order"
        for key, _, one in entries(ossified)
        if one.grows_from is not None
    ]


def assumed_moduli(ossified: OssifiedLigaments) -> list[dict[str, Any]]:
    """Moduli that no scenario gives and no publication supports: name, value, unit, confidence, source."""
    return [
        {
            "name": f"{'.'.join(key)}.bridge_modulus_MPa",
            "value": one.default_modulus.value,
            "unit": one.default_modulus.unit,
            "confidence": one.default_modulus.confidence,
            "source": one.default_modulus.source,
        }
        for key, _, one in entries(ossified)
        if one.bridge_modulus_MPa is None
    ]


def _thicknesses_mm() -> dict[str, Quantity]:
    return settings_quantities()["ossification"]["ligament_thickness_mm"]
