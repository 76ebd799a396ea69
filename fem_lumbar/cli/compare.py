"""``fem-lumbar compare``: print and draw the differences of runs from the first, with their numerical errors."""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fem_lumbar.cli import options as common
from fem_lumbar.foundation.errors import InputError

if TYPE_CHECKING:
    from fem_lumbar.comparison.difference_bars import PairErrors
    from fem_lumbar.comparison.differences import Comparison
    from fem_lumbar.comparison.explanation import Derive
    from fem_lumbar.runs.run import Run
    from fem_lumbar.sensitivity.parameters import Parameter
    from fem_lumbar.sensitivity.table import Derivatives

_LONGEST_NAME = 90


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the runs and the destination of the comparison."""
    parser.add_argument("first", type=Path, metavar="RUN_A", help="reference run folder, e.g. results/baseline")
    parser.add_argument("others", type=Path, nargs="+", metavar="RUN_B", help="run folders to compare with it")
    parser.add_argument("--full", action="store_true", help="all numbers, not only the largest difference of each kind")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="folder for comparison.html, .md, .json and .png (default: comparisons/ beside the first run)",
    )
    parser.add_argument(
        "--with-mesh-error",
        action="store_true",
        help="also run both scenarios at the next density (same load cases) and estimate the mesh error of each "
        "difference from its change",
    )
    parser.add_argument(
        "--explain",
        action="store_true",
        help="split differences into first-order parts of the numbers that differ; derives RUN_A with respect to them "
        "unless its stored sensitivity has them",
    )
    parser.add_argument("--jobs", type=common.positive, metavar="N", help="load cases solved in parallel")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    common.add_json(parser)


def execute(options: argparse.Namespace) -> int:
    """Print the differences with their numerical errors, and the claim."""
    folders = [options.first, *options.others]
    if not options.with_mesh_error:
        return compare_folders(folders, options.out, options.full, options.json, derive=_derive(options))
    from fem_lumbar.cli.interruption import saying_what_is_kept
    from fem_lumbar.cli.progress import progress
    from fem_lumbar.comparison.pair import measured_errors
    from fem_lumbar.runs.run import load_run

    first, *others = map(load_run, folders)
    place = options.out or _beside(folders)
    if not options.quiet:
        print(
            f"running {len(folders)} scenarios at the next density (load cases: {', '.join(first.converged)}), unless "
            f"their results are in {common.shown(place / 'mesh_error')}",
            file=sys.stderr,
        )
    with (
        saying_what_is_kept(lambda: f"finished runs are in {common.shown(place)}"),
        progress(options.quiet) as show,
    ):
        measured = [
            measured_errors(first, other, place / "mesh_error", jobs=options.jobs, report=show) for other in others
        ]
    return compare_folders(folders, options.out, options.full, options.json, measured, _derive(options))


def _derive(options: argparse.Namespace) -> Derive | None:
    """Function that computes derivatives of the first run, if requested, else None."""
    if not options.explain:
        return None

    def derive(wanted: Sequence[Parameter]) -> Derivatives:
        from fem_lumbar.cli.progress import progress
        from fem_lumbar.meshing.of_scenario import scenario_mesh
        from fem_lumbar.runs.run import load_run
        from fem_lumbar.sensitivity.study import derivatives_of

        run = load_run(options.first)
        scenario = run.scenario
        with progress(options.quiet) as show:
            mesh = scenario_mesh(scenario, show)
            return derivatives_of(scenario, mesh, wanted, show)

    return derive


def compare_folders(
    folders: Sequence[Path],
    out: Path | None,
    full: bool = False,
    as_json: bool = False,
    measured: Sequence[PairErrors] = (),
    derive: Derive | None = None,
) -> int:
    """Compare run folders with the first one; text, data and figure are written to ``out`` or beside the first run.

    ``measured`` are measured mesh errors of the differences, one for each other run, if available; ``derive`` computes
    derivatives of the first run for the contributions (see `fem_lumbar.comparison.explanation.explain`).
    Returns the exit code.
    """
    from fem_lumbar.comparison.explanation import explain
    from fem_lumbar.documents.comparison_several import several_data, several_document, several_title, write_several
    from fem_lumbar.documents.comparison_text import compare_runs
    from fem_lumbar.runs.run import load_run

    runs = [load_run(folder) for folder in folders]
    first, *others = runs
    errors: Sequence[PairErrors | None] = measured or [None] * len(others)
    comparisons = []
    for other, error in zip(others, errors, strict=True):
        found = compare_runs(first, other, error)
        comparisons.append(replace(found, explanation=explain(first, other, found, derive)))
    from fem_lumbar.runs.paths import check_writable

    written = []
    try:
        place = out or _beside(folders)
        check_writable(place)
        written = [*write_several(comparisons, place, folders), *_page(runs, comparisons, place)]
    except InputError as error:
        if out is not None:
            raise
        print(f"warning: nothing written: {error}", file=sys.stderr)
    if as_json:
        import json

        print(json.dumps(several_data(comparisons), indent=1, ensure_ascii=False))
        return 0

    from fem_lumbar.cli.tables import console
    from fem_lumbar.documents.tables import print_document

    print_document(several_title(comparisons), several_document(comparisons, full=full), console())
    for path in written:
        print(common.shown(path))
    return 0


def compare_again(folder: Path) -> int:
    """Repeat the comparison of a folder, and write and print it; returns the exit code.

    Raises
    ------
    InputError
        When the runs are not found, or the comparison contains results that would have to be computed again.
    """
    import json

    from fem_lumbar.documents.comparison_several import COMPARISON

    try:
        stored = json.loads((folder / COMPARISON).read_text(encoding="utf-8"))
        places = [folder / place for place in stored.get("run_folders") or ()]
        several = stored.get("comparisons", [stored])
        computed = {
            "--with-mesh-error": any(one["measured_at"] for one in several),
            "--explain": any(one["made_of"] for one in several),
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{folder / COMPARISON} is not what compare writes: {error}") from error
    if len(places) < 2:
        raise InputError(f"{folder / COMPARISON} does not say where its runs are: repeat fem-lumbar compare")
    for option in (option for option, used in computed.items() if used):
        raise InputError(f"{common.shown(folder)} was made with {option}: repeat fem-lumbar compare with it")
    return compare_folders([Path(os.path.normpath(place)) for place in places], folder)


def _page(runs: Sequence[Run], comparisons: Sequence[Comparison], folder: Path) -> list[Path]:
    """Write the page of a comparison into its folder; empty if data of an old run is missing."""
    from fem_lumbar.report_page.comparison_page import COMPARISON_PAGE, write_comparison_page
    from fem_lumbar.report_page.run_page import PAGE_FAILURES

    try:
        return [write_comparison_page(runs, comparisons, folder / COMPARISON_PAGE)]
    except PAGE_FAILURES as error:
        print(f"warning: {COMPARISON_PAGE} is missing: {type(error).__name__}: {error}", file=sys.stderr)
        return []


def _beside(folders: Sequence[Path]) -> Path:
    """Folder of a comparison, beside the first run."""
    first, *others = (folder.resolve() for folder in folders)
    name = "_".join([*(other.name for other in others), "against", first.name])
    if len(name) > _LONGEST_NAME:
        name = f"{name[:_LONGEST_NAME]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return first.parent / "comparisons" / name
