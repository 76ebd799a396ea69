"""Fixture, line loads and steps of a CalculiX input file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from fem_lumbar.export.calculix_materials import label, number, row
from fem_lumbar.export.inventory import Inventory
from fem_lumbar.export.numbering import Numbering
from fem_lumbar.export.parts import MOTION, Spring, on_fixture, potting, pulls, tell_left_out
from fem_lumbar.export.source import Source
from fem_lumbar.mechanics.coupling import PureMoment
from fem_lumbar.mechanics.dead_weight import DeadWeight
from fem_lumbar.mechanics.lines import WeightedPoint
from fem_lumbar.mechanics.load import Load
from fem_lumbar.mechanics.prescribed_motion import PrescribedMotion, PrescribedRotation
from fem_lumbar.mechanics.pull import LinePull
from fem_lumbar.mechanics.shared_pull import SharedPull

_FAR_MM = 1000.0
_STEP = """\
*STEP, NLGEOM, INC=500
*CONTROLS, PARAMETERS=TIME INCREMENTATION
4, 8, 9, 16, 10, 6, , 5
.25, .5, .75, .85, , , 1.5,
*STATIC
0.02, 1., 1e-5, {}"""
"""Increments grow after up to six iterations, as stiffening fibres need some, and stay small: an overstretched fibre
in a trial state ends CalculiX with an error, not with a smaller increment."""
_LARGEST_INCREMENT, _LARGEST_OF_PRETENSION = 0.05, 0.2
"""Largest increments of load and of pretension, which rotates joints by half a degree, as a few load increments do."""
_OUTPUT = "*NODE FILE\nU, RF\n*EL FILE\nS, E\n*NODE PRINT, NSET=ALL, FREQUENCY=500\nU\n*END STEP"


class Loading:
    """Connections and loads of the segment.

    Forces of given magnitude are springs whose force depends not on their length but on a temperature, which CalculiX
    ramps from 0 to 1 with the load. Pretension of ligaments is ramped in the same way, in a separate step before the
    loads. Otherwise CalculiX would apply all of it in the first increment, however small, and start the next one with
    that jump again, so that fibres are overstretched.

    Parameters
    ----------
    source : Source
    numbering : Numbering
    inventory : Inventory
    """

    def __init__(self, source: Source, numbering: Numbering, inventory: Inventory) -> None:
        self._source, self._numbering, self._inventory = source, numbering, inventory
        self._warm: list[int] = []
        self._taut: list[int] = []
        self._reference = numbering.node(source.segment.fixture.reference_point)
        self._rotation = numbering.node(source.segment.fixture.reference_point)
        rest = np.zeros(source.segment.n_dofs)
        weights = [item for item in source.loads.items if isinstance(item, DeadWeight)]
        self._weights = {item.name: numbering.node(item.place(rest)) for item in weights}
        self._from_above = {
            pull.name: numbering.node(pull.upper.position)
            for pull in pulls(source)
            if on_fixture(source.segment, pull.upper)
        }

    def fixture_lines(self) -> Iterator[str]:
        """Rigid fixture on the elastic bed of the uppermost endplate: three springs per node."""
        bed = potting(self._source.segment)
        nodes = bed.dofs[:, 0] // 3
        copies = [self._numbering.node(self._source.segment.space.nodes[node]) for node in nodes]
        for node, copy, stiffness in zip(self._numbering.of(nodes), copies, bed.stiffness):
            for axis in (1, 2, 3):
                name = f"BED_{node}_{axis}"
                yield f"*ELEMENT, TYPE=SPRING2, ELSET={name}"
                yield f"{self._numbering.elements(1)}, {node}, {copy}"
                yield from (f"*SPRING, ELSET={name}", f"{axis}, {axis}", number(stiffness))
        yield "*NSET, NSET=FIXTURE"
        yield from map(str, [*copies, *self._weights.values(), *self._from_above.values()])
        yield f"*RIGID BODY, NSET=FIXTURE, REF NODE={self._reference}, ROT NODE={self._rotation}"
        self._inventory.carried("potting", "a rigid fixture on a spring at every node of the uppermost endplate")

    def spring_lines(self, springs: Sequence[Spring]) -> Iterator[str]:
        """Ligament strands."""
        for spring in springs:
            curve = (
                row([force - missing, length, warm])
                for missing, warm in ((spring.pretension, 0.0), (0.0, 1.0))
                for length, force in zip(spring.elongation, spring.tension)
            )
            yield from self._line(spring.name, spring.lower, spring.upper, curve, self._taut)
        if springs:
            self._inventory.carried(
                "ligaments",
                f"{len(springs)} strands, springs with the curve of each as a table; pretension grows in a first step",
            )

    def pull_lines(self) -> Iterator[str]:
        """Follower load and muscles."""
        for pull in pulls(self._source):
            table = [(0.0, 0.0), (pull.force, 1.0)]
            curve = (row([force, end, warm]) for force, warm in table for end in (-_FAR_MM, _FAR_MM))
            yield from self._line(pull.name, pull.lower, pull.upper, curve, self._warm)
        for item in self._source.loads.lines:
            self._tell_pull(item)

    def _tell_pull(self, item: LinePull) -> None:
        if isinstance(item, SharedPull):
            self._inventory.approximately(
                item.name, "forces are shared between MAL and process as without load, the fascia does not redistribute"
            )
        else:
            self._inventory.carried(item.name, "springs whose force is given by a temperature that grows with the load")

    def _line(
        self, name: str, lower: WeightedPoint, upper: WeightedPoint, curve: Iterable[str], warmed: list[int]
    ) -> Iterator[str]:
        """A spring between two attachments; its nodes are added to ``warmed``, whose temperature is ramped."""
        ends = []
        for point in (lower, upper):
            if point is upper and name in self._from_above:
                ends.append(self._from_above[name])
                continue
            node = self._numbering.node(point.position)
            ends.append(node)
            if not len(point.nodes):
                yield from ("*BOUNDARY", f"{node}, 1, 3")
                continue
            own = self._numbering.of(point.nodes)
            for axis in (1, 2, 3):
                yield from ("*EQUATION", str(len(own) + 1), f"{node}, {axis}, -1.")
                yield from (f"{one}, {axis}, {number(weight)}" for one, weight in zip(own, point.weights))
        warmed += ends
        name = label(name)
        yield from (f"*ELEMENT, TYPE=SPRINGA, ELSET={name}", f"{self._numbering.elements(1)}, {ends[0]}, {ends[1]}")
        yield from (f"*SPRING, ELSET={name}, NONLINEAR", "", *curve)

    def step_lines(self) -> Iterator[str]:
        """Steps: pretension of ligaments; then one in which all loads grow, or one for line loads and weight first."""
        loads, course = self._source.loads, self._source.course
        first = [item for kind in loads.acting if kind.given.held for item in kind.items]
        then = [item for kind in loads.acting if not kind.given.held for item in kind.items]
        stages = [first, then] if course.follower_first else [[*first, *then]]
        if self._taut:
            yield from (_STEP.format(_LARGEST_OF_PRETENSION), *_warming(self._taut), _OUTPUT)
        for stage in stages:
            yield _STEP.format(_LARGEST_INCREMENT)
            for item in stage:
                yield from self._load(item)
            yield _OUTPUT
        tell_left_out(self._source, self._inventory)

    def _load(self, item: Load) -> Iterator[str]:
        if isinstance(item, LinePull):
            if self._warm:
                yield from _warming(self._warm)
        elif isinstance(item, PureMoment):
            yield "*CLOAD"
            yield from (f"{self._rotation}, {a}, {number(m)}" for a, m in enumerate(item.moment, 1) if m)
            self._tell_moment(item)
        elif isinstance(item, DeadWeight):
            yield "*CLOAD"  # each weight once: CalculiX adds up loads repeated in a step
            node = self._weights[item.name]
            yield from (f"{node}, {axis}, {number(part)}" for axis, part in enumerate(item.force, 1) if part)
            self._inventory.carried(item.name, "a force at a node that moves with the fixture")
        elif isinstance(item, PrescribedMotion):
            turned = isinstance(item, PrescribedRotation)
            yield "*BOUNDARY"
            for axis, part in enumerate(item.size * item.axis, 1):
                if part:
                    yield f"{self._rotation if turned else self._reference}, {axis}, {axis}, {number(part)}"
            self._inventory.approximately(item.name, MOTION)
        else:
            self._inventory.missing(item.name, f"CalculiX has nothing like {type(item).__name__}")

    def _tell_moment(self, item: PureMoment) -> None:
        how = "a moment on the rotational node of the fixture"
        if np.count_nonzero(item.moment) == 1:
            self._inventory.carried(item.name, how)
        else:
            self._inventory.approximately(item.name, f"{how}, conjugate to its rotation vector")


def _warming(nodes: Sequence[int]) -> Iterator[str]:
    """Temperature 1 at full load, which is kept in later steps."""
    yield "*TEMPERATURE"
    yield from (f"{node}, 1." for node in nodes)
