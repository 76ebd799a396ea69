"""A study after reading: its points, generated one at a time, and the scenario at each."""

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
"""Sections of a scenario that determine the mesh."""


@dataclass(frozen=True)
class StudyPoint:
    """One point of a study.

    Attributes
    ----------
    number : int
        Index in the design, from 0; it includes points excluded by rules.
    values : dict
        Value of each factor.
    """

    number: int
    values: Values


@dataclass(frozen=True)
class Study:
    """A designed variation of a scenario.

    Attributes
    ----------
    name, description : str
        Name and description.
    base : Scenario
        The unchanged scenario.
    variations : Variations
        Creates scenarios with other values.
    factors : tuple of Factor
        The varied factors.
    design : Design
        The design of experiments.
    contrast : Factor or None
        Factor outside the design, whose two values give pairs of points that differ only in it.
    include, exclude : tuple of dict
        Rules that select the points to run.
    outputs : tuple of str
        Paths of the stored results; ``*`` stands for any name at its place.
    asks : dict
        Further comparisons for its report.
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
        """The points to run, in design order."""
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
        """Whether the rules include a point."""
        if self.include and not any(holds(rule, values) for rule in self.include):
            return False
        return not any(holds(rule, values) for rule in self.exclude)

    def scenario_at(self, values: Mapping[str, Any]) -> Scenario:
        """The scenario at a point.

        Raises
        ------
        ScenarioError
            When the values do not give a valid scenario.
        """
        return self.variations.at(scenario_settings(self.factors, values))

    def mesh_group(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        """Key of points with the same mesh: the values that determine it."""
        return mesh_values(scenario_settings(self.factors, values))


def mesh_values(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The scenario values, by key, that determine a mesh."""
    return tuple(
        f"{key}={value!r}"
        for key, value in settings.items()
        if key.split(".")[0] in MESH_KEYS or CARTILAGE_ENDPLATE in key
    )
