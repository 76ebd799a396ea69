"""The fitted parameter set: a scenario fragment with all values and their sources, for use by ``extends``."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import yaml

import fem_lumbar
from fem_lumbar.experiments.calibration.fit import Fit
from fem_lumbar.experiments.calibration.problem import Calibration
from fem_lumbar.foundation.nested import put, value_at
from fem_lumbar.foundation.parameters import Quantity
from fem_lumbar.runs.paths import without_private_paths
from fem_lumbar.scenario.bounds import scenario_quantities, with_quantities
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.overrides import split_key
from fem_lumbar.scenario.problems import dotted

_HEAD = """\
# Parameter set fitted by: fem-lumbar calibrate {file}
# Use it in a scenario together with the base file:  extends: [baseline.yaml, {name}.yaml]
"""


def set_text(result: Fit) -> str:
    """The set as YAML text."""
    data = fitted_set(result)
    head = _HEAD.format(file=result.calibration.file, name=result.calibration.name)
    return head + yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=110)


def fitted_set(result: Fit) -> dict[str, Any]:
    """The set as a scenario fragment.

    It contains the fitted values, those of the set with which the scenarios were run, and the tissue values set in the
    scenarios themselves, so that it needs no other set.
    """
    calibration = result.calibration
    fitted = calibration.values(result.end.numbers)
    taken_over = {key: value for key, value in _values_of_base_set(calibration).items() if key not in fitted}
    values = taken_over | fitted
    own = _set_in_scenarios(calibration, values)
    data: dict[str, Any] = {
        "schema_version": 1,
        "parameter_set": {
            "name": calibration.name,
            "keys": list(values),
            "provenance": provenance(result, taken_over) | ({"set_in_the_scenarios": list(own)} if own else {}),
        },
        "materials": {"set": _one(calibration).materials.set},
    }
    for key, value in (values | own).items():
        put(data, split_key(key), value)
    return data


def provenance(result: Fit, taken_over: dict[str, float]) -> dict[str, Any]:
    """Program, data and results behind the set, and the targets that it meets."""
    calibration = result.calibration
    fitted = [t for t in calibration.targets if t.weight > 0]
    misfits = dict(zip([t.id for t in calibration.targets], result.end.misfits))
    missed = [t.id for t in fitted if abs(misfits[t.id]) > 1.0]
    base = _one(calibration).parameter_set
    found: dict[str, Any] = {
        "calibration": calibration.file,
        "calibration_sha256": calibration.sha256,
        "version": fem_lumbar.__version__,
        "created": datetime.now(timezone.utc).date().isoformat(),
        "density": ", ".join(dict.fromkeys(s.mesh.density for s in calibration.scenarios.values())),
        "targets_within_tolerance": f"{len(fitted) - len(missed)} of {len(fitted)}",
        "targets_missed": missed,
        "values_not_named_here": f"parameter set '{_one(calibration).materials.set}'",
    }
    if taken_over and base is not None:
        found["taken_over"] = {"from": base.name, "keys": list(taken_over), "made_by": base.provenance}
    return _plain(found)


def _values_of_base_set(calibration: Calibration) -> dict[str, float]:
    """Values that an earlier fitted set gives to the scenarios."""
    scenario = _one(calibration)
    if scenario.parameter_set is None:
        return {}
    resolved = scenario.resolved()
    return {key: value_at(resolved, split_key(key)) for key in scenario.parameter_set.keys}


def _set_in_scenarios(calibration: Calibration, values: dict[str, float]) -> dict[str, float]:
    """Tissue values beside ``values`` that all scenarios set equally, and that differ from their named set.

    Values of single joints or bodies are always included, since the named set has none.
    """
    scenarios = calibration.scenarios.values()
    tree = scenario_quantities(_one(calibration).materials.set)
    sections = [{"materials": scenario.resolved()["materials"]} for scenario in scenarios]
    given = [
        {dotted(key): value for key, value, quantity in with_quantities(section, tree) if _is_set(key, value, quantity)}
        for section in sections
    ]
    first, *others = given
    return {
        key: value
        for key, value in first.items()
        if key not in values and all(other.get(key) == value for other in others)
    }


def _is_set(key: tuple[str, ...], value: Any, quantity: Quantity | None) -> bool:
    return quantity is not None and (value != quantity.value or key[1] in ("joints", "bodies"))


def _one(calibration: Calibration) -> Scenario:
    return next(iter(calibration.scenarios.values()))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return without_private_paths(value) if isinstance(value, str) else value
