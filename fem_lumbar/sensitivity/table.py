"""Derivatives of results with respect to parameters, as a typed table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from fem_lumbar.measures.quantities import Path, unit
from fem_lumbar.sensitivity.parameters import Parameter


@dataclass(frozen=True)
class Derivative:
    """One derivative, in the unit of the result per unit of the parameter.

    ``error`` is the error of finite differences and linear solution. ``elasticity`` is the relative change of the
    result over that of the parameter, NaN if either is zero. ``kink`` says what changes within the range of the
    parameter so that the result does not follow the derivative; empty without a kink.
    """

    case: str
    quantity: str
    unit: str
    value: float
    parameter: Parameter
    derivative: float
    error: float
    elasticity: float
    kink: str = ""


@dataclass
class CaseDerivatives:
    """Derivatives of the results of one load case.

    Attributes
    ----------
    paths : list of tuple of str
        Place of each result in the summary entry of the case.
    values : (n,)
        The results.
    derivatives, errors : (k, n)
        By parameter and result; NaN for a result that appears or disappears, such as the centre of a contact that
        opens.
    kinks : dict
        What changes within the range of a parameter, by its index.
    """

    paths: list[Path]
    values: np.ndarray
    derivatives: np.ndarray
    errors: np.ndarray
    kinks: dict[int, str] = field(default_factory=dict)

    def column(self, quantity: str) -> int | None:
        """Index of a result by its dotted path; None if it is not there."""
        return next((i for i, path in enumerate(self.paths) if ".".join(path) == quantity), None)


@dataclass
class Derivatives:
    """Derivatives of all results of some load cases with respect to some parameters.

    Attributes
    ----------
    scenario : str
        Name of the scenario.
    parameters : list of Parameter
    cases : dict of CaseDerivatives
        By load case.
    left_out : dict of str
        Reason why a parameter or a load case has no derivatives, by key or name.
    """

    scenario: str
    density: str
    parameters: list[Parameter]
    cases: dict[str, CaseDerivatives]
    left_out: dict[str, str] = field(default_factory=dict)

    def has(self, key: str) -> bool:
        """Whether a parameter is in the table."""
        return any(one.key == key for one in self.parameters)

    def index(self, key: str) -> int:
        """Index of a parameter; KeyError if it is not in the table."""
        for i, one in enumerate(self.parameters):
            if one.key == key:
                return i
        raise KeyError(key)

    def of(self, case: str, key: str) -> dict[str, float]:
        """Derivative of every result of a load case with respect to a parameter, by dotted path."""
        found, row = self.cases[case], self.index(key)
        return {
            ".".join(path): float(value)
            for path, value in zip(found.paths, found.derivatives[row], strict=True)
            if np.isfinite(value)
        }

    def rows(self) -> Iterator[Derivative]:
        """All available derivatives that are not zero."""
        for case, found in self.cases.items():
            for row, parameter in enumerate(self.parameters):
                for column in np.flatnonzero(np.nan_to_num(found.derivatives[row])):
                    yield self._row(case, row, int(column), parameter)

    def _row(self, case: str, row: int, column: int, parameter: Parameter) -> Derivative:
        found = self.cases[case]
        path, value = found.paths[column], float(found.values[column])
        slope = float(found.derivatives[row, column])
        known = value != 0.0 and parameter.value != 0.0
        return Derivative(
            case,
            ".".join(path),
            unit(path),
            value,
            parameter,
            slope,
            float(found.errors[row, column]),
            slope * parameter.value / value if known else float("nan"),
            found.kinks.get(row, ""),
        )
