"""Reading of calibration files: scenarios loaded, keys resolved, bounds taken from published ranges."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fem_lumbar.experiments.calibration.file import WHAT, CalibrationFile, ParameterEntry, TargetEntry, parsed
from fem_lumbar.experiments.calibration.problem import Calibration, Parameter, Target, number_as_written
from fem_lumbar.foundation.parameters import Quantity
from fem_lumbar.measures.quantities import RESULTS
from fem_lumbar.scenario.bounds import quantity_at
from fem_lumbar.scenario.document import Document, read_document
from fem_lumbar.scenario.loader import load_scenario, with_cases
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.problems import KeyPath, Problem, ScenarioError, dotted, listed, nearest_names

LOADS = ("moment_Nm", "follower_N", "axial_force_N")
"""Columns of the load curves by which a target may be read."""

MOTIONS = ("axial_displacement_mm",)
"""Columns of the load curves that may be targets, beside the results."""

_ROUND_OFF = 1e-9


def load_calibration(path: Path, density: str | None = None) -> Calibration:
    """Read and check a calibration file and its scenarios.

    Parameters
    ----------
    path : Path
        Calibration file; scenarios are named relative to it.
    density : str, optional
        Mesh density; default: that of the scenarios.

    Raises
    ------
    ScenarioError
        With all problems of the calibration file, or those of one of its scenarios.
    """
    path = Path(path)
    document = read_document(path, what=WHAT)
    file = parsed(path, document)
    check = _Check(document)
    asked = {name: check.scenario(path, name, entry.scenario, density) for name, entry in file.protocols.items()}
    check.stop(path)
    scenarios = {name: scenario for name, scenario in asked.items() if scenario is not None}
    parameters = check.parameters(file, scenarios)
    targets = check.targets(file, scenarios)
    check.stop(path)
    cases = {name: [target.case for target in targets if target.protocol == name] for name in scenarios}
    return Calibration(
        file.name,
        file.description,
        path.name,
        hashlib.sha256(path.read_bytes()).hexdigest(),
        {name: with_cases(scenario, cases[name]) for name, scenario in scenarios.items()},
        parameters,
        targets,
        file.prior_weight,
        file.starts,
        file.power,
    )


class _Check:
    """Resolves entries of a calibration file and collects their problems."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._problems: list[Problem] = []

    def stop(self, path: Path) -> None:
        """Raise the problems found so far, if any."""
        if self._problems:
            raise ScenarioError(path, self._problems, WHAT)

    def _note(self, key: KeyPath, message: str, allowed: str | None = None, nearest: str | None = None) -> None:
        self._problems.append(Problem(self._document.origin(key), key, message, allowed, nearest))

    def scenario(self, path: Path, name: str, file: str, density: str | None) -> Scenario | None:
        """The scenario of a protocol."""
        found = path.parent / file
        if not found.is_file():
            near = nearest_names(found.name, [one.name for one in found.parent.glob("*.yaml")])
            key = ("protocols", name, "scenario")
            self._note(key, f"no such file: {found}", "a path relative to this file", near)
            return None
        return load_scenario(found, density=density)

    def parameters(self, file: CalibrationFile, scenarios: Mapping[str, Scenario]) -> tuple[Parameter, ...]:
        """Free parameters with their bounds."""
        found: list[Parameter] = []
        driven: dict[str, str] = {}
        for i, entry in enumerate(file.parameters):
            place = ("parameters", str(i))
            if entry.name in [one.name for one in found]:
                self._note((*place, "name"), f"'{entry.name}' is the name of another parameter too")
            keys = [key for j, pattern in enumerate(entry.keys) for key in self._keys(pattern, scenarios, (*place, j))]
            for key, _, _ in keys:
                if key in driven:
                    self._note((*place, "keys"), f"{key} is driven by '{driven[key]}' already", "one parameter per key")
                driven[key] = entry.name
            if keys and (parameter := self._parameter(entry, keys, place)):
                found.append(parameter)
        return tuple(found)

    def _keys(self, pattern: str, scenarios: Mapping[str, Scenario], place: tuple) -> list[tuple[str, float, Quantity]]:
        """Driven keys of a pattern with value and quantity, which must be the same in all scenarios."""
        key = (place[0], place[1], "keys", str(place[2]))
        first: dict[str, tuple[float, Quantity]] = {}
        for scenario in scenarios.values():
            data = _values(scenario)
            matches = dict(_matching(data, tuple(pattern.split(".")), ()))
            if not matches:
                self._note(key, f"no value '{pattern}' in the scenarios", *_nearest(data, pattern))
                return []
            for path, value in matches.items():
                name, quantity = dotted(path), quantity_at(scenario.materials.set, path)
                if not isinstance(value, (int, float)) or isinstance(value, bool) or quantity is None:
                    self._note(key, f"{name} is not a single number with a source", "a number of materials or anatomy")
                    return []
                if quantity.range is None:
                    self._note(key, f"{name} has no published range, so it has no bounds", "a key with a range")
                    return []
                if name in first and first[name][0] != value:
                    self._note(key, f"{name} differs between the scenarios: {first[name][0]:g} and {value:g}")
                    return []
                first[name] = (float(value), quantity)
        return [(name, value, quantity) for name, (value, quantity) in first.items()]

    def _parameter(
        self, entry: ParameterEntry, keys: list[tuple[str, float, Quantity]], place: KeyPath
    ) -> Parameter | None:
        base = {key: value for key, value, _ in keys}
        if entry.acts_as == "factor" and min(base.values()) <= 0:
            self._note((*place, "acts_as"), "a factor acts on values above 0 only", "value or shift")
            return None
        if entry.acts_as == "value" and len(set(base.values())) > 1 and entry.start is None:
            told = listed(f"{key} {value:g}" for key, value in base.items())
            self._note((*place, "start"), f"needed where the keys differ: {told}", "a start, or acts_as: factor")
            return None
        reaches = {key: quantity.range for key, _, quantity in keys if quantity.range is not None}
        ranges = [_range_of_number(entry.acts_as, base[key], reach) for key, reach in reaches.items()]
        low, high = max(low for low, _ in ranges), min(high for _, high in ranges)
        unit = "" if entry.acts_as == "factor" else keys[0][2].unit.replace("-", "")
        published = f"{low:.4g} to {high:.4g} {unit}".rstrip() + " (published range)"
        if low >= high:
            self._note((*place, "keys"), "no number keeps every key in its published range", "fewer keys")
            return None
        bounds = entry.bounds or (low, high)
        if not bounds[0] < bounds[1]:
            self._note((*place, "bounds"), f"the lower bound {bounds[0]:g} is not below the upper {bounds[1]:g}")
            return None
        slack = _ROUND_OFF * (high - low)
        if bounds[0] < low - slack or bounds[1] > high + slack:
            message = f"{bounds[0]:g} to {bounds[1]:g} reaches outside the published range"
            self._note((*place, "bounds"), message, published)
            return None
        as_written = number_as_written(entry.acts_as, base)
        start = as_written if entry.start is None else entry.start
        if not bounds[0] - slack <= start <= bounds[1] + slack:
            message = f"starts at {start:g}, outside its bounds"
            self._note((*place, "start"), message, f"{bounds[0]:.4g} to {bounds[1]:.4g} {unit}".rstrip())
            return None
        has_log = bounds[0] > 0 and as_written > 0
        if entry.scale == "log" and not has_log:
            what = f"it is {as_written:g} in the scenarios" if bounds[0] > 0 else f"its lower bound is {bounds[0]:g}"
            message = f"a logarithm needs bounds and the number as written above 0; {what}"
            self._note((*place, "scale"), message, "linear")
            return None
        log = has_log and entry.scale != "linear"
        start = min(max(start, bounds[0]), bounds[1])
        return Parameter(entry.name, base, entry.acts_as, start, *bounds, (low, high), reaches, log, unit)

    def targets(self, file: CalibrationFile, scenarios: Mapping[str, Scenario]) -> tuple[Target, ...]:
        """Targets whose protocol, load case and load exist."""
        found: list[Target] = []
        for i, entry in enumerate(file.targets):
            place = ("targets", str(i))
            if entry.id in [one.id for one in found]:
                self._note((*place, "id"), f"'{entry.id}' is the id of another target too")
            if entry.tissue is not None:
                found.append(self._target(entry, place))
                continue
            if entry.protocol not in scenarios:
                near = nearest_names(entry.protocol, scenarios)
                self._note((*place, "protocol"), f"no protocol '{entry.protocol}'", listed(scenarios), near)
                continue
            cases = scenarios[entry.protocol].load_cases
            if entry.case not in cases:
                self._note(
                    (*place, "case"), f"no load case '{entry.case}'", listed(cases), nearest_names(entry.case, cases)
                )
                continue
            section = entry.quantity.split(".")[0]
            known = (*RESULTS, *MOTIONS)
            if section not in known:
                message = f"'{section}' is no result of a load case"
                self._note((*place, "quantity"), message, listed(known, 12), nearest_names(section, known))
            found.append(self._target(entry, place))
        if not any(entry.weight for entry in file.targets):
            self._note(("targets",), "every target has weight 0: nothing to fit", "a weight above 0")
        for name in scenarios:
            if name not in [entry.protocol for entry in file.targets]:
                self._note(("protocols", name), "no target uses this protocol", "a target with it, or without it")
        return tuple(found)

    def _target(self, entry: TargetEntry, place: KeyPath) -> Target:
        loads = {load: (getattr(entry, f"at_{load}"), getattr(entry, f"from_{load}")) for load in LOADS}
        given = {load: pair for load, pair in loads.items() if pair != (None, None)}
        if len(given) > 1:
            self._note(place, f"read at {listed(given)} at once", "one of them")
        load, (at, since) = next(iter(given.items()), (None, (None, None)))
        if since is not None and at is None:
            self._note((*place, f"from_{load}"), f"a change from a load needs at_{load}")
        plain = entry.model_dump(include={"id", "protocol", "case", "quantity", "target", "tolerance", "weight"})
        return Target(**plain, source=entry.source, load=load, at=at, since=since)


