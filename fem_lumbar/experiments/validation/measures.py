"""Measures: how the number compared with a target is computed from the runs of the protocols."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from fem_lumbar.anatomy.spine import Joint
from fem_lumbar.experiments.validation.reading import NotAnswered, ProtocolRuns, Reader, rotation_component
from fem_lumbar.foundation.conventions import ROTATION_COMPONENTS
from fem_lumbar.foundation.parameters import StrictModel

MomentCase = Literal[
    "flexion",
    "extension",
    "lateral_bending_left",
    "lateral_bending_right",
    "axial_rotation_left",
    "axial_rotation_right",
]
_WALLS = ("anterior", "posterior", "left", "right")
_NEURAL_ARCH = ("facet_left", "facet_right", "bone_contact_left", "bone_contact_right", "bone_contact_spinous")


class RotationSum(StrictModel):
    """Rotation in the direction of the moment, degrees; summed over several cases."""

    protocol: str
    cases: tuple[MomentCase, ...] = Field(min_length=1)
    joint: Joint

    @property
    def protocols(self) -> tuple[str, ...]:
        """Protocols on which it is evaluated."""
        return (self.protocol,)

    @property
    def planes(self) -> tuple[str, ...]:
        """Component of rotation in each case."""
        return tuple(rotation_component(case)[0] for case in self.cases)

    def value(self, read: Reader) -> float:
        """The number, in the unit of the target."""
        return sum(read.rotation_deg(self.protocol, case, self.joint) for case in self.cases)


class Rotation(RotationSum):
    """Rotation, or its range over several cases, degrees."""

    kind: Literal["rotation"]


class NeutralZoneSurrogate(RotationSum):
    """Half of the rotation between the same small moment in two directions, degrees."""

    kind: Literal["neutral_zone_surrogate"]
    cases: tuple[MomentCase, MomentCase]

    def value(self, read: Reader) -> float:
        """The number, in the unit of the target."""
        return 0.5 * super().value(read)


class RotationRemoved(StrictModel):
    """Fraction of a rotation without some structures that these structures remove, %."""

    kind: Literal["rotation_removed"]
    protocol: str
    without: str
    case: MomentCase
    joint: Joint

    @property
    def protocols(self) -> tuple[str, ...]:
        """Protocols on which it is evaluated."""
        return (self.protocol, self.without)

    def value(self, read: Reader) -> float:
        """The number, in the unit of the target."""
        there, gone = (read.rotation_deg(name, self.case, self.joint) for name in self.protocols)
        return 100.0 * (1.0 - there / gone)


class OneCase(StrictModel):
    """A measure of one load case at one joint."""

    protocol: str
    case: str
    joint: Joint

    @property
    def protocols(self) -> tuple[str, ...]:
        """Protocols on which it is evaluated."""
        return (self.protocol,)


class RotationalStiffness(OneCase):
    """Moment over rotation, N·m/deg."""

    kind: Literal["rotational_stiffness"]
    case: MomentCase

    def value(self, read: Reader) -> float:
        """The number, in the unit of the target."""
        moments = [read.applied(self.protocol, self.case, "moment_Nm", place) for place in range(3)]
        return sum(map(abs, moments)) / read.rotation_deg(self.protocol, self.case, self.joint)


class Pressure(OneCase):
    """Mean pressure in the nucleus, MPa."""

    kind: Literal["pressure"]

    def value(self, read: Reader) -> float:
        """The number, in the unit of the target."""
        return read.number(self.protocol, self.case, "idp_MPa", self.joint)


class ContactForce(OneCase):
    """Contact force of a joint, N: of one side, the mean of both or the larger."""

    side: Literal["left", "right", "mean", "largest"]

    def value(self, read: Reader) -> float:
        """The number, in the unit of the target."""
        sides = ("left", "right") if self.side in ("mean", "largest") else (self.side,)
        forces = [self.of_side(read, side) for side in sides]
        return max(forces) if self.side == "largest" else sum(forces) / len(forces)

    def of_side(self, read: Reader, side: str) -> float:
        """Force of the facet joint of one side."""
        return read.number(self.protocol, self.case, "facet_force_N", self.joint, side)


class FacetForce(ContactForce):
    """Contact force between the cartilages of a facet joint."""

    kind: Literal["facet_force"]


class ProcessForce(ContactForce):
    """Contact force on an inferior process, at its facet and beside it, as sensed by a strain gauge on it."""

    kind: Literal["process_force"]

    def of_side(self, read: Reader, side: str) -> float:
        """Sum of both forces of one side."""
        beside = read.number(self.protocol, self.case, "bone_contact", self.joint, side, "force_N")
        return super().of_side(read, side) + beside


class FacetShare(OneCase):
    """Axial force of both facet joints and of contacting posterior bone, over the total compressive resistance, %.

    Without net compression it is not defined, and the target is not answered.
    """

    kind: Literal["facet_share"]

    def value(self, read: Reader) -> float:
        """The number, in the unit of the target."""
        return 100.0 * sum(
            read.number(self.protocol, self.case, "load_share", self.joint, part) for part in _NEURAL_ARCH
        )


class MomentShare(OneCase):
    """Fraction of the applied moment carried by some structures across a section through a disc, %."""

    kind: Literal["moment_share"]
    case: MomentCase
    structures: tuple[str, ...] = Field(min_length=1)

    def value(self, read: Reader) -> float:
        """The number, in the unit of the target."""
        component, _ = rotation_component(self.case)
        applied = read.applied(self.protocol, self.case, "moment_Nm", ROTATION_COMPONENTS[component])
        path = ("load_path", self.joint, "carried")
        carried = [
            read.number(self.protocol, self.case, *path, name, "moment_Nm", component) for name in self.structures
        ]
        return 100.0 * sum(carried) / applied


class AxialStiffness(StrictModel):
    """Secant stiffness between two follower loads (one: from zero), N/mm, of the disc or including adjacent bodies."""

    kind: Literal["axial_stiffness"]
    of: Literal["disc", "disc_and_bodies"] = "disc"
    protocol: str
    cases: tuple[str, ...] = Field(min_length=1, max_length=2)
    joint: Joint

    @property
    def protocols(self) -> tuple[str, ...]:
        """Protocols on which it is evaluated."""
        return (self.protocol,)

    def value(self, read: Reader) -> float:
        """The number, in the unit of the target."""
        forces = [read.applied(self.protocol, case, "follower_N") for case in self.cases]
        bodies = self.of == "disc_and_bodies"
        shortenings = [read.shortening_mm(self.protocol, case, self.joint, bodies) for case in self.cases]
        if len(self.cases) == 1:
            return forces[0] / shortenings[0]
        return (forces[1] - forces[0]) / (shortenings[1] - shortenings[0])


class LargestBulge(StrictModel):
    """Largest bulge of a disc wall over regions and load cases of one or more protocols, mm."""

    kind: Literal["largest_bulge"]
    cases: dict[str, tuple[str, ...]] = Field(min_length=1)
    joint: Joint

    @property
    def protocols(self) -> tuple[str, ...]:
        """Protocols on which it is evaluated."""
        return tuple(self.cases)

    def value(self, read: Reader) -> float:
        """The number, in the unit of the target."""
        return max(
            read.number(protocol, case, "disc_bulge_mm", self.joint, wall)
            for protocol, cases in self.cases.items()
            for case in cases
            for wall in _WALLS
        )


Measure = Annotated[
    Rotation
    | NeutralZoneSurrogate
    | RotationRemoved
    | RotationalStiffness
    | Pressure
    | FacetForce
    | ProcessForce
    | FacetShare
    | MomentShare
    | AxialStiffness
    | LargestBulge,
    Field(discriminator="kind"),
]
"""Any measure, selected by ``kind``."""


class SummaryNumber(NamedTuple):
    """One number of a load case in ``summary.json``; multiplied by ``sign`` it equals the measure."""

    case: str
    quantity: str
    sign: float


def summary_number(measure: Measure) -> SummaryNumber | None:
    """The number of a summary that equals a measure; None if it is computed from several numbers."""
    match measure:
        case Rotation(kind="rotation", cases=(case,)):
            component, sign = rotation_component(case)
            return SummaryNumber(case, f"rotation_deg.{measure.joint}.{component}", sign)
        case Pressure():
            return SummaryNumber(measure.case, f"idp_MPa.{measure.joint}", 1.0)
        case FacetForce(side="left" | "right"):
            return SummaryNumber(measure.case, f"facet_force_N.{measure.joint}.{measure.side}", 1.0)
    return None


def measured(measure: Measure, runs: ProtocolRuns) -> tuple[float, float | None]:
    """Value of a measure and its discretisation error, None if unknown.

    The error is the sum of the effects of the errors of all numbers used.

    Raises
    ------
    NotAnswered
        When a required run failed, or when nothing moved and the measure is a ratio to a motion.
    """
    read = Reader(runs)
    try:
        value = measure.value(read)
    except ZeroDivisionError:
        raise NotAnswered(f"{', '.join(measure.protocols)}: zero motion") from None
    bars = {place: bar for place in read.seen if (bar := runs.bar(place)) is not None}
    if read.bars_unknown or len(bars) < len(set(read.seen)):
        return value, None
    return value, sum(abs(measure.value(Reader(runs, {place: bar})) - value) for place, bar in bars.items())
