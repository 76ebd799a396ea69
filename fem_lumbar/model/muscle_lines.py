"""Lines of action of the fascicles of a scenario, and how each divides between MAL and process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fem_lumbar.anatomy.muscles import Fascicle
from fem_lumbar.anatomy.spine import place_in_column
from fem_lumbar.anatomy.trunk_muscles import TrunkMuscle, muscle_lines
from fem_lumbar.materials.fascia import SharedFascia
from fem_lumbar.materials.short_range_stiffness import ShortRangeStiffness
from fem_lumbar.mechanics.lines import WeightedPoint, affine_weights
from fem_lumbar.mechanics.pull import LinePull, ReactivePull
from fem_lumbar.mechanics.shared_pull import SharedPull, joined
from fem_lumbar.model.muscle_ends import outer_point, published_point
from fem_lumbar.model.muscles import MM2_PER_CM2, Muscle, Pull
from fem_lumbar.model.segment import Segment
from fem_lumbar.model.span import Span
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.sections import Muscles

Above = Callable[[Segment, np.ndarray], WeightedPoint]
"""Makes the attachment of a point (3,), mm, above a segment."""


@dataclass(frozen=True)
class MuscleLines:
    """Fascicles under tension: one item with all lines, and for each line its fascicle and the levels it joins.

    ``on_mal`` (n,) marks lines that end on a MAL.
    """

    item: LinePull
    muscles: tuple[Muscle, ...]
    spans: tuple[Span, ...]
    pulls: Mapping[Muscle, Pull]
    on_mal: np.ndarray

    def rows(self, muscle: Muscle) -> list[int]:
        """Lines that make up a fascicle on a side."""
        return [row for row, name in enumerate(self.muscles) if name == muscle]


@dataclass(frozen=True)
class _Line:
    """One line of a fascicle with its share of the force; one to the MAL may have a companion, the line after it."""

    lower: WeightedPoint
    upper: WeightedPoint
    share: float
    on_mal: bool = False
    has_companion: bool = False


def on_upper_body(segment: Segment, position: np.ndarray) -> WeightedPoint:
    """A point above the segment that moves with the fixture on the uppermost endplate, as the weight of the trunk does.

    So the uppermost vertebra carries what is left of both, not each by itself.
    """
    return WeightedPoint(segment.fixture.nodes, affine_weights(segment.fixture.places, position), position)


def fixed_in_space(segment: Segment, position: np.ndarray) -> WeightedPoint:
    """A point above the segment that does not move."""
    return _fixed(position)


def build_muscles(
    scenario: Scenario,
    segment: Segment,
    pulls: Mapping[Muscle, Pull],
    set_at: np.ndarray | None = None,
    above: Above = on_upper_body,
) -> MuscleLines | None:
    """Lines of all fascicles that pull; None without any.

    Parameters
    ----------
    scenario : Scenario
        MAL states, share through the MAL or stiffness of fascia, short-range stiffness.
    segment : Segment
        Model.
    pulls : mapping
        Force of each fascicle at full load.
    set_at : (n_dofs,), optional
        Posture in which activations were set; without it muscles have no short-range stiffness.
    above : callable
        Makes the attachment of a fascicle above the segment, at a point (3,) in mm.
    """
    lines: list[_Line] = []
    names: list[Muscle] = []
    for name, pull in pulls.items():
        if pull.force_N != 0.0:
            found = _lines(scenario, segment, muscle_lines()[name[0]], name[1], above)
            lines += found
            names += [name] * len(found)
    if not lines:
        return None
    full = np.array([pulls[name].force_N for name in names])
    lower, upper = [line.lower for line in lines], [line.upper for line in lines]
    item = _item(scenario.muscles, lower, upper, full * [line.share for line in lines], set_at)
    first = np.flatnonzero([line.has_companion for line in lines])
    if len(first):
        area = np.array([muscle_lines()[names[row][0]].pcsa_mm2 for row in first]) / MM2_PER_CM2
        on_mal, on_process = (area * stiffness for stiffness in _fascia_N_per_mm_per_cm2(scenario.muscles))
        item = SharedPull(item, lower, upper, first, first + 1, SharedFascia(full[first], on_mal, on_process))
    ends = [muscle_lines()[name] for name, _ in names]
    spans = tuple(Span(fascicle.upper_end, fascicle.lower_end) for fascicle in ends)
    return MuscleLines(item, tuple(names), spans, dict(pulls), np.array([line.on_mal for line in lines]))


def _item(
    muscles: Muscles,
    lower: list[WeightedPoint],
    upper: list[WeightedPoint],
    force: np.ndarray,
    set_at: np.ndarray | None,
) -> LinePull:
    gamma = muscles.short_range_stiffness
    if gamma == 0.0 or set_at is None:
        return LinePull("muscles", lower, upper, force)
    return ReactivePull("muscles", lower, upper, force, ShortRangeStiffness(gamma), set_at)


def _fascia_N_per_mm_per_cm2(muscles: Muscles) -> tuple[float, float]:
    return muscles.mal_fascia_N_per_mm_per_cm2, muscles.process_fascia_N_per_mm_per_cm2


def _lines(scenario: Scenario, segment: Segment, fascicle: Fascicle, side: str, above: Above) -> Sequence[_Line]:
    """Lines of one fascicle: one, or several where part of it enters through the MAL.

    An end below the lowermost body is fixed.
    """
    if isinstance(fascicle, TrunkMuscle):
        low, high = (_rigidly_held(segment, fascicle, end, side, above) for end in fascicle.ends)
        return [_Line(low, high, 1.0)]
    if fascicle.bypasses(segment.levels):
        lower, upper = (outer_point(segment.mesh, fascicle, end, side, segment.levels) for end in fascicle.ends)
        return [_Line(_fixed(lower), above(segment, upper), 1.0)]
    step = fascicle.length_mm * fascicle.direction_on(side)

    def attached(level: str) -> WeightedPoint:
        return segment.point(f"{fascicle.attachment(level)}.{side}")

    if fascicle.lower_end not in segment.levels:
        high = attached(fascicle.upper_end)
        low = _fixed(high.position - step)
    elif fascicle.upper_end not in segment.levels:
        low = attached(fascicle.lower_end)
        high = above(segment, low.position + step)
    else:
        low, high = attached(fascicle.lower_end), attached(fascicle.upper_end)
    arch = _arch(scenario, segment, fascicle, side)
    if arch is None:
        return [_Line(low, high, 1.0)]
    from_below = fascicle.muscle == "multifidus"
    insertion = segment.point(f"{arch}.{'dorsal' if from_below else 'lateral'}")

    def to_mal(end: WeightedPoint, share: float, on_mal: bool = True, has_companion: bool = False) -> _Line:
        ends = (end, high) if from_below else (low, end)
        return _Line(*ends, share, on_mal, has_companion)

    if (share := scenario.muscles.mal_share) is not None:
        return [_Line(low, high, 1.0 - share), to_mal(insertion, share)]
    on_mal, on_process = _fascia_N_per_mm_per_cm2(scenario.muscles)
    share = on_mal / (on_mal + on_process)
    yielding, carried = joined(insertion, _carried_by_feet(segment, arch, insertion.position))
    return [
        _Line(low, high, 1.0 - share),
        to_mal(yielding, share, has_companion=True),
        to_mal(carried, 0.0, on_mal=False),
    ]


def _arch(scenario: Scenario, segment: Segment, fascicle: Fascicle, side: str) -> str | None:
    """The MAL that a fascicle ends on, dorsally for multifidus and laterally for longissimus; None without one."""
    level = fascicle.mal_level
    if level not in segment.levels or scenario.mal[level][side].state == "absent":
        return None
    return f"{level}.mal.{side}"


def _carried_by_feet(segment: Segment, arch: str, position: np.ndarray) -> WeightedPoint:
    """A point on an arch that moves only with its feet, as if the arch were rigid."""
    surfaces = [segment.mesh.surfaces[f"{arch}.{end}_end"] for end in ("mammillary", "accessory")]
    nodes = np.unique(np.concatenate([surface.ravel() for surface in surfaces]))
    return WeightedPoint(nodes, affine_weights(segment.mesh.points[nodes], position), position)


def _fixed(position: np.ndarray) -> WeightedPoint:
    return WeightedPoint(np.empty(0, dtype=int), np.empty(0), position)


def _rigidly_held(segment: Segment, muscle: TrunkMuscle, end: str, side: str, above: Above) -> WeightedPoint:
    """The published end of a muscle of the trunk, on a vertebra of the segment, above it, or fixed below.

    One that runs on beyond the uppermost vertebra pulls on what is above.
    """
    position = published_point(segment.mesh, muscle, end, side)
    uppermost = segment.levels[0]
    runs_on = muscle.runs_on and end == muscle.upper_end == uppermost
    if runs_on or place_in_column(end) < place_in_column(uppermost):
        return above(segment, position)
    return _on_body(segment, end, position) if end in segment.levels else _fixed(position)


def _on_body(segment: Segment, level: str, position: np.ndarray) -> WeightedPoint:
    """A point that moves rigidly with the body of a vertebra, held by its two rims."""
    nodes = segment.rims(level)
    return WeightedPoint(nodes, affine_weights(segment.mesh.points[nodes], position), position)
