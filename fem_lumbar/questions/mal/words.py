"""Sentences on the answers of a page: results, assumptions behind them, and what prevents an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fem_lumbar.anatomy import DENSITIES
from fem_lumbar.comparison.compare import NEGLIGIBLE
from fem_lumbar.comparison.differences import SideDifference, Verdict
from fem_lumbar.comparison.effects import Answer
from fem_lumbar.comparison.unit_pull import CASE as UNIT_PULL
from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.tables import Table, number
from fem_lumbar.foundation.nested import value_at
from fem_lumbar.foundation.parameters import Quantity
from fem_lumbar.measures.quantities import label, unit
from fem_lumbar.questions.mal.question import Question
from fem_lumbar.questions.mal.verdicts import Finding, Found, LibraryRuns
from fem_lumbar.runs.run import Run
from fem_lumbar.scenario.bounds import quantity_at
from fem_lumbar.scenario.degeneration import numbers_in_effect
from fem_lumbar.scenario.problems import dotted

_LIMIT = f"{100 * NEGLIGIBLE:g} %"


def answers_in_words(question: Question, findings: Mapping[str, Sequence[Finding]], library: LibraryRuns) -> str:
    """One line per scored claim; claims of a domain that are untested for the same reason share a line."""
    lines = []
    for domain in question.domains:
        found = [finding for finding in findings[domain.name] if finding.claim.scored]
        for finding in found:
            if not finding.untested:
                told = f"{finding.claim.text} {verdict_words(finding, library)} {_hinges([finding])}"
                lines.append(f"- {domain.name}: {told}")
        for reason in dict.fromkeys(finding.untested for finding in found if finding.untested):
            same = [finding for finding in found if finding.untested == reason]
            titles = "; ".join(finding.claim.title for finding in same)
            lines.append(f"- {domain.name}: Not tested ({titles}): {reason}. {_hinges(same)}")
    return "\n".join(lines)


def hinges_table(question: Question, library: LibraryRuns) -> Table:
    """The assumptions behind the answers: values in the answering runs, ranges, and claims."""
    table = Table("Assumptions the answers depend on", ("assumption", "here", "range", "unit", "confidence", "claims"))
    claims: dict[str, list[str]] = {}
    for domain in question.domains:
        for claim in domain.claims:
            for key in claim.hinges_on:
                claims.setdefault(key, []).append(claim.title)
    runs = library.asked_runs(question)
    for key, titles in claims.items():
        quantity = quantity_at("default", tuple(key.split(".")))
        if quantity is None:
            raise KeyError(f"{key} is no quantity of the default set")
        values = {_value(run, key, quantity.value) for run in runs} or {quantity.value}
        here = ", ".join(number(value, 4) for value in sorted(value for value in values if value is not None)) or "—"
        about = (_that_can_be_asked(quantity), quantity.unit, quantity.confidence)
        table.rows.append((key, here, *about, "; ".join(titles)))
    return table


def _that_can_be_asked(quantity: Quantity) -> str:
    """The published range of a quantity, limited to what scenarios accept (some values cannot be meshed)."""
    published, accepted = quantity.range or quantity.limits, quantity.limits or quantity.range
    if published is None or accepted is None:
        return "not known"
    return f"{max(published[0], accepted[0]):g} to {min(published[1], accepted[1]):g}"


def verdict_words(finding: Finding, library: LibraryRuns) -> str:
    """The answer to a tested claim with its quantity, scenario and load case."""
    if finding.asked is None and finding.claim.unit_pull:
        return "Not computed: the unit loads have not been solved; run the command without --no-run."
    if finding.asked is None:
        return "Not computed: the results do not contain this quantity."
    if finding.answer is Answer.SUPPORTED:
        return f"Supported: {_size(finding.asked)}."
    if finding.answer is Answer.CONTRADICTED:
        return f"Contradicted (no effect of {_LIMIT}): {_largest(finding.asked)}."
    told = f"Not resolved: {_largest(finding.asked)}."
    return told if finding.blocker is None else f"{told} {blocker_words(finding.blocker, library)}"


def blocker_words(found: Found, library: LibraryRuns) -> str:
    """The quantity, scenario and load case that prevent an answer, and what would help."""
    item = found.effect.blocker
    where = f"{place(item)} in {case_label(item.case)}, {found.scenario}"
    if found.effect.largest is None:
        return f"Limited by: the error of {where} is not known. To resolve it: {remedy(found, library)}."
    return (
        f"Limited by: {where}, {signed(item)} ± {error(item)}, which with its error may be "
        f"{number(100 * found.effect.largest, 2)} %. To resolve it: an error below "
        f"{number(found.effect.error_asked, 2)}{_suffix(item)}, by {remedy(found, library)}."
    )


def remedy(found: Found, library: LibraryRuns) -> str:
    """What reduces the largest part of a blocker's error, or makes it known."""
    item = found.effect.blocker
    if item.case == UNIT_PULL and library.unit_loads is not None:
        return f"unit loads on a finer mesh ({_finer(library.unit_loads.density)})"
    run, of_mesh, algebraic = library.runs[found.scenario], item.mesh_error or 0.0, item.algebraic or 0.0
    if item.verdict is Verdict.NO_FLOOR:
        return "comparison with a symmetric twin, which measures the numerical error"
    if item.verdict is Verdict.MESH_NOISE:
        return "both scenarios on one mesh"
    if not item.mesh_known and of_mesh > algebraic:
        entry = library.entry(found.scenario)
        twin = entry.mal_against or entry.against
        return f"measuring its mesh error (fem-lumbar compare {twin} {found.scenario} --with-mesh-error)"
    if of_mesh > algebraic:
        return f"a finer mesh ({_finer(run.density)})"
    if run.converged[item.case]["applied"].get("muscles_balanced"):
        return "a tighter muscle balance (its last correction is that error)"
    return "a tighter solver.relative_tolerance"


