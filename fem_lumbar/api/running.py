"""Load a scenario and run it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from fem_lumbar.api.progress import shown_progress
from fem_lumbar.foundation.errors import InputError, PhysicsError
from fem_lumbar.runs.points import one_line
from fem_lumbar.runs.run import Run, load_run
from fem_lumbar.scenario import loader
from fem_lumbar.scenario.model import Scenario

Overrides = Mapping[str, Any] | Sequence[str]
"""Values by key path, ``{"mal.L5.left.state": "type_III"}``, or texts as after ``--set``."""


def load_scenario(
    path: str | Path, overrides: Overrides = (), *, cases: Sequence[str] | None = None, density: str | None = None
) -> Scenario:
    """Read, complete and check a scenario file.

    Parameters
    ----------
    path : str or Path
        Scenario file (YAML).
    overrides : mapping or sequence of str
        Values that replace those of the file: ``{"mal.L5.left.state": "type_III"}`` or
        ``["mal.L5.left.state=type_III"]``; later ones take precedence.
    cases : sequence of str, optional
        Load cases to keep (default: all).
    density : str, optional
        Mesh density, which replaces that of the file: test, coarse, standard or fine.

    Returns
    -------
    scenario : Scenario
        The scenario with every value resolved; immutable.

    Raises
    ------
    InputError
        When the file has errors. The message lists all of them: file and line, key path, value, allowed values, most
        similar name.
    """
    return loader.load_scenario(Path(path), override_texts(overrides), named_cases(cases), density)


def run(
    scenario: Scenario | str | Path,
    *,
    out: str | Path = "results",
    cases: Sequence[str] | None = None,
    jobs: int = 1,
    pictures: bool = True,
    fresh: bool = False,
    progress: bool = True,
) -> Run:
    """Run the load cases of a scenario and store the results.

    Parameters
    ----------
    scenario : Scenario, str or Path
        Scenario, or its file.
    out : str or Path
        Folder of run folders; the run is stored in ``out/<name of the scenario>``.
    cases : sequence of str, optional
        Load cases (default: all of the scenario).
    jobs : int
        Load cases solved in parallel, each in its own process. For more than one, a script must guard its calls by
        ``if __name__ == "__main__":``, as always when Python starts processes.
    pictures : bool
        Whether pictures are drawn; the report is always written.
    fresh : bool
        Do not warm-start from states of earlier runs.
    progress : bool
        Show progress: one line in a notebook, otherwise as on the command line.

    Returns
    -------
    run : Run
        The stored results; every load case converged and every check passed.

    Raises
    ------
    InputError
        When the scenario or an option is invalid, the anatomy cannot be built, or the folder cannot be written.
    PhysicsError
        When a load case did not converge or a check is out of tolerance. Results so far are stored; the message names
        the folder, which :func:`load_run` opens.

    Warns
    -----
    UserWarning
        Values outside the usual range, and settings without effect.
    """
    from fem_lumbar.report_page.run_page import illustrate_with_page
    from fem_lumbar.runs.execution import finite_elements, run_scenario

    asked = chosen(scenario, cases)
    if jobs < 1:
        raise InputError(f"jobs must be a whole number of at least 1, got {jobs!r}")
    for text in asked.warnings:
        warnings.warn(text, UserWarning, stacklevel=2)
    with shown_progress(progress, len(asked.load_cases)) as show:
        folder = run_scenario(
            asked,
            Path(out),
            show,
            jobs=jobs,
            illustrate=partial(illustrate_with_page, report=show, pictures=pictures),
            engine=finite_elements(near_earlier_runs=not fresh),
        )
    stored = load_run(folder)
    if not stored.completed:
        raise PhysicsError(f"{stored.name}: {stored.reason}\n    stored: load_run({str(folder)!r})")
    return stored


def chosen(scenario: Scenario | str | Path, cases: Sequence[str] | None) -> Scenario:
    """A scenario, or that of a file, restricted to some of its load cases."""
    if not isinstance(scenario, Scenario | str | Path):
        raise InputError(f"a scenario or the path of a scenario file is needed, got {type(scenario).__name__}")
    if not isinstance(scenario, Scenario):
        return load_scenario(scenario, cases=cases)
    return scenario if cases is None else loader.with_cases(scenario, named_cases(cases) or ())


def named_cases(cases: Sequence[str] | None) -> Sequence[str] | None:
    """Names of load cases as a sequence; a single name becomes a list."""
    return [cases] if isinstance(cases, str) else cases


def override_texts(overrides: Overrides) -> list[str]:
    """Overrides as texts in the form of ``--set``."""
    if isinstance(overrides, str):
        return [overrides]
    if isinstance(overrides, Mapping):
        return [f"{key}={yaml_text(key, value)}" for key, value in overrides.items()]
    return list(overrides)


def yaml_text(key: str, value: Any) -> str:
    """A value as one line of YAML; numbers and arrays of NumPy are written as plain ones.

    Raises
    ------
    InputError
        When the value has a type that YAML does not support.
    """
    plain = value.tolist() if isinstance(value, np.generic | np.ndarray) else value
    try:
        return one_line(plain)
    except yaml.representer.RepresenterError:
        raise InputError(
            f"{key}: got {type(value).__name__}\n    allowed: a number, text, true or false, a list or a map of these"
        ) from None