def _values(scenario: Scenario) -> dict[str, Any]:
    """Values that may be fitted, including inherited values of single joints and bodies."""
    resolved, materials = scenario.resolved(), scenario.materials
    places = {
        "joints": {name: materials.of_joint(name).model_dump() for name in scenario.segment.joints},
        "bodies": {name: materials.of_body(name).model_dump() for name in scenario.segment.bodies},
    }
    return {"materials": {**resolved["materials"], **places}, "anatomy": resolved["anatomy"]}


def _range_of_number(acts_as: str, value: float, reach: tuple[float, float]) -> tuple[float, float]:
    low, high = reach
    if acts_as == "factor":
        return low / value, high / value
    if acts_as == "shift":
        return low - value, high - value
    return low, high


def _matching(data: Any, pattern: KeyPath, above: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    """Key paths in nested mappings that match a pattern, in which ``*`` is any one name."""
    if not pattern:
        yield above, data
    elif isinstance(data, dict):
        for name in data if pattern[0] == "*" else [pattern[0]]:
            if name in data:
                yield from _matching(data[name], pattern[1:], (*above, name))


def _nearest(data: Any, pattern: str) -> tuple[str | None, str | None]:
    """Allowed names at the first place where a pattern does not match, and the most similar one."""
    for part in pattern.split("."):
        if not isinstance(data, dict):
            return None, None
        if part == "*":
            part = next(iter(data))
        if part not in data:
            return listed(data, 12), nearest_names(part, data)
        data = data[part]
    return None, None
