"""Swept parameters on the command line as the factors of a study.

``key=a,b,c`` gives values, ``key=10:1000`` and ``key=10:1000:log`` a range, ``key=10:1000:5:log`` five values of one,
and ``key~normal(100,30)`` a distribution, with optional bounds ``[low,high]`` after it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fem_lumbar.runs.points import Point, one_line
from fem_lumbar.scenario.document import Document, parse_yaml
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.problems import KeyPath, Origin, Problem, ScenarioError, listed, nearest_names
from fem_lumbar.studies.design import SHORT_NAMES
from fem_lumbar.studies.factors import scenario_settings
from fem_lumbar.studies.reading import study_of

FORMS = {
    "normal": ("mean", "sd"), "lognormal": ("median", "geometric_sd"), "uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
}  # fmt: skip
"""Distributions on the command line with their parameters in order; also ``discrete(value:probability, ...)``."""
_SHORT = re.compile(r"^(?P<kind>[a-z_]+)\((?P<numbers>[^()]*)\)(?:\[(?P<low>[^,\]]*),(?P<high>[^,\]]*)\])?$")
_RANGE = re.compile(r"^(?P<low>[^:,]+):(?P<high>[^:,]+?)(?::(?P<levels>\d+))?(?P<log>:log)?$")
_ANY_OUTPUT = "rotation_deg.*.*"


def designed_points(
    file: Path,
    base: Scenario,
    sweeps: Sequence[str],
    sets: Sequence[str],
    design: str,
    points: int | None,
    seed: int,
) -> list[Point]:
    """Points of a design over swept factors, in the form of `fem_lumbar.runs.points.grid`.

    Parameters
    ----------
    file : Path
        Scenario file.
    base : Scenario
        The unchanged scenario.
    sweeps : sequence of str
        Swept parameters (see the top of this module).
    sets : sequence of str
        Settings ``key=value`` for all points.
    design : str
        Kind of design, or its short name: ``lhs``, ``oat``.
    points, seed : int
        Number of points (trajectories of ``morris``), and seed of the random numbers.

    Raises
    ------
    ScenarioError
        When a swept parameter or the design is invalid, with the notation of the command line.
    """
    kind = SHORT_NAMES.get(design, design)
    entry: dict[str, Any] = {"kind": kind}
    if points is not None:
        entry["trajectories" if kind == "morris" else "points"] = points
    if seed:
        entry["seed"] = seed
    factors: dict[str, Any] = {}
    origins: dict[KeyPath, Origin] = {("design",): Origin(option=f"--design {design}")}
    for text in sweeps:
        key, factor = factor_of(text)
        if key in factors:
            raise _wrong(text, f"'{key}' is swept twice")
        factors[key] = {"key": key, **factor}
        origins[("factors", key)] = Origin(option=f"--sweep {text}")
    data = {
        "schema_version": 1,
        "name": base.name,
        "scenario": file.name,
        "cases": list(base.load_cases),
        "density": base.mesh.density,
        "set": dict(_set(text) for text in sets),
        "factors": factors,
        "design": entry,
        "outputs": [_ANY_OUTPUT],
    }
    try:
        study = study_of(file, Document(data, origins))
    except ScenarioError as error:
        raise ScenarioError(file, error.problems, "sweep") from None
    return [
        {key: one_line(value) for key, value in scenario_settings(study.factors, point.values).items()}
        for point in study.points()
    ]


def is_designed(sweeps: Sequence[str]) -> bool:
    """Whether a distribution is swept over, which a grid does not support."""
    return any(re.match(r"^[^=~]+~", text) for text in sweeps)


def factor_of(text: str) -> tuple[str, dict[str, Any]]:
    """Key and entry (as in a study file) of a swept parameter."""
    key, sign, given = re.match(r"^([^=~]*)([=~]?)(.*)$", text, re.DOTALL).groups()  # type: ignore[union-attr]
    key = key.strip()
    if not key or not sign:
        raise _wrong(text, "not of the form key.path=a,b,c, key.path=low:high or key.path~normal(mean,sd)")
    if sign == "~":
        return key, {"distribution": _distribution(text, given.replace(" ", ""))}
    found = _RANGE.match(given.strip())
    if found and (ends := [_number(found["low"]), _number(found["high"])]) and None not in ends:
        levels = {"levels": int(found["levels"])} if found["levels"] else {}
        return key, {"range": ends, "log": bool(found["log"]), **levels}
    values, _, problems = parse_yaml(f"[{given}]", Origin(option=f"--sweep {text}"))
    if problems:
        raise ScenarioError(Path("--sweep"), problems)
    if not values:
        raise _wrong(text, "no values to sweep over")
    return key, {"values": values}


def _distribution(text: str, given: str) -> dict[str, Any]:
    found = _SHORT.match(given)
    known = (*FORMS, "discrete")
    if found is None or found["kind"] not in known:
        near = None if found is None else nearest_names(found["kind"], known)
        told = listed([*(f"{kind}({', '.join(names)})" for kind, names in FORMS.items()), "discrete(value:p, ...)"])
        raise _wrong(text, "no such distribution", told, near)
    kind, parts = found["kind"], found["numbers"].split(",")
    if kind == "discrete":
        pairs = [part.rpartition(":") for part in parts]
        values = [parse_yaml(value, Origin())[0] for value, _, _ in pairs]
        chances = [_number(chance) for _, _, chance in pairs]
        if None in values or None in chances:
            raise _wrong(text, "every value needs its probability", "discrete(absent:0.1, fibrous:0.9)")
        return {"kind": kind, "values": values, "probabilities": chances}
    numbers = [_number(part) for part in parts]
    if len(numbers) != len(FORMS[kind]) or None in numbers:
        raise _wrong(text, f"{kind} takes {len(FORMS[kind])} numbers", f"{kind}({', '.join(FORMS[kind])})")
    bounds = {"within": [_number(found["low"]), _number(found["high"])]} if found["low"] is not None else {}
    return {"kind": kind, **dict(zip(FORMS[kind], numbers, strict=True)), **bounds}


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _set(text: str) -> tuple[str, Any]:
    key, _, value = text.partition("=")
    return key.strip(), parse_yaml(value, Origin(option=f"--set {text}"))[0]


def _wrong(text: str, message: str, allowed: str | None = None, nearest: str | None = None) -> ScenarioError:
    return ScenarioError(Path("--sweep"), [Problem(Origin(option=f"--sweep {text}"), (), message, allowed, nearest)])
