"""Report of a comparison: claims, all differences with their floors, left and right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from fem_lumbar.comparison.compare import compare
from fem_lumbar.comparison.difference_bars import PairErrors, stored_differences
from fem_lumbar.comparison.differences import (
    MESH_ERROR_NOT_KNOWN,
    NEGLIGIBLE,
    RESOLVED_AT,
    Change,
    Comparison,
    Difference,
    SideDifference,
    Verdict,
)
from fem_lumbar.comparison.discretisation_bars import LARGE_BAR, stored_bars
from fem_lumbar.documents.comparison_notes import floor_note, mesh_error_unknown, mesh_ground
from fem_lumbar.documents.explanation_text import explanation_data, explanation_document
from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.tables import Document, Paragraph, Table, number
from fem_lumbar.documents.time_text import only_full_load
from fem_lumbar.measures.quantities import kind, label, unit
from fem_lumbar.runs.run import Run

GROUPS = {
    "rotation": "rotation_deg",
    "disc pressure": "idp_MPa",
    "disc bulge": "disc_bulge_mm",
    "facet force": "facet_force_N",
    "load share": "load_share",
    "ligament force": "ligament_force_N",
    "the MAL itself": "mal",
}
"""Subjects of claims, and their sections of the summary."""

UNKNOWN = "not known"
_COLUMNS = (
    "quantity",
    "first",
    "mesh error",
    "second",
    "difference",
    "floor",
    "unit",
    "relative",
    "verdict",
)


def compare_runs(run_a: Run, run_b: Run, measured: PairErrors | None = None) -> Comparison:
    """Compare two stored runs, named after their folders (see :func:`fem_lumbar.comparison.compare.compare`)."""
    names = (run_a.folder.resolve().name, run_b.folder.resolve().name)
    if names[0] == names[1]:
        names = (f"{names[0]} (first)", f"{names[1]} (second)")
    known = (stored_bars(), stored_differences(), measured)
    return compare(run_a.summary, run_a.resolved, run_b.summary, run_b.resolved, names, *known)


def comparison_title(comparison: Comparison) -> str:
    """Title of the report of a comparison."""
    return f"{comparison.name_b} against {comparison.name_a}"


def comparison_document(comparison: Comparison, full: bool = False) -> Document:
    """The comparison as tables, starting with the claim.

    Parameters
    ----------
    comparison : Comparison
        The two runs.
    full : bool
        Whether to list all numbers of all cases; otherwise the largest difference of each kind and resolved ones.
    """
    document: Document = [Paragraph(claim(comparison), "Claim"), changes_table(comparison), overview_table(comparison)]
    if full:
        document += [case_table(comparison, case) for case in dict.fromkeys(d.case for d in comparison.differences)]
    else:
        document.append(resolved_table(comparison))
    document += explanation_document(comparison)
    document.append(sides_table(comparison))
    ground = [*mesh_ground(comparison), *caveats(comparison)]
    document.append(Paragraph("\n\n".join(ground), "What the floor does not include"))
    return [part for part in document if not isinstance(part, Table) or part.rows]


def caveats(comparison: Comparison) -> list[str]:
    """Reasons to doubt the numbers of two runs, and load cases that are left out."""
    told = [f"{name} failed, its numbers may be wrong: {why}" for name, why in comparison.failures.items()]
    if not comparison.same_program:
        told.append(
            "The two runs were made by different versions of the program, so a quantity may be defined differently "
            "(see the changelog). Rerun both before claiming an effect."
        )
    told += [f"Not compared: {case_label(case)} ({why})." for case, why in comparison.not_compared.items()]
    return told


def claim(comparison: Comparison) -> str:
    """One sentence with the conclusion and its limits; a second one for time-dependent load cases."""
    return " ".join(filter(None, (_claim(comparison), only_full_load(comparison.in_time))))


def _claim(comparison: Comparison) -> str:
    comparison = replace(comparison, differences=[item for item in comparison.differences if is_told(item)])
    pair = f"{comparison.name_b} against {comparison.name_a}"
    if not comparison.differences:
        return f"{pair}: no load case can be compared, so no effect can be claimed."
    if comparison.only_mesh_differs and not comparison.moved_mesh and _some_known(comparison):
        return f"{pair}: {_only_the_mesh(comparison)}."
    if not comparison.same_cells and not _some_known(comparison):
        largest = comparison.largest("rotation_deg")
        text = f"; the largest difference in rotation is {_described(largest)}" if largest else ""
        return f"{pair}: the meshes differ, so the differences include mesh noise and no effect can be claimed{text}."
    if comparison.identical_input:
        largest = max(comparison.differences, key=lambda item: abs(item.relative))
        text = "the inputs are identical, so every difference is numerical error"
        return f"{pair}: {text}; the largest is {_described(largest)}."
    parts = [
        _clause(comparison, Verdict.RESOLVED, f"resolved effect of {100 * NEGLIGIBLE:g} % or more on"),
        _clause(comparison, Verdict.NEGLIGIBLE, f"resolved but negligible (below {100 * NEGLIGIBLE:g} %) effect on"),
    ]
    quiet = _groups_with(comparison, Verdict.NOT_RESOLVED)
    undecided = [name for name in quiet if _hinges_on_mesh(comparison, GROUPS[name])]
    if quiet := [name for name in quiet if name not in undecided]:
        parts.append(f"no resolved effect on {_listed(quiet)}")
    if undecided:
        parts.append(
            f"no claim on {_listed(undecided)} because the mesh error is not known (compare --with-mesh-error measures "
            "it)"
        )
    unknown = _groups_with(comparison, Verdict.NO_FLOOR)
    if unknown:
        parts.append(f"no claim on {_listed(unknown)} because the numerical floor is unknown")
    noisy = _groups_with(comparison, Verdict.MESH_NOISE)
    if noisy:
        parts.append(
            f"no claim on {_listed(noisy)} because the meshes differ and the discretisation error is not known"
        )
    if not comparison.same_cells:
        parts.append("the meshes differ, and the floor includes three times the combined discretisation error")
    elif mesh_error_unknown(comparison):
        parts.append(
            "where the mesh error is not known, the floor uses the largest known of its kind, or the effect itself"
        )
    if comparison.moved_mesh:
        parts.append("the meshes have the same cells with moved nodes")
    if comparison.failures:
        parts.append(f"with the caveat that {_listed(comparison.failures)} failed a check or load case")
    return f"{pair}: {'; '.join(part for part in parts if part)}."


def comparison_data(comparison: Comparison) -> dict[str, Any]:
    """The comparison as plain data for a JSON file."""
    return {
        "schema_version": 1,
        "runs": [comparison.name_a, comparison.name_b],
        "same_mesh": comparison.same_mesh,
        "moved_mesh": comparison.moved_mesh,
        "rule": f"resolved when |difference| > {RESOLVED_AT:g} x error",
        "changes": {key: list(values) for key, values in comparison.changes.items()},
        "not_compared": comparison.not_compared,
        "failures": comparison.failures,
        "negligible_below": NEGLIGIBLE,
        "discretisation_errors_from": comparison.bars_from or None,
        "discretisation_errors_of_differences_from": comparison.pairs_from or None,
        "measured_at": list(comparison.measured_at),
        "claim": claim(comparison),
        "made_of": explanation_data(comparison.explanation),
        "differences": [
            {
                "case": item.case,
                "quantity": ".".join(item.path),
                "unit": unit(item.path),
                "a": item.a,
                "b": item.b,
                "difference": item.delta,
                **_judged(item),
                "discretisation_error": list(item.discretisation),
                "factor": item.factor,
            }
            for item in comparison.differences
        ],
        "asymmetry": [
            {
                "case": item.case,
                "quantity": ".".join(item.path),
                "unit": unit(item.path),
                "left_minus_right": [item.a.difference, item.b.difference],
                "index": [item.a.index, item.b.index],
                **_judged(item),
            }
            for item in comparison.sides
        ],
    }


def _judged(item: Change) -> dict[str, Any]:
    """Error, scale and verdict of a change as plain data."""
    return {
        "error": item.error,
        "floor": item.floor,
        "mesh_error": item.mesh_error,
        "mesh_error_known": item.mesh_known,
        "mesh_error_from": None if item.mesh_ground is None else item.mesh_ground.value,
        "relative": item.relative,
        "relative_to": item.scale,
        "first_near_zero": item.near_zero,
        "relative_to_largest_of_joint": item.joint_relative,
        "verdict": item.verdict.value,
    }


def relative_size(item: Change) -> str:
    """Size of a change relative to the first value, in % or as a factor, and relative to other references."""
    factor = getattr(item, "factor", None)
    signed = f"{'+' if item.delta > 0 else ''}{number(100 * item.relative, 2)} %"
    if item.near_zero:
        told = f"{signed} of the largest" if factor is None else f"× {number(factor, 2)}, {signed} of the largest"
    else:
        told = signed if factor is None else f"× {number(factor, 2)}"
    if item.joint_relative is None:
        return told
    return f"{told}; {number(100 * item.joint_relative, 2)} % of the joint's largest"


def changes_table(comparison: Comparison) -> Table:
    """Scenario keys that differ, with both values."""
    table = Table("What differs in the scenarios", ("key", comparison.name_a, comparison.name_b))
    aside = tuple(f"load_cases.{case}." for case in comparison.not_compared)
    for key, (a, b) in comparison.changes.items():
        if key.startswith(aside):
            continue
        table.rows.append((key, number(a, 6), number(b, 6)))
    return table


def overview_table(comparison: Comparison) -> Table:
    """The largest difference of each kind of number, resolved ones first."""
    table = Table(
        "Largest difference of each kind",
        _COLUMNS,
        note=floor_note(comparison),
    )
    found: dict[tuple[str, ...], Difference] = {}
    for item in filter(is_told, comparison.differences):
        key = kind(item.path)
        if key not in found or _rank(item) > _rank(found[key]):
            found[key] = item
    shown = sorted((item for item in found.values() if item.scale > 0.0), key=_rank, reverse=True)
    table.rows = [_row(item, with_case=True) for item in shown]
    return table


def resolved_table(comparison: Comparison, most: int = 20) -> Table:
    """The largest resolved effects that are not negligible."""
    items = [item for item in comparison.differences if item.verdict is Verdict.RESOLVED and is_told(item)]
    items.sort(key=lambda item: -abs(item.relative))
    title = f"Resolved effects of {100 * NEGLIGIBLE:g} % or more"
    if len(items) > most:
        title += f": the largest {most} of {len(items)}"
    return Table(title, _COLUMNS, [_row(item, with_case=True) for item in items[:most]])


def is_told(item: Difference) -> bool:
    """Whether a number is listed: load shares in N are omitted (see load path), and muscles have no share."""
    return item.path[0] != "load_share" or (unit(item.path) == "-" and item.path[-1] != "muscles")


def case_table(comparison: Comparison, case: str) -> Table:
    """Every number of a load case in both runs."""
    items = [item for item in comparison.differences if item.case == case and is_told(item)]
    return Table(f"All numbers: {case_label(case)}", _COLUMNS, [_row(item, with_case=False) for item in items])


def sides_table(comparison: Comparison, most: int = 12) -> Table:
    """The largest changes of left − right."""
    table = Table(
        "Left against right: where left − right changes most",
        (
            "quantity",
            "case",
            "left − right, first",
            "second",
            "change",
            "floor",
            "unit",
            "relative",
            "index, first",
            "second",
            "verdict",
        ),
        note="Relative to |left| + |right| in the first run. Index (left − right)/(|left| + |right|). In a case to "
        "one side, right is taken from the mirrored case.",
    )
    changed = [item for item in comparison.sides if item.delta != 0.0]
    for item in sorted(changed, key=_rank, reverse=True)[:most]:
        values = (item.a.difference, item.b.difference, item.delta)
        index = (number(item.a.index, 2), number(item.b.index, 2))
        told = (number(item.floor, 2), unit(item.path), relative_size(item), *index, item.words)
        cells = (*map(number, values), *told)
        table.rows.append((label(item.path), case_label(item.case), *cells))
    return table


def _row(item: Difference, with_case: bool) -> tuple[str, ...]:
    quantity = f"{label(item.path)}, {case_label(item.case)}" if with_case else label(item.path)
    values = (number(item.a, 5), _mesh_error(item), number(item.b, 5), number(item.delta))
    return (quantity, *values, number(item.floor, 2), unit(item.path), relative_size(item), item.words)


def _mesh_error(item: Difference) -> str:
    """Discretisation error of the first value, also in % of it if large."""
    error = item.discretisation[0]
    if error is None:
        return UNKNOWN
    large = error > LARGE_BAR * abs(item.a) > 0.0
    return f"{number(error, 2)} ({100 * error / abs(item.a):.0f} %)" if large else number(error, 2)


def _some_known(comparison: Comparison) -> bool:
    return any(item.verdict is not Verdict.MESH_NOISE for item in comparison.differences)


def _only_the_mesh(comparison: Comparison) -> str:
    """How well the stored errors cover the differences between two meshes."""
    known = [item for item in comparison.differences if item.verdict is not Verdict.MESH_NOISE]
    beyond = [item for item in known if item.resolved]
    text = f"only the mesh differs, so every difference is discretisation error; of {len(known)} with a known one "
    if not beyond:
        return f"{text}none exceeds its floor"
    return f"{text}{len(beyond)} exceed their floor, most of all {_described(max(beyond, key=_rank))}"


def _rank(item: Difference | SideDifference) -> tuple[bool, float]:
    return item.resolved, abs(item.relative)


def _strongest(comparison: Comparison, section: str) -> Verdict | None:
    present = {item.verdict for item in comparison.differences if item.path[0] == section}
    order = (Verdict.RESOLVED, Verdict.NEGLIGIBLE, Verdict.NOT_RESOLVED, Verdict.NO_FLOOR, Verdict.MESH_NOISE)
    return next((verdict for verdict in order if verdict in present), None)


def _hinges_on_mesh(comparison: Comparison, section: str) -> bool:
    """Whether a number differs by more than its algebraic errors, and is unresolved only for lack of a mesh error."""
    return any(
        not item.mesh_known and item.algebraic is not None and abs(item.delta) > RESOLVED_AT * item.algebraic
        for item in comparison.differences
        if item.path[0] == section
    )


def _groups_with(comparison: Comparison, verdict: Verdict) -> list[str]:
    return [name for name, section in GROUPS.items() if _strongest(comparison, section) is verdict]


def _clause(comparison: Comparison, verdict: Verdict, words: str) -> str:
    effects = [
        f"{name} (largest {_described(largest)})"
        for name in _groups_with(comparison, verdict)
        if (largest := comparison.largest(GROUPS[name], verdicts=(verdict,))) is not None
    ]
    return f"{words} {_listed(effects)}" if effects else ""


def _described(item: Difference) -> str:
    suffix = "" if unit(item.path) == "-" else f" {unit(item.path)}"
    floor = f", floor {number(item.floor, 2)}{suffix}" if item.floor is not None else ""
    if item.mesh_known:
        mesh = f"mesh error of the difference {number(item.mesh_error, 2)}{suffix}"
    else:
        mesh = MESH_ERROR_NOT_KNOWN
    digits = 4
    if item.delta != 0.0:
        digits = min(12, max(4, 2 + int(np.ceil(np.log10(max(abs(item.a), abs(item.b)) / abs(item.delta))))))
    return (
        f"{relative_size(item)}: {label(item.path)} in {case_label(item.case)}, "
        f"{number(item.a, digits)} → {number(item.b, digits)}{suffix}{floor}, {mesh}"
    )


def _listed(words: Iterable[str]) -> str:
    words = list(words)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
