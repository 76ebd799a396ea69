"""Linear forecast of results at other parameter values, and the contribution of each parameter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from fem_lumbar.foundation.numerics import DERIVATIVE_VERIFIED
from fem_lumbar.measures.quantities import Path, unit
from fem_lumbar.sensitivity.table import CaseDerivatives, Derivatives


@dataclass(frozen=True)
class Part:
    """First-order change of a result with one parameter.

    ``error`` is the change of the parameter times the error of its derivative: the stated error, or the accuracy to
    which derivatives are verified if that is larger. ``kink`` says which contact or ligament changes its state within
    the reach of the parameter; empty without a kink.
    """

    key: str
    change: float
    error: float
    kink: str = ""


@dataclass(frozen=True)
class Forecast:
    """First-order forecast of a result at other parameter values.

    Attributes
    ----------
    case : str
    path : tuple of str
        Place of the result in the summary entry of the case.
    base : float
        The result at the parameter values of the scenario.
    parts : tuple of Part
        Contribution of each changed parameter, in their order.
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
        """Change from the base; NaN for a result that appears or disappears."""
        return sum(one.change for one in self.parts)

    @property
    def value(self) -> float:
        """The forecast result."""
        return self.base + self.change

    @property
    def error(self) -> float:
        """Sum of the errors of all parts; the curvature of the result is not included."""
        return sum(one.error for one in self.parts)

    @property
    def kink(self) -> str:
        """Contacts or ligaments that change their state on the way, so that the forecast does not hold."""
        return "; ".join(dict.fromkeys(one.kink for one in self.parts if one.kink))

    @property
    def is_beyond_linear(self) -> bool:
        """Whether the change is too large relative to the result for a linear forecast."""
        return abs(self.change) > 0.5 * abs(self.base)


def forecasts(table: Derivatives, values: Mapping[str, float]) -> Iterator[Forecast]:
    """Forecast every result of every load case at other values of some parameters of a table.

    Parameters
    ----------
    table : Derivatives
        Derivatives at the base scenario.
    values : mapping
        New value by key path.

        Raises
        ------
        KeyError
            When a key is not in the table.
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
    """Contribution of one parameter; without a kink if the result does not depend on it."""
    slope = float(found.derivatives[row, column])
    if slope == 0.0:
        return Part(key, 0.0, 0.0)
    error = max(float(np.nan_to_num(found.errors[row, column])), DERIVATIVE_VERIFIED * abs(slope))
    return Part(key, slope * by, abs(by) * error, found.kinks.get(row, ""))
