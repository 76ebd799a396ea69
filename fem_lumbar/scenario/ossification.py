"""Ossified ligaments of a scenario: fraction of the span, thickness, tissue and bridges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from pydantic import Field

from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.parameters import Quantity, StrictModel
from fem_lumbar.materials.ossification import Ossification
from fem_lumbar.scenario.problems import KeyPath, listed
from fem_lumbar.scenario.sections import JointName, LigamentName, Structures, setting, settings_quantities

BRIDGED = ("ALL", "PLL")
"""Ligaments that lie on bodies and disc, and can have a solid bridge on both."""
PAIRED = ("LF", "ITL", "CL", "IL")
"""Ligaments with a left and a right half."""
_OF_A_BRIDGE = ("width_mm", "azimuth_deg")


class OssifiedPart(StrictModel):
    """What of a ligament is ossified; the fibrous remainder keeps the tissue of the ligament.

    ``tissue`` is that of the ossified part: bone, or the cartilage of a bridge that has not turned to bone. With
    ``bridge`` it is a solid over the disc in continuity with both bodies, in place of the strands of the ligament.
    """

    fraction: float | None = Field(None, description="ossified fraction of the span: 0 none, 1 from bone to bone")
    grows_from: Literal["upper", "lower"] | None = Field(
        None,
        alias="from",
        description="vertebra from which it ossifies; does not affect the force of a straight strand",
    )
    thickness_mm: float | None = setting("ossification", "thickness_mm")
    tissue: Literal["bony", "cartilaginous"] = Field("bony", description="tissue of the ossified part")
    bridge_modulus_MPa: float | None = setting("ossification", "bridge_modulus_MPa")
    bridge: bool = Field(
        default=False, description="a solid over the disc, in continuity with both bodies (ALL and PLL only)"
    )
    width_mm: float | None = setting("ossification", "width_mm")
    azimuth_deg: float | None = setting("ossification", "azimuth_deg")

    @property
    def default_modulus(self) -> Quantity:
        """Default modulus of the ossified part, by its tissue."""
        return settings_quantities()["ossification"]["tissue_modulus_MPa"][self.tissue]

    @property
    def modulus_MPa(self) -> float:
        """Young's modulus of the ossified part, MPa."""
        given = self.bridge_modulus_MPa
        return self.default_modulus.value if given is None else given

    def of(self, ligament: str) -> Ossification:
        """The ossified part of the strands of a ligament; the span starts at the lower vertebra."""
        thickness = 1.0 if self.thickness_mm is None else self.thickness_mm / _thicknesses_mm()[ligament].value
        return Ossification(
            fraction=self.fraction or 0.0,
            modulus_MPa=self.modulus_MPa,
            from_first_end=self.grows_from != "upper",
            thickness_ratio=thickness,
        )


class OssifiedLigament(OssifiedPart):
    """One ligament of a joint: alike on both sides where it is paired, or each side on its own."""

    left: OssifiedPart | None = Field(None, description="the left one of a pair, in place of settings for both")
    right: OssifiedPart | None = Field(None, description="the right one of a pair, in place of settings for both")

    @property
    def sides(self) -> dict[str, OssifiedPart]:
        """Settings of single sides."""
        return {side: part for side in SIDES if (part := getattr(self, side)) is not None}


OssifiedLigaments = dict[JointName, dict[LigamentName, OssifiedLigament]]
"""By joint and ligament."""


class Entry(NamedTuple):
    """One ossified ligament, or one side of a pair (empty: all sides)."""

    key: KeyPath
    ligament: str
    side: str
    part: OssifiedPart

    @property
    def joint(self) -> str:
        """The joint that the ligament spans."""
        return self.key[1]


class Bridge(NamedTuple):
    """A solid bridge over a disc.

    Attributes
    ----------
    joint, ligament : str
    thickness_mm : float
        Thickness over the middle of the disc.
    width_mm : float
        Width across the spine.
    azimuth_deg : float
        Angle of its centre line from the midline, around the disc, + to the left.
    foot_mm : float
        Length over each body.
    modulus_MPa, poisson_ratio : float
        Elasticity of the solid.
    """

    joint: str
    ligament: str
    thickness_mm: float
    width_mm: float
    azimuth_deg: float
    foot_mm: float
    modulus_MPa: float
    poisson_ratio: float


def entries(ossified: OssifiedLigaments) -> Iterator[Entry]:
    """Each ossified ligament, by side where sides are given separately."""
    for joint, ligaments in ossified.items():
        for ligament, one in ligaments.items():
            key: KeyPath = ("ossification", joint, ligament)
            if one.sides:
                yield from (Entry((*key, side), ligament, side, part) for side, part in one.sides.items())
            else:
                yield Entry(key, ligament, "", one)


def ossified_part(ossified: OssifiedLigaments, joint: str, ligament: str, side: str) -> Ossification:
    """The ossified part of the strands of a ligament on a side (empty for one in the midline)."""
    for one in entries(ossified):
        if (one.joint, one.ligament) == (joint, ligament) and one.side in ("", side):
            return one.part.of(ligament)
    return Ossification(fraction=0.0, modulus_MPa=0.0)


