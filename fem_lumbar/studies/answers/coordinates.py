"""Numeric coordinates of the factors of a study: logarithms on logarithmic scales, positions in the list for words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.scenario.document import parse_yaml
from fem_lumbar.scenario.problems import Origin, listed, nearest_names
from fem_lumbar.studies.manifest import FactorColumn, Manifest
from fem_lumbar.studies.words import as_word, reads_as_number

if TYPE_CHECKING:
    import pandas

_FEW = 6
"""Largest number of values for which a factor is shown value by value."""
_AS_ONE = 0.99
"""Rank correlation above which the effects of two factors cannot be separated."""
_INNER = (5.0, 95.0)
"""Percentiles that bound the range of a factor with more values."""


@dataclass(frozen=True)
class Factor:
    """One factor in numeric form.

    Attributes
    ----------
    name, unit : str
        Name of its column, and its unit.
    keys : tuple of str
        The scenario key that takes the value directly and may be used as a name for the factor; empty without one.
    words : tuple of str or None
        Values of a non-numeric factor, in the order of their coordinates 0, 1, 2 …
    log : bool
        Whether the coordinate is the decimal logarithm.
    listed : bool
        Whether all its values are from a list.
    """

    name: str
    unit: str
    keys: tuple[str, ...]
    words: tuple[str, ...] | None
    log: bool
    listed: bool = False

    def coordinate(self, value: Any) -> float:
        """Coordinate of a value.

        Raises
        ------
        InputError
            When the factor cannot have the value.
        """
        if self.words is not None:
            word = next((one for one in (str(value), _as_stored(str(value))) if one in self.words), None)
            if word is None:
                near = nearest_names(str(value), self.words)
                meant = f"\n    did you mean {near}?" if near else ""
                raise InputError(f"{self.name}={value}: allowed is {listed(self.words, 12)}{meant}")
            return float(self.words.index(word))
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise InputError(f"{self.name}={value}: a number is needed") from None
        if not np.isfinite(number) or (self.log and number <= 0.0):
            raise InputError(f"{self.name}={value}: a {'positive' if self.log else 'finite'} number is needed")
        return float(np.log10(number)) if self.log else number

    def value(self, coordinate: float) -> float | str:
        """The value at a coordinate."""
        if self.words is not None:
            return self.words[round(min(max(coordinate, 0), len(self.words) - 1))]
        return float(10.0**coordinate) if self.log else float(coordinate)

    def shown(self, coordinate: float) -> str:
        """The value at a coordinate as text."""
        value = self.value(coordinate)
        return value if isinstance(value, str) else f"{value:.4g}"


@dataclass(frozen=True)
class Points:
    """The points of a study in numeric form.

    Attributes
    ----------
    factors : tuple of Factor
    number : (n,) int
        Numbers of the points, ascending.
    x : (n, d) float
        Coordinates of all points, including failed ones.
    dependent : bool
        Whether some factors are dependent on each other.
    """

    factors: tuple[Factor, ...]
    number: np.ndarray
    x: np.ndarray
    dependent: bool

    def ends(self, i: int) -> tuple[float, float]:
        """Coordinates of the ends of a factor's range: of all its values if few, else of the inner 90 %."""
        kinds = np.unique(self.x[:, i])
        if len(kinds) <= _FEW:
            return float(kinds[0]), float(kinds[-1])
        low, high = np.percentile(self.x[:, i], _INNER)
        return float(low), float(high)

    def kinds(self, i: int) -> np.ndarray:
        """The values of a factor if few, else 41 equal steps between its ends."""
        kinds = np.unique(self.x[:, i])
        return kinds if len(kinds) <= _FEW else np.linspace(*self.ends(i), 41)

    def as_one(self) -> list[tuple[int, int]]:
        """Pairs of factors that are monotonically related at all points, so that their effects cannot be separated."""
        if not self.dependent:
            return []
        size = np.abs(np.triu(_rank_correlations(self.x), 1))
        return [(int(i), int(j)) for i, j in np.argwhere(size > _AS_ONE)]

    def index(self, name: str) -> int:
        """Index of the factor with a name or scenario key.

        Raises
        ------
        InputError
            When the study does not vary it.
        """
        for i, factor in enumerate(self.factors):
            if name == factor.name or name in factor.keys:
                return i
        names = [factor.name for factor in self.factors]
        near = nearest_names(name, names)
        meant = f"\n    did you mean {near}?" if near else ""
        raise InputError(f"'{name}' is no factor of this study\n    allowed: {listed(names, 20)}{meant}")


def points_of(manifest: Manifest, frame: pandas.DataFrame) -> Points:
    """Factors and points of a study.

    Raises
    ------
    InputError
        When no point has been run.
    """
    if frame.empty:
        raise InputError("no point of this study has been run yet (see: fem-lumbar study status)")
    table = frame.drop_duplicates("point").sort_values("point")
    factors = tuple(_factor(column, table[column.name].tolist()) for column in manifest.factors)
    columns = [[factor.coordinate(value) for value in table[factor.name]] for factor in factors]
    x = np.array(columns, dtype=float).reshape(len(factors), len(table)).T
    dependent = manifest.correlation is not None or _go_together(x, manifest.design.get("kind") == "zip")
    return Points(factors, table["point"].to_numpy(dtype=int), x, dependent)


def _factor(column: FactorColumn, values: list[Any]) -> Factor:
    keys = (column.key,) if isinstance(column.key, str) else ()
    words = column.categories
    if words is None and not all(isinstance(value, int | float | np.number) for value in values):
        words = tuple(dict.fromkeys(map(str, values)))
    elif words is not None and all(reads_as_number(word) for word in words):
        words = None
    log = words is None and _is_log(column.kind, column.parameters) and min(values) > 0.0
    return Factor(column.name, column.unit, keys, words, log, _is_listed(column.kind, column.parameters))


def _is_log(kind: str, parameters: Mapping[str, Any]) -> bool:
    return kind == "lognormal" or bool(parameters.get("log"))


def _is_listed(kind: str, parameters: Mapping[str, Any]) -> bool:
    rows = [row["distribution"]["kind"] for row in parameters.get("rows", ())]
    return kind in ("values", "discrete") or set(rows) == {"discrete"}


def _as_stored(text: str) -> str:
    """A value in any notation (``True``, ``[1,2]``) in the form used in tables."""
    value, _, problems = parse_yaml(text, Origin())
    return text if problems else as_word(value)


def _go_together(x: np.ndarray, zipped: bool) -> bool:
    """Whether the rank correlation of two factors exceeds 0.2 and is significant (p < 0.001, Šidák).

    Zipped lists always count as dependent; fewer than seven other points are never significant.
    """
    from scipy.stats import t

    size = np.abs(_rank_correlations(x)[np.triu_indices(x.shape[1], 1)])
    known, free = size[np.isfinite(size)], len(x) - 2
    if zipped or not len(known) or free < 5:
        return zipped and len(known) > 0
    chance = 1.0 - (1.0 - 0.001) ** (1.0 / len(known))
    by_chance = float(t.isf(chance / 2.0, free))
    return float(np.max(known)) > max(0.2, by_chance / np.sqrt(free + by_chance**2))


def _rank_correlations(x: np.ndarray) -> np.ndarray:
    """Rank correlations (d, d) of columns (n, d); NaN for a column that does not vary."""
    from scipy.stats import rankdata

    ranks = rankdata(x, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = (ranks - ranks.mean(axis=0)) / ranks.std(axis=0)
        return scores.T @ scores / len(x)
