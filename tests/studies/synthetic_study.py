"""Folders of studies whose answers are known: tables made from formulas in place of runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fem_lumbar.studies import table
from fem_lumbar.studies.manifest import FactorColumn, Manifest, OutputColumn, write_manifest

Formula = Callable[[Mapping[str, np.ndarray]], np.ndarray]


def study(
    values: Mapping[str, np.ndarray],
    outputs: Mapping[str, Formula],
    *,
    design: str = "latin_hypercube",
    cases: Sequence[str] = ("standing",),
    failed: np.ndarray | None = None,
    floor: float = np.nan,
    mesh_error: float = np.nan,
    asks: Mapping[str, Any] | None = None,
    correlation: tuple[tuple[float, ...], ...] | None = None,
) -> tuple[Manifest, pd.DataFrame]:
    """Manifest and table of a study.

    Parameters
    ----------
    values : mapping of str to (n,) array
        Values of the factors at the points.
    outputs : mapping of str to formula
        Output from the factors, the same in all load cases.
    failed : (n,) bool, optional
        Points whose runs failed.
    floor, mesh_error : float
        Errors of all outputs.
    """
    count = len(next(iter(values.values())))
    failed = np.zeros(count, dtype=bool) if failed is None else failed
    manifest = Manifest(
        name="synthetic",
        scenario="formula",
        density="test",
        design={"kind": design, "points": count, "seed": 1},
        factors=tuple(_column(name, given) for name, given in values.items()),
        outputs=tuple(OutputColumn(name, name, "N") for name in outputs),
        load_cases=tuple(cases),
        correlation=correlation,
        asks=dict(asks or {}),
    )
    rows = []
    for case in cases:
        head = {
            "point": np.arange(count),
            "load_case": case,
            "status": np.where(failed, "failed", "done"),
            "reason": np.where(failed, "did not converge", ""),
        }
        results = {name: np.where(failed, np.nan, formula(values)) for name, formula in outputs.items()}
        errors = {f"floor:{name}": floor for name in outputs} | {f"mesh_error:{name}": mesh_error for name in outputs}
        rows.append(pd.DataFrame(head | dict(values) | results | errors))
    return manifest, pd.concat(rows).sort_values(["point", "load_case"]).reset_index(drop=True)


def write(folder: Path, manifest: Manifest, frame: pd.DataFrame) -> Path:
    """Write the folder of a study."""
    folder.mkdir(parents=True, exist_ok=True)
    write_manifest(folder, manifest)
    table.write(folder, frame, manifest)
    return folder


def cube(points: int, factors: int, seed: int = 1) -> np.ndarray:
    """Latin hypercube (points, factors) of numbers between 0 and 1."""
    from scipy.stats import qmc

    return qmc.LatinHypercube(factors, rng=seed).random(points)


def missing(points: int, share: float, seed: int = 2) -> np.ndarray:
    """Which of some points (points,) failed, a share of them at random."""
    gone = np.random.default_rng(seed).permutation(points)[: round(share * points)]
    return np.isin(np.arange(points), gone)


def _column(name: str, given: np.ndarray) -> FactorColumn:
    words = None if given.dtype.kind in "fi" else tuple(dict.fromkeys(map(str, given)))
    return FactorColumn(name, f"scenario.{name}", "", "uniform" if words is None else "discrete", {}, words)
