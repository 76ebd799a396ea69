"""Text of the results of a study for terminal, Markdown and page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any

import numpy as np

from fem_lumbar.comparison.differences import RESOLVED_AT
from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.tables import Document, Paragraph, Table, number
from fem_lumbar.studies.answers.failures import SIGNIFICANT, Failures
from fem_lumbar.studies.answers.gather import Answers, OutputAnswer
from fem_lumbar.studies.answers.group_text import groups_document
from fem_lumbar.studies.answers.ranking_text import rankings_document
from fem_lumbar.studies.answers.resolution import Resolution
from fem_lumbar.studies.answers.surrogate import RESOLVED_Q2
from fem_lumbar.studies.words import counted

NOT_RESOLVED = Resolution.NOT_RESOLVED.value
_SHOWN_FACTORS, _SHOWN_PAIRS = 8, 3
_HOW = (
    "Surrogates are sparse polynomials of the factors. Q² is the part of the variance that they predict at points left "
    "out: one by one, and a fifth at a time with all terms chosen anew; the smaller counts. Below "
    f"{RESOLVED_Q2:g} no index is given. A factor alone makes the first-order part of the variance, with all its "
    "interactions the total part; intervals are 95 %, from points drawn anew. They contain neither what the surrogate "
    "misses (1 − Q²) nor the distributions assumed for the factors. "
    f"An effect is resolved when it is larger than {RESOLVED_AT:g} errors: floor of the solver in both values, and the "
    f"same part of the effect as of the value for the mesh. '{Resolution.ON_THIS_MESH.value}' means that the mesh "
    "error is not known."
)
_TOGETHER = (
    "Factors go together in this study. The part of a factor is then its covariance with the output: it contains what "
    "the factor shares with others, may be negative, and 'own' is its part without that."
)


def study_title(found: Answers) -> str:
    """Title of the report."""
    return f"Study {found.manifest.name}"


def study_document(found: Answers) -> Document:
    """The whole report: what was run, comparisons, effects, methods, failures."""
    return [
        *asked_document(found),
        *answer_document(found),
        *methods_document(found),
        *failures_document(found),
    ]


def answer_document(found: Answers) -> Document:
    """Number of resolved outputs, findings and outcomes, known rankings, and one row per output."""
    told = sum(matters_most(one, found) != NOT_RESOLVED for one in found.outputs)
    lines = [f"- Of {len(found.outputs)} outputs (by load case), {told} tell at least one factor from their errors."]
    unknown = sum(one.errors.mesh_error is None for one in found.outputs)
    if unknown:
        lines.append(f"- The mesh error of {unknown} of them is not known: their effects are those on this mesh.")
    names = [factor.name for factor in found.points.factors]
    lines += [
        f"- {names[i]} and {names[j]} vary as one: what is said of one of them may be the effect of the other."
        for i, j in found.points.as_one()
    ]
    counts = Paragraph("\n".join(lines))
    return [counts, *groups_document(found.groups), *rankings_document(found.rankings), _overview(found)]


def methods_document(found: Answers) -> Document:
    """Methods for effects, definition of resolved, and program versions."""
    how = Paragraph(_HOW + (f"\n\n{_TOGETHER}" if found.points.dependent else ""), "How effects are found")
    versions = ", ".join(f"{name} {version}" for name, version in _flat(found.manifest.versions))
    return [how, *([Paragraph(f"{versions}.", "Made with")] if versions else [])]


def _flat(versions: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Versions by name, including those of packages."""
    for name, version in versions.items():
        if isinstance(version, Mapping):
            yield from _flat(version)
        else:
            yield name.replace("_", " "), str(version)[:12]


def _overview(found: Answers) -> Table:
    """One row per output: magnitude, errors, Q², and the most important factors."""
    columns = ["load case", "output", "unit", "mean", "SD", "floor", "mesh error", "Q²", "matters most"]
    rows: list[Sequence[str]] = [
        [
            case_label(one.case),
            one.output.name,
            one.output.unit,
            number(float(np.mean(one.data))),
            number(float(np.std(one.data))),
            number(one.errors.floor, 2),
            number(one.errors.mesh_error, 2),
            _q2(one),
            matters_most(one, found),
        ]
        for one in found.outputs
    ]
    part = "sum of the effects over the ranges" if found.is_based else "variance with interactions"
    also = ", where Q² is too low part of the sum of elementary effects" if found.has_trajectories else ""
    return Table("What matters", columns, rows, note=f"Per cent: part of the {part}{also}. —: not known.")