def signed(item: Any) -> str:
    """A change with its sign and unit."""
    return f"{'+' if item.delta >= 0 else ''}{number(item.delta, 3)}{_suffix(item)}"


def error(item: Any) -> str:
    """The error of a change with its unit."""
    return "not known" if item.error is None else f"{number(item.error, 2)}{_suffix(item)}"


def place(item: Any) -> str:
    """Name and location of a quantity."""
    if not isinstance(item, SideDifference):
        return label(item.path)
    return f"{label(tuple(part for part in item.path if part != 'left')).replace('_left', '')}, left − right"


def _hinges(findings: Sequence[Finding]) -> str:
    keys = dict.fromkeys(key for finding in findings for key in finding.claim.hinges_on)
    return f"Depends on {', '.join(key.split('.')[-1] for key in keys)}." if keys else ""


def _size(found: Found) -> str:
    item = found.effect.item
    where = f"{place(item)} in {case_label(item.case)}, {found.scenario}"
    return f"{signed(item)}, {number(100 * abs(item.relative), 2)} % at {where}"


def _largest(found: Found) -> str:
    word = "the largest resolved change is" if found.effect.resolved else "no change is resolved; the largest is"
    return f"{word} {_size(found)}"


def _suffix(item: Any) -> str:
    return "" if unit(item.path) == "-" else f" {unit(item.path)}"


def _value(run: Run, key: str, default: float | None) -> float | None:
    """A value from the scenario of a run: its own, that of a degeneration grade, or the default."""
    value = value_at(run.resolved, key.split("."))
    if value is None and key.startswith("degeneration."):
        value = {dotted(place): one for place, one, _ in numbers_in_effect(run.scenario.degeneration)}.get(key)
    return default if value is None else value


def _finer(density: str) -> str:
    later = DENSITIES[DENSITIES.index(density) + 1 :]
    return f"--density {later[0]}" if later else "smaller cells than those of the finest density"