def growth_mm(ossified: OssifiedLigaments, joint: str, ligament: str, side: str) -> float:
    """Thickness of an ossified ligament minus that of a healthy one, mm; 0 without ossification or given thickness."""
    for one in entries(ossified):
        if (one.joint, one.ligament) == (joint, ligament) and one.side in ("", side):
            there = one.part.bridge or bool(one.part.fraction)
            thickness = one.part.thickness_mm
            return thickness - _thicknesses_mm()[ligament].value if there and thickness is not None else 0.0
    return 0.0


def bridges(ossified: OssifiedLigaments) -> list[Bridge]:
    """Solid bridges, each with its measures."""
    data = settings_quantities()["ossification"]
    found = []
    for one in entries(ossified):
        part, usual = one.part, data["bridge"].get(one.ligament)
        if not part.bridge or usual is None:
            continue
        found.append(
            Bridge(
                one.joint,
                one.ligament,
                _thicknesses_mm()[one.ligament].value if part.thickness_mm is None else part.thickness_mm,
                usual["width_mm"].value if part.width_mm is None else part.width_mm,
                part.azimuth_deg or 0.0,
                usual["foot_mm"].value,
                part.modulus_MPa,
                data["bridge"]["poisson_ratio"].value,
            )
        )
    return found


def clashes(ossified: OssifiedLigaments, structures: Structures) -> Iterator[tuple[KeyPath, str, str]]:
    """Contradictions: key path, message and what is allowed."""
    for joint, ligaments in ossified.items():
        for ligament, both in ligaments.items():
            yield from _pair_clashes(("ossification", joint, ligament), ligament, both)
    for one in entries(ossified):
        if one.joint not in structures.joints:
            yield one.key, f"{one.joint} is not in the model (segment.bodies)", listed(structures.joints)
        elif one.ligament not in structures.ligaments:
            message = f"{one.ligament} is not in the model (structures.ligaments)"
            yield one.key, message, listed(structures.ligaments)
        else:
            yield from _part_clashes(one)


def _pair_clashes(key: KeyPath, ligament: str, one: OssifiedLigament) -> Iterator[tuple[KeyPath, str, str]]:
    """Sides of unpaired ligaments, and settings both for one side and for both."""
    usual = OssifiedPart()
    for side in one.sides:
        if ligament not in PAIRED:
            yield (*key, side), f"{ligament} has no sides", f"no side, or one of {listed(PAIRED)}"
        elif shared := [name for name in OssifiedPart.model_fields if getattr(one, name) != getattr(usual, name)]:
            message = f"given beside {listed(shared)}, which would hold for both sides"
            yield (*key, side), message, f"{listed(shared)} within left and right"


def _part_clashes(one: Entry) -> Iterator[tuple[KeyPath, str, str]]:
    """Contradicting settings of one ligament."""
    key, ligament, part = one.key, one.ligament, one.part
    if part.fraction is None and not part.bridge:
        yield (*key, "fraction"), "required, but not given", "0 to 1, or bridge true"
    if part.thickness_mm is not None and ligament not in _thicknesses_mm():
        message = (
            f"the thickness of the healthy {ligament} is not known, so thickness_mm cannot be converted to a "
            "cross-section"
        )
        yield (*key, "thickness_mm"), message, f"no thickness, or one of {listed(_thicknesses_mm())}"
    if not part.bridge:
        for name in _OF_A_BRIDGE:
            if getattr(part, name) is not None:
                yield (*key, name), "there is no bridge that it could be a measure of", "no value, or bridge true"
    elif ligament not in BRIDGED:
        message = f"{ligament} does not lie on bodies and disc, so it has no solid bridge"
        yield (*key, "bridge"), message, f"fraction 1 (an elastic bar), or one of {listed(BRIDGED)}"
    elif part.fraction not in (None, 1.0):
        message = f"true, but only {part.fraction:g} of the span is ossified (fraction)"
        yield (*key, "bridge"), message, "false, or no fraction"


def without_effect(ossified: OssifiedLigaments) -> list[str]:
    """Settings without effect, one line each."""
    return [
        f"{'.'.join(one.key)}.from has no effect: "
        + (
            "a bridge has no remainder"
            if one.part.bridge
            else "parts of a straight strand carry the same force either way"
        )
        for one in entries(ossified)
        if one.part.grows_from is not None
    ]


def assumed_moduli(ossified: OssifiedLigaments) -> list[dict[str, Any]]:
    """Default moduli of ossified parts: name, value, unit, confidence, source."""
    return [
        {
            "name": f"{'.'.join(one.key)}.bridge_modulus_MPa",
            "value": one.part.default_modulus.value,
            "unit": one.part.default_modulus.unit,
            "confidence": one.part.default_modulus.confidence,
            "source": one.part.default_modulus.source,
        }
        for one in entries(ossified)
        if one.part.bridge_modulus_MPa is None
    ]


def _thicknesses_mm() -> dict[str, Quantity]:
    return settings_quantities()["ossification"]["ligament_thickness_mm"]
