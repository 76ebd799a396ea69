"""Mesh convergence of the difference of two scenarios, stored for comparisons."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fem_lumbar.anatomy.mesh_settings import DENSITIES
from fem_lumbar.comparison import difference_bars
from fem_lumbar.comparison.compare import same_cells, scenario_changes
from fem_lumbar.comparison.convergence import level_of, replace_text, run_densities
from fem_lumbar.comparison.difference_bars import PairErrors, differences_text, pair_entry, stored_differences
from fem_lumbar.comparison.discretisation_bars import density_of
from fem_lumbar.comparison.pair_convergence import PairConvergence, PairLevel, converge_pair
from fem_lumbar.foundation.errors import InputError, PhysicsError
from fem_lumbar.foundation.json_values import plain
from fem_lumbar.runs.run import SCENARIO, Run
from fem_lumbar.scenario.loader import load_scenario


def pair_of(first: Mapping[str, Run], second: Mapping[str, Run]) -> PairConvergence:
    """Error bars of the differences between two scenarios, from their runs by density.

    Raises
    ------
    InputError
        When fewer than two densities have both, the scenarios are equal, or their cells differ.
    """
    shared = [density for density in first if density in second]
    if len(shared) < 2:
        raise InputError("the convergence of a difference needs runs of both scenarios on at least two meshes")
    runs = [(first[density], second[density]) for density in shared]
    changes = scenario_changes(*(run.resolved for run in runs[0]))
    if not changes:
        raise InputError(f"{runs[0][0].name} and {runs[0][1].name} are the same scenario: there is no difference")
    levels = [
        PairLevel(level_of(density, a), level_of(density, b), (a.resolved, b.resolved))
        for density, (a, b) in zip(shared, runs, strict=True)
    ]
    try:
        return converge_pair((runs[0][0].name, runs[0][1].name), changes, levels)
    except ValueError as error:
        raise InputError(f"{runs[0][0].name}, {runs[0][1].name}: {error}") from error


def store_pair(found: PairConvergence) -> Path:
    """Store the error bars of the differences in the package, for use in comparisons; returns the file."""
    bars = stored_differences().with_pair(plain(pair_entry(found)))
    return replace_text(difference_bars.STORED, differences_text(bars.data))


def measured_errors(a: Run, b: Run, out: Path, **options: Any) -> PairErrors:
    """Discretisation errors of the differences between two runs, by running both scenarios at the next density.

    Parameters
    ----------
    a, b : Run
        The two runs, on the same cells of a named density.
    out : Path
        Folder of the runs at the next density; finished ones are read.
    **options
        Run options, see :func:`fem_lumbar.comparison.convergence.run_densities`.

    Raises
    ------
    InputError
        When there is no next density, or the two runs are not on the same cells.
    PhysicsError
        When a run at the next density fails.
    """
    density = _density(a, b)
    finer = next_density(density)
    found = []
    for place, run in zip(("first", "second"), (a, b), strict=True):
        cases = [case for case in run.converged if case in b.converged and case in a.converged]
        scenario = load_scenario(run.folder / SCENARIO, [], cases, finer)
        runs = run_densities({finer: scenario}, out / f"{place}_{run.folder.resolve().name}", **options)
        if finer not in runs:
            raise PhysicsError(f"{run.name} cannot be run at {finer}, so the mesh error cannot be measured")
        found.append({density: run, finer: runs[finer]})
    return PairErrors(plain(pair_entry(pair_of(*found))))


def next_density(density: str) -> str:
    """The next finer density.

    Raises
    ------
    InputError
        When there is none.
    """
    place = DENSITIES.index(density) + 1
    if place == len(DENSITIES):
        raise InputError(f"--with-mesh-error runs the next density, and {density} is the finest there is")
    return DENSITIES[place]


def _density(a: Run, b: Run) -> str:
    """Density of both runs."""
    names = [run.folder.resolve().name for run in (a, b)]
    if not same_cells(a.summary, b.summary):
        raise InputError(
            f"--with-mesh-error: {names[0]} and {names[1]} are on different meshes; run both at one density first"
        )
    density = density_of(a.summary, a.resolved)
    if density not in DENSITIES:
        raise InputError(f"--with-mesh-error: {names[0]} has cell sizes of its own, so there is no next density")
    return density
