"""Derivatives and budgets as files: one tidy table, and a summary."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fem_lumbar.foundation.atomic_files import write_table, write_text
from fem_lumbar.sensitivity.budget import Budget
from fem_lumbar.sensitivity.table import Derivatives

TABLE, SUMMARY = "sensitivity.csv", "sensitivity.json"
COLUMNS = (
    "case", "quantity", "unit", "value", "key", "key_value", "key_unit", "range_low", "range_high", "derivative",
    "error", "elasticity", "kink",
)  # fmt: skip


def write_sensitivity(folder: Path, table: Derivatives, found: Sequence[Budget]) -> list[Path]:
    """Write every derivative that is not zero, and the budgets of the main results; returns the files."""
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
        }
        for one in table.rows()
    )
    summary = {
        "scenario": table.scenario,
        "density": table.density,
        "parameters": len(table.parameters),
        "left_out": table.left_out,
        "budgets": [_plain(one) for one in found],
    }
    return [
        write_table(folder / TABLE, COLUMNS, rows),
        write_text(folder / SUMMARY, json.dumps(summary, indent=1, ensure_ascii=False) + "\n"),
    ]


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
