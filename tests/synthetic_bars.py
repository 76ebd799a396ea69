"""Stored discretisation errors for the synthetic load cases: one relative error for every number."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fem_lumbar.comparison.discretisation_bars import DiscretisationBars
from fem_lumbar.measures.quantities import numbers
from tests.synthetic_run import synthetic_entry

SMALL = 1e-9
"""A relative error that leaves the algebraic errors as they are."""


def bars_of_cases(cases: Iterable[str], relative: float = SMALL, density: str = "test") -> DiscretisationBars:
    """The same relative error of every number of some synthetic load cases, at one density."""
    return DiscretisationBars(
        {
            "schema_version": 1,
            "provenance": {"scenario": "synthetic", "version": "0"},
            "densities": [density],
            "load_cases": {case: _of_case(synthetic_entry(case), relative) for case in cases},
        }
    )


def write_bars(file: Path, cases: Iterable[str], relative: float = SMALL, density: str = "test") -> Path:
    """Write :func:`bars_of_cases` as a file of stored error bars."""
    file.write_text(json.dumps(bars_of_cases(cases, relative, density).data), encoding="utf-8")
    return file


def _of_case(entry: dict[str, Any], relative: float) -> dict[str, Any]:
    return {
        "applied": entry["applied"],
        "quantities": {
            ".".join(path): {"value": [value], "absolute": [relative * abs(value)], "relative": [relative]}
            for path, value in numbers(entry).items()
        },
    }
