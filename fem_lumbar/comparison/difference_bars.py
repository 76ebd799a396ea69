"""Stored discretisation errors of differences: results of studies of scenario pairs, for use in other comparisons."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fem_lumbar.comparison.discretisation import Behaviour
from fem_lumbar.comparison.discretisation_bars import EARLIER_TEMPLATE, made_by, mesh_facts, rounded
from fem_lumbar.comparison.stored_errors import read_stored
from fem_lumbar.measures.quantities import kind, prescribed

if TYPE_CHECKING:
    from fem_lumbar.comparison.mesh_convergence import Series
    from fem_lumbar.comparison.pair_convergence import PairConvergence
    from fem_lumbar.measures import quantities

STORED = Path(__file__).parent / "data" / "difference_error.json"
"""The file in the package; written by ``fem-lumbar mesh convergence FILE --against FILE --store``."""
SCHEMA_VERSION = 1
NUMBERS, SIDES = "differences", "left_minus_right"
"""Keys of the differences of numbers, and of the changes of left − right (under the path of the left number)."""
_LOADS = "load_cases"
_NEXT_TO_NOTHING = 1e-3
"""Fraction of the difference on another mesh below which one counts as noise. Example: the effect of muscles on a
case without muscles is 1e-12 on one mesh and, where contact does not settle, 1e-3 on another."""


@dataclass(frozen=True)
class PairErrors:
    """Discretisation errors of the differences between two scenarios.

    Attributes
    ----------
    data : mapping
        Stored results of the study (see :func:`pair_entry`).
    """

    data: Mapping[str, Any]

    def error(
        self,
        case: str,
        applied: Mapping[str, Any],
        density: str | None,
        path: quantities.Path,
        delta: float,
        of: str = NUMBERS,
    ) -> float | None:
        """Discretisation error of a difference, in its unit; None if unknown.

        The larger of the stored absolute error and the stored relative error times the difference. Differences that are
        zero on all meshes are not stored; one that is zero here too has no error.

        Parameters
        ----------
        case, applied, density, path
            As in :meth:`fem_lumbar.comparison.discretisation_bars.DiscretisationBars.error`.
        delta : float
            The difference.
        of : str
            `NUMBERS`, or `SIDES` for left − right.
        """
        found = self.data["load_cases"].get(case)
        if (
            found is None
            or density not in self.data["densities"]
            or prescribed(applied) != prescribed(found["applied"])
        ):
            return None
        entry = found[of].get(".".join(path))
        if entry is None:  # not stored, or zero on all meshes, such as the force of an open facet joint
            return 0.0 if delta == 0.0 and kind(path) in self._kinds[case, of] else None
        place = self.data["densities"].index(density)
        error, value = entry["error"][place], entry["value"][place]
        if error is None:
            return None
        return error if not value else error * max(1.0, abs(delta / value))

    @cached_property
    def _kinds(self) -> dict[tuple[str, str], set[tuple[str, ...]]]:
        """Kinds of the stored differences of numbers and of sides, by load case."""
        return {
            (case, of): {kind(tuple(name.split("."))) for name in entry[of]}
            for case, entry in self.data["load_cases"].items()
            for of in (NUMBERS, SIDES)
        }

    def worst(self, density: str | None, of: str) -> dict[tuple[str, ...], float]:
        """Largest error of each kind of difference at a density, relative to the largest one of the kind in its case.

        Errors are thus related to the large differences of a case, since they may be a multiple of the small ones.
        Numbers without an effect, whose differences are only numerical noise, are left out.
        """
        if density not in self.data["densities"]:
            return {}
        place = self.data["densities"].index(density)
        found: dict[tuple[str, ...], float] = {}
        for case in self.data["load_cases"].values():
            largest: dict[tuple[str, ...], float] = {}
            errors: dict[tuple[str, ...], float] = {}
            for name, entry in case[of].items():
                key, value, error = kind(tuple(name.split("."))), entry["value"][place], entry["error"][place]
                if value is not None and error is not None and not _is_noise(entry, place):
                    largest[key] = max(largest.get(key, 0.0), abs(value))
                    errors[key] = max(errors.get(key, 0.0), error)
            for key, error in errors.items():
                if largest[key] > 0.0:
                    found[key] = max(found.get(key, 0.0), error / largest[key])
        return found


@dataclass(frozen=True)
class DifferenceBars:
    """Discretisation errors of differences of several pairs of scenarios.

    Attributes
    ----------
    data : mapping
        Content of the file; empty without a file.
    """

    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def pairs(self) -> list[PairErrors]:
        """Stored errors of each pair."""
        return [PairErrors(pair) for pair in self.data.get("pairs", [])]

    @property
    def origin(self) -> str:
        """Description of the stored pairs; empty without any."""
        return "; ".join(
            f"{pair['second']} against {pair['first']} at {', '.join(pair['densities'])}, "
            f"version {pair['provenance']['version']}"
            for pair in self.data.get("pairs", [])
        )

    def of_template(self, template: str) -> DifferenceBars:
        """The pairs on a template."""
        pairs = [pair for pair in self.data.get("pairs", []) if pair.get("template", EARLIER_TEMPLATE) == template]
        return DifferenceBars({**self.data, "pairs": pairs})

    def of_changes(self, changes: Mapping[str, Sequence[Any]]) -> list[PairErrors]:
        """Pairs whose scenarios differ in the same keys and values, in either direction; other settings are ignored."""
        asked = _plain(changes)
        swapped = {key: value[::-1] for key, value in asked.items()}
        return [pair for pair in self.pairs if _plain(pair.data["changes"]) in (asked, swapped)]

    def between(self, first: str, second: str, template: str) -> list[PairErrors]:
        """Pairs of two scenarios, in either order, on a template; several if densities depend on the load case."""
        pairs, names = self.of_template(template).pairs, {first, second}
        return [pair for pair in pairs if {pair.data["first"], pair.data["second"]} == names]

    def worst(self, density: str | None, of: str) -> dict[tuple[str, ...], float]:
        """The same over all pairs; see :meth:`PairErrors.worst`."""
        found: dict[tuple[str, ...], float] = {}
        for pair in self.pairs:
            for key, relative in pair.worst(density, of).items():
                found[key] = max(found.get(key, 0.0), relative)
        return found

    def with_pair(self, entry: Mapping[str, Any]) -> DifferenceBars:
        """A copy with a pair added, which replaces that of the same two scenarios on the same template."""
        old = self.between(entry["first"], entry["second"], entry["template"])
        kept = [pair for pair in self.data.get("pairs", []) if not any(pair is one.data for one in old)]
        return DifferenceBars({**(self.data or _HEAD), "pairs": [*kept, entry]})


_HEAD = {
    "schema_version": SCHEMA_VERSION,
    "meaning": "Errors of the difference second - first. Lists go over densities. value: the difference; error: its "
    "error bar, same unit.",
}


def stored_differences(path: Path | None = None) -> DifferenceBars:
    """The stored errors of differences; empty without a file.

    Raises
    ------
    InputError
        When the file does not contain such errors.
    """
    data = read_stored(STORED if path is None else path, SCHEMA_VERSION)
    return DifferenceBars(data) if data else DifferenceBars()


def pair_entry(found: PairConvergence) -> dict[str, Any]:
    """A study of a pair in the form in which it is stored: changes, and value and error bar of every difference."""
    return {
        "first": found.first,
        "second": found.second,
        "template": found.differences.template,
        "changes": _plain(found.changes),
        "provenance": made_by() | {"meshes": {level.density: mesh_facts(level) for level in found.differences.levels}},
        "densities": list(found.differences.densities),
        "load_cases": {
            case: {
                "applied": found.differences.applied(case),
                NUMBERS: _entries(case, found.differences.series),
                SIDES: _entries(case, found.sides),
            }
            for case in found.differences.cases
        },
    }


def differences_text(data: Mapping[str, Any]) -> str:
    """The content of the file as JSON with one line per quantity."""
    pairs = []
    for pair in data["pairs"]:
        cases = []
        for case, entry in pair["load_cases"].items():
            parts = [f'   "applied": {json.dumps(entry["applied"])}']
            for of in (NUMBERS, SIDES):
                lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(one)}" for name, one in entry[of].items())
                parts.append(f"   {json.dumps(of)}: {{\n{lines}\n   }}" if lines else f"   {json.dumps(of)}: {{}}")
            cases.append(f"  {json.dumps(case)}: {{\n" + ",\n".join(parts) + "\n  }")
        head = json.dumps({key: value for key, value in pair.items() if key != "load_cases"}, ensure_ascii=False)
        pairs.append(f' {head[:-1]},\n "load_cases": {{\n' + ",\n".join(cases) + "\n }}")
    head = json.dumps({key: value for key, value in data.items() if key != "pairs"}, ensure_ascii=False)
    return f'{head[:-1]},\n"pairs": [\n' + ",\n".join(pairs) + "\n]}\n"


def _is_noise(entry: Mapping[str, Any], place: int) -> bool:
    """Whether a difference at a density is only the error of the solver.

    It is if all meshes agree within that error and it does not exceed it, or if it is negligible against another mesh.
    """
    value, error = abs(entry["value"][place]), entry["error"][place]
    if entry.get("behaviour") == Behaviour.CONSTANT.value and value <= error:
        return True
    return value < _NEXT_TO_NOTHING * max(abs(other) for other in entry["value"] if other is not None)


def _entries(case: str, series: Sequence[Series]) -> dict[str, Any]:
    """Differences of a case that are not zero on all meshes, by dotted path."""
    return {
        ".".join(item.path): {
            "behaviour": item.estimate.behaviour.value,
            "value": rounded(item.values),
            "error": rounded(item.errors),
        }
        for item in series
        if item.case == case and any(item.values)
    }


def _plain(changes: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Changed keys with both values as plain JSON data; loads are compared by what is applied in each case."""
    plain = {key: list(values) for key, values in changes.items() if key.split(".")[0] != _LOADS}
    return json.loads(json.dumps(plain, default=str))
