"""One scenario on several meshes: every result as a sequence over cell size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fem_lumbar.anatomy.mesh_settings import MeshSettings
from fem_lumbar.comparison.differences import ROUND_OFF, SMALL_VALUE
from fem_lumbar.comparison.discretisation import Estimate, estimate_errors
from fem_lumbar.foundation.tetrahedra import signed_volumes
from fem_lumbar.measures.quantities import Path, kind, mirrored_path, numbers, prescribed
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.meshing.quality import is_soft

TOTAL = "total"
"""Sum of left and right facet force of a joint; stored beside the two."""


@dataclass(frozen=True)
class MeshLevel:
    """One mesh of the study and the run on it.

    Attributes
    ----------
    density : str
        Name of the density.
    size_mm : float
        Representative cell size (see :func:`soft_cell_size`), mm.
    summary : mapping
        Summary of the run.
    settings : mapping
        Section ``mesh`` of the resolved scenario.
    template : str
        Template of its anatomy.
    """

    density: str
    size_mm: float
    summary: Mapping[str, Any]
    settings: Mapping[str, Any]
    template: str

    @property
    def in_family(self) -> bool:
        """Whether it differs from the others in cell size only; not at density ``test`` (mostly linear bone)."""
        return not MeshSettings.model_validate(self.settings).linear_bone

    @property
    def converged(self) -> dict[str, Mapping[str, Any]]:
        """Summary entries of the load cases that converged."""
        return {name: case for name, case in self.summary["load_cases"].items() if case["status"] == "converged"}


@dataclass(frozen=True)
class Series:
    """One number of one load case on every mesh.

    Attributes
    ----------
    case : str
        Load case.
    path : Path
        Place of the number in the summary entry of the case.
    values : tuple of float or None, (n,)
        From the coarsest to the finest mesh, in the unit of the path; None if the case did not converge.
    scale : float
        Largest number of its kind in this case on the finest mesh, same unit.
    estimate : Estimate
        Order and limit, and an error bar for each available value.
    """

    case: str
    path: Path
    values: tuple[float | None, ...]
    scale: float
    estimate: Estimate

    @property
    def errors(self) -> tuple[float | None, ...]:
        """Error bar on each mesh, in the unit of the values, (n,)."""
        bars = iter(self.estimate.errors)
        return tuple(None if value is None else next(bars) for value in self.values)

    @property
    def relative(self) -> tuple[float | None, ...]:
        """Error bar relative to the value, (n,); None if the value is near zero compared with others of its kind."""
        return tuple(
            None
            if value is None or error is None or value == 0.0 or abs(value) < SMALL_VALUE * self.scale
            else error / abs(value)
            for value, error in zip(self.values, self.errors, strict=True)
        )


@dataclass(frozen=True)
class Convergence:
    """All numbers of a scenario on all meshes.

    Attributes
    ----------
    scenario : str
        Name of the scenario.
    levels : tuple of MeshLevel, (n,)
        From the coarsest to the finest.
    series : tuple of Series
        Every number that is available on at least two meshes, case by case.
    """

    scenario: str
    levels: tuple[MeshLevel, ...]
    series: tuple[Series, ...]

    @property
    def densities(self) -> tuple[str, ...]:
        """Names of the meshes from the coarsest to the finest."""
        return tuple(level.density for level in self.levels)

    @property
    def template(self) -> str:
        """Template of the anatomy, the same on every mesh."""
        return self.levels[0].template

    @property
    def cases(self) -> tuple[str, ...]:
        """Load cases with numbers on two meshes or more."""
        return tuple(dict.fromkeys(item.case for item in self.series))

    def applied(self, case: str) -> dict[str, Any]:
        """Prescribed loads of a load case, the same on every mesh."""
        entry = next(level.converged[case] for level in self.levels if case in level.converged)
        return prescribed(entry["applied"])


def soft_cell_size(mesh: SegmentMesh) -> float:
    """Representative cell size: cube root of the mean volume of the cells of soft tissue, mm.

    The discretisation error comes mainly from soft tissue, which deforms. The number of unknowns is a worse measure:
    two thirds of the cells are bone, which is refined in other ratios and partly tied at the coarsest density. Tissues
    are refined in unequal ratios (from test to coarse by 1.4 in discs and 1.1 in facet cartilage), so that orders based
    on one size are nominal. Without soft tissue all cells are used.
    """
    soft = np.array([is_soft(name) for name in mesh.region_names])[mesh.region]
    volumes = signed_volumes(mesh.points, mesh.cells)
    return float((volumes[soft] if soft.any() else volumes).mean() ** (1.0 / 3.0))


def converge(scenario: str, levels: Iterable[MeshLevel]) -> Convergence:
    """Combine the runs of a scenario on several meshes: order, limit and error of every number.

    Raises
    ------
    ValueError
        When two meshes have the same cell size.
    """
    ordered = tuple(sorted(levels, key=lambda level: -level.size_mm))
    cases = dict.fromkeys(case for level in ordered for case in level.converged)
    series = [item for case in cases for item in _of_case(case, ordered)]
    return Convergence(scenario, ordered, tuple(series))


def with_totals(entry: Mapping[str, Any]) -> dict[Path, float]:
    """Results of a load case by path, with the sum of the facet forces of both sides of each joint."""
    found = numbers(entry)
    for joint, sides in entry.get("facet_force_N", {}).items():
        if all(force is not None for force in sides.values()):
            found["facet_force_N", joint, TOTAL] = sum(sides.values())
    return found


def is_image(item: Series, others: Mapping[tuple[str, Path], Series]) -> bool:
    """Whether a number of the right side equals that of the left side in the same load case."""
    left, sign = mirrored_path(item.path)
    there = others.get((item.case, left))
    if left == item.path or there is None or not any("right" in part for part in item.path):
        return False
    return all(
        a is b is None or (a is not None and b is not None and abs(a - sign * b) <= 1e-6 * item.scale)
        for a, b in zip(item.values, there.values, strict=True)
    )


def _of_case(case: str, levels: Sequence[MeshLevel]) -> list[Series]:
    entries = [level.converged.get(case, {}) for level in levels]
    found = [with_totals(entry) for entry in entries]
    floors = [numbers(entry.get("numerical_floor", {})) for entry in entries]
    largest: dict[tuple[str, ...], float] = {}
    for path, value in next(values for values in reversed(found) if values).items():
        largest[kind(path)] = max(largest.get(kind(path), 0.0), abs(value))
    series = []
    for path in dict.fromkeys(path for values in found for path in values):
        there = [i for i, values in enumerate(found) if path in values]
        if len(there) < 2:
            continue
        scale = largest.get(kind(path), 0.0)
        known = [floors[i].get(path, 0.0) for i in there]
        estimate = estimate_errors(
            [levels[i].size_mm for i in there],
            [found[i][path] for i in there],
            resolution=max(*known, ROUND_OFF * scale),
            family=[levels[i].in_family for i in there],
        )
        series.append(Series(case, path, tuple(values.get(path) for values in found), scale, estimate))
    return series
