"""Result of the validation as tables for terminal and Markdown, and as plain data."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

from fem_lumbar.documents.tables import Document, Paragraph, Table, number
from fem_lumbar.experiments.validation.targets import DeclaredOutlier, Rule, Target
from fem_lumbar.experiments.validation.verdicts import Finding, GroupVerdict, Validation
from fem_lumbar.runs.run import Run

COLUMNS = (
    "target",
    "quantity",
    "level",
    "published",
    "band",
    "ours",
    "mesh error",
    "unit",
    "off %",
    "verdict",
    "source",
)
UNITS = {"deg": "°", "N·m/deg": "N·m/°"}
MEANING = (
    "A pass means: with the parameters named above, the scored numbers lie in bands that were stated in advance and "
    "come from published measurements on other specimens. It does not mean that the model predicts an individual, nor "
    "anything under loads that are not listed. A scored number out of band is a miss, whatever the reason. The numbers "
    "marked † were used to fit the shipped set: meeting them shows reproduction, not prediction."
)
FITTED = "†"
FITTED_NOTE = f"{FITTED} used to fit the shipped set, or derived from such targets: reproduction, not a test"


def validation_title(found: Validation) -> str:
    """The overall verdict in one line."""
    verdict = "passes" if found.passed else "FAILS"
    missing = "" if found.complete else "; some targets have no answer"
    return f"Validation: the declared set {verdict} ({count_line(found)}); {fitted_line(found)}{missing}"


def count_line(found: Validation) -> str:
    """Numbers of scored targets inside and outside their bands, and of targets that are only shown."""
    scored = found.scored
    return f"{len(scored)} scored: {_in_and_out(scored)}, {len(found.findings) - len(scored)} shown only"


def fitted_line(found: Validation) -> str:
    """Numbers of scored targets inside and outside, separately for those used in the fit of the shipped set."""
    fitted, others = fitted_and_others(found)
    told = f"{len(fitted)} of the scored were used to fit the shipped set ({FITTED})"
    told += f": {_in_and_out(fitted)}" if fitted else ""
    return f"{told}; {len(others)} were not" + (f": {_in_and_out(others)}" if others else "")


def fitted_and_others(found: Validation) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Scored findings on targets used in the fit of the shipped set, and the others."""
    fitted = tuple(one for one in found.scored if one.target.used_for_calibration)
    return fitted, tuple(one for one in found.scored if not one.target.used_for_calibration)


def _in_and_out(findings: Iterable[Finding]) -> str:
    counts = Counter(finding.status for finding in findings)
    missing = counts["not answered"]
    return f"{counts['in']} in, {counts['out']} out" + (f", {missing} not answered" if missing else "")


def validation_document(found: Validation) -> Document:
    """Runs, a table for each group, unscored targets with reasons, and the meaning of a pass."""
    document: Document = [Paragraph(run_line(found))]
    for verdict in found.groups:
        table = Table(f"{verdict.name}: {verdict.group.title}", COLUMNS, note=group_note(verdict))
        table.rows = [cells(finding) for finding in verdict.findings]
        document.append(table)
    sections = {
        "Why groups fail": [f"{verdict.name}: {why}" for verdict in found.groups for why in verdict.failures],
        "Not answered": not_answered_lines(found),
        "Runs that failed": failed_runs(found),
        "Declared outliers": outlier_lines(found),
        "Within the mesh error of an end of their band": [one.target.id for one in found.scored if one.borderline],
        "Shown, not scored, because": shown_lines(found),
        "Published values this model cannot predict": [
            f"{row.about}: {row.reason}" for row in found.targets.not_answered
        ],
        "Bands": band_lines(found),
        "Sources": source_lines(found),
    }
    for title, lines in sections.items():
        if lines:
            document.append(Paragraph.bulleted(lines, title))
    return [*document, Paragraph(MEANING, "What a pass means")]


def run_line(found: Validation) -> str:
    """Mesh, parameters and program version of the runs."""
    runs = found.runs.runs.values()
    meshes = sorted({run.density or "own" for run in runs})
    sets = sorted({_parameters(run) for run in runs})
    versions = sorted({run.summary["provenance"]["version"] for run in runs})
    told = f"Mesh: {', '.join(meshes)}. Material set: {', '.join(sets)}. fem-lumbar {', '.join(versions)}."
    if found.asked:
        told += f" Not the full set with the shipped values: {', '.join(found.asked)}."
    origin = found.runs.bars.origin
    if origin:
        return f"{told} Mesh error: relative discretisation error from {origin}, where it is known."
    return f"{told} Mesh error: none is stored (mesh convergence --store)."


def _parameters(run: Run) -> str:
    """Name of the material set, and of the fitted set over it."""
    named = run.resolved["materials"]["set"]
    fitted = run.summary.get("parameter_set")
    return named if fitted is None else f"{fitted['name']} (fitted, over {named})"


def cells(finding: Finding) -> tuple[str, ...]:
    """Table cells of a finding."""
    target = finding.target
    off = finding.deviation_percent
    return (
        marked_id(target),
        f"{target.quantity}, {target.condition}",
        target.level,
        number(target.value),
        band_text(target),
        number(finding.value),
        number(finding.error, 2),
        UNITS.get(target.unit, target.unit),
        "—" if off is None else f"{off:+.0f}",
        verdict_text(finding),
        source_name(target.source),
    )


def marked_id(target: Target) -> str:
    """Id of a target, marked if it was used in the fit of the shipped set."""
    return f"{target.id} {FITTED}" if target.used_for_calibration else target.id


def band_text(target: Target) -> str:
    """The interval a value must lie in."""
    low, high = target.interval
    if math.isinf(low):
        return f"≤ {number(high)}"
    return f"≥ {number(low)}" if math.isinf(high) else f"{number(low)} to {number(high)}"


