"""``fem-lumbar mesh convergence``: run a scenario at several densities and print the discretisation errors."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fem_lumbar.cli import options as common
from fem_lumbar.cli.interruption import saying_what_is_kept
from fem_lumbar.cli.progress import progress
from fem_lumbar.foundation.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from fem_lumbar.comparison.mesh_convergence import Convergence
    from fem_lumbar.comparison.pair_convergence import PairConvergence
    from fem_lumbar.documents.tables import Document
    from fem_lumbar.runs.run import Run
    from fem_lumbar.scenario.model import Scenario

DEFAULT_SCENARIO = Path("scenarios") / "baseline.yaml"
_OWN = ("densities", "against", "cases", "jobs", "store")
"""Options of this command that other ``mesh`` commands do not accept."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``mesh convergence``."""
    own = parser.add_argument_group(
        "convergence",
        f"runs and tables go to --out (default: NAME_convergence in {common.RESULTS}; with --against, runs to "
        "NAME_convergence and NAME2_convergence in --out, tables to NAME_against_NAME2_convergence)",
    )
    own.add_argument("--densities", type=common.names, metavar="A,B", help="default: all")
    own.add_argument(
        "--against",
        type=Path,
        metavar="FILE2",
        help="also run this scenario, and estimate the error of the differences between FILE and it",
    )
    common.add_cases(own)
    own.add_argument("--jobs", type=common.positive, metavar="N", help="load cases solved in parallel")
    own.add_argument(
        "--store", action="store_true", default=None, help="store the error bars in the package, for compare"
    )


def refuse_stray(options: argparse.Namespace) -> None:
    """Reject options of ``mesh convergence`` given to another ``mesh`` command."""
    given = [f"--{name}" for name in _OWN if getattr(options, name) is not None]
    if given:
        raise InputError(f"{', '.join(given)}: only for fem-lumbar mesh convergence FILE")


def execute(options: argparse.Namespace) -> int:
    """Run unfinished densities, print the tables, write data and figure; 1 when a run failed."""
    scenarios = _scenarios(options, options.scenario or DEFAULT_SCENARIO)
    if options.against is not None:
        return _execute_pair(options, _scenarios(options, options.against), scenarios)
    from fem_lumbar.comparison.convergence import store, study_of, write_study
    from fem_lumbar.documents.convergence_figure import draw_convergence
    from fem_lumbar.documents.convergence_text import convergence_data, convergence_document, convergence_title
    from fem_lumbar.documents.convergence_text import convergence_rows as rows

    out = options.out or common.RESULTS / f"{_name(scenarios)}_convergence"
    failures: list[str] = []
    runs = _run(options, scenarios, out, failures)
    if len(runs) < 2:
        return 1
    found = study_of(runs)
    data = convergence_data(found)
    paths = [*write_study(data, rows(found), out), draw_convergence(found, out)]
    unfit = _why_not_stored(found, runs, failures) if options.store else None
    if unfit is not None:
        print(f"not stored: {unfit}", file=sys.stderr)
    elif options.store:
        paths.append(store(found))
    _print(convergence_title(found), convergence_document(found), data, paths, options.json)
    return 1 if failures or unfit else 0


def _execute_pair(options: argparse.Namespace, first: Mapping[str, Scenario], second: Mapping[str, Scenario]) -> int:
    """Run both scenarios, print and write the convergence of their differences; 1 when a run failed."""
    from fem_lumbar.comparison.convergence import write_study
    from fem_lumbar.comparison.pair import pair_of, store_pair
    from fem_lumbar.documents.convergence_pair_text import pair_data, pair_document, pair_rows, pair_title

    out = options.out or common.RESULTS
    names = [_name(scenarios) for scenarios in (first, second)]
    if names[0] == names[1]:
        raise InputError(f"--against: both scenarios are named {names[0]}; give one of them another name")
    failures: list[str] = []
    both = []
    for name, scenarios in zip(names, (first, second), strict=True):
        both.append(_run(options, scenarios, out / f"{name}_convergence", failures))
    if len(both[0].keys() & both[1].keys()) < 2:
        return 1
    found = pair_of(*both)
    data = pair_data(found)
    paths = write_study(data, pair_rows(found), out / f"{names[1]}_against_{names[0]}_convergence")
    unfit = _why_pair_not_stored(found, both, failures) if options.store else None
    if unfit is not None:
        print(f"not stored: {unfit}", file=sys.stderr)
    elif options.store:
        paths.append(store_pair(found))
    _print(pair_title(found), pair_document(found), data, paths, options.json)
    return 1 if failures or unfit else 0


