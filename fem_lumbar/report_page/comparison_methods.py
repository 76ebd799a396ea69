"""Methods of runs and of their comparison, and limits of the comparison."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from fem_lumbar.comparison.differences import Comparison
from fem_lumbar.documents.comparison_notes import floor_note, mesh_ground
from fem_lumbar.documents.comparison_text import caveats
from fem_lumbar.documents.tables import Document, Paragraph, Table
from fem_lumbar.report_page.methods import (
    limits_of_model,
    loads_of,
    made_of,
    materials_of,
    mesh_of,
    model_of,
    solver_of,
    verification_of,
)
from fem_lumbar.runs.run import Run

_PARTS: tuple[Callable[[Run], Paragraph | Table], ...] = (
    model_of,
    mesh_of,
    materials_of,
    loads_of,
    solver_of,
    verification_of,
    made_of,
)


def comparison_methods(runs: Mapping[str, Run], comparisons: Sequence[Comparison]) -> Document:
    """The rule of the comparison, and the methods of every run; equal ones are given once.

    Parameters
    ----------
    runs : mapping of str to Run
        Runs by the names used in the comparisons, the first one first.
    comparisons : sequence of Comparison
        Comparisons of each other run with the first one.
    """
    rule = dict.fromkeys(map(floor_note, comparisons))
    ground = dict.fromkeys(text for one in comparisons for text in mesh_ground(one))
    document: Document = [
        Paragraph("\n\n".join(rule), "Comparison"),
        Paragraph("\n\n".join(ground), "Discretisation error of the differences"),
    ]
    for part in _PARTS:
        document += _once(part, runs)
    return document


def _once(part: Callable[[Run], Paragraph | Table], runs: Mapping[str, Run]) -> Document:
    """A part of the methods of each run under its name, or once without a name if it is the same in all runs."""
    found = {name: part(run) for name, run in runs.items()}
    first, *others = found.values()
    if all(other == first for other in others):
        return [first]
    return [replace(one, title=f"{one.title}: {name}") for name, one in found.items()]


def assumptions_of(runs: Mapping[str, Run]) -> list[str]:
    """Assumptions of the runs without duplicates; with names of runs if not common to all."""
    told: dict[str, list[str]] = {}
    for name, run in runs.items():
        for line in run.summary.get("assumptions", []):
            told.setdefault(line, []).append(name)
    return [line if len(names) == len(runs) else f"{line} ({', '.join(names)})" for line, names in told.items()]


def comparison_limits(runs: Mapping[str, Run], comparisons: Sequence[Comparison]) -> list[str]:
    """Conclusions that the comparison does not support, the most serious first."""
    told = dict.fromkeys(text for one in comparisons for text in caveats(one))
    first = next(iter(runs.values()))
    return [
        *told,
        "A difference is what the change of the scenario does in the model. It says nothing about how often that is so "
        "in persons, nor about pain.",
        "It holds at these values of everything else: with other tissue, anatomy or load it may be larger, smaller or "
        "of the other sign (fem-lumbar study varies them).",
        "Not resolved means that the numerical error is too large to tell, not that there is no effect. The error "
        "holds numerics alone: neither tissue values nor anatomy nor what the model leaves out.",
        *limits_of_model(first),
    ]
