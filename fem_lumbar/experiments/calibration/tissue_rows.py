"""Measured moduli of tissue samples as calibration targets, evaluated at a material point without a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fem_lumbar.experiments.calibration.problem import TISSUES, Target
from fem_lumbar.experiments.tissues.targets import TissueTarget, tissue_targets
from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.materials.tissues import Materials
from fem_lumbar.scenario.loader import with_values
from fem_lumbar.scenario.model import Scenario

KEY = "tissue"
_STEP, _SMALLEST = 1e-3, 1e-3
"""Relative step of central differences, and the smallest magnitude of a value for it."""


def fittable() -> dict[str, TissueTarget]:
    """Rows with a band that is closed at both ends, by id."""
    return {row.id: row for row in tissue_targets().tests if row.low is not None and row.high is not None}


def given_by(name: str) -> dict[str, Any]:
    """Entry of a calibration target, as defined by a measured row."""
    row = fittable()[name]
    assert row.low is not None and row.high is not None
    centre = (row.low + row.high) / 2 if row.value is None else row.value
    return {
        "protocol": TISSUES,
        "case": name,
        "quantity": f"{row.tissue}, {row.what}",
        "target": centre,
        "tolerance": (row.high - row.low) / 2,
        "source": tissue_targets().sources[row.source],
    }


def tissue_answer(target: Target, materials: Materials) -> float:
    """Value of a measured modulus for a parameter set; NaN if the test has no equilibrium."""
    try:
        return fittable()[target.case].answer(materials)
    except PhysicsError:
        return float("nan")


def tissue_slopes(targets: Sequence[Target], scenario: Scenario, values: Mapping[str, float]) -> np.ndarray:
    """Derivatives (m, k) of measured rows with respect to k values of a scenario, by central differences."""
    found = np.zeros((len(targets), len(values)))
    for column, (key, value) in enumerate(values.items()):
        step = _STEP * max(abs(value), _SMALLEST)
        above, below = (with_values(scenario, {**values, key: value + side * step}).materials for side in (0.5, -0.5))
        for row, target in enumerate(targets):
            found[row, column] = (tissue_answer(target, above) - tissue_answer(target, below)) / step
    return found
