"""Reading of factors from a study file: keys, distributions and limits of values are checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fem_lumbar.scenario.bounds import outside_limits, quantity_at
from fem_lumbar.scenario.document import describe
from fem_lumbar.scenario.keys import choices_at, keys_at, split_unit, suggestion, type_at
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.names import is_file, names_beside
from fem_lumbar.scenario.overrides import split_key
from fem_lumbar.scenario.problems import KeyPath, listed, nearest_names
from fem_lumbar.scenario.spelling import number_meant
from fem_lumbar.studies.csv_file import read_csv
from fem_lumbar.studies.distributions import Discrete, Empirical, Measured, Simple, Uniform
from fem_lumbar.studies.factors import Dependent, Factor, Marginal, in_order
from fem_lumbar.studies.faults import Faults
from fem_lumbar.studies.published import published
from fem_lumbar.studies.rules import Words, condition_faults, word_faults
from fem_lumbar.studies.study_file import FactorEntry
from fem_lumbar.studies.table import FLOOR, HEAD, MESH_ERROR
from fem_lumbar.studies.words import is_number

_WAYS = ("values", "range", "distribution", "published", "rows")
"""Alternative ways to define the variation of a factor; exactly one is given."""

_APART = frozenset("=,\n\t")
"""Characters that end a name on the command line or in a table."""


class FactorReader:
    """Reads factors one by one and collects their problems.

    Parameters
    ----------
    path : Path
        Study file; the paths of other files are relative to it.
    base : Scenario
        The scenario that is varied.
    faults : Faults
        Collects problems.
    """

    def __init__(self, path: Path, base: Scenario, faults: Faults) -> None:
        self._folder, self._base, self._faults = path.parent, base, faults
        self._driven: dict[str, str] = {}

    def factor(self, name: str, entry: FactorEntry) -> Factor | None:
        """The factor of an entry; None if it is too faulty."""
        place: KeyPath = ("factors", name)
        if name in HEAD or name.startswith((FLOOR, MESH_ERROR)):
            self._faults.note(place, "the table has a column of this name or kind", "another name")
        if name != name.strip() or not name or not _APART.isdisjoint(name):
            message = f"'{name}' is no name that --set NAME=VALUE could tell apart"
            self._faults.note(place, message, "a name without = and , as in age or tropism_deg")
        targets = self._targets(name, entry, place)
        ways = [way for way in _WAYS if getattr(entry, way) is not None]
        if len(ways) != 1:
            told = f"got {listed(ways)} at once" if ways else "nothing says what it varies over"
            self._faults.note(place, told, f"one of {listed(_WAYS)}")
            return None
        source: dict[str, Any] = {}
        if entry.published is not None:
            found = self._published(entry, place)
            if found is None:
                return None
            entry, source = found
            ways = ["rows" if entry.rows is not None else "distribution"]
        for option, way in (("log", "range"), ("levels", "range"), ("depends_on", "rows")):
            if option in entry.model_fields_set and way not in ways:
                self._faults.note((*place, option), f"goes with {way} only", None)
        marginal, kind, parameters = self._marginal(entry, ways[0], place)
        if marginal is None:
            return None
        unit = entry.unit or next((split_unit(key)[1] or "" for key, (times, _) in targets.items() if times == 1.0), "")
        levels = _levels(entry)
        defined = {**parameters, **source}
        factor = Factor(name, targets, unit, kind, defined, marginal, levels, entry.base, entry.depends_on)
        listed_values = levels or marginal.categories or ()
        if any(is_number(value) and not np.isfinite(value) for value in (*listed_values, entry.base)):
            self._faults.note((*place, ways[0]), "a value is infinite or no number", "finite numbers, words")
        self.check_values(factor, listed_values, (*place, ways[0]))
        return factor

    def check_together(self, factors: Sequence[Factor]) -> None:
        """Check factors against each other."""
        known = [factor.name for factor in factors]
        for factor in factors:
            if factor.depends_on is not None and factor.depends_on not in known:
                place = ("factors", factor.name, "depends_on")
                near = nearest_names(factor.depends_on, known)
                self._faults.note(place, f"no factor '{factor.depends_on}'", listed(known, 12), near)
            if isinstance(factor.marginal, Dependent):
                self._check_conditions(factor.name, factor.marginal, words_of(factors))
        if not self._faults.problems:
            for factor in factors:
                if factor not in in_order(factors):
                    self._faults.note(("factors", factor.name, "depends_on"), "it depends on itself in the end", None)

    def check_set(self, given: Iterable[str], factors: Sequence[Factor]) -> None:
        """Note keys that are set for all points although a factor sets them at each point."""
        for key in given:
            for factor in factors:
                if any(_holds(target, key) for target in factor.targets):
                    self._faults.note(("set", key), f"'{factor.name}' gives it a value at every point", "other keys")

    def _check_conditions(self, name: str, dependent: Dependent, words: Words) -> None:
        """Note conditions of rows that their factor can never meet."""
        for i, (condition, _) in enumerate(dependent.rows):
            place = ("factors", name, "rows", str(i), "when")
            for key, message, allowed, near in word_faults(condition, dependent.on, words, ()):
                self._faults.note((*place, *key), message, allowed, near)

    def _targets(self, name: str, entry: FactorEntry, place: KeyPath) -> dict[str, tuple[float, float]]:
        """Scenario keys driven by the factor, with scale and offset."""
        if entry.key is not None and entry.keys:
            self._faults.note((*place, "keys"), "key and keys are given", "one of them")
        given = {entry.key: (1.0, 0.0)} if entry.key is not None else {}
        given |= {key: (one.times, one.plus) for key, one in entry.keys.items()}
        for i, key in enumerate(given):
            where = (*place, "key") if entry.key is not None else self._key_place(place, key, i)
            self._check_key(key, where)
            for other, by in self._driven.items():
                if _holds(key, other) or _holds(other, key):
                    message = f"{other} is varied by '{by}' already"
                    self._faults.note(where, message, "one factor for each key and what it holds")
            self._driven.setdefault(key, name)
        return given

    def _key_place(self, place: KeyPath, key: str, i: int) -> KeyPath:
        """Position of one of several keys in the file: its name in a mapping, its index in a list."""
        named = (*place, "keys", key)
        return named if named in self._faults.document.origins else (*place, "keys", str(i))

    def _check_key(self, key: str, place: KeyPath) -> None:
        parts = split_key(key)
        known: KeyPath = ()
        while len(known) < len(parts) and _is_key(parts[: len(known) + 1]):
            known = parts[: len(known) + 1]
        if not parts or known != parts:
            wrong = parts[: len(known) + 1]
            near = suggestion(Scenario, wrong) if wrong else None
            told = f" ('{wrong[-1]}' is none)" if wrong else ""
            self._faults.note(place, f"no scenario key {key}{told}", listed(keys_at(Scenario, known), 12), near)

    def check_values(self, factor: Factor, values: Iterable[Any], place: KeyPath, where: str = "") -> None:
        """Note values that the keys of a factor can never take; ``where`` is a prefix of the messages."""
        values = list(values)
        for key, target in factor.targets.items():
            for value in values:
                if fault := self._fault(key, target, value):
                    message, allowed, near = fault
                    self._faults.note(place, f"{where}{key}: {message}", allowed, near)

    def _fault(self, key: str, target: tuple[float, float], value: Any) -> tuple[str, str | None, str | None] | None:
        """Problem of a value for a key (message, allowed values, suggestion); None if there is none."""
        parts, (times, plus) = split_key(key), target
        choices = choices_at(Scenario, parts)
        if is_number(value):
            outside = outside_limits(plus + times * value, quantity_at(self._base.materials.set, parts))
            return None if outside is None else (*outside, None)
        if choices and value not in choices and float not in _args(parts):
            return f"got {describe(value)}", listed(choices), nearest_names(str(value), map(str, choices))
        if (times, plus) != (1.0, 0.0):
            return f"times and plus need numbers, got {describe(value)}", None, None
        if isinstance(value, str) and not choices and _takes_numbers_alone(parts):
            return f"expected a number, got {describe(value)}", None, number_meant(value)
        return None

    def _published(self, entry: FactorEntry, place: KeyPath) -> tuple[FactorEntry, dict[str, Any]] | None:
        """The entry with the published distribution inserted for its name, and the source."""
        names = published()
        if entry.published not in names:
            near = nearest_names(entry.published or "", names)
            message = f"no published distribution '{entry.published}'"
            self._faults.note((*place, "published"), message, listed(names, 12), near)
            return None
        found = names[entry.published]
        unit = entry.unit or found.unit.replace("-", "")
        changes = {"published": None, "distribution": found.distribution, "rows": found.rows, "unit": unit}
        return entry.model_copy(update=changes), {"published": entry.published, "source": found.source}

    def _marginal(self, entry: FactorEntry, way: str, place: KeyPath) -> tuple[Marginal | None, str, dict[str, Any]]:
        """The distribution, its kind, and its parameters."""
        if entry.values is not None:
            values = Discrete(kind="discrete", values=entry.values)
            return values, "values", {"values": list(entry.values)}
        if entry.range is not None:
            uniform = Uniform(kind="uniform", low=entry.range[0], high=entry.range[1], log=entry.log)
            for _, message, allowed in uniform.faults():
                self._faults.note((*place, "range"), message, allowed)
            return uniform, "range", {"low": entry.range[0], "high": entry.range[1], "log": entry.log}
        if entry.distribution is not None:
            marginal = self._simple(entry.distribution, (*place, "distribution"))
            told = entry.distribution.model_dump(mode="json", exclude={"kind"})
            return marginal, entry.distribution.kind, told
        return self._dependent(entry, place)

    def _dependent(self, entry: FactorEntry, place: KeyPath) -> tuple[Marginal | None, str, dict[str, Any]]:
        rows: list[tuple[Any, Marginal]] = []
        if entry.depends_on is None:
            self._faults.note((*place, "depends_on"), "required beside rows, but not given", "the name of a factor")
            return None, "dependent", {}
        for i, row in enumerate(entry.rows or ()):
            where = (*place, "rows", str(i))
            if row.when is not None:
                for key, message, allowed, near in condition_faults(row.when, [entry.depends_on]):
                    self._faults.note((*where, "when", *key), message, allowed, near)
            marginal = self._simple(row.distribution, (*where, "distribution"))
            if marginal is not None:
                rows.append((row.when, marginal))
        told = [row.model_dump(mode="json") for row in entry.rows or ()]
        return Dependent(entry.depends_on, tuple(rows)), "dependent", {"on": entry.depends_on, "rows": told}

    def _simple(self, form: Simple, place: KeyPath) -> Marginal | None:
        """A complete and consistent distribution, with the data of its file; None otherwise."""
        for key, message, allowed in form.faults():
            self._faults.note((*place, key), message, allowed)
        return self._measured(form, place) if isinstance(form, Empirical) else form

    def _measured(self, form: Empirical, place: KeyPath) -> Measured | None:
        file = self._folder / form.file
        if not is_file(file):
            near = nearest_names(file.name, names_beside(file))
            self._faults.note((*place, "file"), f"no such file: {form.file}", "a path relative to this file", near)
            return None
        try:
            columns, rows = read_csv(file)
        except ValueError as error:
            self._faults.note((*place, "file"), str(error), "a CSV file with a column of numbers")
            return None
        if form.column not in columns:
            near = nearest_names(form.column, columns)
            self._faults.note((*place, "column"), f"{form.file} has no such column", listed(columns, 12), near)
            return None
        cells = [row[form.column] for _, row in rows]
        numbers = [_number(cell) for cell in cells if cell.strip()]
        if not numbers or not np.isfinite(numbers).all():
            wrong = next((cell for cell in cells if cell.strip() and not np.isfinite(_number(cell))), "nothing")
            self._faults.note((*place, "column"), f"{form.file} has '{wrong}' in it", "a number in every row")
            return None
        return Measured(np.array(numbers), form.smooth)


def words_of(factors: Iterable[Factor]) -> Words:
    """Values as text of the factors with non-numeric values, by name."""
    return {factor.name: words for factor in factors if (words := factor.categories) is not None}


def _holds(key: str, other: str) -> bool:
    """Whether a dotted key path equals another one or contains it."""
    parts = split_key(key)
    return split_key(other)[: len(parts)] == parts


def _is_key(parts: KeyPath) -> bool:
    """Whether a scenario may have a key at this path."""
    names = keys_at(Scenario, parts[:-1])
    return type_at(Scenario, parts) is not None and (not names or parts[-1] in names)


def _levels(entry: FactorEntry) -> tuple[Any, ...] | None:
    """Values of a factor in a grid; None if they are not listed."""
    if entry.values is not None:
        return entry.values
    if entry.range is None or entry.levels is None:
        return None
    spaced = np.geomspace if entry.log and min(entry.range) > 0 else np.linspace
    return tuple(float(f"{value:.12g}") for value in spaced(*entry.range, entry.levels))


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")


def _takes_numbers_alone(key: KeyPath) -> bool:
    return set(_args(key) or (type_at(Scenario, key),)) <= {float, int, type(None)}


def _args(key: KeyPath) -> tuple[Any, ...]:
    from typing import get_args

    return get_args(type_at(Scenario, key))
