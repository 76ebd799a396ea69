"""Sensitivity of the answers to assumptions: pairs of runs without and with ossification, over all ranges.

The pairs are those of a study with a contrast (`studies/mal_assumptions.yaml`), stored beside the results of the
library. Each pair is evaluated by the rules of the library, so that a claim can be followed over the pairs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fem_lumbar.comparison.compare import NEGLIGIBLE, compare
from fem_lumbar.comparison.differences import Comparison
from fem_lumbar.comparison.effects import Item, Quality
from fem_lumbar.foundation.nested import merged
from fem_lumbar.measures.quantities import mirrored_name
from fem_lumbar.questions.mal.question import Claim
from fem_lumbar.studies import table
from fem_lumbar.studies.answers.contrast import contrasted, pairs_of
from fem_lumbar.studies.answers.coordinates import Points, points_of
from fem_lumbar.studies.answers.surrogate import Bases, Surrogate, fit_surrogate
from fem_lumbar.studies.answers.variance import indices
from fem_lumbar.studies.manifest import MANIFEST, Manifest
from fem_lumbar.studies.table import DONE, FLOOR

if TYPE_CHECKING:
    import pandas

FOLDER = "assumptions"
"""Subfolder of the study in a library's results."""


@dataclass(frozen=True)
class Reaction:
    """Sensitivity of the quantity behind a claim to the assumptions.

    Attributes
    ----------
    claim : Claim
    item : Item
        The quantity with the largest mean change, as in the first pair that has it.
    relative : (n,) float
        Its change in every pair, relative to its scale.
    largest : (n,) float
        Largest absolute change of any quantity of the claim in every pair, relative to the scale of that quantity.
    shares : dict
        Total sensitivity index of each assumption for `relative`; empty without an accurate surrogate.
    q2 : float or None
        Predictivity of that surrogate.
    """

    claim: Claim
    item: Item
    relative: np.ndarray
    largest: np.ndarray
    shares: Mapping[str, float]
    q2: float | None

    @property
    def reached(self) -> np.ndarray:
        """In which pairs (n,) bool the size of the change reaches the limit of the claim."""
        return self.largest >= NEGLIGIBLE


@dataclass(frozen=True)
class AssumptionStudy:
    """Pairs of runs over the ranges of assumptions.

    Attributes
    ----------
    manifest : Manifest
        Manifest of the study of differences.
    points : Points
        Values of the assumptions in all pairs, including failed ones.
    places : (n,) int
        Indices of the completed pairs in the points.
    comparisons : tuple of Comparison
        The completed pairs; the run without ossification is the reference.
    """

    manifest: Manifest
    points: Points
    places: np.ndarray
    comparisons: tuple[Comparison, ...]

    @cached_property
    def _bases(self) -> Bases:
        return Bases(self.points)

    def reaction(self, claim: Claim) -> Reaction | None:
        """Sensitivity of a claim; None if the study has not stored its quantities."""
        if claim.family is None or not self.comparisons:
            return None
        by_pair = [self._items(claim, comparison) for comparison in self.comparisons]
        known = {key: item for items in reversed(by_pair) for key, item in items.items()}
        if not known:
            return None

        def of(key: tuple[str, tuple[str, ...]]) -> np.ndarray:
            """Relative change in every pair; zero for a quantity that is zero in both, such as open facets."""
            return np.array([items[key].relative if key in items else 0.0 for items in by_pair])

        most = max(sorted(known), key=lambda key: float(np.mean(np.abs(of(key)))))
        relative = of(most)
        surrogate = fit_surrogate(self._bases, self.places, relative)
        return Reaction(
            claim=claim,
            item=known[most],
            relative=relative,
            largest=np.max(np.abs([of(key) for key in known]), axis=0),
            shares=self._shares(surrogate),
            q2=None if surrogate is None else surrogate.q2,
        )

    def values(self, factor: str) -> np.ndarray:
        """Coordinates (n,) of an assumption in the completed pairs."""
        return self.points.x[self.places, self.points.index(factor)]

    def _items(self, claim: Claim, comparison: Comparison) -> dict[tuple[str, tuple[str, ...]], Item]:
        assert claim.family is not None
        cases = self.manifest.load_cases
        if claim.family.quality is Quality.COUPLED:
            cases = tuple(case for case in cases if mirrored_name(case) == case)
        return {(item.case, item.path): item for item in claim.family.of(comparison, cases)}

    def _shares(self, surrogate: Surrogate | None) -> dict[str, float]:
        if surrogate is None or not surrogate.resolved:
            return {}
        parts = indices(surrogate, self.points).total
        return {factor.name: float(part) for factor, part in zip(self.points.factors, parts, strict=True)}


def assumption_study(folder: Path, resolved: Mapping[str, Any]) -> AssumptionStudy | None:
    """The study stored beside the results of a library; None without completed pairs.

    Parameters
    ----------
    folder : Path
        Folder of the results of the library.
    resolved : mapping
        Resolved scenario of its reference twin.
    """
    if not (folder / FOLDER / MANIFEST).is_file():
        return None
    manifest, frame = table.read(folder / FOLDER)
    if "contrast" not in manifest.design:
        return None
    changes, rows = contrasted(manifest, frame)
    points = points_of(changes, rows)
    names = [one.name for one in manifest.outputs]
    found, places = [], []
    for number, both in groupby(pairs_of(manifest, frame), key=lambda pair: int(pair[0]["point"]) // 2):
        sides = list(zip(*both, strict=True))
        if any(row["status"] != DONE for side in sides for row in side):
            continue
        summaries = [_summary(side, names, manifest.density) for side in sides]
        states = [_at(resolved, manifest, side[0]) for side in sides]
        one = compare(summaries[0], states[0], summaries[1], states[1])
        found.append(replace(one, name_a="without", name_b="with"))
        places.append(int(np.searchsorted(points.number, number)))
    return AssumptionStudy(changes, points, np.array(places, dtype=int), tuple(found))


def _summary(rows: Sequence[pandas.Series], names: Sequence[str], density: str) -> dict[str, Any]:
    """Results of a point in the form of a run's summary, as far as the study stores them."""
    return {
        "status": "completed",
        "provenance": {"mesh_sha256": ""},
        "model": {"symmetric_mesh": False, "density": density},
        "load_cases": {
            row["load_case"]: {
                "status": "converged",
                "applied": {},
                **_nested({name: float(row[name]) for name in names}),
                "numerical_floor": _nested({name: float(row[FLOOR + name]) for name in names}),
            }
            for row in rows
        },
    }


def _nested(values: Mapping[str, float]) -> dict[str, Any]:
    """Numbers by path as nested mappings, without missing values."""
    whole: dict[str, Any] = {}
    for name, value in values.items():
        if np.isfinite(value):
            *parents, last = name.split(".")
            node = whole
            for key in parents:
                node = node.setdefault(key, {})
            node[last] = value
    return whole


def _at(resolved: Mapping[str, Any], manifest: Manifest, row: pandas.Series) -> dict[str, Any]:
    """The resolved scenario with the values of a point at keys that take a value directly."""
    changed: dict[str, Any] = dict(resolved)
    for factor in manifest.factors:
        if isinstance(factor.key, str):
            node: Any = row[factor.name]
            for part in reversed(factor.key.split(".")):
                node = {part: node}
            changed = merged(changed, node)
    return changed
