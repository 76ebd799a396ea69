"""Files of derivatives and budgets: a tidy table, which can be read back, and a summary."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fem_lumbar.foundation.atomic_files import write_table, write_text
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.sensitivity.budget import Budget
from fem_lumbar.sensitivity.parameters import Parameter
from fem_lumbar.sensitivity.table import CaseDerivatives, Derivatives

TABLE, SUMMARY = "sensitivity.csv", "sensitivity.json"
COLUMNS = (
    "case", "quantity", "unit", "value", "key", "key_value", "key_unit", "range_low", "range_high", "derivative",
    "error", "elasticity", "kink", "confidence",
)  # fmt: skip

_NUMBERS = ("value", "key_value", "range_low", "range_high", "derivative", "error", "elasticity")


def write_sensitivity(folder: Path, table: Derivatives, found: Sequence[Budget]) -> list[Path]:
    """Write all non-zero derivatives, and the budgets of the main results; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = (
        {
            "case": one.case,
            "quantity": one.quantity,
            "unit": one.unit,
            "value": one.value,
            "key": one.parameter.key,
            "key_value": one.parameter.value,
            "key_unit": one.parameter.unit,
            "range_low": one.parameter.range[0] if one.parameter.range else None,
            "range_high": one.parameter.range[1] if one.parameter.range else None,
            "derivative": one.derivative,
            "error": one.error,
            "elasticity": None if math.isnan(one.elasticity) else one.elasticity,
            "kink": one.kink,
            "confidence": one.parameter.confidence,
        }
        for one in table.rows()
    )
    summary = {
        "scenario": table.scenario,
        "density": table.density,
        "parameters": len(table.parameters),
        "keys": [one.key for one in table.parameters],
        "left_out": table.left_out,
        "budgets": [_plain(one) for one in found],
    }
    return [
        write_table(folder / TABLE, COLUMNS, rows),
        write_text(folder / SUMMARY, json.dumps(summary, indent=1, ensure_ascii=False) + "\n"),
    ]


def read_sensitivity(folder: Path) -> Derivatives | None:
    """The derivatives stored in a folder; None if there are none.

    Results that depend on no parameter are not stored. Parameters without effect are only in the summary and are
    returned without value.

    Raises
    ------
    InputError
        When the files cannot be read.
    """
    import pandas

    if not (folder / TABLE).is_file() or not (folder / SUMMARY).is_file():
        return None
    try:
        told = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
        rows = pandas.read_csv(folder / TABLE, keep_default_na=False, na_values={name: [""] for name in _NUMBERS})
        known = {str(row.key): _parameter(row) for row in rows.drop_duplicates("key").itertuples()}
        keys = dict.fromkeys([*told.get("keys", ()), *known])
        parameters = [known.get(key, Parameter(key, math.nan)) for key in keys]
        places = {key: i for i, key in enumerate(keys)}
        cases = {str(case): _case(of_case, places) for case, of_case in rows.groupby("case", sort=False)}
        return Derivatives(told["scenario"], told["density"], parameters, cases, told["left_out"])
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise InputError(f"{folder / TABLE} cannot be read: {error}; repeat fem-lumbar sensitivity") from error


def _parameter(row: Any) -> Parameter:
    span = None if math.isnan(row.range_low) else (float(row.range_low), float(row.range_high))
    confidence = getattr(row, "confidence", "")  # absent in files of version 0.1
    return Parameter(str(row.key), float(row.key_value), row.key_unit, span, confidence, reach=span)


def _case(rows: Any, places: Mapping[str, int]) -> CaseDerivatives:
    """Derivatives of a load case from its rows of the table."""
    columns = {name: i for i, name in enumerate(dict.fromkeys(rows["quantity"]))}
    values, shape = np.zeros(len(columns)), (len(places), len(columns))
    found = CaseDerivatives([tuple(name.split(".")) for name in columns], values, np.zeros(shape), np.zeros(shape))
    at = rows["key"].map(places).to_numpy(), rows["quantity"].map(columns).to_numpy()
    values[at[1]] = rows["value"]
    found.derivatives[at], found.errors[at] = rows["derivative"], rows["error"]
    found.kinks.update({places[row.key]: str(row.kink) for row in rows.drop_duplicates("key").itertuples() if row.kink})
    return found


def _plain(one: Budget) -> dict[str, Any]:
    return {
        "case": one.case,
        "quantity": one.quantity,
        "unit": one.unit,
        "value": one.value,
        "standard_deviation": one.standard_deviation,
        "share_with_kinks": one.kinked_share,
        "contributions": [
            {"key": part.parameter.key, "change_per_sd": part.change, "share": one.share(part), "kink": part.kink}
            for part in one.contributions
        ],
    }
