"""``fem-lumbar study report`` and ``study predict``: what a study says, and what it says at other values."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from fem_lumbar.cli import options as common
from fem_lumbar.cli.progress import progress
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.scenario.problems import unknown_name
from fem_lumbar.solver.events import Event, StageEvent

_SET = "value of a factor, by its name or scenario key (repeatable); the others are in the middle of the study"


def add_report(actions: Any) -> None:
    """Add the action ``report`` to those of ``study``."""
    parser = actions.add_parser("report", help="what the study says: page, text, table of indices")
    _add_folder(parser)
    parser.add_argument("--quiet", action="store_true", help="no progress")


def add_predict(actions: Any) -> None:
    """Add the action ``predict`` to those of ``study``."""
    parser = actions.add_parser("predict", help="what the study says at values that were not run, with the error")
    _add_folder(parser)
    parser.add_argument("--set", dest="sets", action="append", default=[], metavar="FACTOR=VALUE", help=_SET)
    common.add_cases(parser)
    parser.add_argument("--outputs", type=common.names, metavar="NAME,...", help="only these outputs (default: all)")


def report(options: argparse.Namespace) -> int:
    """Write the report of a study; print its results."""
    return report_study(options.folder, options.quiet, options.json)


def report_study(folder: Path, quiet: bool, as_json: bool = False) -> int:
    """Write the report of the study in a folder; print its results, or its files as JSON; returns the exit code."""
    from fem_lumbar.cli.tables import console
    from fem_lumbar.documents.tables import print_document
    from fem_lumbar.runs.paths import check_writable
    from fem_lumbar.studies import table
    from fem_lumbar.studies.answers.asks import asks_of
    from fem_lumbar.studies.answers.contrast import contrasted
    from fem_lumbar.studies.answers.gather import answers
    from fem_lumbar.studies.answers.page import write_report
    from fem_lumbar.studies.answers.stored import write_surrogates
    from fem_lumbar.studies.answers.text import study_document, study_title

    manifest, frame = contrasted(*table.read(folder))
    check_writable(folder)
    with progress(quiet) as show:
        found = answers(manifest, frame, asks_of(manifest), _telling(show, "surrogates"))
        pages = write_report(found, folder, _telling(show, "figures"))
    files = [*pages, write_surrogates(found, folder)]
    if as_json:
        print(json.dumps({"files": [common.shown(path) for path in files]}))
        return 0
    print_document(study_title(found), study_document(found), console())
    for path in files:
        print(common.shown(path))
    return 0


def predict(options: argparse.Namespace) -> int:
    """Print predictions of the surrogates at given values of the factors."""
    from fem_lumbar.studies import table
    from fem_lumbar.studies.answers import predict as asking
    from fem_lumbar.studies.answers.contrast import contrasted
    from fem_lumbar.studies.answers.stored import surrogates

    manifest, frame = contrasted(*table.read(options.folder))
    cases = _chosen(options.cases, manifest.load_cases, "load case")
    outputs = _chosen(options.outputs, [one.name for one in manifest.outputs], "output")
    points, known = surrogates(options.folder, manifest, frame)
    asked = asking.question(points, dict(_setting(text) for text in options.sets))
    wanted = [(case, output) for case in cases for output in outputs]
    found = [asking.predict(known[one], *one, asked) for one in wanted if one in known]
    if options.json:
        print(json.dumps({"question": asked.told(), "predictions": [vars(one) for one in found]}, indent=1))
        return 0
    from fem_lumbar.cli.tables import console
    from fem_lumbar.documents.tables import print_document
    from fem_lumbar.studies.answers.prediction_text import prediction_document

    units = {one.name: one.unit for one in manifest.outputs}
    silent = [one for one in wanted if one not in known]
    print_document(f"Study {manifest.name}", prediction_document(asked, found, units, silent), console())
    return 0


def _telling(show: Callable[[Event], None], what: str) -> Callable[[int, int], None]:
    """Function that shows the numbers of outputs done and of all outputs."""
    return lambda done, whole: show(StageEvent("", "post", what, f"{done} of {whole}"))


def _add_folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="folder of a study")
    common.add_json(parser)


def _setting(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip() or not value.strip():
        raise InputError(f"--set {text}: FACTOR=VALUE is needed, e.g. --set disc_height=11")
    return name.strip(), value.strip()


def _chosen(wanted: Sequence[str] | None, there: Sequence[str], what: str) -> Sequence[str]:
    """The requested names, or all if none are requested."""
    for name in wanted or ():
        if name not in there:
            raise InputError(f"{what} {unknown_name(name, there)}")
    return wanted or there
