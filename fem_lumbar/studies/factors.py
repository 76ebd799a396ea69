"""Factors of a study: what varies, the scenario keys it drives, and its value at a probability."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from fem_lumbar.runs.points import one_line
from fem_lumbar.studies.manifest import FactorColumn
from fem_lumbar.studies.rules import meets
from fem_lumbar.studies.words import as_word, is_number

Values = dict[str, Any]
"""Value of each factor by name."""


class NoRowError(LookupError):
    """No row of a dependent factor applies; ``factor`` is its name."""

    def __init__(self, factor: str, message: str) -> None:
        super().__init__(message)
        self.factor = factor


class Marginal(Protocol):
    """A distribution of one factor."""

    @property
    def categories(self) -> tuple[Any, ...] | None:
        """All values, if they are listed, else None."""
        ...

    def quantile(self, u: float, others: Mapping[str, Any]) -> Any:
        """Value at a probability ``u``, given the values ``others`` of preceding factors."""
        ...


@dataclass(frozen=True)
class Dependent:
    """A distribution that depends on another factor: that of the first row whose condition holds.

    Attributes
    ----------
    on : str
        Name of that factor.
    rows : tuple of (condition, distribution)
        Conditions as in rules; None always holds.
    """

    on: str
    rows: tuple[tuple[Any, Marginal], ...]

    @property
    def categories(self) -> tuple[Any, ...] | None:
        """Distinct values of all rows; None if a row is continuous."""
        found = [marginal.categories for _, marginal in self.rows]
        if any(one is None for one in found):
            return None
        return tuple({one_line(value): value for one in found for value in one or ()}.values())

    def quantile(self, u: float, others: Mapping[str, Any]) -> Any:
        """Value at a probability ``u`` in the applicable row.

        Raises
        ------
        LookupError
            When no row applies.
        """
        for condition, marginal in self.rows:
            if condition is None or meets(condition, others[self.on], others):
                return marginal.quantile(u, others)
        told = others[self.on]
        raise LookupError(f"no row holds for {self.on} = {f'{told:g}' if is_number(told) else told}")


@dataclass(frozen=True)
class Factor:
    """A varied quantity.

    Attributes
    ----------
    name : str
        Name of the factor and of its column.
    targets : dict
        ``(times, plus)`` by scenario key: the key takes ``plus + times x``, or the value itself if it is not a number.
        Empty for a factor that only controls others.
    unit : str
        Unit of the value; empty if there is none.
    kind : str
        ``values``, ``range``, a kind of distribution, or ``dependent``.
    parameters : dict
        Its definition as written in the file.
    marginal : Marginal
        Its distribution.
    levels : tuple or None
        Its values in a grid; None if they are not listed.
    base : value or None
        Its value while other factors vary one at a time.
    depends_on : str or None
        The factor that controls its distribution.
    """

    name: str
    targets: dict[str, tuple[float, float]]
    unit: str
    kind: str
    parameters: dict[str, Any]
    marginal: Marginal
    levels: tuple[Any, ...] | None = None
    base: Any = None
    depends_on: str | None = None

    @property
    def categories(self) -> tuple[str, ...] | None:
        """Its distinct values as text if not all are numbers, else None; the base need not be listed."""
        listed = self.marginal.categories
        values = listed if listed is None or self.base is None else (*listed, self.base)
        if values is None or all(is_number(value) for value in values):
            return None
        return tuple(dict.fromkeys(map(as_word, values)))

    def settings(self, value: Any) -> dict[str, Any]:
        """Scenario values by key at a value of the factor."""
        return {
            key: plus + times * value if is_number(value) and (times, plus) != (1.0, 0.0) else value
            for key, (times, plus) in self.targets.items()
        }

    def column(self) -> FactorColumn:
        """Its entry in the manifest."""
        keys = tuple(self.targets)
        key = keys[0] if list(self.targets.values()) == [(1.0, 0.0)] else keys
        return FactorColumn(self.name, key, self.unit, self.kind, self.parameters, self.categories)


def in_order(factors: Iterable[Factor]) -> list[Factor]:
    """Factors sorted so that each follows the one it depends on; circular dependences are left out."""
    waiting, done = list(factors), dict[str, Factor]()
    while ready := [one for one in waiting if one.depends_on is None or one.depends_on in done]:
        done |= {one.name: one for one in ready}
        waiting = [one for one in waiting if one.name not in done]
    return list(done.values())


def values_at(factors: Sequence[Factor], numbers: Sequence[float]) -> Values:
    """Values of the factors, in their order, at probabilities ``numbers`` (n,)."""
    by_name = dict(zip([one.name for one in factors], numbers, strict=True))
    found: Values = {}
    for factor in in_order(factors):
        try:
            found[factor.name] = factor.marginal.quantile(float(by_name[factor.name]), found)
        except LookupError as error:
            raise NoRowError(factor.name, str(error)) from error
    return {factor.name: found[factor.name] for factor in factors}


def scenario_settings(factors: Iterable[Factor], values: Mapping[str, Any]) -> dict[str, Any]:
    """Scenario values by key at the values of some factors."""
    return {key: value for factor in factors for key, value in factor.settings(values[factor.name]).items()}
