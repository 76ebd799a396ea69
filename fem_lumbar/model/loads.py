"""The loads of one case: pure moment, follower load, muscles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.anatomy.muscles import SACRUM, UPPER_BODY, Fascicle, fascicles
from fem_lumbar.conventions import LEVELS, MOMENT_AXIS, NMM_PER_NM, SIDES, joint_levels
from fem_lumbar.mechanics.coupling import PureMoment
from fem_lumbar.mechanics.item import Item
from fem_lumbar.mechanics.lines import WeightedPoint, affine_weights
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


@dataclass
class Loads:
    """Load items of a case; ``spans`` gives the levels joined by every line of ``follower`` and ``muscles``."""

    moment_Nmm: np.ndarray
    moment: PureMoment | None = None
    follower: LinePull | None = None
    muscles: LinePull | None = None
    spans: dict[str, list[Span]] | None = None
    muscle_names: tuple[str, ...] = ()

    @property
    def items(self) -> list[Item]:
        """Load items."""
        return [item for item in (self.moment, self.follower, self.muscles) if item is not None]

    @property
    def lines(self) -> list[LinePull]:
        """Items that pull along lines."""
        return [item for item in (self.follower, self.muscles) if item is not None]


def moment_vector(name: str, case: LoadCase) -> np.ndarray:
    """Applied moment (3,) of a case at full load, N·mm."""
    if case.moment_vector_Nm is not None:
        return NMM_PER_NM * np.array(case.moment_vector_Nm)
    if case.moment_Nm is None:
        return np.zeros(3)
    return NMM_PER_NM * case.moment_Nm * np.array(MOMENT_AXIS[name])


def build_loads(scenario: Scenario, segment: Segment, name: str) -> Loads:
    """Load items of the case ``name`` on a segment."""
    case = scenario.load_cases[name]
    loads = Loads(moment_vector(name, case), spans={})
    if loads.moment_Nmm.any():
        loads.moment = PureMoment("moment", loads.moment_Nmm, segment.reference_dof)
    if case.follower_N:
        pairs = [joint_levels(joint) for joint in segment.joints]
        loads.follower = LinePull(
            "follower",
            [segment.point(f"{lower}.follower") for _, lower in pairs],
            [segment.point(f"{upper}.follower") for upper, _ in pairs],
            np.full(len(pairs), case.follower_N),
        )
        loads.spans["follower"] = [Span(upper, lower) for upper, lower in pairs]
    if case.muscle_activation is not None:
        _add_muscles(loads, scenario, segment, case.muscle_activation)
    return loads


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


def _add_muscles(loads: Loads, scenario: Scenario, segment: Segment, activation: float) -> None:
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
        return
    loads.muscles = LinePull("muscles", lower, upper, np.array(force))
    loads.spans["muscles"] = spans
    loads.muscle_names = tuple(names)


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
