"""``fem-lumbar compare``: print the differences between two runs beside their numerical floors."""

from __future__ import annotations

import argparse
from pathlib import Path

from fem_lumbar.cli import options as common


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The two runs and where to write the comparison."""
    parser.add_argument("first", type=Path, metavar="RUN_A", help="run folder to compare with, e.g. results/baseline")
    parser.add_argument("second", type=Path, metavar="RUN_B", help="run folder that is compared")
    parser.add_argument("--full", action="store_true", help="every number, not only the largest of each kind")
    parser.add_argument("--out", type=Path, metavar="DIR", help="also write comparison.md and comparison.json there")
    common.add_json(parser)


def execute(options: argparse.Namespace) -> int:
    """Print what differs, beside what the numerics can resolve, and the claim that follows."""
    from fem_lumbar.report.comparison_text import (
        compare_runs,
        comparison_data,
        comparison_document,
        comparison_title,
        write_comparison,
    )
    from fem_lumbar.report.results import load_run

    comparison = compare_runs(load_run(options.first), load_run(options.second))
    if options.out is not None:
        from fem_lumbar.study.paths import check_writable

        check_writable(options.out)
        written = write_comparison(comparison, options.out)
    else:
        written = []
    if options.json:
        import json

        print(json.dumps(comparison_data(comparison), indent=1, ensure_ascii=False))
        return 0

    from fem_lumbar.cli.tables import console
    from fem_lumbar.report.tables import print_document

    print_document(comparison_title(comparison), comparison_document(comparison, full=options.full), console())
    for path in written:
        print(common.shown(path))
    return 0
