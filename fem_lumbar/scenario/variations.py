"""Variations of a scenario file: read once, completed and validated for each set of values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fem_lumbar.scenario.document import Document
from fem_lumbar.scenario.inheritance import CASES
from fem_lumbar.scenario.loader import laid_over_values, with_cases, with_options
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.surface_files import with_surfaces_found
from fem_lumbar.scenario.validation import validated


@dataclass(frozen=True)
class Variations:
    """A scenario file that can be evaluated with other values.

    Defaults depend on the values that are given, so the file is varied and not the scenario made from it.

    Attributes
    ----------
    path : Path
        Scenario file, for messages.
    document : Document
        Merged values of the file and those it extends.
    cases : tuple of str or None
        Load cases to keep (None: all).
    """

    path: Path
    document: Document
    cases: tuple[str, ...] | None = None

    def at(self, values: Mapping[str, Any], option: str = "{key}={value}") -> Scenario:
        """The scenario with values at dotted key paths.

        Parameters
        ----------
        values : mapping
            Values by key.
        option : str
            Name of the origin of a value in messages.

        Raises
        ------
        ScenarioError
            A value that is not accepted.
        """
        document = self.with_values(values, option).document
        cases = document.data.get(CASES)
        if self.cases is not None and isinstance(cases, dict) and cases.keys() >= set(self.cases):
            # The other cases are not used, and checking them takes as long as checking the rest.
            kept = {name: case for name, case in cases.items() if name in self.cases}
            document = replace(document, data={**document.data, CASES: kept})
        scenario = with_surfaces_found(self.path, document, validated(self.path, document))
        return scenario if self.cases is None else with_cases(scenario, self.cases)

    def with_values(self, values: Mapping[str, Any], option: str = "{key}={value}") -> Variations:
        """A copy with permanent values; parameters are those of :meth:`at`, which validates them."""
        document = replace(self.document, data=dict(self.document.data))
        for key, value in values.items():
            document = laid_over_values(document, key, value, option.format(key=key, value=value))
        return replace(self, document=document)


def variations(
    path: Path, sets: Sequence[str] = (), cases: Sequence[str] | None = None, density: str | None = None
) -> Variations:
    """A scenario file read for :class:`Variations`; parameters are those of `load_scenario`."""
    path = Path(path)
    return Variations(path, with_options(path, sets, density), None if cases is None else tuple(cases))
