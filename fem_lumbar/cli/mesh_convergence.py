"""``fem-lumbar mesh convergence``: run a scenario at several densities and print the discretisation errors."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fem_lumbar.cli import options as common
from fem_lumbar.cli.progress import progress
from fem_lumbar.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fem_lumbar.analysis.mesh_convergence import Convergence
    from fem_lumbar.report.results import Run
    from fem_lumbar.scenario.model import Scenario

DEFAULT_SCENARIO = Path("scenarios") / "baseline.yaml"
DENSITIES = ("test", "coarse", "standard", "fine")
_OWN = ("densities", "cases", "jobs", "store")
"""Options of this command that mean nothing to the others of ``mesh``."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``mesh convergence`` alone."""
    own = parser.add_argument_group(
        "convergence", f"runs and tables go to --out (default: NAME_convergence in {common.RESULTS})"
    )
    own.add_argument("--densities", type=common.names, metavar="A,B", help=f"default: {','.join(DENSITIES)}")
    common.add_cases(own)
    own.add_argument("--jobs", type=common.positive, metavar="N", help="load cases solved at the same time")
    own.add_argument(
        "--store", action="store_true", default=None, help="keep the error bars in the package, for compare"
    )


def refuse_stray(options: argparse.Namespace) -> None:
    """Refuse options of ``mesh convergence`` given to another command of ``mesh``."""
    given = [f"--{name}" for name in _OWN if getattr(options, name) is not None]
    if given:
        raise InputError(f"{', '.join(given)}: only for fem-lumbar mesh convergence FILE")


def execute(options: argparse.Namespace) -> int:
    """Run what is not finished, print the tables, write data and figure; 1 when a run failed."""
    from fem_lumbar.report.convergence_figure import draw_convergence
    from fem_lumbar.report.illustrate import illustrate
    from fem_lumbar.study.convergence import run_densities, store, study_of, write_study

    scenarios = _scenarios(options)
    out = options.out or common.RESULTS / f"{next(iter(scenarios.values())).name}_convergence"
    failures: list[str] = []
    try:
        with progress(options.quiet) as show:
            runs = run_densities(
                scenarios,
                out,
                jobs=options.jobs,
                report=show,
                illustrate=partial(illustrate, pictures=False),
                on_failure=failures.append,
            )
    except KeyboardInterrupt:
        print(
            f"interrupted; finished densities are in {common.shown(out)}; the same command goes on with the rest",
            file=sys.stderr,
        )
        return 130
    failures += [
        f"{name}: {run.summary['reason']}\n    to run it again, remove {common.shown(run.folder)}"
        for name, run in runs.items()
        if not _whole(run)
    ]
    for failure in failures:
        print(f"failed: {failure}", file=sys.stderr)
    if len(runs) < 2:
        return 1
    found = study_of(runs)
    paths = [*write_study(found, out), draw_convergence(found, out)]
    unfit = _why_not_stored(found, runs, failures) if options.store else None
    if unfit is not None:
        print(f"not stored: {unfit}", file=sys.stderr)
    elif options.store:
        paths.append(store(found))
    _print(found, [path for path in paths if path is not None], options.json)
    return 1 if failures or unfit else 0


def _why_not_stored(found: Convergence, runs: Mapping[str, Run], failures: Sequence[str]) -> str | None:
    """Why a study cannot take the place of the stored error bars; None when it can."""
    from fem_lumbar.analysis.discretisation_bars import WHOLE, stored_bars

    if failures:
        return "a run failed or is out of tolerance"
    if any(run.scenario["structures"] != WHOLE for run in runs.values()):
        return "error bars are those of the whole segment; this scenario leaves structures out"
    missing = [case for case in stored_bars().data.get("load_cases", {}) if case not in found.cases]
    return f"the stored error bars have load cases that this study lacks: {', '.join(missing)}" if missing else None


def _scenarios(options: argparse.Namespace) -> dict[str, Scenario]:
    """The scenario at each density, from the coarsest to the finest."""
    if options.density is not None:
        raise InputError("--density is one mesh: give those of the study as --densities test,coarse")
    names = options.densities or list(DENSITIES)
    if len(set(names)) < 2:
        raise InputError(f"--densities: give two at least, of {', '.join(DENSITIES)}")
    from fem_lumbar.scenario.loader import load_scenario

    file = options.scenario or DEFAULT_SCENARIO
    ordered = sorted(dict.fromkeys(names), key=lambda name: DENSITIES.index(name) if name in DENSITIES else -1)
    return {name: load_scenario(file, options.sets, options.cases, name) for name in ordered}


def _whole(run) -> bool:
    """Whether every load case that was asked for converged and passed its checks."""
    return all(
        entry["status"] == "converged" and all(check["passed"] for check in entry.get("checks", {}).values())
        for entry in run.cases.values()
    )


def _print(found: Convergence, paths: list[Path], as_json: bool) -> None:
    from fem_lumbar.report.convergence_text import convergence_data, convergence_document, convergence_title

    if as_json:
        import json

        from fem_lumbar.study.json_values import plain

        print(json.dumps(plain(convergence_data(found)), indent=1, ensure_ascii=False))
        return
    from fem_lumbar.cli.tables import console
    from fem_lumbar.report.tables import Paragraph, print_document

    files = Paragraph("\n".join(f"- {common.shown(path)}" for path in paths), "Files")
    print_document(convergence_title(found), [*convergence_document(found), files], console())
