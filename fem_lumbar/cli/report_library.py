"""``fem-lumbar report FOLDER``: run the scenarios of a folder that have not been run, and write the page on them."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

from fem_lumbar.cli import options as common
from fem_lumbar.cli.interruption import saying_what_is_kept
from fem_lumbar.cli.progress import progress


def report_library(options: argparse.Namespace) -> int:
    """Run scenarios without results, write the page, print its answers; 1 when a scenario failed."""
    from fem_lumbar.cli.tables import console
    from fem_lumbar.documents.tables import print_document
    from fem_lumbar.questions.contraction.kept import kept_contraction
    from fem_lumbar.questions.mal.library import read_library, run_library
    from fem_lumbar.questions.mal.page import write_page
    from fem_lumbar.questions.mal.question import question_of, require_known_groups
    from fem_lumbar.questions.mal.unit_loads import unit_loads
    from fem_lumbar.questions.mal.verdicts import library_runs
    from fem_lumbar.runs.batch import jobs_that_fit
    from fem_lumbar.runs.execution import finite_elements
    from fem_lumbar.runs.paths import check_writable

    entries = read_library(options.run, options.sets, options.density)
    question = question_of(options.run)
    require_known_groups(question, entries)
    out = options.out or common.RESULTS / folder_name(options.run, options.sets, options.density)
    check_writable(out)
    failed: dict[str, str] = {}
    if not options.no_run:
        done = 0

        def kept() -> str:
            scenarios = f"{done} of {len(entries)} scenarios are in {common.shown(out)}"
            return f"{scenarios}; repeat the command to continue"

        with saying_what_is_kept(kept), progress(options.quiet) as show:
            jobs = options.jobs or jobs_that_fit([entries[0].scenario], finite_elements(), len(entries), show)
            for done, result in enumerate(run_library(entries, out, jobs, show), start=1):
                if result.status == "failed":
                    failed[result.entry.name] = result.reason or "no reason given"
                if result.status != "there":
                    show(f"scenario {done} of {len(entries)}: {result.entry.name} {result.status}")
            if "unit_loads" in question.parts:
                unit_loads(entries[0].scenario, out, show)
            if "contraction" in question.parts:
                kept_contraction(entries[0].scenario, out, show)
    library = library_runs(entries, out)
    page, document = write_page(library, out, question)
    print_document(question.title, document[:3], console())
    for name, reason in failed.items():
        print(f"warning: {name} failed: {reason}", file=sys.stderr)
    print(common.shown(page))
    return 1 if failed else 0


def folder_name(folder: Path, sets: Sequence[str], density: str | None) -> str:
    """Name of the results folder of a library, with the overrides that apply to all scenarios."""
    changed = [density] if density else []
    if sets:
        changed.append(hashlib.sha256("\n".join(sets).encode()).hexdigest()[:8])
    return "-".join([folder.resolve().name, *changed])
