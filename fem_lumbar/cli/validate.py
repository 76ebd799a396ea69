"""``fem-lumbar validate``: compare with experiments on segments or on tissue samples (``--tissues``), or with problems
of known solution (``--verification``)."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fem_lumbar.cli import options as common
from fem_lumbar.cli import validate_experiments as experiments
from fem_lumbar.cli import validate_tissues as tissues
from fem_lumbar.cli.progress import progress

if TYPE_CHECKING:
    from fem_lumbar.documents.tables import Document
    from fem_lumbar.verification.suite import Verdict

PAGE = "verification.html"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the kind of comparison, and the path of the page."""
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--verification", action="store_true", help="problems with known solutions: are the equations solved correctly?"
    )
    instead.add_argument(
        "--tissues", action="store_true", help="moduli of tissue samples at one material point, in a second"
    )
    experiments.add_arguments(parser)
    parser.add_argument(
        "--out", type=Path, default=common.RESULTS, metavar="DIR", help="folder for runs and pages (default: results)"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress")
    common.add_json(parser)


def execute(options: argparse.Namespace) -> int:
    """Run the requested comparison, print its table and write its page; 1 on any failure."""
    if options.tissues:
        return tissues.execute(options)
    if not options.verification:
        return experiments.execute(options)
    experiments.refuse_stray(options)
    return _verification(options)


def _verification(options: argparse.Namespace) -> int:
    from fem_lumbar.runs.paths import check_writable

    check_writable(options.out)

    from fem_lumbar.verification.page import write_page

    verdicts = _run(options.quiet)
    page = write_page(verdicts, options.out / PAGE)
    if options.json:
        import json

        print(json.dumps([_plain(verdict) for verdict in verdicts], indent=1, ensure_ascii=False))
    else:
        from fem_lumbar.cli.tables import console
        from fem_lumbar.documents.tables import print_document

        failed = sum(not verdict.passed for verdict in verdicts)
        told = f"{failed} of {len(verdicts)} topics failed" if failed else f"all {len(verdicts)} topics passed"
        print_document(f"Verification: {told}", _document(verdicts), console())
        print(f"\npage: {common.shown(page)}")
    return 0 if all(verdict.passed for verdict in verdicts) else 1


def _run(quiet: bool) -> list[Verdict]:
    from fem_lumbar.verification import suite

    verdicts = []
    with progress(quiet) as show:
        for count, topic in enumerate(suite.TOPICS, start=1):
            show(f"[{count}/{len(suite.TOPICS)}] {suite.title(topic)} ...")
            verdict = suite.judge(topic)
            passed = sum(record.passed for record in verdict.outcome.records)
            result = verdict.failure or f"{passed} of {len(verdict.outcome.records)} checks passed"
            show(f"    {result}, {verdict.wall_s:.1f} s")
            verdicts.append(verdict)
    return verdicts


def _document(verdicts: list[Verdict]) -> Document:
    from fem_lumbar.documents.tables import Paragraph, Table, number

    document: Document = []
    for verdict in verdicts:
        if verdict.failure is not None:
            document.append(Paragraph(f"- NOT SOLVED: {verdict.failure}", verdict.title))
            continue
        rows: list[Sequence[str]] = [
            (
                record.name,
                record.quantity,
                number(record.computed, 7),
                number(record.expected, 7),
                number(record.deviation, 2),
                number(record.tolerance, 2),
                record.unit,
                "yes" if record.passed else "NO",
            )
            for record in verdict.outcome.records
        ]
        columns = ("problem", "quantity", "computed", "expected", "deviation", "allowed", "unit", "passed")
        document.append(Table(verdict.title, columns, rows))
    return document


def _plain(verdict: Verdict) -> dict:
    from dataclasses import asdict

    records = [asdict(record) | {"passed": record.passed} for record in verdict.outcome.records]
    return {
        "topic": verdict.title,
        "passed": verdict.passed,
        "failure": verdict.failure,
        "wall_s": round(verdict.wall_s, 2),
        "records": records,
    }
