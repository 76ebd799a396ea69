"""``fem-lumbar emg``: expected left/right ratios of electromyography of runs, and how many persons would show them."""

from __future__ import annotations

import argparse
from pathlib import Path

from fem_lumbar.cli import options as common


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the runs and their reference."""
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="run folders with active muscles")
    parser.add_argument("--against", type=Path, required=True, metavar="RUN", help="run folder of the healthy segment")
    common.add_json(parser)


def execute(options: argparse.Namespace) -> int:
    """Print tables (or JSON)."""
    import json

    from fem_lumbar.cli.tables import console
    from fem_lumbar.documents.tables import print_document
    from fem_lumbar.questions.emg.study import emg_study
    from fem_lumbar.questions.emg.text import emg_document, emg_title
    from fem_lumbar.runs.run import load_run

    study = emg_study(load_run(options.against), [load_run(path) for path in options.runs])
    if options.json:
        print(json.dumps(study.plain(), indent=1, ensure_ascii=False))
        return 0
    print_document(emg_title(study), emg_document(study), console())
    return 0
