"""First-order uncertainty of results from the published ranges of the numbers they rest on."""

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
    """What one unknown adds: ``change`` of the result per standard deviation of the parameter.

    ``kink`` says what changes within the range, so that the forecast is no more than a hint; empty where nothing does.
    """

    parameter: Parameter
    change: float
    kink: str


@dataclass(frozen=True)
class Budget:
    """How wide a result is, and what makes it so.

    Attributes
    ----------
    case, quantity, unit : str
    value : float
        The result.
    contributions : tuple of Contribution
        Of all unknowns with an effect, the largest first.
    """

    case: str
    quantity: str
    unit: str
    value: float
    contributions: tuple[Contribution, ...]

    @property
    def standard_deviation(self) -> float:
        """Root of the sum of squares: unknowns are taken as independent, results as linear in them."""
        return float(np.sqrt(sum(one.change**2 for one in self.contributions)))

    @property
    def is_beyond_linear(self) -> bool:
        """Whether the width is so large beside the result that no linear forecast can hold."""
        return self.standard_deviation > 0.5 * abs(self.value)

    def share(self, contribution: Contribution) -> float:
        """Part of the variance that one unknown makes up."""
        return float((contribution.change / self.standard_deviation) ** 2)

    @property
    def kinked_share(self) -> float:
        """Part of the variance from unknowns with a kink in their range."""
        return sum(self.share(one) for one in self.contributions if one.kink)


def budgets(table: Derivatives) -> list[Budget]:
    """Budgets of the main results of every load case.

    Each unknown is taken as uniform over its published range, so that its standard deviation is the width / √12 (JCGM
    100:2008, 4.3.7), and as independent of the others (the law of propagation of uncertainty, there 5.1.2).
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
    """Places of the main results: largest rotation, pressure and facet forces of each joint, tension of each MAL.

    Parameters
    ----------
    paths : sequence of n tuples of str
        Where results of a load case stand in its summary entry.
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
