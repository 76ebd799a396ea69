"""The loads of one case: pure moment or prescribed motion, follower load, muscles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from fem_lumbar.anatomy.muscles import SACRUM, UPPER_BODY, Fascicle, fascicles
from fem_lumbar.conventions import CRANIAL, LEVELS, MOMENT_AXIS, NMM_PER_NM, SIDES, joint_levels
from fem_lumbar.mechanics.coupling import PureMoment
from fem_lumbar.mechanics.lines import WeightedPoint, affine_weights
from fem_lumbar.mechanics.load import Load, Ramp
from fem_lumbar.mechanics.prescribed_motion import PrescribedMotion, PrescribedRotation, PrescribedTranslation
from fem_lumbar.mechanics.pull import LinePull
from fem_lumbar.model.segment import Segment
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.sections import LoadCase

_ORDER = (*UPPER_BODY, *LEVELS, SACRUM)
_MM2_PER_CM2 = 100.0


@dataclass(frozen=True)
class Span:
    """Levels that a line joins, cranial to caudal; ``sacrum`` is below all."""

    upper: str
    lower: str

    def crosses(self, joint: str) -> bool:
        """Whether the line passes the joint."""
        above, below = joint_levels(joint)
        return _ORDER.index(self.upper) <= _ORDER.index(above) and _ORDER.index(self.lower) >= _ORDER.index(below)


@dataclass(frozen=True)
class Loads:
    """Load items of a case; ``spans`` gives the levels joined by every line of ``follower`` and ``muscles``."""

    moment: PureMoment | None = None
    rotation: PrescribedRotation | None = None
    axial: PrescribedTranslation | None = None
    follower: LinePull | None = None
    muscles: LinePull | None = None
    spans: dict[str, list[Span]] = field(default_factory=dict)
    muscle_names: tuple[str, ...] = ()

    @property
    def items(self) -> list[Load]:
        """Load items."""
        return [*([] if self.moment is None else [self.moment]), *self.motions, *self.lines]

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
        return 0.0 if self.follower is None else float(self.follower.tension(load)[0])

    def pulling(self) -> Loads:
        """Follower load and muscles alone."""
        return replace(self, moment=None, rotation=None, axial=None)

    def during(self, lines: Ramp, others: Ramp) -> Loads:
        """The same loads with one history for follower load and muscles, and one for moment and motions."""
        return self._each(lambda item: item.during(lines if isinstance(item, LinePull) else others))

    def reversed(self) -> Loads:
        """The same loads, each with its history backwards."""
        return self._each(lambda item: item.during(item.history.reversed))

    def _each(self, change: Callable[[Load], Load]) -> Loads:
        names = [name for name in ("moment", "rotation", "axial", "follower", "muscles") if getattr(self, name)]
        return replace(self, **{name: change(getattr(self, name)) for name in names})


def build_loads(scenario: Scenario, segment: Segment, name: str) -> Loads:
    """Load items of the case ``name`` on a segment, all growing with the load fraction."""
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
        spans=spans,
    )
    if case.muscle_activation is not None:
        return _with_muscles(loads, scenario, segment, case.muscle_activation)
    return loads


def _moment(name: str, case: LoadCase) -> np.ndarray | None:
    """Applied moment (3,) of a case at full load, N·mm; None without one."""
    if any(case.moment_vector_Nm or ()):
        return NMM_PER_NM * np.array(case.moment_vector_Nm)
    return NMM_PER_NM * case.moment_Nm * np.array(MOMENT_AXIS[name]) if case.moment_Nm else None


def fascicle_force(scenario: Scenario, fascicle: Fascicle, side: str, activation: float) -> float:
    """Force (N) of a fascicle: prescribed, or activation x specific tension x cross-section."""
    muscles = scenario.muscles
    settings = muscles.fascicles.get(fascicle.name, {}).get(side)
    size = 1.0
    if fascicle.muscle == "multifidus":
        size = muscles.scale.get(fascicle.insertion_level, {}).get(side, 1.0)
    if settings is not None:
        if settings.force_N is not None:
            return settings.force_N
        size *= settings.force_scale
        activation = activation if settings.activation is None else settings.activation
    return activation * muscles.specific_tension_N_per_cm2 * fascicle.pcsa_mm2 / _MM2_PER_CM2 * size


def _with_muscles(loads: Loads, scenario: Scenario, segment: Segment, activation: float) -> Loads:
    lower, upper, force, spans, names = [], [], [], [], []
    for fascicle in fascicles().values():
        ends = {end for end in (fascicle.lower_end, fascicle.upper_end) if end in LEVELS}
        if not ends <= set(segment.levels):
            continue
        for side in SIDES:
            pull = fascicle_force(scenario, fascicle, side, activation)
            if pull == 0.0:
                continue
            for (low, high), share in _lines(scenario, segment, fascicle, side):
                lower.append(low)
                upper.append(high)
                force.append(share * pull)
                spans.append(Span(fascicle.upper_end, fascicle.lower_end))
                names.append(f"{fascicle.name}.{side}")
    if not force:
        return loads
    muscles = LinePull("muscles", lower, upper, np.array(force))
    return replace(loads, muscles=muscles, spans={**loads.spans, "muscles": spans}, muscle_names=tuple(names))


def _lines(scenario: Scenario, segment: Segment, fascicle: Fascicle, side: str):
    """Lines of one fascicle with their share of its force: one, or two where part of it enters through the MAL."""
    step = fascicle.length_mm * fascicle.direction_on(side)
    low_in, high_in = fascicle.lower_end in LEVELS, fascicle.upper_end in LEVELS
    low = segment.point(f"{fascicle.attachment(fascicle.lower_end)}.{side}") if low_in else None
    high = segment.point(f"{fascicle.attachment(fascicle.upper_end)}.{side}") if high_in else None
    if low is None:
        low = _fixed(high.position - step)
    if high is None:
        high = _on_upper_body(segment, low.position + step)
    ligament = _mal_patch(scenario, segment, fascicle, side)
    if ligament is None:
        return [((low, high), 1.0)]
    share = scenario.muscles.mal_share
    through = (ligament, high) if fascicle.muscle == "multifidus" else (low, ligament)
    return [((low, high), 1.0 - share), (through, share)]


def _mal_patch(scenario: Scenario, segment: Segment, fascicle: Fascicle, side: str) -> WeightedPoint | None:
    """MAL surface through which part of the fascicle pulls: dorsal for multifidus, lateral for longissimus."""
    level = fascicle.lower_end if fascicle.muscle == "multifidus" else fascicle.upper_end
    if level not in segment.levels or scenario.mal[level][side].state == "absent":
        return None
    face = "dorsal" if fascicle.muscle == "multifidus" else "lateral"
    return segment.point(f"{level}.mal.{side}.{face}")


def _fixed(position: np.ndarray) -> WeightedPoint:
    return WeightedPoint(np.empty(0, dtype=int), np.empty(0), position)


def _on_upper_body(segment: Segment, position: np.ndarray) -> WeightedPoint:
    """A point above the segment that moves rigidly with the body of the uppermost vertebra, held by its two rims."""
    nodes = segment.rims(segment.levels[0])
    return WeightedPoint(nodes, affine_weights(segment.mesh.points[nodes], position), position)
