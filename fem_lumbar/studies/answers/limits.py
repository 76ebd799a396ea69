"""Assumptions of a study, and its limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fem_lumbar.studies.answers.gather import Answers
from fem_lumbar.studies.manifest import FactorColumn
from fem_lumbar.studies.words import as_word


def assumed(found: Answers) -> list[str]:
    """Distributions of the factors, dependences between them, and the basis of the errors."""
    told = [f"{one.name}: {_drawn(one)}; {one.sets}" for one in found.manifest.factors]
    told.append(
        "Factors go together as the correlations of the study say, or as the points happen to."
        if found.points.dependent
        else "The factors are independent of each other."
    )
    told.append("All else is as in the scenario, whose own assumptions are in the page of a run of it.")
    told.append(
        "All points have the same cells, so the error of the mesh in an effect is the same part of it as of the value."
    )
    return told


def not_established(found: Answers) -> list[str]:
    """Conclusions that the study does not support, the most serious first."""
    told = [
        "Indices are of the ranges and distributions that were put in: a factor that varies little here may matter, "
        "and one that was not varied is not shown to be without effect.",
        "What is not resolved is not shown to be small: more points, fewer factors or a finer mesh may resolve it.",
        "Surrogates are smooth: an output with a jump (contact that opens, a tunnel that closes) is resolved late or "
        "not at all. The intervals hold neither what they miss (1 − Q²) nor the distributions of the factors.",
        "It is a study of the model: a mechanism that is not in it is neither tested nor contradicted, and a "
        "mechanical outcome is not pain.",
    ]
    if found.manifest.density in ("test", "coarse"):
        told.append(f"The mesh density is {found.manifest.density}: look at trends, not at digits.")
    if found.failures.failed:
        told.insert(
            0,
            f"{found.failures.failed} of {found.failures.points} points failed and are left out; what they would have "
            "said is not known.",
        )
    return told


def _drawn(one: FactorColumn) -> str:
    """Kind and parameters of the distribution of a factor."""
    return _with(one.kind, one.parameters, f"in {one.unit}" if one.unit else "")


def _with(kind: str, parameters: Mapping[str, Any], *also: str) -> str:
    """A kind of distribution with its parameters in parentheses."""
    told = [text for name, value in parameters.items() if (text := _parameter(name, value))]
    inside = ", ".join([*told, *filter(None, also)])
    return f"{kind} ({inside})" if inside else kind


def _parameter(name: str, value: Any) -> str:
    """A parameter and its value; empty if it has no information."""
    if name == "within":
        low, high = value
        ends = [f"from {low:.4g}" if low is not None else "", f"to {high:.4g}" if high is not None else ""]
        return " ".join(filter(None, ends))
    if name == "rows":
        return "; ".join(map(_row, value))
    if value is None or value is False:
        return ""
    if isinstance(value, list | tuple):
        return f"{name} {', '.join(map(_short, value))}"
    return name if value is True else f"{name} {_short(value)}"


def _row(row: Mapping[str, Any]) -> str:
    """The distribution of a dependent factor, and the condition for it."""
    drawn = {name: value for name, value in row["distribution"].items() if name != "kind"}
    when = "else" if row["when"] is None else f"when {as_word(row['when'])}"
    return f"{when} {_with(row['distribution']['kind'], drawn)}"


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else as_word(value)
