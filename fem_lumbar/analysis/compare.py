"""Two runs side by side: every difference beside its numerical error, and what may be claimed from them.

The rule: a difference is resolved when it is larger than `RESOLVED_AT` times its combined numerical error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fem_lumbar.analysis.asymmetry import SidePair, asymmetry_floor, side_pairs
from fem_lumbar.analysis.differences import RESOLVED_AT, Comparison, Difference, SideDifference, Verdict
from fem_lumbar.analysis.discretisation_bars import DiscretisationBars, density_of
from fem_lumbar.analysis.quantities import Path, kind, numbers, prescribed

NEGLIGIBLE = 0.01
"""Relative size below which an effect is called negligible even when it is resolved."""
SMALL_VALUE = 0.01
"""A value below this part of the largest of its kind in its load case is related to that largest one."""
ROUND_OFF = 1e-9
"""Part of the largest value of a kind that round-off in the linear solves can change; the least floor there is."""
REPRODUCIBLE = 1e-6
"""Part of a value to which runs on one mesh repeat it, however they started; the tests ask for that."""
MOVED_MESH = "moving the mesh of the default anatomy"
"""How a summary says that a mesh has the cells of the default one, with its nodes elsewhere."""


def compare(
    summary_a: Mapping[str, Any],
    resolved_a: Mapping[str, Any],
    summary_b: Mapping[str, Any],
    resolved_b: Mapping[str, Any],
    names: tuple[str, str] = ("first run", "second run"),
    bars: DiscretisationBars | None = None,
) -> Comparison:
    """Compare two runs number by number.

    A difference is resolved when it is larger than `RESOLVED_AT` times its combined numerical error, the root of the
    sum of the squares of

    - the algebraic error of each run: the larger of what the run reports for the number and the left/right difference
      of its kind where one of the runs is symmetric; at least round-off, and what runs repeat a value to;
    - the discretisation error, where a convergence study has stored it. On the same cells it is common to both values
      for the most part and drops out of their difference: a value q (1 + r) with relative error r changes by
      Δq (1 + r), so the error of the effect is r |Δq|. For a number near zero r is the largest one of its kind in the
      load case. On different cells nothing drops out, and the errors of both values enter in full.

    So a number that the mesh does not tell to within a third (r > 1/3) never has a resolved effect. Where the
    discretisation error is not known the verdict rests on the algebraic errors alone.

    Parameters
    ----------
    summary_a, summary_b : mapping
        Summaries of the two runs.
    resolved_a, resolved_b : mapping
        Their resolved scenarios.
    names : tuple of str
        What the two runs are called.
    bars : DiscretisationBars, optional
        Stored discretisation errors; none are known when not given.
    """
    bars = bars or DiscretisationBars()
    known = bars.of_model(resolved_a), bars.of_model(resolved_b)
    densities = density_of(summary_a, resolved_a), density_of(summary_b, resolved_b)
    same_mesh = summary_a["provenance"]["mesh_sha256"] == summary_b["provenance"]["mesh_sha256"]
    moved_mesh = not same_mesh and _same_cells(summary_a["model"], summary_b["model"])
    asymmetry = [asymmetry_floor(summary_a, resolved_a), asymmetry_floor(summary_b, resolved_b)]
    differences: list[Difference] = []
    not_compared: dict[str, str] = {}
    cases_a, cases_b = summary_a["load_cases"], summary_b["load_cases"]
    for case in dict.fromkeys([*cases_a, *cases_b]):
        reason = _why_not(case, cases_a, cases_b)
        if reason is not None:
            not_compared[case] = reason
            continue
        measured = _largest(floor.get(case, {}) for floor in asymmetry)

        def error(run: int, path: Path, value: float, case: str = case) -> float | None:
            return known[run].error(case, (cases_a, cases_b)[run][case]["applied"], densities[run], path, value)

        differences += _of_case(case, cases_a[case], cases_b[case], measured, same_mesh or moved_mesh, error)
    return Comparison(
        name_a=names[0],
        name_b=names[1],
        differences=differences,
        sides=_sides(summary_a, summary_b, differences),
        changes=scenario_changes(resolved_a, resolved_b),
        same_mesh=same_mesh,
        moved_mesh=moved_mesh,
        not_compared=not_compared,
        failures={
            name: summary.get("reason") or "no reason given"
            for name, summary in zip(names, (summary_a, summary_b), strict=True)
            if summary["status"] != "completed"
        },
        bars_from=bars.origin,
    )


def scenario_changes(resolved_a: Any, resolved_b: Any) -> dict[str, tuple[Any, Any]]:
    """Keys whose values differ between two resolved scenarios, name and description aside."""
    flat_a, flat_b = _flat(resolved_a), _flat(resolved_b)
    keys = [key for key in dict.fromkeys([*flat_a, *flat_b]) if key not in ("name", "description")]
    return {key: (flat_a.get(key), flat_b.get(key)) for key in keys if flat_a.get(key) != flat_b.get(key)}


def _why_not(case: str, cases_a: Mapping[str, Any], cases_b: Mapping[str, Any]) -> str | None:
    for place, cases in (("first", cases_a), ("second", cases_b)):
        if case not in cases:
            return f"not in the {place} run"
        if cases[case]["status"] != "converged":
            return f"did not converge in the {place} run"
    if prescribed(cases_a[case]["applied"]) != prescribed(cases_b[case]["applied"]):
        return "the applied loads differ"
    return None


def _same_cells(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Whether two different meshes are the same cells, at least one of them with its nodes moved elsewhere."""
    sizes = [(model.get("density"), model.get("nodes"), model.get("cells")) for model in (a, b)]
    return sizes[0] == sizes[1] and MOVED_MESH in (a.get("mesh_made_by"), b.get("mesh_made_by"))


