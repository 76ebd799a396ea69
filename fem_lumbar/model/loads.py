"""The loads of one case: pure moment or prescribed motion, follower load, weight of the upper body, muscles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from fem_lumbar.anatomy.spine import joint_levels
from fem_lumbar.conventions import ANTERIOR, CRANIAL, MOMENT_AXIS, NMM_PER_NM
from fem_lumbar.mechanics.coupling import PureMoment
from fem_lumbar.mechanics.dead_weight import DeadWeight
from fem_lumbar.mechanics.load import Load, Ramp
from fem_lumbar.mechanics.prescribed_motion import PrescribedMotion, PrescribedRotation, PrescribedTranslation
from fem_lumbar.mechanics.pull import LinePull
from fem_lumbar.model.muscles import Muscle, MuscleLines, balanced_pulls, build_muscles, given_pulls
from fem_lumbar.model.segment import Segment
from fem_lumbar.model.span import Span
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.sections import BALANCED, LoadCase

_NAMES = ("moment", "rotation", "axial", "follower", "muscles", "weight")


@dataclass(frozen=True)
class Loads:
    """Load items of a case.

    ``spans`` gives the levels joined by every line of ``follower`` and ``muscles``, ``activity`` what the lines of
    ``muscles`` belong to and how hard each fascicle pulls at full load.
    """

    moment: PureMoment | None = None
    rotation: PrescribedRotation | None = None
    axial: PrescribedTranslation | None = None
    follower: LinePull | None = None
    muscles: LinePull | None = None
    weight: DeadWeight | None = None
    spans: dict[str, list[Span]] = field(default_factory=dict)
    activity: MuscleLines | None = None

    @property
    def items(self) -> list[Load]:
        """Load items."""
        given = [item for item in (self.moment, self.weight) if item is not None]
        return [*given, *self.motions, *self.lines]

    @property
    def lines(self) -> list[LinePull]:
        """Items that pull along lines."""
        return [item for item in (self.follower, self.muscles) if item is not None]

    @property
    def motions(self) -> list[PrescribedMotion]:
        """Items that prescribe a motion of the loaded endplate."""
        return [item for item in (self.rotation, self.axial) if item is not None]

    def moment_Nmm(self, x: np.ndarray, load: float) -> np.ndarray:
        """Moment (3,) N·mm on the loaded endplate in a state x (n_dofs,) at a load fraction."""
        moment = np.zeros(3)
        if self.moment is not None:
            moment += self.moment.intensity(x, load) * self.moment.moment
        if self.rotation is not None:
            moment += self.rotation.intensity(x, load) * self.rotation.axis
        return moment

    def axial_force_N(self, x: np.ndarray, load: float) -> float:
        """Force that a prescribed displacement takes, N, positive in compression."""
        return 0.0 if self.axial is None else self.axial.intensity(x, load)

    def follower_N(self, load: float) -> float:
        """Follower load at a load fraction, N."""
        return 0.0 if self.follower is None else self.follower.history(load) * float(self.follower.force[0])

    def weight_N(self, load: float) -> np.ndarray:
        """Force (3,) of the upper body at a load fraction, N."""
        return np.zeros(3) if self.weight is None else self.weight.history(load) * self.weight.force

    def pulling(self) -> Loads:
        """Follower load, upper body and muscles alone."""
        return replace(self, moment=None, rotation=None, axial=None)

    def during(self, lines: Ramp, others: Ramp) -> Loads:
        """The same loads with one history for lines and the upper body, and one for moment and motions."""
        return self._each(lambda item: item.during(lines if isinstance(item, LinePull | DeadWeight) else others))

    def reversed(self) -> Loads:
        """The same loads, each with its history backwards."""
        return self._each(lambda item: item.during(item.history.reversed))

    def _each(self, change: Callable[[Load], Load]) -> Loads:
        return replace(self, **{name: change(getattr(self, name)) for name in _NAMES if getattr(self, name)})


def build_loads(
    scenario: Scenario,
    segment: Segment,
    name: str,
    set_at: np.ndarray | None = None,
    activations: Mapping[Muscle, float] | None = None,
) -> Loads:
    """Load items of the case ``name`` on a segment, all growing with the load fraction.

    Parameters
    ----------
    scenario : Scenario
        What to model.
    segment : Segment
        Model.
    name : str
        Load case.
    set_at : (n_dofs,), optional
        Posture in which activations were set; before there is one, short-range stiffness is left out.
    activations : mapping, optional
        Activations that were found for a balanced case; without them only given forces pull in it.
    """
    case = scenario.load_cases[name]
    moment, rotation, axial = _moment(name, case), None, None
    rotation_dofs = segment.reference_dof + 3 + np.arange(3)
    if case.rotation_deg:
        axis, angle = np.array(MOMENT_AXIS[name]), np.radians(case.rotation_deg)
        rotation = PrescribedRotation("rotation", axis, angle, rotation_dofs, segment.multiplier_dof + 1)
    if case.axial_displacement_mm is not None:
        translation = segment.reference_dof + np.arange(3)
        axial = PrescribedTranslation(
            "axial displacement", -CRANIAL, case.axial_displacement_mm, translation, segment.multiplier_dof
        )
    follower, spans = None, {}
    if case.follower_N:
        pairs = [joint_levels(joint) for joint in segment.joints]
        follower = LinePull(
            "follower",
            [segment.point(f"{lower}.follower") for _, lower in pairs],
            [segment.point(f"{upper}.follower") for upper, _ in pairs],
            np.full(len(pairs), case.follower_N),
        )
        spans["follower"] = [Span(upper, lower) for upper, lower in pairs]
    loads = Loads(
        None if moment is None else PureMoment("moment", moment, segment.reference_dof),
        rotation,
        axial,
        follower,
        weight=_weight(segment, case),
        spans=spans,
    )
    if case.muscle_activation is None:
        return loads
    if case.muscle_activation == BALANCED:
        pulls = balanced_pulls(scenario, segment, activations or {})
    else:
        pulls = given_pulls(scenario, segment, case.muscle_activation)
    return with_muscles(loads, build_muscles(scenario, segment, pulls, set_at))


def with_muscles(loads: Loads, muscles: MuscleLines | None) -> Loads:
    """The same loads with these muscles."""
    if muscles is None:
        return loads
    spans = {**loads.spans, "muscles": list(muscles.spans)}
    return replace(loads, muscles=muscles.item, spans=spans, activity=muscles)


def _weight(segment: Segment, case: LoadCase) -> DeadWeight | None:
    """Upper body: its weight on an arm forwards from the centre of the uppermost endplate."""
    upper = case.upper_body
    if upper is None or upper.weight_N == 0.0:
        return None
    arm, force = upper.lever_arm_mm * ANTERIOR, -upper.weight_N * CRANIAL
    return DeadWeight("upper body", force, arm, segment.reference_point, segment.reference_dof)


def _moment(name: str, case: LoadCase) -> np.ndarray | None:
    """Applied moment (3,) of a case at full load, N·mm; None without one."""
    if any(case.moment_vector_Nm or ()):
        return NMM_PER_NM * np.array(case.moment_vector_Nm)
    return NMM_PER_NM * case.moment_Nm * np.array(MOMENT_AXIS[name]) if case.moment_Nm else None
