"""Reduction of a study of paired points to their differences: size of an effect, and factors it depends on.

The points of a pair differ only in one factor, the contrast. Its outputs become ``change.<output>``: the value at the
second value of the contrast minus that at the first. Its floor is the root of the sum of squares of both floors. Its
mesh error is the larger relative error of both values times the change, since both runs have the same cells, but at
most the root of the sum of squares of both mesh errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from fem_lumbar.studies.manifest import FactorColumn, Manifest, OutputColumn
from fem_lumbar.studies.table import DONE, FAILED, FLOOR, MESH_ERROR
from fem_lumbar.studies.words import as_word

if TYPE_CHECKING:
    import pandas

CHANGE = "change."
"""Prefix of the name of an output that is a difference."""


def contrasted(manifest: Manifest, frame: pandas.DataFrame) -> tuple[Manifest, pandas.DataFrame]:
    """Manifest and table of the differences, a row per pair and load case; other studies are returned unchanged.

    Incomplete pairs are left out; a pair with a failed run counts as failed.
    """
    name = manifest.design.get("contrast")
    if name is None:
        return manifest, frame
    import pandas

    factors = tuple(factor for factor in manifest.factors if factor.name != name)
    outputs = tuple(OutputColumn(CHANGE + one.name, CHANGE + one.path, one.unit) for one in manifest.outputs)
    pairs = pairs_of(manifest, frame)
    rows = [_row(first, second, factors, manifest.outputs) for first, second in pairs]
    named = [*(one.name for one in factors), *_columns(outputs)]
    table = pandas.DataFrame(rows, columns=["point", "load_case", "status", "reason", *named])
    contrast = next(factor for factor in manifest.factors if factor.name == name)
    low, high = map(as_word, contrast.parameters["values"])
    design = {key: value for key, value in manifest.design.items() if key != "contrast"}
    design |= {"points": manifest.design["points"] // 2, "change of": f"{name} from {low} to {high}"}
    return replace(manifest, design=design, factors=factors, outputs=outputs), table


def pairs_of(manifest: Manifest, frame: pandas.DataFrame) -> list[tuple[pandas.Series, pandas.Series]]:
    """Rows of the two points of each pair, by load case; the one at the first value of the contrast comes first."""
    found: dict[tuple[int, str], list[pandas.Series | None]] = {}
    for _, row in frame.iterrows():
        pair, place = divmod(int(row["point"]), 2)
        found.setdefault((pair, row["load_case"]), [None, None])[place] = row
    order = {case: i for i, case in enumerate(manifest.load_cases)}
    return [
        (both[0], both[1])
        for (_, _), both in sorted(found.items(), key=lambda item: (item[0][0], order[item[0][1]]))
        if both[0] is not None and both[1] is not None
    ]


def _row(
    first: pandas.Series, second: pandas.Series, factors: Sequence[FactorColumn], outputs: Sequence[OutputColumn]
) -> list[Any]:
    done = first["status"] == second["status"] == DONE
    reason = "" if done else str(first["reason"] or second["reason"])
    names = [one.name for one in outputs]
    values = np.array([[row[name] for name in names] for row in (first, second)], dtype=float)
    floors = np.array([[row[FLOOR + name] for name in names] for row in (first, second)], dtype=float)
    meshes = np.array([[row[MESH_ERROR + name] for name in names] for row in (first, second)], dtype=float)
    change = values[1] - values[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.max(np.abs(meshes) / np.abs(values), axis=0)
    return [
        int(first["point"]) // 2,
        first["load_case"],
        DONE if done else FAILED,
        reason,
        *(first[one.name] for one in factors),
        *change,
        *np.hypot(floors[0], floors[1]),
        *np.fmin(relative * np.abs(change), np.hypot(meshes[0], meshes[1])),  # finite for a value of 0 too
    ]


def _columns(outputs: Sequence[OutputColumn]) -> list[str]:
    names = [one.name for one in outputs]
    return [*names, *(FLOOR + name for name in names), *(MESH_ERROR + name for name in names)]
