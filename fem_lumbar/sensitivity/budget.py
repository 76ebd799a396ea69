"""First-order uncertainty of results from the published ranges of parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.measures.quantities import Path, unit
from fem_lumbar.sensitivity.parameters import Parameter
from fem_lumbar.sensitivity.table import CaseDerivatives, Derivatives

_LARGEST_ONLY = "rotation_deg"


@dataclass(frozen=True)
class Contribution:
    """Contribution of one uncertain parameter: ``change`` of the result per standard deviation of the parameter.

    ``kink`` says what changes within the range, so that the forecast is only indicative; empty without a kink.
    """

    parameter: Parameter
    change: float
    kink: str


@dataclass(frozen=True)
class Budget:
    """Uncertainty of a result and its contributions.

    Attributes
    ----------
    case, quantity, unit : str
    value : float
        The result.
    contributions : tuple of Contribution
        Of all uncertain parameters with an effect, the largest first.
    """

    case: str
    quantity: str
    unit: str
    value: float
    contributions: tuple[Contribution, ...]

    @property
    def standard_deviation(self) -> float:
        """Root of the sum of squares: parameters are assumed independent and results linear in them."""
        return float(np.sqrt(sum(one.change**2 for one in self.contributions)))

    @property
    def is_beyond_linear(self) -> bool:
        """Whether the standard deviation is too large relative to the result for a linear forecast."""
        return self.standard_deviation > 0.5 * abs(self.value)

    def share(self, contribution: Contribution) -> float:
        """Fraction of the variance due to one parameter."""
        return float((contribution.change / self.standard_deviation) ** 2)

    @property
    def kinked_share(self) -> float:
        """Fraction of the variance due to parameters with a kink in their range."""
        return sum(self.share(one) for one in self.contributions if one.kink)


def budgets(table: Derivatives) -> list[Budget]:
    """Budgets of the main results of every load case.

    Each parameter is assumed uniform over its published range, so that its standard deviation is the width / √12 (JCGM
    100:2008, 4.3.7), and independent of the others (law of propagation of uncertainty, ibid. 5.1.2).
    """
    return [
        _budget(table, case, found, column)
        for case, found in table.cases.items()
        for column in main_results(found.paths, found.values)
    ]


def _budget(table: Derivatives, case: str, found: CaseDerivatives, column: int) -> Budget:
    path = found.paths[column]
    contributions = [
        Contribution(parameter, float(found.derivatives[row, column]) * parameter.spread, found.kinks.get(row, ""))
        for row, parameter in enumerate(table.parameters)
        if parameter.is_unknown and np.nan_to_num(found.derivatives[row, column]) != 0.0
    ]
    contributions.sort(key=lambda one: -abs(one.change))
    return Budget(case, ".".join(path), unit(path), float(found.values[column]), tuple(contributions))


def main_results(paths: Sequence[Path], values: Sequence[float] | NDArray[np.float64]) -> Iterator[int]:
    """Indices of the main results: largest rotation, pressure and facet forces of each joint, tension of each MAL.

    Parameters
    ----------
    paths : sequence of n tuples of str
        Places of the results of a load case in its summary entry.
    values : (n,)
        The results.
    """
    joints = dict.fromkeys(path[1] for path in paths if path[0] == "idp_MPa")
    for joint in joints:
        rotations = [i for i, path in enumerate(paths) if path[:2] == (_LARGEST_ONLY, joint)]
        yield from sorted(rotations, key=lambda i: -abs(float(values[i])))[:1]
    yield from (i for i, path in enumerate(paths) if _is_main(path))


def _is_main(path: Path) -> bool:
    if path[0] == "mal":
        return path[-1] == "tension_N"
    return path[0] == "idp_MPa" or (path[0] == "facet_force_N" and path[-1] in SIDES)
