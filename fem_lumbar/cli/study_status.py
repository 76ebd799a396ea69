"""``fem-lumbar study status``, ``study schema``: how far a study is, and the form of study files."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fem_lumbar.cli import options as common

_REASONS = 8


def add_status(actions: Any) -> None:
    """Add the action ``status`` to those of ``study``."""
    parser = actions.add_parser("status", help="how far a study is, what failed, when it will be done")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="folder of a study, running or not")
    common.add_json(parser)


def add_schema(actions: Any) -> None:
    """Add the action ``schema`` to those of ``study``."""
    actions.add_parser("schema", help="print the JSON Schema of study files")


def status(options: argparse.Namespace) -> int:
    """Print the progress of the study."""
    from fem_lumbar.studies.manifest import read_manifest
    from fem_lumbar.studies.progress import read_progress

    manifest, found = read_manifest(options.folder), read_progress(options.folder)
    if options.json:
        print(json.dumps({"name": manifest.name, **asdict(found)}, indent=1, ensure_ascii=False))
        return 0
    print(f"{manifest.name}: {found.done + found.failed} of {found.planned} points, {found.failed} failed")
    print(_when(found.running, found.left_s, found.planned - found.done - found.failed))
    for reason, count in list(found.reasons.items())[:_REASONS]:
        print(f"  {count} failed: {reason}")
    if len(found.reasons) > _REASONS:
        print(f"  and {len(found.reasons) - _REASONS} other reasons (see study.csv)")
    return 0


def schema(options: argparse.Namespace) -> int:
    """Print the schema."""
    from fem_lumbar.studies.study_file import study_schema

    print(json.dumps(study_schema(), indent=2, ensure_ascii=False))
    return 0


def _when(running: int | None, left_s: float | None, left: int) -> str:
    """Whether it is running, and its expected end, as text."""
    from fem_lumbar.cli.tally import clock

    if left == 0:
        return "finished"
    if running == 0:
        return "not running; go on with: fem-lumbar study run FOLDER"
    where = "running" if running else "running on another computer, or stopped there"
    return where if left_s is None else f"{where}; done in about {clock(left_s)} at its present pace"
