"""Fixture, springs and loads of a FEBio model."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element

import numpy as np

from fem_lumbar.export.febio_boundary import constrain, hold
from fem_lumbar.export.febio_materials import Materials, child, text
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

_FIXTURE = "fixture"
_CORNERS = np.array([[-1.0, -1.0, 0.0], [1.0, -1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
"""Corners of a small tetrahedron that represents the rigid fixture, mm from its reference point."""
_FORCES, _MOMENTS = ("Rx", "Ry", "Rz"), ("Ru", "Rv", "Rw")


class FebioLoads:
    """Connections and loads of the segment.

    Parameters
    ----------
    source : Source
    sections : dict of Element
        Sections of the file by name.
    numbering : Numbering
    materials : Materials
    inventory : Inventory

    Attributes
    ----------
    duration : int
        Time at full load: 1, or 2 if line loads and weight are applied first.
    """

    def __init__(
        self,
        source: Source,
        sections: dict[str, Element],
        numbering: Numbering,
        materials: Materials,
        inventory: Inventory,
    ) -> None:
        self._source, self._sections, self._numbering = source, sections, numbering
        self._materials, self._inventory = materials, inventory
        self.duration = 2 if source.course.follower_first else 1
        for begin in (0, self.duration - 1):  # start of line loads and weight, and of the other loads
            self._curve(begin)

    def _curve(self, begin: int) -> None:
        section = self._sections["LoadData"]
        curve = child(section, "load_controller", id=str(len(section) + 1), type="loadcurve")
        child(curve, "interpolate", "LINEAR")
        child(curve, "extend", "CONSTANT")
        points = child(curve, "points")
        child(points, "pt", f"{begin},0")
        child(points, "pt", f"{begin + 1},1")

    def fixture(self) -> None:
        """Rigid body on the elastic bed of the uppermost endplate."""
        centre = self._source.segment.fixture.reference_point
        corners = [self._numbering.node(centre + corner) for corner in _CORNERS]
        block = child(self._sections["Mesh"], "Elements", name=_FIXTURE, type="tet4")
        child(block, "elem", ",".join(map(str, corners)), id=str(self._numbering.elements(1)))
        self._materials.rigid(_FIXTURE, centre)
        bed = potting(self._source.segment)
        held: list[int] = []
        for node, stiffness in zip(bed.dofs[:, 0] // 3, bed.stiffness):
            place = self._source.segment.space.nodes[node]
            ends = [self._numbering.node(place + axis) for axis in np.eye(3)]
            own = int(self._numbering.of(node))
            material = self._material(f"bed.{own}", "linear spring", [(own, end) for end in ends])
            child(material, "E", float(stiffness))
            held += ends
        self._attach("potting", held)
        self._inventory.carried("potting", "three springs of 1 mm at each node of the uppermost endplate")

    def _attach(self, name: str, nodes: list[int]) -> None:
        child(self._sections["Mesh"], "NodeSet", ",".join(map(str, nodes)), name=name)
        tied = child(self._sections["Boundary"], "bc", name=name, type="rigid", node_set=name)
        child(tied, "rb", _FIXTURE)

    def springs(self, springs: Sequence[Spring]) -> None:
        """Ligament strands."""
        for spring in springs:
            force = self._spring(spring.name, spring.lower, spring.upper, 1.0, None)
            force.set("type", "point")
            child(force, "interpolate", "LINEAR")
            child(force, "extend", "EXTRAPOLATE")
            points = child(force, "points")
            for length, tension in zip(spring.elongation, spring.tension):
                child(points, "pt", text((length, tension)))
        if springs:
            self._inventory.carried("ligaments", f"{len(springs)} strands, nonlinear springs with the curve of each")

    def _spring(
        self, name: str, lower: WeightedPoint, upper: WeightedPoint, scale: float, curve: int | None
    ) -> Element:
        """A spring between two attachments, without force law."""
        ends = [self._end(point, f"{name}.{end}") for point, end in ((lower, "lower"), (upper, "upper"))]
        material = self._material(name, "nonlinear spring", [(ends[0], ends[1])])
        factor = child(material, "scale", scale)
        if curve is not None:
            factor.set("lc", str(curve))
        child(material, "measure", "elongation")
        return child(material, "force")

    def _material(self, name: str, kind: str, ends: Sequence[tuple[int, int]]) -> Element:
        """Springs between pairs of nodes, with their material."""
        chosen = child(self._sections["Mesh"], "DiscreteSet", name=name)
        for pair in ends:
            child(chosen, "delem", ",".join(map(str, pair)))
        section = self._sections["Discrete"]
        number = len(section.findall("discrete_material")) + 1
        material = Element("discrete_material", id=str(number), name=name, type=kind)
        section.insert(number - 1, material)
        child(section, "discrete", dmat=str(number), discrete_set=name)
        return material

    def _end(self, point: WeightedPoint, name: str) -> int:
        node = self._numbering.node(point.position)
        boundary = self._sections["Boundary"]
        if on_fixture(self._source.segment, point):
            self._attach(name, [node])
        elif len(point.nodes):
            constrain(boundary, node, self._numbering.of(point.nodes).tolist(), point.weights)
        else:
            child(self._sections["Mesh"], "NodeSet", str(node), name=name)
            hold(boundary, name)
        return node

    def act(self) -> None:
        """Add the loads of the case."""
        for pull in pulls(self._source):
            force = self._spring(pull.name, pull.lower, pull.upper, pull.force, 1)
            force.set("type", "math")
            child(force, "math", "1")
        for kind in self._source.loads.acting:
            for item in kind.items:
                self._act(item, 1 if kind.given.held else 2)
        tell_left_out(self._source, self._inventory)

    def _act(self, item: Load, curve: int) -> None:
        if isinstance(item, SharedPull):
            self._inventory.approximately(
                item.name, "forces are shared between MAL and process as without load, the fascia does not redistribute"
            )
        elif isinstance(item, LinePull):
            self._inventory.carried(
                item.name, "springs of a given force that grows with the load and follows their ends"
            )
        elif isinstance(item, PureMoment):
            self._rigid("rigid_load", "rigid_moment", _MOMENTS, item.moment, curve)
            self._inventory.carried(item.name, "moment about axes fixed in space on the rigid fixture")
        elif isinstance(item, DeadWeight):
            self._weight(item, curve)
        elif isinstance(item, PrescribedMotion):
            turned = isinstance(item, PrescribedRotation)
            kind, dofs = ("rigid_rotation", _MOMENTS) if turned else ("rigid_displacement", ("x", "y", "z"))
            self._rigid("rigid_bc", kind, dofs, item.size * item.axis, curve)
            self._inventory.approximately(item.name, MOTION)
        else:
            self._inventory.missing(item.name, f"FEBio has nothing like {type(item).__name__}")

    def _rigid(self, tag: str, kind: str, dofs: Sequence[str], values: np.ndarray, curve: int) -> None:
        for dof, value in zip(dofs, values):
            if value:
                made = child(self._sections["Rigid"], tag, type=kind)
                child(made, "rb", _FIXTURE)
                child(made, "dof", dof)
                child(made, "value", float(value), lc=str(curve))

    def _weight(self, item: DeadWeight, curve: int) -> None:
        node = self._numbering.node(item.place(np.zeros(self._source.segment.n_dofs)))
        self._attach(item.name, [node])
        made = child(self._sections["Loads"], "nodal_load", type="nodal_force", node_set=item.name)
        child(made, "value", text(item.force), lc=str(curve))
        self._inventory.carried(item.name, "a force at a node that moves with the rigid fixture")
