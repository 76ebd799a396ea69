"""Models of a scenario with one parameter changed, on the same cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fem_lumbar.anatomy.parameters import Anatomy, default_anatomy_values
from fem_lumbar.foundation.errors import AnatomyError, InputError
from fem_lumbar.foundation.nested import value_at
from fem_lumbar.foundation.numerics import DERIVATIVE_COORDINATE_STEP_MM, DERIVATIVE_TRUNCATION
from fem_lumbar.meshing.cache import segment_mesh
from fem_lumbar.meshing.cartilage_endplates import with_cartilage_endplates, with_the_same_layers
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.meshing.morph import morphed
from fem_lumbar.model.loads import Loads, build_loads
from fem_lumbar.model.segment import Segment, build_segment, kept_mesh
from fem_lumbar.scenario.loader import with_values
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.overrides import split_key
from fem_lumbar.sensitivity.parameters import Parameter

_LOWEST_QUALITY = 0.0
"""Quality limit of perturbed meshes: next to an accepted mesh, positive volumes are enough."""
_PRESSED = ("materials", "mal", "ossification", "degeneration")
"""Sections of tissue parameters: they change items on the same mesh."""


class NoDerivative(Exception):
    """A parameter has no derivative in this model; the message says why."""


@dataclass(frozen=True)
class Model:
    """A segment and its scenario, at one value of a parameter."""

    scenario: Scenario
    segment: Segment

    def loads(self, case: str) -> Loads:
        """Loads of a case at full load."""
        return build_loads(self.scenario, self.segment, case)


class Variations:
    """Models of a scenario at other values of one parameter.

    Parameters
    ----------
    base : Model
        Model of the unchanged scenario.
    report : callable
        Receives the line on the origin of the template mesh.
    """

    def __init__(self, base: Model, report: Callable[[str], None]) -> None:
        self.base = base
        self._report = report
        self._template: SegmentMesh | None = None
        self._layered: SegmentMesh | None = None
        self._unmoved: np.ndarray | None = None
        self._meshes: dict[tuple[str, float], SegmentMesh] = {}
        self._still: dict[tuple[str, float], Model] = {}

    def at(self, parameter: Parameter, value: float) -> Model:
        """The model at a value of a parameter.

        Raises
        ------
        InputError
            When the scenario does not accept the value.
        NoDerivative
            When the mesh is not one that is morphed with the anatomy.
        """
        if value == parameter.value:
            return self.base
        if (known := self._still.get((parameter.key, value))) is not None:
            return known
        scenario = with_number(self.base.scenario, parameter, value)
        before = self.base.segment
        if parameter.moves_mesh:
            mesh = self._moved(parameter.key, value, scenario)
            return Model(scenario, build_segment(scenario, mesh, before.space.moved(mesh.points)))
        segment = (
            build_segment(scenario, before.mesh, before.space)
            if parameter.section in (*_PRESSED, "anatomy")
            else before
        )
        # On the same mesh a model needs little memory of its own; on a morphed mesh it is too large to keep.
        return self._still.setdefault((parameter.key, value), Model(scenario, segment))

    def _moved(self, key: str, value: float, scenario: Scenario) -> SegmentMesh:
        """The mesh morphed to a changed anatomical measure.

        Coordinates of stored meshes are rounded. Contact is so stiff that its forces would change as much by rounding
        as by the measure: displacements are therefore differences of unrounded meshes, added to the stored mesh.
        """
        if (key, value) not in self._meshes:
            if self._unmoved is None:
                self._unmoved = self._in_place(self.base.scenario).points
                if self._unmoved.shape != self.base.segment.mesh.points.shape:
                    raise NoDerivative("the mesh is not its template moved")
            mesh = self._in_place(scenario)
            points = self.base.segment.mesh.points + (mesh.points - self._unmoved)
            self._meshes[key, value] = replace(mesh, points=points)
        return self._meshes[key, value]

    def _in_place(self, scenario: Scenario) -> SegmentMesh:
        """The template morphed to the anatomy of a scenario, without rounding; only regions that the scenario keeps.

        Raises
        ------
        NoDerivative
            When the mesh cannot be morphed.
        """
        anatomy = scenario.degenerated_anatomy
        if anatomy.source == "surfaces":
            raise NoDerivative(f"a mesh of anatomy.source {anatomy.source} does not move with measures")
        if scenario.segment.sacrum:
            raise NoDerivative("a mesh that goes on to the sacrum does not move with measures")
        if anatomy.posterior_cleft:
            raise NoDerivative(
                "a cleft of the arch is a layer of whole cells, and may be one of others where they move"
            )
        usual = Anatomy.model_validate(default_anatomy_values())
        if self._template is None:
            shipped = segment_mesh(usual, scenario.mesh, self._report)
            precise = {name: values.astype(float) for name, values in shipped.cell_data.items()}
            self._template = replace(shipped, cell_data=precise)  # small rotations of axes need double precision
        try:
            whole = morphed(self._template, usual, anatomy, _LOWEST_QUALITY, DERIVATIVE_COORDINATE_STEP_MM)
            thickness_mm = scenario.cartilage_endplates_mm
            if self._layered is None:
                self._layered = with_cartilage_endplates(whole, thickness_mm, scenario.mesh.linear_bone)
        except AnatomyError as clash:
            raise NoDerivative(str(clash)) from clash
        return kept_mesh(scenario, with_the_same_layers(whole, thickness_mm, self._layered))


def with_number(scenario: Scenario, parameter: Parameter, value: float) -> Scenario:
    """The scenario with another value of a parameter.

    Raises
    ------
    InputError
        When the value is not accepted.
    """
    place = re.fullmatch(r"(.+)\[(\d+)\]", parameter.key)
    if place is None:
        return with_values(scenario, {parameter.key: value})
    items = list(value_at(scenario.resolved(), split_key(place[1])))
    items[int(place[2])] = value
    return with_values(scenario, {place[1]: items})


@dataclass(frozen=True)
class Stencil:
    """Equally spaced values of a parameter around or beside its own, and the models there.

    Attributes
    ----------
    parameter : Parameter
    offsets : (n,)
        Distances of the two or three values from that of the scenario, ascending.
    weights : (n,)
        Weights of the results at the values in the derivative at the value of the scenario.
    models : n of Model
    """

    parameter: Parameter
    offsets: np.ndarray
    weights: np.ndarray
    models: tuple[Model, ...]

    def slope(self, results: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Derivative (k,) of results (n, k), and its estimated error (k,).

        The error is half the difference of the two slopes; with only one it is a fixed fraction of it.
        """
        slope = self.weights @ results
        if len(results) == 2:
            return slope, DERIVATIVE_TRUNCATION * np.abs(slope)
        first, last = np.diff(results, axis=0) / (self.offsets[1] - self.offsets[0])
        return slope, 0.5 * np.abs(last - first)


