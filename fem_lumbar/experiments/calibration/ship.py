"""Make a fitted set the shipped default (for developers).

``python -m fem_lumbar.experiments.calibration.ship FITTED.yaml``
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

from fem_lumbar.foundation.atomic_files import write_text
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.foundation.nested import put, value_at
from fem_lumbar.materials import parameters
from fem_lumbar.scenario.document import read_document
from fem_lumbar.scenario.overrides import split_key
from fem_lumbar.scenario.parameter_sets import named_set

_HEAD = """\
# What a run uses when its scenario names no set: the fitted values, each with the calibration that gave it; the rest is
# that of the literature. Written by: python -m fem_lumbar.experiments.calibration.ship
"""


def shipped(fitted: Path) -> tuple[str, dict[str, Any]]:
    """Text of a set file with the tissue values of a fitted set, and the fitted values that are not tissue values."""
    told = read_document(fitted).data["parameter_set"]
    found = named_set(str(fitted))
    if found.based_on is None:
        raise InputError(f"{fitted}: it names no set that it is based on (based_on)")
    base = named_set(found.based_on)
    made_by = _made_by(told)
    data: dict[str, Any] = {"based_on": found.based_on, "about": "Calibrated; the set runs use when none is named"}
    for key in found.own:
        if key not in base.quantities:
            raise InputError(f"materials.{key}: a set has values that hold everywhere, not those of one joint or body")
        before = base.quantities[key]
        if found.quantities[key].value == before.value:
            continue
        source = f"{made_by.get(f'materials.{key}', found.about)}; before: {before.value:g} ({before.source})"
        entry = {"value": found.quantities[key].value, "source": source, "confidence": "calibrated"}
        put(data, key.split("."), entry)
    others = [split_key(key) for key in told["keys"] if not key.startswith("materials.")]
    document = read_document(fitted).data
    return _HEAD + yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=10**6), {
        ".".join(key): value_at(document, key) for key in others
    }


def _made_by(told: dict[str, Any]) -> dict[str, str]:
    """The calibration that fitted each key, including sets on which this one is based."""
    made = told["provenance"]
    source = f"calibration {made['calibration']} ({made['calibration_sha256'][:12]}), {made['density']} mesh"
    found = dict.fromkeys(told["keys"], source)
    if taken := made.get("taken_over"):
        found |= _made_by({"keys": taken["keys"], "provenance": taken["made_by"]})
    return found


if __name__ == "__main__":
    text, others = shipped(Path(sys.argv[1]))
    write_text(Path(parameters.__file__).parent / "data" / "default.yaml", text)
    for name, value in others.items():
        print(f"no tissue, to be set in the data of the anatomy: {name} = {value:g}")