def verdict_text(finding: Finding) -> str:
    """In or out; in parentheses if it is not scored."""
    if not finding.target.scored:
        return f"({finding.status})"
    text = finding.status if finding.inside else finding.status.upper()
    if finding.beyond_declared:
        return f"{text}, beyond the declared limit"
    return text if finding.outlier is None else f"{text}, declared"


def source_name(key: str) -> str:
    """Short name of a source: ``heuer_2007`` → ``Heuer 2007``."""
    return key.replace("_", " ").title() if key != "declared" else key


def group_note(verdict: GroupVerdict) -> str:
    """Subject of the group, its rule, and the meaning of its marks."""
    told = [f"{_rule(verdict.group.rule)}."] if verdict.group.rule else []
    told += [verdict.group.note] if verdict.group.note else []
    if any(finding.target.used_for_calibration for finding in verdict.findings):
        told.append(f"{FITTED_NOTE}.")
    return " ".join(told)


def _rule(rule: Rule) -> str:
    told = f"Rule: {rule.need} of {rule.of} in band"
    return told if rule.all_within_percent is None else f"{told} and all within {rule.all_within_percent:g} %"


def outlier_lines(found: Validation) -> list[str]:
    """Declared outliers with reason and limits, including those that pass or exceed what is declared."""
    return [_outlier_line(one, one.outlier) for one in found.scored if one.outlier is not None]


def _outlier_line(one: Finding, outlier: DeclaredOutlier) -> str:
    unit = UNITS.get(one.target.unit, one.target.unit)
    told = f"{one.target.id}: {outlier.why} (declared {outlier.reach} {unit})"
    if one.beyond_declared:
        return f"{told} — {number(one.value)} {unit} is beyond that: an undeclared miss"
    return f"{told} — now in band: remove it from the list" if one.inside else told


def shown_lines(found: Validation) -> list[str]:
    """Reasons for not scoring, each with its targets."""
    return _by_reason((one.target.shown_only, one.target.id) for one in found.findings)


def not_answered_lines(found: Validation) -> list[str]:
    """Reasons why targets are not answered, each with its targets."""
    return _by_reason((one.missing, one.target.id) for one in found.findings)


def failed_runs(found: Validation) -> list[str]:
    """Protocols with a failed load case or run, even without a target that needs it."""
    reasons = {name: run.reason for name, run in found.runs.runs.items()}
    return [f"{name}: {why}" for name, why in (reasons | dict(found.runs.failures)).items() if why]


def band_lines(found: Validation) -> list[str]:
    """Derivations of the bands, each with its scored targets."""
    lines = []
    for how, meaning in found.targets.bands.items():
        ids = [one.target.id for one in found.scored if one.target.band.how == how]
        if ids:
            lines.append(f"{meaning}: {', '.join(ids)}")
    whys = dict.fromkeys((one.target.band.why, source_name(one.target.source)) for one in found.scored)
    return [*lines, *(f"{source}: {why}" for why, source in whys if why)]


def source_lines(found: Validation) -> list[str]:
    """Full references of the targets, with the confidence in each number."""
    confidence: dict[str, list[str]] = {}
    for finding in found.findings:
        confidence.setdefault(finding.target.source, []).append(finding.target.confidence)
    return [
        f"{source_name(key)}: {found.targets.sources[key]} ({'; '.join(dict.fromkeys(levels))})"
        for key, levels in confidence.items()
    ]


def _by_reason(pairs: Iterable[tuple[str | None, str]]) -> list[str]:
    """One line per reason with its targets; pairs without reason are left out."""
    targets: dict[str, list[str]] = {}
    for reason, name in pairs:
        if reason is not None:
            targets.setdefault(reason, []).append(name)
    return [f"{reason}: {', '.join(names)}" for reason, names in targets.items()]


def validation_data(found: Validation) -> dict[str, Any]:
    """Everything as JSON values."""
    fitted, others = fitted_and_others(found)
    return {
        "passed": found.passed,
        "complete": found.complete,
        "asked": list(found.asked),
        "counts": {
            **_counts(found.scored),
            "shown_only": len(found.findings) - len(found.scored),
            "used_for_calibration": _counts(fitted),
            "not_used_for_calibration": _counts(others),
        },
        "groups": {
            verdict.name: {
                "title": verdict.group.title,
                "passed": verdict.passed,
                "failures": verdict.failures,
                "targets": [_plain(finding, found) for finding in verdict.findings],
            }
            for verdict in found.groups
        },
        "declared_outliers": {name: one.model_dump() for name, one in found.targets.declared_outliers.items()},
        "failed_runs": failed_runs(found),
        "not_answered": [row.model_dump() for row in found.targets.not_answered],
        "runs": {name: run.summary["provenance"] for name, run in found.runs.runs.items()},
    }


def _counts(findings: tuple[Finding, ...]) -> dict[str, int]:
    counts = Counter(finding.status for finding in findings)
    return {"scored": len(findings), **{name.replace(" ", "_"): counts[name] for name in ("in", "out", "not answered")}}


def _plain(finding: Finding, found: Validation) -> dict[str, Any]:
    target = finding.target
    interval = [None if math.isinf(end) else end for end in target.interval]
    return target.model_dump(mode="json", exclude={"source"}) | {
        "source": found.targets.sources[target.source],
        "scored": target.scored,
        "interval": interval,
        "ours": finding.value,
        "discretisation_error": finding.error,
        "deviation_percent": finding.deviation_percent,
        "status": finding.status,
        "why_not_answered": finding.missing,
        "declared_outlier": None if finding.outlier is None else finding.outlier.model_dump(),
        "beyond_declared": finding.beyond_declared,
    }
