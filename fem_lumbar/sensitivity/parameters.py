"""The numbers of a scenario that results may depend on: value, range, and the steps of its differences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.nested import value_at
from fem_lumbar.foundation.numerics import DERIVATIVE_MOVED_STEP, DERIVATIVE_STEP
from fem_lumbar.foundation.parameters import Quantity
from fem_lumbar.scenario.bounds import numbers, quantity_at
from fem_lumbar.scenario.degeneration import SHAPES, numbers_in_effect
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.overrides import split_key
from fem_lumbar.scenario.problems import KeyPath, Origin, Problem, ScenarioError, dotted, nearest_names

_NUMERICAL = ("solver", "mesh")
"""Sections that say how to compute, not what."""
_REACTIVE = "muscles.short_range_stiffness"
"""It needs a reference posture of its own."""
_CHOSEN = ("moment_Nm", "moment_vector_Nm", "follower_N", "rotation_deg", "axial_displacement_mm")
"""What an experiment applies is chosen, not unknown."""
_INHERITED_MAL = {"fibrous_modulus_MPa": "fibrous_modulus_MPa", "bone_modulus_MPa": "ossified_modulus_MPa"}
_OF_HEALTHY_MUSCLE = (("muscles", "scale"), ("muscles", "fat_fraction"))
"""Maps with entries for changed muscles alone."""


@dataclass(frozen=True)
class Parameter:
    """One number of a scenario.

    Attributes
    ----------
    key : str
        Dotted key path.
    value : float
        Its value in the scenario.
    unit : str
    range : (float, float) or None
        What the literature spans.
    confidence : str
        Of the source of the value.
    reach : (float, float) or None
        Values over which kinks are foreseen: the range, unless others are asked for.
    """

    key: str
    value: float
    unit: str = "-"
    range: tuple[float, float] | None = None
    confidence: str = ""
    reach: tuple[float, float] | None = None

    @property
    def path(self) -> KeyPath:
        """Parts of the key path."""
        return split_key(self.key)

    @property
    def section(self) -> str:
        """Section of the scenario."""
        return self.path[0]

    @property
    def case(self) -> str | None:
        """The load case that it belongs to, if it is one of a load."""
        return self.path[1] if self.section == "load_cases" else None

    @property
    def moves_mesh(self) -> bool:
        """Whether the mesh follows its value."""
        if self.section == "anatomy":
            return self.path[1] != "lumbosacral" and self.path[-1] not in ("modulus_MPa", "poisson_ratio")
        is_layer = self.path[-2:] == ("cartilage_endplate", "thickness_mm")
        return is_layer or (self.section == "degeneration" and self.path[-1] in SHAPES)

    @property
    def step(self) -> float:
        """Step of differences: a small part of the value or of its range, whichever is less."""
        width = abs(self.range[1] - self.range[0]) if self.range else 0.0
        sizes = [size for size in (abs(self.value), width) if size > 0.0]
        part = DERIVATIVE_MOVED_STEP if self.moves_mesh else DERIVATIVE_STEP
        return part * min(sizes, default=1.0)

    @property
    def is_unknown(self) -> bool:
        """Whether its range is one of nature, so that it makes results uncertain."""
        chosen = self.section == "load_cases" and bool(set(self.path) & set(_CHOSEN))
        return self.range is not None and not chosen and self.confidence != "numerical"

    @property
    def spread(self) -> float:
        """Standard deviation of a uniform distribution over the range."""
        return 0.0 if self.range is None else (self.range[1] - self.range[0]) / 12**0.5


def parameters(scenario: Scenario, keys: Sequence[str] | None = None) -> list[Parameter]:
    """Numbers of a scenario that have a range, or those that are named.

    Parameters
    ----------
    scenario : Scenario
    keys : sequence of str, optional
        Dotted key paths, or the beginning of some: ``materials.ligaments.LF`` means all its numbers. A value that the
        scenario takes over from elsewhere may be named as well, e.g. ``mal.L5.left.fibrous_modulus_MPa``.

    Raises
    ------
    ScenarioError
        A key that is no number of the scenario; names the nearest.
    """
    every = {one.key: one for one in _every(scenario)}
    if keys is None:
        return [one for one in every.values() if one.range is not None]
    found: dict[str, Parameter] = {}
    for key in keys:
        below = {name: one for name, one in every.items() if name == key or name.startswith(key + ".")}
        if not below:
            below = {key: _taken_over(scenario, key, every)}
        found |= below
    return list(found.values())


def _every(scenario: Scenario) -> Iterator[Parameter]:
    """All physical numbers of a scenario."""
    for key, value, quantity in numbers(scenario.resolved(), scenario.quantities):
        name = dotted(key)
        is_grade = key[0] == "degeneration" and key[-1] == "grade"  # which stands for some of these numbers
        if key[0] in _NUMERICAL or name in ("schema_version", _REACTIVE) or key[0] == "parameter_set" or is_grade:
            continue
        yield _parameter(name, float(value), quantity)
    for key, value, quantity in numbers_in_effect(scenario.degeneration):
        if quantity is not None:
            yield _parameter(dotted(key), value, quantity)


def _parameter(name: str, value: float, quantity: Quantity | None) -> Parameter:
    if quantity is None:
        return Parameter(name, value)
    return Parameter(name, value, quantity.unit, quantity.range, quantity.confidence, reach=quantity.range)


def _taken_over(scenario: Scenario, key: str, every: dict[str, Parameter]) -> Parameter:
    """A number that is not in the scenario itself, with the value that holds there."""
    path = split_key(key)
    quantity = quantity_at(scenario.materials.set, path) if path else None
    value = _value_there(scenario, path)
    if quantity is None or value is None:
        origin = Origin(option=f"--keys {key}")
        message = "the reference posture of muscles is not varied" if key == _REACTIVE else "no number of the scenario"
        raise ScenarioError(
            Path(scenario.name),
            [Problem(origin, path, message, "a key path, or the beginning of some", nearest_names(key, list(every)))],
        )
    return _parameter(key, value, quantity)


def _value_there(scenario: Scenario, path: KeyPath) -> float | None:
    """What holds at a place that has no value of its own: that of all places, or of a healthy muscle."""
    if path[:2] in _OF_HEALTHY_MUSCLE:
        quantity = quantity_at(scenario.materials.set, path)
        return None if quantity is None else float(quantity.value)
    above = place_of_all(scenario, path)
    found = value_at(scenario.resolved(), above) if above else None
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def place_of_all(scenario: Scenario, path: KeyPath) -> KeyPath:
    """Where the value stands that one joint, body, side or MAL takes over without one of its own; () for others."""
    if len(path) == 4 and path[0] == "mal" and path[3] in _INHERITED_MAL:
        return ("materials", "mal", _INHERITED_MAL[path[3]])
    if len(path) == 4 and path[0] == "mal" and path[3] == "ossified_fraction":
        state = value_at(scenario.resolved(), (*path[:3], "state"))
        return ("materials", "mal", f"{state}_fraction")
    if path[:2] in (("materials", "joints"), ("materials", "bodies")):
        return ("materials", *path[3:])
    if path[:1] == ("anatomy",) and len(path) > 2 and path[1] in SIDES:
        return ("anatomy", *path[2:])
    return ()
