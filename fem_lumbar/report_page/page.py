"""The page of a run, or of two runs side by side: everything in one HTML file that needs no network."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from fem_lumbar.documents.comparison_text import compare_runs, comparison_document
from fem_lumbar.documents.figures import PLANES
from fem_lumbar.documents.illustrate import illustrate
from fem_lumbar.documents.summary_text import run_document
from fem_lumbar.documents.tables import Document, Table, right_aligned
from fem_lumbar.foundation.atomic_files import write_text
from fem_lumbar.foundation.errors import FemLumbarError, InputError
from fem_lumbar.report_page.answer import answer, asked, verdicts
from fem_lumbar.report_page.centre_chart import rotation_centres
from fem_lumbar.report_page.charts import Chart, charts
from fem_lumbar.report_page.methods import methods, not_established
from fem_lumbar.report_page.published import published_bands
from fem_lumbar.report_page.scene import scene
from fem_lumbar.runs.run import FIGURES, PAGE, Run, load_run

LARGEST_MB = 25.0
_PICTURES_MB, _WORDS_MB = 4.0, 1.0
"""Room for still pictures, which stand for the scene on paper, and for tables and charts."""
_FAILURES = (OSError, RuntimeError, ValueError, KeyError, ImportError, FemLumbarError)
"""What writing a page raises when something of an old or broken run is missing; the results stay."""


def page_text(runs: Sequence[Run]) -> str:
    """The page of one run, or of two runs and their comparison.

    Parameters
    ----------
    runs : sequence of Run
        One or two.

    Raises
    ------
    InputError
        No load case of a run was finished.
    """
    for run in runs:
        if not run.cases:
            reason = f" ({run.reason})" if run.reason else ""
            raise InputError(f"run {run.folder.name!r} holds no finished load case{reason}: run it again")
    first = runs[0]
    bands = published_bands(first)
    shown = [run for run in runs if run.cases_with_fields]
    head, blocks = scene(shown) if shown else (None, {})
    plotly = _plotly()
    taken = len(plotly) + sum(map(len, blocks.values())) + _WORDS_MB * 1e6
    comparison = comparison_document(compare_runs(runs[0], runs[1])) if len(runs) == 2 else []
    return (
        _environment()
        .get_template("page.html")
        .render(
            runs=runs,
            run=first,
            title=" and ".join(run.name for run in runs),
            asked=asked(first),
            answer=answer(first),
            verdicts=verdicts(first, bands),
            comparison=comparison,
            charts=[*charts(first, bands), *_centres(first)],
            scene=head,
            blocks=blocks,
            pictures=_pictures(first, min(_PICTURES_MB * 1e6, LARGEST_MB * 1e6 - taken)),
            results=_results(first),
            methods=methods(first, bands),
            assumptions=first.summary.get("assumptions", []),
            not_established=not_established(first, bands),
            plotly=Markup(plotly),
        )
    )


def _centres(run: Run) -> list[Chart]:
    return [chart for plane in PLANES if (chart := rotation_centres(run, plane)) is not None]


def write_page(runs: Sequence[Run], path: Path) -> Path:
    """Write the page of one or two runs; returns its path."""
    return write_text(path, page_text(runs))


def illustrate_with_page(
    folder: Path,
    report: Callable[[str], None] | None = None,
    pictures: bool = True,
    common_scale: bool = False,
) -> list[str]:
    """Draw the pictures of a run, write its text report and its page; returns warnings (see `illustrate`)."""
    warnings = illustrate(folder, report, pictures, common_scale)
    try:
        write_page([load_run(folder)], folder / PAGE)
    except _FAILURES as error:
        warnings.append(f"{PAGE} is missing: {type(error).__name__}: {error}")
    else:
        if report is not None:
            report(PAGE)
    return warnings


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("fem_lumbar.report_page", "data"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"sort_keys": False, "separators": (",", ":")}
    environment.filters["right_aligned"] = right_aligned
    environment.tests["table"] = lambda part: isinstance(part, Table)
    environment.globals["source"] = lambda name: Markup(_source(name))
    return environment


def _source(name: str) -> str:
    """Text of a file of this package that goes into the page as it is."""
    return (files("fem_lumbar.report_page") / "data" / name).read_text(encoding="utf-8")


def _plotly() -> str:
    """The JavaScript of plotly, out of its own package."""
    return (files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf-8")


def _results(run: Run) -> Document:
    """Tables of all results and checks; what the page says elsewhere, and links to pictures, are left out."""
    elsewhere = ("Assumptions of the model", "Pictures", "Load cases")
    return [part for part in run_document(run) if part.title and part.title not in elsewhere]


def _pictures(run: Run, room: float) -> list[dict[str, Any]]:
    """Still pictures as far as there is room (bytes), of each load case in turn."""
    found = sorted((run.folder / FIGURES).glob("von_mises_*.png")) + sorted((run.folder / FIGURES).glob("mal_*.png"))
    chosen = []
    for path in found:
        data = base64.b64encode(path.read_bytes()).decode("ascii")
        if len(data) <= room:
            room -= len(data)
            chosen.append({"name": path.stem.replace("_", " "), "data": data})
    return chosen
