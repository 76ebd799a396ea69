"""``fem-lumbar init``: write a commented scenario to start from."""

from __future__ import annotations

import argparse
from pathlib import Path

DEFAULT = Path("scenario.yaml")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the path of the scenario."""
    parser.add_argument(
        "file", type=Path, nargs="?", default=DEFAULT, metavar="FILE", help=f"file to write (default: {DEFAULT})"
    )


def execute(options: argparse.Namespace) -> int:
    """Write the scenario and, beside it, the schema for editors; existing files are not replaced."""
    import json

    from fem_lumbar.cli.destination import check_file
    from fem_lumbar.cli.options import shown
    from fem_lumbar.foundation.atomic_files import write_text
    from fem_lumbar.foundation.errors import InputError
    from fem_lumbar.scenario.schema import FILE_NAME, scenario_schema
    from fem_lumbar.scenario.starter import starter

    file: Path = options.file
    check_file(file, "FILE", (".yaml", ".yml"))
    if file.exists():
        raise InputError(
            f"{shown(file)} is there already: nothing was written\n    give another name: fem-lumbar init FILE"
        )
    schema = file.with_name(FILE_NAME)
    if not schema.exists():
        write_text(schema, json.dumps(scenario_schema(), indent=2, ensure_ascii=False) + "\n")
    write_text(file, starter(file.stem))
    print(shown(file))
    return 0
