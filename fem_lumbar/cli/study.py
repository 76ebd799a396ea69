"""``fem-lumbar study``: designed studies of a scenario: run them, see how far they are."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from fem_lumbar.cli import study_report, study_run, study_status

ACTIONS: dict[str, tuple[Callable[[Any], None], Callable[[argparse.Namespace], int]]] = {
    "run": (study_run.add_run, study_run.run),
    "status": (study_status.add_status, study_status.status),
    "report": (study_report.add_report, study_report.report),
    "predict": (study_report.add_predict, study_report.predict),
    "schema": (study_status.add_schema, study_status.schema),
}
"""For each action: the function that adds it to the parser, and the one that executes it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True, title="actions")
    for add, _ in ACTIONS.values():
        add(actions)


def execute(options: argparse.Namespace) -> int:
    """Execute the chosen action."""
    return ACTIONS[options.action][1](options)
