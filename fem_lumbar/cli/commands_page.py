"""The page of all commands and their options, generated from the parser of the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from fem_lumbar.cli.main import command_line

_HEAD = """# Command line

Generated from the parser by `python -m fem_lumbar.cli.commands_page`; do not edit.

`fem-lumbar COMMAND --help` prints the same on the terminal. `python run_scenario.py` is the same program. What commands
have in common, when results are reused and what exit codes mean: [running.md](running.md).
"""


def commands_page() -> str:
    """The page of all commands, Markdown."""
    parser = command_line()
    return "\n".join([_HEAD, *_actions(parser, 2), f"{parser.epilog}\n"])


def _actions(parser: argparse.ArgumentParser, level: int) -> Iterator[str]:
    """A section for each command of a parser, with subsections for its actions."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            summaries = {choice.dest: choice.help for choice in action._choices_actions}
            for name, command in action.choices.items():
                yield from _section(command, level, summaries.get(name) or "")


def _section(parser: argparse.ArgumentParser, level: int, summary: str) -> Iterator[str]:
    yield f"{'#' * level} {parser.prog}\n"
    said = parser.description or f"{summary[:1].upper()}{summary[1:]}"
    yield f"{' '.join(said.replace('``', '`').split()).removesuffix('.')}.\n"
    if rows := [_row(action) for action in _told(parser)]:
        yield "\n".join(["| argument | meaning |", "| --- | --- |", *rows]) + "\n"
    if parser.epilog:
        yield f"{' '.join(parser.epilog.split())}\n"
    yield from _actions(parser, level + 1)


def _told(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    quiet = (argparse._SubParsersAction, argparse._HelpAction)
    return [a for a in parser._actions if not isinstance(a, quiet) and a.help != argparse.SUPPRESS]


def _row(action: argparse.Action) -> str:
    value = "" if action.nargs == 0 else str(action.metavar or action.dest)
    shown = {"+": f"{value} ...", "*": f"[{value} ...]", "?": f"[{value}]"}.get(str(action.nargs), value)
    if isinstance(action.nargs, int) and action.nargs > 1:
        shown = " ".join([value] * action.nargs)
    name = " ".join(filter(None, [", ".join(action.option_strings), shown]))
    meaning = (action.help or "").replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")
    return f"| `{name.replace('|', chr(92) + '|')}` | {' '.join(meaning.split())} |"


if __name__ == "__main__":
    sys.stdout.write(commands_page())
