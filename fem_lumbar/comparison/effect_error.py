"""Mesh error of a difference between two runs on the same cells: measured, stored or estimated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from fem_lumbar.comparison.difference_bars import NUMBERS, SIDES, DifferenceBars, PairErrors
from fem_lumbar.comparison.differences import MeshGround
from fem_lumbar.comparison.discretisation_bars import DiscretisationBars
from fem_lumbar.measures.quantities import Path, kind, mirrored_case, mirrored_data, mirrored_name, mirrored_path


@dataclass(frozen=True)
class EffectErrors:
    """Discretisation errors of the differences between two runs on the same cells.

    On the same cells most of the discretisation error is common to both values and cancels in their difference; only
    the remainder counts. The first available of these is used:

    1. ``MEASURED``: the difference of these two scenarios at the next density, run for this purpose;
    2. ``PAIR``: the stored convergence of the difference of two scenarios with the same changes under the same load;
       the largest error if there are several such pairs. Under a symmetric load their mirror images count too;
    3. ``SIMILAR``: the largest error of differences of its kind in any stored pair at this density, both relative to
       the largest difference of the kind in the load case;
    4. ``VALUE``: the relative error r of the value under this load: a value q (1 + r) changes by Δq (1 + r). This
       assumes that r is about the same in both runs;
    5. ``KIND``: the same with the largest r of its kind under any stored load;
    6. ``NONE``: the difference itself, so that it is never resolved.

    Attributes
    ----------
    density : str or None
        Mesh density of both runs; None if their cell sizes are not those of a density.
    values : DiscretisationBars
        Stored errors of values; empty if a run leaves structures out.
    pairs : DifferenceBars
        Stored errors of differences; empty in the same case.
    changes : mapping
        Changes between the scenarios.
    measured : PairErrors or None
        Measured errors of these differences.
    """

    density: str | None
    values: DiscretisationBars = field(default_factory=DiscretisationBars)
    pairs: DifferenceBars = field(default_factory=DifferenceBars)
    changes: Mapping[str, Any] = field(default_factory=dict)
    measured: PairErrors | None = None

    def of(
        self,
        case: str,
        applied: Mapping[str, Any],
        path: Path,
        delta: float,
        largest: float,
        value_ratio: float | None,
        what: str = NUMBERS,
    ) -> tuple[float, MeshGround]:
        """Error of a difference, in its unit, and its source.

        Parameters
        ----------
        case, applied, path
            Load case, applied loads, and place of the number.
        delta : float
            The difference.
        largest : float
            The largest difference of its kind in the load case.
        value_ratio : float or None
            Relative discretisation error of the value under this load, if stored.
        what : str
            `NUMBERS`, or `SIDES` for a change of left − right.
        """
        measured = [] if self.measured is None else [self.measured]
        for pairs, ground in ((measured, MeshGround.MEASURED), (self._alike, MeshGround.PAIR)):
            errors = [pair.error(case, applied, self.density, path, delta, what) for pair in pairs]
            if ground is MeshGround.PAIR and mirrored_case(case, {case: {"applied": applied}}) == case:
                image = mirrored_path(path)[0] if what == NUMBERS else path
                errors += [pair.error(case, applied, self.density, image, delta, what) for pair in self._images]
            if known := [error for error in errors if error is not None]:
                return max(known), ground
        similar = self._similar[what].get(kind(path))
        if similar is not None:
            return similar * largest, MeshGround.SIMILAR
        if value_ratio is not None:
            return value_ratio * abs(delta), MeshGround.VALUE
        other = self._of_kind.get(kind(path))
        return (abs(delta), MeshGround.NONE) if other is None else (other * abs(delta), MeshGround.KIND)

    @cached_property
    def _alike(self) -> list[PairErrors]:
        return self.pairs.of_changes(self.changes)

    @cached_property
    def _images(self) -> list[PairErrors]:
        image = {}
        for key, values in self.changes.items():
            *above, last = key.split(".")
            sides = [mirrored_data({last: value}) for value in values]  # the key decides what belongs to the left
            image[".".join(map(mirrored_name, (*above, last)))] = [value for side in sides for value in side.values()]
        return self.pairs.of_changes(image)

    @cached_property
    def _similar(self) -> dict[str, dict[tuple[str, ...], float]]:
        return {what: self.pairs.worst(self.density, what) for what in (NUMBERS, SIDES)}

    @cached_property
    def _of_kind(self) -> dict[tuple[str, ...], float]:
        return self.values.worst(self.density)
