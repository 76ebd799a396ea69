"""A study that has been read: its points, made one at a time, and the scenario at each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fem_lumbar.anatomy.part_name import CARTILAGE_ENDPLATE
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.variations import Variations
from fem_lumbar.studies.design import Design, combinations
from fem_lumbar.studies.factors import Factor, Values, scenario_settings
from fem_lumbar.studies.rules import holds

MESH_KEYS = ("anatomy", "mesh", "segment", "degeneration")
"""Sections of a scenario that a mesh follows from."""


@dataclass(frozen=True)
class StudyPoint:
    """One point of a study.

    Attributes
    ----------
    number : int
        Its place in the design, from 0; points that rules leave out are counted.
    values : dict
        Value of each factor.
    """

    number: int
    values: Values


@dataclass(frozen=True)
class Study:
    """A study.

    Attributes
    ----------
    name, description : str
        What it is called and is about.
    base : Scenario
        The scenario that is varied, as it stands.
    variations : Variations
        The same to be had with other values.
    factors : tuple of Factor
        What varies.
    design : Design
        How points are chosen.
    contrast : Factor or None
        The one of the factors that the design leaves out: it chooses pairs of points that differ in it alone.
    include, exclude : tuple of dict
        Rules about which points are run.
    outputs : tuple of str
        Results that are kept, by path; ``*`` stands for any name at its place.
    asks : dict
        What its report compares besides.
    """

    name: str
    description: str
    base: Scenario
    variations: Variations
    factors: tuple[Factor, ...]
    design: Design
    include: tuple[Mapping[str, Any], ...]
    exclude: tuple[Mapping[str, Any], ...]
    outputs: tuple[str, ...]
    asks: Mapping[str, Any]
    contrast: Factor | None = None

    def points(self) -> Iterator[StudyPoint]:
        """The points that are run, in the order of the design."""
        for number, values in enumerate(self._combinations()):
            if self.is_run(values):
                yield StudyPoint(number, values)

    def _combinations(self) -> Iterator[Values]:
        if self.contrast is None:
            yield from combinations(self.design, self.factors)
            return
        varied = [factor for factor in self.factors if factor is not self.contrast]
        for values in combinations(self.design, varied):
            yield from ({**values, self.contrast.name: value} for value in self.contrast.levels or ())

    def is_run(self, values: Mapping[str, Any]) -> bool:
        """Whether the rules let a point be run."""
        if self.include and not any(holds(rule, values) for rule in self.include):
            return False
        return not any(holds(rule, values) for rule in self.exclude)

    def scenario_at(self, values: Mapping[str, Any]) -> Scenario:
        """The scenario at a point.

        Raises
        ------
        ScenarioError
            When the values do not make a valid one.
        """
        return self.variations.at(scenario_settings(self.factors, values))

    def mesh_group(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        """What points with the same mesh have in common: the values of the keys that a mesh follows from."""
        return mesh_values(scenario_settings(self.factors, values))


def mesh_values(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Those of some scenario values, by key, that a mesh follows from."""
    return tuple(
        f"{key}={value!r}"
        for key, value in settings.items()
        if key.split(".")[0] in MESH_KEYS or CARTILAGE_ENDPLATE in key
    )
