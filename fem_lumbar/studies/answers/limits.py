"""What a study takes for granted, and what it does not establish."""

from __future__ import annotations

from fem_lumbar.studies.answers.gather import Answers
from fem_lumbar.studies.manifest import FactorColumn


def assumed(found: Answers) -> list[str]:
    """How each factor was drawn, whether factors go together, and what the errors rest on."""
    told = [f"{one.name}: {_drawn(one)}; sets {_keys(one)}" for one in found.manifest.factors]
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
    """What nobody should conclude from the study, the gravest first."""
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
    """Kind and parameters of the values that a factor took."""
    said = {name: value for name, value in one.parameters.items() if value is not False}
    parts = ", ".join(name if value is True else f"{name} {_short(value)}" for name, value in said.items())
    unit = f", in {one.unit}" if one.unit else ""
    return f"{one.kind}{f' ({parts}{unit})' if parts else unit}"


def _short(value: object) -> str:
    if isinstance(value, list | tuple):
        return " to ".join(_short(one) for one in value) if len(value) == 2 else ", ".join(map(_short, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _keys(one: FactorColumn) -> str:
    return one.key if isinstance(one.key, str) else ", ".join(one.key)
