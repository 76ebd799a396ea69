"""Comparison of two runs: every difference with its numerical error and verdict.

The rule: a difference is resolved when it is larger than `RESOLVED_AT` times its combined numerical error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fem_lumbar.comparison.asymmetry import asymmetry_floor, side_pairs
from fem_lumbar.comparison.difference_bars import DifferenceBars, PairErrors
from fem_lumbar.comparison.differences import NEGLIGIBLE as NEGLIGIBLE
from fem_lumbar.comparison.differences import Comparison
from fem_lumbar.comparison.discretisation_bars import DiscretisationBars, density_of, is_whole, template_in
from fem_lumbar.comparison.effect_error import EffectErrors
from fem_lumbar.comparison.judge import Judge
from fem_lumbar.foundation.nested import leaves
from fem_lumbar.measures.quantities import in_time, prescribed

MOVED_MESH = "moving the mesh of the default anatomy"
"""Text of a summary for a mesh with the cells of the default anatomy and moved nodes."""


def compare(
    summary_a: Mapping[str, Any],
    resolved_a: Mapping[str, Any],
    summary_b: Mapping[str, Any],
    resolved_b: Mapping[str, Any],
    names: tuple[str, str] = ("first run", "second run"),
    bars: DiscretisationBars | None = None,
    pairs: DifferenceBars | None = None,
    measured: PairErrors | None = None,
) -> Comparison:
    """Compare all results of two runs; inputs are left out.

    A difference is resolved when it is larger than `RESOLVED_AT` times its combined numerical error, the root of the
    sum of the squares of

    - the algebraic error of each run: the error reported for the number or, if larger, the left/right difference of its
      kind where one of the runs is symmetric; at least round-off and the repeatability of runs;
    - the discretisation error. On the same cells it is that of the difference itself where known, or else an estimate
      (see :class:`fem_lumbar.comparison.effect_error.EffectErrors`), which is wider the less is known. On different
      cells the errors of both values enter in full; where one is unknown nothing can be claimed.

    A difference is relative to the first value, or to the largest of its kind where that is near zero. The same scale
    decides whether a resolved difference is negligible.

    Parameters
    ----------
    summary_a, summary_b : mapping
        Summaries of the two runs.
    resolved_a, resolved_b : mapping
        Their resolved scenarios.
    names : tuple of str
        Names of the two runs.
    bars : DiscretisationBars, optional
        Stored discretisation errors of values; default: none.
    pairs : DifferenceBars, optional
        Stored discretisation errors of differences; default: none.
    measured : PairErrors, optional
        Measured discretisation errors of the differences between these two scenarios.
    """
    bars, pairs = bars or DiscretisationBars(), (pairs or DifferenceBars()).of_template(template_in(resolved_a))
    known = bars.of_model(resolved_a), bars.of_model(resolved_b)
    densities = density_of(summary_a, resolved_a), density_of(summary_b, resolved_b)
    same_mesh = summary_a["provenance"]["mesh_sha256"] == summary_b["provenance"]["mesh_sha256"]
    changes = scenario_changes(resolved_a, resolved_b)
    effects = None
    if same_cells(summary_a, summary_b):
        density = densities[0] if densities[0] == densities[1] else None
        whole = is_whole(resolved_a) and is_whole(resolved_b)
        stored = (known[0], pairs) if whole else (DiscretisationBars(), DifferenceBars())
        effects = EffectErrors(density, *stored, changes, measured)
    judge = Judge(
        cases=(summary_a["load_cases"], summary_b["load_cases"]),
        resolved=(resolved_a, resolved_b),
        bars=known,
        densities=densities,
        effects=effects,
        asymmetry=(asymmetry_floor(summary_a, resolved_a), asymmetry_floor(summary_b, resolved_b)),
    )
    cases = dict.fromkeys([*summary_a["load_cases"], *summary_b["load_cases"]])
    reasons = {case: why_not_compared(case, *judge.cases) for case in cases}
    not_compared = {case: reason for case, reason in reasons.items() if reason is not None}
    compared = [case for case in summary_a["load_cases"] if case not in not_compared]
    differences = [item for case in compared for item in judge.differences(case)]
    return Comparison(
        name_a=names[0],
        name_b=names[1],
        differences=differences,
        sides=judge.sides(differences, side_pairs(summary_a), side_pairs(summary_b)),
        changes=changes,
        same_mesh=same_mesh,
        moved_mesh=not same_mesh and same_cells(summary_a, summary_b),
        not_compared=not_compared,
        failures=_failures(names, (summary_a, summary_b)),
        bars_from=known[0].origin or known[1].origin,
        pairs_from=pairs.origin,
        measured_at=() if measured is None else tuple(measured.data["densities"]),
        same_program=_program(summary_a) == _program(summary_b),
        in_time=tuple(case for case in compared if any(in_time(cases[case]) for cases in judge.cases)),
    )


def _failures(names: tuple[str, str], summaries: tuple[Mapping[str, Any], Mapping[str, Any]]) -> dict[str, str]:
    """Reasons why runs did not complete, by name of the run."""
    return {
        name: summary.get("reason") or "no reason given"
        for name, summary in zip(names, summaries, strict=True)
        if summary["status"] != "completed"
    }


def _program(summary: Mapping[str, Any]) -> tuple[Any, Any]:
    """Version and source hash of the program that made a run."""
    made = summary["provenance"]
    return made.get("version"), made.get("program_sha256")


def scenario_changes(resolved_a: Any, resolved_b: Any) -> dict[str, tuple[Any, Any]]:
    """Keys whose values differ between two resolved scenarios, without name and description."""
    flat_a, flat_b = ({".".join(key): value for key, value in leaves(one)} for one in (resolved_a, resolved_b))
    keys = [key for key in dict.fromkeys([*flat_a, *flat_b]) if key not in ("name", "description")]
    return {key: (flat_a.get(key), flat_b.get(key)) for key in keys if flat_a.get(key) != flat_b.get(key)}


def why_not_compared(case: str, cases_a: Mapping[str, Any], cases_b: Mapping[str, Any]) -> str | None:
    """Why a load case of two runs cannot be compared; None when it can."""
    for place, cases in (("first", cases_a), ("second", cases_b)):
        if case not in cases:
            return f"not in the {place} run"
        if cases[case]["status"] != "converged":
            return f"did not converge in the {place} run"
    if prescribed(cases_a[case]["applied"]) != prescribed(cases_b[case]["applied"]):
        return "the applied loads differ"
    return None


def same_cells(summary_a: Mapping[str, Any], summary_b: Mapping[str, Any]) -> bool:
    """Whether two runs are on one mesh, or on the same cells with moved nodes."""
    if summary_a["provenance"]["mesh_sha256"] == summary_b["provenance"]["mesh_sha256"]:
        return True
    a, b = summary_a["model"], summary_b["model"]
    sizes = [(model.get("density"), model.get("nodes"), model.get("cells")) for model in (a, b)]
    return sizes[0] == sizes[1] and MOVED_MESH in (a.get("mesh_made_by"), b.get("mesh_made_by"))