_MOVED = {(-1, 0, 1): (-0.5, 0.0, 0.5), (0, 1, 2): (-1.5, 2.0, -0.5), (-2, -1, 0): (0.5, -2.0, 1.5)}
"""Weights by offset (in steps) where the mesh moves: quadratic, as forces of contact and fixture are nonlinear."""
_STILL = {(0, 1): (-1.0, 1.0), (-1, 0): (-1.0, 1.0)}
"""The same where the mesh does not move."""


def stencil(variations: Variations, parameter: Parameter) -> Stencil:
    """Stencil of a parameter, on the sides that the scenario accepts.

    Raises
    ------
    NoDerivative
        When the scenario accepts neither side.
    """
    reasons: list[str] = []
    for places, weights in (_MOVED if parameter.moves_mesh else _STILL).items():
        offsets = parameter.step * np.array(places)
        try:
            models = tuple(variations.at(parameter, float(parameter.value + offset)) for offset in offsets)
        except (InputError, NoDerivative) as refusal:
            reasons.append(str(refusal))
            continue
        return Stencil(parameter, offsets, np.array(weights) / parameter.step, models)
    raise NoDerivative(reasons[0].splitlines()[-1].strip())


def same(a: Any, b: Any) -> bool:
    """Whether two objects hold the same values, with bitwise equal arrays."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.shape == b.shape and np.array_equal(a, b)
    if isinstance(a, Mapping):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if hasattr(a, "__dict__") and not callable(a):
        return same(vars(a), vars(b))
    return bool(a == b)