def _largest(floors: Iterable[Mapping[tuple[str, ...], float]]) -> dict[tuple[str, ...], float]:
    """Largest left/right difference of each kind over the runs that have one: they share the numerics."""
    found: dict[tuple[str, ...], float] = {}
    for floor in floors:
        for key, value in floor.items():
            found[key] = max(found.get(key, 0.0), value)
    return found


def _of_case(
    case: str,
    entry_a: Mapping[str, Any],
    entry_b: Mapping[str, Any],
    measured: Mapping[tuple[str, ...], float],
    same_cells: bool,
    error: Callable[[int, Path, float], float | None],
) -> list[Difference]:
    values_a, values_b = numbers(entry_a), numbers(entry_b)
    reported = [numbers(entry.get("numerical_floor", {})) for entry in (entry_a, entry_b)]
    largest: dict[tuple[str, ...], float] = {}
    for path, value in [*values_a.items(), *values_b.items()]:
        largest[kind(path)] = max(largest.get(kind(path), 0.0), abs(value))
    paths = [path for path in values_a if path in values_b]
    mesh_errors = {path: (error(0, path, values_a[path]), error(1, path, values_b[path])) for path in paths}
    ratios = _mesh_ratios(values_a, mesh_errors, largest) if same_cells else {}
    found = []
    for path in paths:
        a, b = values_a[path], values_b[path]
        least = max(ROUND_OFF * largest[kind(path)], REPRODUCIBLE * max(abs(a), abs(b)))
        algebraic = _algebraic(path, reported, measured, least)
        ratio = ratios.get(path, ratios.get(kind(path)))
        parts = (0.0 if ratio is None else ratio * abs(b - a),) if same_cells else mesh_errors[path]
        includes_mesh_noise = None in parts
        combined = None
        if algebraic is not None:
            combined = math.hypot(algebraic, *(part for part in parts if part is not None))
        scale = _scale(path, values_a, values_b, largest[kind(path)])
        verdict = Verdict.MESH_NOISE if includes_mesh_noise else _verdict(b - a, combined, scale)
        found.append(Difference(case, path, a, b, algebraic, combined, scale, verdict, mesh_errors[path], ratio))
    return found