def matters_most(one: OutputAnswer, found: Answers, most: int = 3) -> str:
    """The factors with the largest resolved effect, with scores in per cent; or a remark that nothing is resolved."""
    judge = one.judge_index if one.indices is not None else one.judge_elementary if one.elementary else one.judge_swing
    scores = sorted(one.scores().items(), key=lambda item: -item[1])
    parts = [
        f"{found.points.factors[i].name} {100 * score:.0f} %"
        for i, score in scores[:most]
        if judge(i) is not Resolution.NOT_RESOLVED
    ]
    return ", ".join(parts) or NOT_RESOLVED


def output_document(one: OutputAnswer, found: Answers) -> Document:
    """Tables of one output: indices, interactions, elementary effects, effects over ranges."""
    parts: Document = []
    if found.is_based and not one.swings:
        parts.append(Paragraph(f"The base, or every other point, has no value of this output: {NOT_RESOLVED}."))
    elif one.surrogate is not None and one.indices is None and not one.swings:
        told = f"Q² = {one.surrogate.q2:.2f}, below {RESOLVED_Q2:g}: indices and effects are {NOT_RESOLVED}."
        parts.append(Paragraph(told))
    if one.indices is not None:
        parts.extend([_index_table(one, found), *_pair_table(one, found)])
    elif one.swings:
        parts.append(_swing_table(one, found))
    if one.elementary:
        parts.append(_elementary_table(one, found))
    return parts or [Paragraph("This output does not vary, or fewer than six points are done.")]


def failures_document(found: Answers) -> Document:
    """Failed points, reasons, and the factors associated with failures."""
    bad = found.failures
    if not bad.failed:
        return [Paragraph(f"None of {counted(bad.points, 'point')} failed.", "Failures")]
    told = f"{bad.failed} of {counted(bad.points, 'point')} failed ({100 * bad.failed / bad.points:.1f} %)."
    cases = [f"- {case_label(case)}: {count}" for case, count in bad.by_case.items()]
    given: list[Sequence[str]] = [[str(count), reason] for reason, count in bad.reasons]
    reasons = Table("Reasons", ["rows", "reason"], given)
    return [Paragraph(told, "Failures"), Paragraph("\n".join(cases)), reasons, *_failure_table(bad, found)]


def _failure_table(bad: Failures, found: Answers) -> Document:
    if not bad.factors:
        return []
    rows: list[Sequence[str]] = [
        [found.points.factors[one.factor].name, one.failed, one.done, number(one.p, 2), "yes" if one.matters else "no"]
        for one in bad.factors[:_SHOWN_FACTORS]
    ]
    note = (
        "Medians of numbers, most frequent words. p: Mann-Whitney test, Fisher's exact or a permutation test, "
        f"corrected for the number of factors (Holm); below {SIGNIFICANT:g} a factor goes with failures."
    )
    if not any(one.matters for one in bad.factors):
        note += " No factor does here."
    return [Table("What goes with failures", ["factor", "failed", "done", "p", "goes with failures"], rows, note)]


def planned_points(found: Answers) -> int:
    """Number of points of the design."""
    planned = found.manifest.design.get("points")
    return planned if isinstance(planned, int) else len(found.points.number)


def asked_document(found: Answers) -> Document:
    """Scenario, design and factors, and whether all points were run."""
    manifest, points = found.manifest, found.points
    design = ", ".join(
        f"{key} {value}" for key, value in manifest.design.items() if isinstance(value, int | float | str)
    )
    told = (
        f"Scenario {manifest.scenario} at density {manifest.density}; design: {design}. "
        f"{counted(len(points.number), 'point')}, {counted(len(points.factors), 'factor')}, "
        f"{counted(len(manifest.outputs), 'output')} in {counted(len(manifest.load_cases), 'load case')}."
    )
    planned = planned_points(found)
    if planned > len(points.number):
        told += (
            f" {planned} points are planned: the study is not finished, and as neighbours are run one after the other, "
            "what is missing is not missing at random."
        )
    rows: list[Sequence[str]] = [
        [
            one.name,
            one.kind,
            one.unit,
            points.factors[i].shown(points.x[:, i].min()),
            points.factors[i].shown(points.x[:, i].max()),
        ]
        for i, one in enumerate(manifest.factors)
    ]
    return [Paragraph(told), Table("Factors", ["factor", "kind", "unit", "from", "to"], rows)]


