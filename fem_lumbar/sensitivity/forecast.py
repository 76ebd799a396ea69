"""Linear forecast of results at other values of some numbers, and what each number adds to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from fem_lumbar.foundation.numerics import DERIVATIVE_VERIFIED
from fem_lumbar.measures.quantities import Path, unit
from fem_lumbar.sensitivity.table import CaseDerivatives, Derivatives


@dataclass(frozen=True)
class Part:
    """First-order change of a result with one number.

    ``error`` is the change of the number times what its derivative may be off by: its stated error, or that to which
    derivatives are verified if that is more. ``kink`` says what changes sides within the reach of the parameter, empty
    where nothing does.
    """

    key: str
    change: float
    error: float
    kink: str = ""


@dataclass(frozen=True)
class Forecast:
    """A result at other values of some numbers, to first order.

    Attributes
    ----------
    case : str
    path : tuple of str
        Where the result stands in the summary entry of the case.
    base : float
        The result at the values of the scenario.
    parts : tuple of Part
        What each number that changes adds, in their order.
    """

    case: str
    path: Path
    base: float
    parts: tuple[Part, ...]

    @property
    def unit(self) -> str:
        """Unit of the result."""
        return unit(self.path)

    @property
    def change(self) -> float:
        """Change from the base; NaN for a result that comes or goes."""
        return sum(one.change for one in self.parts)

    @property
    def value(self) -> float:
        """The result as forecast."""
        return self.base + self.change

    @property
    def error(self) -> float:
        """Errors of all parts added. Curvature of the result is not in it."""
        return sum(one.error for one in self.parts)

    @property
    def kink(self) -> str:
        """What changes sides on the way, so that the result does not follow its derivatives so far."""
        return "; ".join(dict.fromkeys(one.kink for one in self.parts if one.kink))

    @property
    def is_beyond_linear(self) -> bool:
        """Whether the change is so large beside the result that no linear forecast can hold."""
        return abs(self.change) > 0.5 * abs(self.base)


def forecasts(table: Derivatives, values: Mapping[str, float]) -> Iterator[Forecast]:
    """Every result of every load case at other values of some parameters of a table.

    Parameters
    ----------
    table : Derivatives
        At the base scenario.
    values : mapping
        New value by key path; KeyError for a key that is not in the table.
    """
    changes = {}
    for key, value in values.items():
        row = table.index(key)
        if value != table.parameters[row].value:
            changes[row] = value - table.parameters[row].value
    for case, found in table.cases.items():
        for column, path in enumerate(found.paths):
            parts = tuple(_part(table.parameters[row].key, found, row, column, by) for row, by in changes.items())
            yield Forecast(case, path, float(found.values[column]), parts)


def _part(key: str, found: CaseDerivatives, row: int, column: int, by: float) -> Part:
    """What one parameter adds; a result that does not depend on it knows no kink."""
    slope = float(found.derivatives[row, column])
    if slope == 0.0:
        return Part(key, 0.0, 0.0)
    error = max(float(np.nan_to_num(found.errors[row, column])), DERIVATIVE_VERIFIED * abs(slope))
    return Part(key, slope * by, abs(by) * error, found.kinks.get(row, ""))