def _algebraic(
    path: Path,
    reported: list[Mapping[Path, float]],
    measured: Mapping[tuple[str, ...], float],
    least: float,
) -> float | None:
    """Algebraic errors of both runs together; what only one of them tells holds for the other as well."""
    told = [floor[path] for floor in reported if path in floor]
    if not told and kind(path) not in measured:
        return None
    least = max(measured.get(kind(path), 0.0), least)
    return math.hypot(*(max(floor.get(path, max(told, default=0.0)), least) for floor in reported))


def _mesh_ratios(
    values: Mapping[Path, float],
    errors: Mapping[Path, tuple[float | None, float | None]],
    largest: Mapping[tuple[str, ...], float],
) -> dict[Path | tuple[str, ...], float]:
    """Relative discretisation error of each number that is not near zero, and the largest of each kind, by kind."""
    ratios: dict[Path | tuple[str, ...], float] = {}
    for path, (error, _) in errors.items():
        size = abs(values[path])
        if error is not None and size > 0.0 and size >= SMALL_VALUE * largest[kind(path)]:
            ratios[path] = error / size
    worst: dict[tuple[str, ...], float] = {}
    for path, ratio in ratios.items():
        worst[kind(path)] = max(worst.get(kind(path), 0.0), ratio)
    return {**worst, **ratios}


def _sides(
    summary_a: Mapping[str, Any], summary_b: Mapping[str, Any], differences: Iterable[Difference]
) -> list[SideDifference]:
    """Change of left − right for every pair whose two numbers have been compared."""
    compared = {(item.case, item.path): item for item in differences}
    there = {(pair.case, pair.path): pair for pair in side_pairs(summary_b)}
    found = []
    for a in side_pairs(summary_a):
        b = there.get((a.case, a.path))
        numbers_of_pair = [compared.get((a.case, a.path)), compared.get((a.mirrored_case, a.mirrored_path))]
        if b is not None and None not in numbers_of_pair:
            found.append(_side_difference(a, b, *numbers_of_pair))
    return found


def _side_difference(a: SidePair, b: SidePair, left: Difference, right: Difference) -> SideDifference:
    delta = b.difference - a.difference
    scale = max(abs(a.left) + abs(a.right), abs(b.left) + abs(b.right))
    scale = max(scale, left.scale, right.scale)
    if left.algebraic is None or right.algebraic is None:
        return SideDifference(a, b, None, None, scale, Verdict.NO_FLOOR)
    algebraic = math.hypot(left.algebraic, right.algebraic)
    if Verdict.MESH_NOISE in (left.verdict, right.verdict):
        return SideDifference(a, b, algebraic, None, scale, Verdict.MESH_NOISE)
    ratios = [item.mesh_ratio for item in (left, right) if item.mesh_ratio is not None]
    ratio = max(ratios, default=None)
    error = math.hypot(left.error, right.error) if ratio is None else math.hypot(algebraic, ratio * delta)
    return SideDifference(a, b, algebraic, error, scale, _verdict(delta, error, scale), ratio)


def _scale(path: Path, values_a: Mapping[Path, float], values_b: Mapping[Path, float], largest: float) -> float:
    if path[0] == "rotation_deg":
        joint = [other for other in values_a if other[:2] == path[:2] and other in values_b]
        return max(max(abs(values_a[other]), abs(values_b[other])) for other in joint)
    own = max(abs(values_a[path]), abs(values_b[path]))
    return own if own >= SMALL_VALUE * largest else largest


def _verdict(delta: float, error: float | None, scale: float) -> Verdict:
    if error is None:
        return Verdict.NO_FLOOR
    if abs(delta) <= RESOLVED_AT * error:
        return Verdict.NOT_RESOLVED
    return Verdict.NEGLIGIBLE if abs(delta) < NEGLIGIBLE * scale else Verdict.RESOLVED


def _flat(node: Any, path: str = "") -> dict[str, Any]:
    if isinstance(node, Mapping):
        return {
            key: value
            for name, item in node.items()
            for key, value in _flat(item, f"{path}.{name}" if path else str(name)).items()
        }
    return {path: node}
