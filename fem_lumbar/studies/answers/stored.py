"""Surrogates stored beside the table of a study, so that predictions need no new fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fem_lumbar.foundation.json_values import write_json
from fem_lumbar.studies.answers.coordinates import Points, points_of
from fem_lumbar.studies.answers.failures import done_rows
from fem_lumbar.studies.answers.surrogate import Bases, Surrogate, fit_surrogate
from fem_lumbar.studies.manifest import Manifest
from fem_lumbar.studies.table import PARQUET

if TYPE_CHECKING:
    import pandas

    from fem_lumbar.studies.answers.gather import Answers

SURROGATES = "surrogates.json"
_VERSION = 1
Named = dict[tuple[str, str], Surrogate]
"""Surrogates by load case and output."""


def write_surrogates(found: Answers, folder: Path) -> Path:
    """Write the terms of all surrogates of a study, and the hash of the table behind them."""
    entries = [
        {
            "load_case": one.case,
            "output": one.output.name,
            "powers": one.surrogate.powers.tolist(),
            "coefficients": one.surrogate.coefficients.tolist(),
            "q2": [one.surrogate.q2_left_out, one.surrogate.q2_folds],
            "error": one.surrogate.error,
        }
        for one in found.outputs
        if one.surrogate is not None
    ]
    path = folder / SURROGATES
    write_json(path, {"schema_version": _VERSION, "table_sha256": _hash(folder), "surrogates": entries})
    return path


def surrogates(folder: Path, manifest: Manifest, frame: pandas.DataFrame) -> tuple[Points, Named]:
    """Points and surrogates of a study: stored ones if they belong to its table, else fitted now."""
    points = points_of(manifest, frame)
    bases = Bases(points)
    stored = _stored(folder)
    if stored is None:
        return points, _fitted(manifest, points, bases, frame)
    found: Named = {}
    for entry in stored:
        case, output = entry["load_case"], entry["output"]
        rows, in_frame = done_rows(points, frame, case, output)
        found[case, output] = Surrogate(
            polynomials=bases.polynomials,
            powers=np.array(entry["powers"], dtype=int).reshape(-1, len(points.factors)),
            coefficients=np.array(entry["coefficients"], dtype=float),
            x=points.x[rows],
            data=frame[output].to_numpy(dtype=float)[in_frame],
            q2_left_out=entry["q2"][0],
            q2_folds=entry["q2"][1],
            error=entry["error"],
        )
    return points, found


def _fitted(manifest: Manifest, points: Points, bases: Bases, frame: pandas.DataFrame) -> Named:
    found: Named = {}
    for case in manifest.load_cases:
        for output in manifest.outputs:
            rows, in_frame = done_rows(points, frame, case, output.name)
            one = fit_surrogate(bases, rows, frame[output.name].to_numpy(dtype=float)[in_frame])
            if one is not None:
                found[case, output.name] = one
    return found


def _stored(folder: Path) -> list[dict[str, Any]] | None:
    file = folder / SURROGATES
    if not file.is_file():
        return None
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        return None
    fits = (
        isinstance(data, dict) and data.get("schema_version") == _VERSION and data.get("table_sha256") == _hash(folder)
    )
    return data["surrogates"] if fits else None


def _hash(folder: Path) -> str:
    import hashlib

    return hashlib.sha256((folder / PARQUET).read_bytes()).hexdigest()
