"""Parameters of a scenario for sensitivities: value, range, and step of finite differences."""

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
"""Sections with numerical settings, not physical parameters."""
_REACTIVE = "muscles.short_range_stiffness"
"""Excluded: it needs its own reference posture."""
_CHOSEN = ("moment_Nm", "moment_vector_Nm", "follower_N", "rotation_deg", "axial_displacement_mm")
"""Keys of applied loads: chosen, not uncertain."""
_INHERITED_MAL = {"fibrous_modulus_MPa": "fibrous_modulus_MPa", "bone_modulus_MPa": "ossified_modulus_MPa"}
_OF_HEALTHY_MUSCLE = (("muscles", "scale"), ("muscles", "fat_fraction"))
"""Mappings that have entries only for changed muscles."""


@dataclass(frozen=True)
class Parameter:
    """One numeric parameter of a scenario.

    Attributes
    ----------
    key : str
        Dotted key path.
    value : float
        Its value in the scenario.
    unit : str
    range : (float, float) or None
        Range in the literature.
    confidence : str
        Confidence of the source of the value.
    reach : (float, float) or None
        Values over which kinks are predicted: the range, unless others are requested.
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
        """The load case to which it belongs; None if it is not a load."""
        return self.path[1] if self.section == "load_cases" else None

    @property
    def moves_mesh(self) -> bool:
        """Whether a change of its value moves the mesh."""
        if self.section == "anatomy":
            return self.path[1] != "lumbosacral" and self.path[-1] not in ("modulus_MPa", "poisson_ratio")
        is_layer = self.path[-2:] == ("cartilage_endplate", "thickness_mm")
        return is_layer or (self.section == "degeneration" and self.path[-1] in SHAPES)

    @property
    def step(self) -> float:
        """Step of finite differences: a small fraction of the value or of its range, whichever is smaller."""
        width = abs(self.range[1] - self.range[0]) if self.range else 0.0
        sizes = [size for size in (abs(self.value), width) if size > 0.0]
        part = DERIVATIVE_MOVED_STEP if self.moves_mesh else DERIVATIVE_STEP
        return part * min(sizes, default=1.0)

    @property
    def is_unknown(self) -> bool:
        """Whether it has a physical range, and so contributes to the uncertainty of results."""
        chosen = self.section == "load_cases" and bool(set(self.path) & set(_CHOSEN))
        return self.range is not None and not chosen and self.confidence != "numerical"

    @property
    def spread(self) -> float:
        """Standard deviation of a uniform distribution over the range."""
        return 0.0 if self.range is None else (self.range[1] - self.range[0]) / 12**0.5


def parameters(scenario: Scenario, keys: Sequence[str] | None = None) -> list[Parameter]:
    """Parameters of a scenario that have a range, or the named ones.

    Parameters
    ----------
    scenario : Scenario
    keys : sequence of str, optional
        Dotted key paths or their beginnings: ``materials.ligaments.LF`` selects all its numbers. Inherited values may
        be named as well, e.g. ``mal.L5.left.fibrous_modulus_MPa``.

    Raises
    ------
    ScenarioError
        When a key is not a numeric parameter; the message names the most similar one.
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
    """All physical parameters of a scenario."""
    for key, value, quantity in numbers(scenario.resolved(), scenario.quantities):
        name = dotted(key)
        is_grade = key[0] == "degeneration" and key[-1] == "grade"  # a grade sets several of these parameters
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
    """An inherited parameter, with the value that applies at the key."""
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
    """Value that applies at a key without its own value: the common one, or that of healthy muscle."""
    if path[:2] in _OF_HEALTHY_MUSCLE:
        quantity = quantity_at(scenario.materials.set, path)
        return None if quantity is None else float(quantity.value)
    above = place_of_all(scenario, path)
    found = value_at(scenario.resolved(), above) if above else None
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def place_of_all(scenario: Scenario, path: KeyPath) -> KeyPath:
    """Path of the common value inherited by a joint, body, side or MAL without its own value; () for other paths."""
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
