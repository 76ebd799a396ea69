"""Options that several commands share."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fem_lumbar.foundation.errors import InputError

if TYPE_CHECKING:
    from fem_lumbar.scenario.model import Scenario

RESULTS = Path("results")


def add_scenario(parser: argparse.ArgumentParser) -> None:
    """Add the scenario file and options that change it."""
    parser.add_argument("file", type=Path, metavar="FILE", help="scenario (YAML)")
    add_changes(parser)


def add_changes(parser: argparse.ArgumentParser) -> None:
    """Add options that change values of a scenario file."""
    change = parser.add_argument(
        "--set",
        dest="sets",
        action="append",
        default=[],
        metavar="KEY.PATH=VALUE",
        help="change one value, e.g. materials.nucleus.c10_MPa=0.1; may be repeated",
    )
    change.completer = _keys  # type: ignore[attr-defined]  # argcomplete looks for it there
    parser.add_argument("--density", metavar="NAME", help="mesh density: test, coarse, standard or fine")


def _keys(prefix: str, **_: object) -> list[str]:
    """Scenario keys that begin with a prefix, for completion in the shell."""
    from fem_lumbar.documents.explained import scenario_keys

    return [f"{one.path}=" for one in scenario_keys() if one.path.startswith(prefix)]


def add_cases(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """Add the option that selects load cases."""
    parser.add_argument("--cases", type=names, metavar="A,B", help="only these load cases")


def add_execution(parser: argparse.ArgumentParser, what: str, jobs: int | None, default: str) -> None:
    """Add options on the results folder, number of processes, and amount of output."""
    parser.add_argument("--out", type=Path, metavar="DIR", help=f"folder for results (default: {RESULTS})")
    parser.add_argument(
        "--jobs", type=positive, default=jobs, metavar="N", help=f"{what} solved in parallel ({default})"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress")
    add_json(parser)


def add_full(parser: argparse.ArgumentParser) -> None:
    """Add the option for all output."""
    parser.add_argument("--full", action="store_true", help="print all tables in full")


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add the option for JSON output."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON on standard output")


def scenario(options: argparse.Namespace) -> Scenario:
    """The scenario given by the common options."""
    from fem_lumbar.scenario.loader import load_scenario

    return load_scenario(options.file, options.sets, getattr(options, "cases", None), options.density)


def tell_loads(scenario: Scenario, file: Path, options: argparse.Namespace) -> None:
    """Print the load cases to run, one line each: the load, and the files and options that set it."""
    from fem_lumbar.scenario.loader import where_cases_are_given
    from fem_lumbar.scenario.loads import case_lines

    if options.quiet:
        return
    print(f"load cases of {scenario.name}:", file=sys.stderr)
    for line in case_lines(scenario.load_cases, where_cases_are_given(file, options.sets)):
        print(f"  {line}", file=sys.stderr)


def tell_warnings(scenario: Scenario, options: argparse.Namespace) -> None:
    """Print warnings on a scenario, one line each."""
    if options.quiet:
        return
    for warning in scenario.warnings:
        print(f"warning: {warning}", file=sys.stderr)


def shown(path: Path) -> str:
    """A path as the user would type it: relative to the current folder if inside it, else as given."""
    try:
        return str(path.resolve().relative_to(Path.cwd().resolve()))
    except ValueError:
        return str(path)


def names(text: str) -> list[str]:
    """Split a list of names at commas."""
    found = [name.strip() for name in text.split(",") if name.strip()]
    if not found:
        raise argparse.ArgumentTypeError("give at least one name")
    return found


def seed(options: argparse.Namespace) -> int:
    """The value of ``--seed``, which must not be negative."""
    if options.seed < 0:
        raise InputError(f"--seed {options.seed}: must not be negative")
    return int(options.seed)


def positive(text: str) -> int:
    """Parse an integer of at least 1."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, got '{text}'")
    return int(text)
