"""The page of a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fem_lumbar.documents.figures import PLANES
from fem_lumbar.documents.illustrate import illustrate
from fem_lumbar.documents.summary_text import run_document
from fem_lumbar.documents.tables import Paragraph
from fem_lumbar.foundation.atomic_files import write_text
from fem_lumbar.foundation.errors import FemLumbarError, InputError
from fem_lumbar.report_page.answer import answer, asked, verdicts
from fem_lumbar.report_page.centre_chart import rotation_centres
from fem_lumbar.report_page.charts import charts
from fem_lumbar.report_page.methods import methods, not_established
from fem_lumbar.report_page.published import published_bands
from fem_lumbar.report_page.stills import stills
from fem_lumbar.runs.run import PAGE, Run, load_run
from fem_lumbar.web_page.chart import Chart
from fem_lumbar.web_page.page import Folded, Mark, Page, Space, page_text
from fem_lumbar.web_page.scene import scene

METHODS_NOTE = "Written from what is stored, in the order of Erdemir et al. 2012, J Biomech 45:625-633."
PAGE_FAILURES = (OSError, RuntimeError, ValueError, KeyError, ImportError, FemLumbarError)
"""Exceptions if data of an old or incomplete run is missing; the page is then skipped, and the results remain."""


def run_page(run: Run) -> Page:
    """The page of a run.

    Raises
    ------
    InputError
        When no load case of the run was finished.
    """
    check_finished(run)
    bands = published_bands(run)
    head, blocks = scene({run.name: run}) if run.cases_with_fields else (None, {})
    trusted = Paragraph.bulleted(verdicts(run, bands))
    return Page(
        title=run.name,
        marks=[status_of(run.name, run)],
        made=made(run),
        asked=asked(run),
        answer=[trusted, *answer(run)],
        charts=[*charts(run, bands), *_centres(run)],
        space=Space(head, blocks, pictures=stills({run.name: run}, blocks)),
        results=_results(run),
        methods=methods(run, bands),
        methods_note=METHODS_NOTE,
        assumptions=run.summary.get("assumptions", []),
        not_established=not_established(run, bands),
    )


def check_finished(run: Run) -> None:
    """Check that a run has results to show.

    Raises
    ------
    InputError
        When no load case was finished.
    """
    if not run.cases:
        reason = f" ({run.reason})" if run.reason else ""
        raise InputError(f"run {run.folder.name!r} holds no finished load case{reason}: run it again")


def status_of(name: str, run: Run) -> Mark:
    """Mark with the name of a run and whether it completed."""
    return Mark(f"{name}: {run.status}", run.completed)


def made(run: Run) -> str:
    """Mesh, program version and date of a run."""
    provenance = run.summary["provenance"]
    return f"{run.density} mesh, fem-lumbar {provenance['version']}, {provenance['created']}"


def write_run_page(run: Run, path: Path) -> Path:
    """Write the page of a run; returns its path."""
    return write_text(path, page_text(run_page(run)))


def illustrate_with_page(
    folder: Path,
    report: Callable[[str], None] | None = None,
    pictures: bool = True,
    common_scale: bool = False,
) -> list[str]:
    """Draw the pictures of a run, write its text report and page; returns warnings (see `illustrate`)."""
    warnings = illustrate(folder, report, pictures, common_scale)
    try:
        write_run_page(load_run(folder), folder / PAGE)
    except PAGE_FAILURES as error:
        warnings.append(f"{PAGE} is missing: {type(error).__name__}: {error}")
    else:
        if report is not None:
            report(PAGE)
    return warnings


def _centres(run: Run) -> list[Chart]:
    return [chart for plane in PLANES if (chart := rotation_centres(run, plane)) is not None]


def _results(run: Run) -> list[Folded]:
    """Tables of all results and checks, without contents found elsewhere on the page and links to pictures."""
    elsewhere = ("Assumptions of the model", "Pictures", "Load cases")
    return [
        Folded(part.title, [part], opened=part.title.startswith("Checks"))
        for part in run_document(run)
        if part.title and part.title not in elsewhere
    ]
