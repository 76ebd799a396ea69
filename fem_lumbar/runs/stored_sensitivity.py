"""The sensitivity stored in a run folder, and whether it belongs to the run."""

from __future__ import annotations

from fem_lumbar.foundation.numerics import SAME_RESULT
from fem_lumbar.measures.quantities import kind
from fem_lumbar.runs.run import Run
from fem_lumbar.sensitivity.budget import main_results
from fem_lumbar.sensitivity.table import CaseDerivatives, Derivatives


def is_of(table: Derivatives, run: Run) -> bool:
    """Whether derivatives belong to the results of a run, by comparison of the main results."""
    values = {(one.case, one.quantity): one.value for one in run.values}
    return all(
        _agrees({name: v for (of, name), v in values.items() if of == case}, table.cases[case]) for case in table.cases
    )


def _agrees(values: dict[str, float], found: CaseDerivatives) -> bool:
    """Whether the main results of a load case agree, relative to the largest of their kind."""
    main = list(main_results(found.paths, found.values))
    largest: dict[tuple[str, ...], float] = {}
    for i in main:
        largest[kind(found.paths[i])] = max(largest.get(kind(found.paths[i]), 0.0), abs(float(found.values[i])))
    off = (abs(values.get(".".join(found.paths[i]), float("inf")) - float(found.values[i])) for i in main)
    return all(by <= SAME_RESULT * largest[kind(found.paths[i])] for i, by in zip(main, off, strict=True))
