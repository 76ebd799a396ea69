"""Reading of study files: scenario, keys and values are checked, and all problems are reported at once."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

from fem_lumbar.scenario.document import Document, read_document
from fem_lumbar.scenario.names import is_file, names_beside
from fem_lumbar.scenario.problems import Origin, Problem, ScenarioError, listed, nearest_names
from fem_lumbar.scenario.variations import Variations, variations
from fem_lumbar.studies.answers.asks import asks_faults
from fem_lumbar.studies.answers.contrast import CHANGE
from fem_lumbar.studies.correlation import is_possible
from fem_lumbar.studies.design import SAMPLED, Design, size
from fem_lumbar.studies.factor_reading import FactorReader, words_of
from fem_lumbar.studies.factors import Factor, NoRowError, Values
from fem_lumbar.studies.faults import WHAT, Faults, parsed
from fem_lumbar.studies.list_file import listed_points
from fem_lumbar.studies.outputs import is_kept, output_fault
from fem_lumbar.studies.rules import faults as rule_faults
from fem_lumbar.studies.study import Study
from fem_lumbar.studies.study_file import MOST_POINTS, StudyFile

_TRIED = 64
"""Number of points that are tried before a study is rejected because none is a valid scenario."""


def load_study(path: Path, density: str | None = None) -> Study:
    """Read and check a study file and the scenario it varies.

    Parameters
    ----------
    path : Path
        Study file; the paths of the scenario and other files are relative to it.
    density : str, optional
        Mesh density; default: that of the file.

    Raises
    ------
    ScenarioError
        With all problems: file and line, key path, given value, allowed values, and the most similar name.
    """
    path = Path(path)
    return study_of(path, read_document(path, what=WHAT), density)


def study_of(path: Path, document: Document, density: str | None = None) -> Study:
    """The study of a parsed document; file names are relative to ``path`` (see `load_study`)."""
    file = parsed(path, document)
    faults = Faults(document)
    varied = _scenario(path, file, faults, density)
    base = varied.at({})
    reader = FactorReader(path, base, faults)
    factors = tuple(one for name, entry in file.factors.items() if (one := reader.factor(name, entry)) is not None)
    reader.check_together(factors)
    reader.check_set(file.set, factors)
    names, words = list(file.factors), words_of(factors)
    answered = [name for name in names if name != file.contrast]
    told_outputs = [one if file.contrast is None else CHANGE + one for one in file.outputs]
    for key, message, allowed, near in asks_faults(file.asks, answered, tuple(base.load_cases), told_outputs, words):
        faults.note(("asks", *key), message, allowed, near)
    for section in ("include", "exclude"):
        for i, rule in enumerate(getattr(file, section)):
            for key, message, allowed, near in rule_faults(rule, names, words):
                faults.note((section, str(i), *key), message, allowed, near)
    for i, output in enumerate(file.outputs):
        if fault := output_fault(output):
            faults.note(("outputs", str(i)), *fault)
    for name in names:
        if is_kept(name, file.outputs):
            faults.note(("factors", name), "an output of this study has this name", "another name")
    contrast = _contrast(file, factors, faults)
    varied_by_design = tuple(factor for factor in factors if factor is not contrast)
    design = _design(path, file, varied_by_design, faults, reader)
    faults.stop(path)
    assert design is not None
    asks = file.asks.model_dump(mode="json", exclude_defaults=True)
    study = Study(
        name=file.name,
        description=file.description,
        base=base,
        variations=varied,
        factors=factors,
        design=design,
        include=file.include,
        exclude=file.exclude,
        outputs=file.outputs,
        asks=asks,
        contrast=contrast,
    )
    _try(study, faults)
    faults.stop(path)
    return study


def _scenario(path: Path, file: StudyFile, faults: Faults, density: str | None) -> Variations:
    """The scenario with the settings that apply to all points."""
    found = path.parent / file.scenario
    if not is_file(found):
        near = nearest_names(found.name, [name for name in names_beside(found) if name.endswith(".yaml")])
        faults.note(("scenario",), f"no such file: {file.scenario}", "a path relative to this file", near)
        faults.stop(path)
    try:
        varied = variations(found, (), file.cases, density or file.density)
        varied = varied.with_values(file.set, "set: {key}")
        replace(varied, cases=None).at({})  # includes problems of load cases that are not run
        varied.at({})
    except ScenarioError as error:
        raise ScenarioError(path, [_placed(one, file, faults.document) for one in error.problems], WHAT) from None
    return varied


def _placed(problem: Problem, file: StudyFile, document: Document) -> Problem:
    """A problem of the scenario caused by this file, located in this file."""
    option = problem.origin.option or ""
    if option.startswith("set: "):
        key = option.removeprefix("set: ")
        return Problem(document.origin(("set", key)), ("set", key), problem.message, problem.allowed, problem.nearest)
    if option.startswith(("--cases", "--density")):
        place = ("cases",) if option.startswith("--cases") else ("density",)
        return Problem(document.origin(place), place, problem.message, problem.allowed, problem.nearest)
    return problem


def _contrast(file: StudyFile, factors: tuple[Factor, ...], faults: Faults) -> Factor | None:
    """The factor whose two values are compared at every point; None without a contrast."""
    name, place = file.contrast, ("contrast",)
    if name is None:
        return None
    found = next((factor for factor in factors if factor.name == name), None)
    if name not in file.factors:
        faults.note(place, f"no factor '{name}'", listed(file.factors, 12), nearest_names(name, file.factors))
    elif found is not None and (found.kind != "values" or len(found.levels or ()) != 2):
        faults.note(("factors", name), "it is the contrast of the study", "values: a list of two")
    elif found is not None and any(factor.depends_on == name for factor in factors):
        faults.note(place, f"other factors depend on '{name}'", "a factor that nothing depends on")
    elif len(file.factors) == 1:
        faults.note(place, f"'{name}' is the only factor", "other factors that vary")
    return found


def _design(
    path: Path, file: StudyFile, factors: tuple[Factor, ...], faults: Faults, reader: FactorReader
) -> Design | None:
    """The checked design; None if it is faulty."""
    entry, kind = file.design, file.design.kind
    needed = {"latin_hypercube": "points", "sobol": "points", "morris": "trajectories", "list": "file"}.get(kind)
    takes = {"kind", "seed", needed, *(["levels"] if kind == "morris" else [])}
    for name in entry.model_fields_set - takes:
        told = listed(sorted(one for one in takes if one), 12)
        faults.note(("design", name), f"does not go with the design {kind}", told)
    if needed and getattr(entry, needed) is None:
        faults.note(("design", needed), f"required by the design {kind}, but not given", None)
    if entry.levels is not None and entry.levels % 2:
        faults.note(("design", "levels"), f"{entry.levels} is odd", "an even number, e.g. 4")
    if kind in ("grid", "zip", "one_at_a_time"):
        for factor in factors:
            if factor.levels is None:
                message = f"the design {kind} needs a list of values of every factor"
                faults.note(("factors", factor.name), message, "values, or a range with levels")
    lengths = {factor.name: len(factor.levels) for factor in factors if factor.levels}
    if kind == "zip" and len(set(lengths.values())) > 1:
        told = listed(f"{name} {count}" for name, count in lengths.items())
        faults.note(("design", "kind"), f"factors have lists of different lengths: {told}", "lists of one length")
    if kind == "grid" and (points := size(Design(kind, 0), factors)) > MOST_POINTS:
        message = f"the grid has {points:.4g} points"
        faults.note(("design", "kind"), message, f"at most {MOST_POINTS}: fewer levels or values, or latin_hypercube")
    correlation = _correlation(file, factors, faults)
    rows: list[Values] = []
    if kind == "list" and entry.file:
        rows = listed_points(path.parent / entry.file, factors, faults, reader.check_values)
    if faults.problems:
        return None
    return Design(
        kind, entry.points or 0, entry.seed, entry.trajectories or 0, entry.levels or 4, correlation, tuple(rows)
    )


def _correlation(file: StudyFile, factors: tuple[Factor, ...], faults: Faults) -> np.ndarray | None:
    """Rank correlation matrix of all factors; unnamed factors are uncorrelated."""
    given, names = file.correlation, [factor.name for factor in factors]
    if given is None:
        return None
    count = len(faults.problems)
    for i, name in enumerate(given.factors):
        if name not in file.factors:
            where = ("correlation", "factors", str(i))
            faults.note(where, f"no factor '{name}'", listed(file.factors, 12), nearest_names(name, file.factors))
        elif name == file.contrast:
            where = ("correlation", "factors", str(i))
            faults.note(where, f"'{name}' is the contrast, which every point has both values of", "other factors")
        elif name in given.factors[:i]:
            faults.note(("correlation", "factors", str(i)), f"'{name}' is listed twice")
    n, place = len(given.factors), ("correlation", "matrix")
    if [len(row) for row in given.matrix] != [n] * n:
        faults.note(place, f"{n} factors need {n} rows of {n} numbers", None)
    elif file.design.kind not in SAMPLED:
        faults.note(("correlation",), f"does not go with the design {file.design.kind}", listed(SAMPLED))
    elif len(faults.problems) == count:
        matrix = np.array(given.matrix, dtype=float)
        if not np.allclose(matrix, matrix.T) or not np.allclose(np.diag(matrix), 1.0):
            faults.note(place, "not a correlation matrix", "symmetric, with 1 on the diagonal")
        elif (file.design.points or 0) <= len(names):
            told = f"{file.design.points} points cannot bear rank correlations of {len(names)} factors"
            faults.note(("design", "points"), told, f"at least {len(names) + 1}")
        elif not is_possible(matrix):
            faults.note(place, "no quantities can correlate like that (not positive definite)", "smaller correlations")
        elif set(given.factors) <= set(names):
            whole, places = np.eye(len(names)), [names.index(name) for name in given.factors]
            whole[np.ix_(places, places)] = matrix
            return whole
    return None


def _try(study: Study, faults: Faults) -> None:
    """Reject a study if none of its first points is a valid scenario, with the problems of the first one."""
    if any(factor.depends_on for factor in study.factors):
        try:
            deque(study.points(), maxlen=0)  # a row may be missing only for few of them
        except NoRowError as error:
            faults.note(("factors", error.factor, "rows"), str(error), "a last row without when holds for all others")
            return
    first: ScenarioError | None = None
    tried = 0
    for point in islice(study.points(), _TRIED):
        tried += 1
        try:
            study.scenario_at(point.values)
        except ScenarioError as error:
            first = first or error
        else:
            return
    if not tried:
        faults.note(("exclude",) if study.exclude else ("include",), "the rules leave no point of the design", None)
    elif first is not None:
        for problem in first.problems:
            factor = next((one.name for one in study.factors if _gave(one, problem.origin)), None)
            place = ("factors",) if factor is None else ("factors", factor)
            faults.note(place, f"at every point: {'.'.join(problem.key)}: {problem.message}", problem.allowed)


def _gave(factor: Factor, origin: Origin) -> bool:
    """Whether the value of an origin was set by a factor."""
    return any((origin.option or "").startswith(f"{key}=") for key in factor.targets)
