"""``fem-lumbar schema``: print the JSON Schema of scenario files."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command takes no arguments."""


def execute(options: argparse.Namespace) -> int:
    """Print the schema."""
    import json

    from fem_lumbar.scenario.schema import scenario_schema

    print(json.dumps(scenario_schema(), indent=2, ensure_ascii=False))
    return 0