def _q2(one: OutputAnswer) -> str:
    if one.surrogate is None:
        return "—"
    return f"{one.surrogate.q2:.3f}" if one.surrogate.resolved else f"{one.surrogate.q2:.2f} {NOT_RESOLVED}"


def _index_table(one: OutputAnswer, found: Answers) -> Table:
    assert one.indices is not None and one.surrogate is not None
    order = np.argsort(-one.indices.total)[:_SHOWN_FACTORS]
    own = ["own"] if found.points.dependent else []
    rows: list[Sequence[str]] = []
    for i in order.tolist():
        answer = one.judge_index(i)
        told = answer is not Resolution.NOT_RESOLVED
        effect = one.swings[i].largest
        cells = [
            _with_interval(one.indices.first[i], one.indices.first_interval[i]) if told else NOT_RESOLVED,
            _with_interval(one.indices.total[i], one.indices.total_interval[i]) if told else NOT_RESOLVED,
            *([f"{one.indices.own[i]:.3f}" if told else NOT_RESOLVED] if own else []),
        ]
        rows.append([found.points.factors[i].name, *cells, *_effect(one, effect, i), answer.value])
    columns = ["factor", "first order", "total", *own, f"effect {one.output.unit}".rstrip(), "error", "resolved"]
    errors = f"largest floor {_error(one, 'floor')}, largest mesh error {_error(one, 'mesh_error')}"
    note = f"Q² {one.surrogate.q2:.3f}; {errors}."
    return Table("Indices", columns, rows, note)


def _effect(one: OutputAnswer, effect: float, factor: int) -> list[str]:
    shown = number(effect) if one.judge_swing(factor) is not Resolution.NOT_RESOLVED else NOT_RESOLVED
    return [shown, number(one.errors.of_difference(effect), 2)]


def _pair_table(one: OutputAnswer, found: Answers) -> Document:
    assert one.indices is not None
    names = [factor.name for factor in found.points.factors]
    rows: list[Sequence[str]] = [
        [f"{names[i]} with {names[j]}", f"{part:.3f}"]
        for i, j, part in one.indices.pairs[:_SHOWN_PAIRS]
        if abs(part) >= 0.005
        and one.errors.judge(2.0 * float(np.sqrt(abs(part) * one.indices.variance))) is not Resolution.NOT_RESOLVED
    ]
    return [Table("Interactions", ["factors", "part of the variance"], rows)] if rows else []


def _swing_table(one: OutputAnswer, found: Answers) -> Table:
    order = sorted(one.swings, key=lambda i: -one.swings[i].largest)[:_SHOWN_FACTORS]
    rows: list[Sequence[str]] = []
    for i in order:
        effect, told = one.swings[i], one.judge_swing(i) is not Resolution.NOT_RESOLVED
        cells = [number(effect.low), number(effect.high)] if told else [NOT_RESOLVED] * 2
        rows.append([found.points.factors[i].name, *cells, *_effect(one, effect.largest, i), one.judge_swing(i).value])
    columns = ["factor", "at its low end", "at its high end", f"effect {one.output.unit}".rstrip(), "error", "resolved"]
    return Table("Effects against the base", columns, rows)


def _elementary_table(one: OutputAnswer, found: Answers) -> Table:
    order = sorted(one.elementary, key=lambda i: -one.elementary[i].mu_star)[: 2 * _SHOWN_FACTORS]
    rows: list[Sequence[str]] = []
    for i in order:
        effect, answer = one.elementary[i], one.judge_elementary(i)
        told = answer is not Resolution.NOT_RESOLVED
        cells = [_with_interval(effect.mu_star, effect.interval), number(effect.mu), number(effect.sigma)]
        shown = cells if told else [NOT_RESOLVED] * 3
        rows.append([found.points.factors[i].name, *shown, str(effect.count), answer.value])
    note = (
        "Change from the lowest to the highest level of the design, half a level inside of a range. σ as large as µ*: "
        "the effect depends on other factors, or is not straight."
    )
    return Table("Elementary effects (Morris)", ["factor", "µ*", "µ", "σ", "number", "resolved"], rows, note)


def _with_interval(value: float, interval: np.ndarray | tuple[float, float]) -> str:
    return f"{number(float(value))} ({number(float(interval[0]))} to {number(float(interval[1]))})"


def _error(one: OutputAnswer, name: str) -> str:
    value = getattr(one.errors, name)
    return "not known" if value is None or not isfinite(value) else f"{number(value, 2)} {one.output.unit}".rstrip()