def _run(
    options: argparse.Namespace, scenarios: Mapping[str, Scenario], out: Path, failures: list[str]
) -> dict[str, Run]:
    """Runs of a scenario by density; failures are printed and added to ``failures``."""
    from fem_lumbar.comparison.convergence import run_densities
    from fem_lumbar.documents.illustrate import illustrate

    failed: list[str] = []
    kept = f"finished densities are in {common.shown(out)}; repeat the command to continue"
    with saying_what_is_kept(lambda: kept), progress(options.quiet) as show:
        runs = run_densities(
            scenarios,
            out,
            jobs=options.jobs,
            report=show,
            illustrate=partial(illustrate, pictures=False),
            on_failure=failed.append,
        )
    failed += [
        f"{name}: {run.reason}\n    to run it again, remove {common.shown(run.folder)}"
        for name, run in runs.items()
        if not _whole(run)
    ]
    for failure in failed:
        print(f"failed: {failure}", file=sys.stderr)
    failures += failed
    return runs


def _why_pair_not_stored(
    found: PairConvergence, both: Sequence[Mapping[str, Run]], failures: Sequence[str]
) -> str | None:
    """Reason why a study of a pair cannot be stored; None if it can."""
    from fem_lumbar.comparison.difference_bars import stored_differences
    from fem_lumbar.comparison.discretisation_bars import is_whole

    if failures:
        return "a run failed or is out of tolerance"
    if not all(is_whole(run.resolved) for runs in both for run in runs.values()):
        return "errors of differences are those of the whole segment; a scenario leaves structures out"
    old = stored_differences().between(found.first, found.second, found.differences.template)
    missing = [case for pair in old for case in pair.data["load_cases"] if case not in found.differences.cases]
    return f"the stored pair has load cases that this study lacks: {', '.join(missing)}" if missing else None


def _why_not_stored(found: Convergence, runs: Mapping[str, Run], failures: Sequence[str]) -> str | None:
    """Reason why a study cannot replace the stored error bars; None if it can."""
    from fem_lumbar.comparison.discretisation_bars import is_whole, stored_bars

    if failures:
        return "a run failed or is out of tolerance"
    if not all(is_whole(run.resolved) for run in runs.values()):
        return "error bars are those of the whole segment; this scenario leaves structures out"
    stored = stored_bars().of_template(found.template).data.get("load_cases", {})
    missing = [case for case in stored if case not in found.cases]
    return f"the stored error bars have load cases that this study lacks: {', '.join(missing)}" if missing else None


def _scenarios(options: argparse.Namespace, file: Path) -> dict[str, Scenario]:
    """The scenario at each density, coarsest first."""
    if options.density is not None:
        raise InputError("--density is one mesh: give those of the study as --densities test,coarse")
    from fem_lumbar.anatomy.mesh_settings import DENSITIES

    names = options.densities or list(DENSITIES)
    if len(set(names)) < 2:
        raise InputError(f"--densities: give two at least, of {', '.join(DENSITIES)}")
    from fem_lumbar.scenario.loader import load_scenario

    ordered = sorted(dict.fromkeys(names), key=lambda name: DENSITIES.index(name) if name in DENSITIES else -1)
    return {name: load_scenario(file, options.sets, options.cases, name) for name in ordered}


def _whole(run: Run) -> bool:
    """Whether all requested load cases converged and passed their checks."""
    return len(run.converged) == len(run.cases) and not run.failed_checks


def _name(scenarios: Mapping[str, Scenario]) -> str:
    return next(iter(scenarios.values())).name


def _print(
    title: str, document: Document, data: Mapping[str, Any], paths: Sequence[Path | None], as_json: bool
) -> None:
    if as_json:
        import json

        from fem_lumbar.foundation.json_values import plain

        print(json.dumps(plain(data), indent=1, ensure_ascii=False))
        return
    from fem_lumbar.cli.tables import console
    from fem_lumbar.documents.tables import Paragraph, print_document

    files = Paragraph.bulleted((common.shown(path) for path in paths if path is not None), "Files")
    print_document(title, [*document, files], console())
