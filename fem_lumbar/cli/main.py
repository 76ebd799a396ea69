"""Entry point of ``fem-lumbar`` and ``run_scenario.py``."""

from __future__ import annotations

import argparse
import difflib
import io
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fem_lumbar import __version__
from fem_lumbar.cli import (
    adapt,
    calibrate,
    compare,
    contraction,
    doctor,
    emg,
    explain,
    export,
    image,
    init,
    mal,
    mesh,
    needle,
    nerve,
    params,
    report,
    run,
    schema,
    sensitivity,
    study,
    sweep,
    validate,
    view,
)
from fem_lumbar.cli.interruption import INTERRUPTED, told
from fem_lumbar.foundation.errors import FemLumbarError, InputError
from fem_lumbar.foundation.interruptions import interruptions_as_such
from fem_lumbar.runs.paths import shown_path

COMMANDS = {
    "init": init, "run": run, "sweep": sweep, "study": study, "compare": compare, "view": view, "report": report,
    "export": export, "explain": explain, "mesh": mesh, "mal": mal, "contraction": contraction, "nerve": nerve,
    "needle": needle, "emg": emg, "adapt": adapt, "image": image, "sensitivity": sensitivity, "schema": schema,
    "validate": validate, "calibrate": calibrate, "params": params, "doctor": doctor,
}  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns
    -------
    code : int
        0 done, 1 the physics failed, 2 the input is wrong, 130 interrupted.
    """
    for stream in (sys.stdout, sys.stderr):  # characters missing in the encoding of a terminal are no failure
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    parser = command_line()
    if "_ARGCOMPLETE" in os.environ:  # completion in the shell
        import argcomplete

        argcomplete.autocomplete(parser)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        arguments = _with_command(list(sys.argv[1:] if argv is None else argv))
        _refuse(arguments, _unknown_options(parser, arguments), parser)
        options, left = parser.parse_known_args(arguments)
        _refuse(arguments, left, parser)
        if options.command is None:
            parser.print_help()
            return 2
        with interruptions_as_such():
            return COMMANDS[options.command].execute(options)
    except FemLumbarError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt as error:
        print(told(error), file=sys.stderr)
        return INTERRUPTED
    except MemoryError:
        print("error: memory ran out: use a coarser mesh (--density) or fewer --jobs", file=sys.stderr)
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        where = "" if error.filename is None else f"{shown_path(Path(error.filename))}: "
        print(f"error: {where}{error.strerror or type(error).__name__}", file=sys.stderr)
        print("    check the file or folder, its permissions and the free space on its disk", file=sys.stderr)
        return InputError.exit_code


class _Parser(argparse.ArgumentParser):
    """Parser that accepts only complete option names, also in commands (argparse uses the same class for them)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"allow_abbrev": False, **kwargs})


def command_line() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = _Parser(
        prog="fem-lumbar",
        description="Finite element biomechanics of the lumbar spine with the mamillo-accessory ligament.",
        epilog="FILE alone means 'run FILE'. Exit codes: 0 done, 1 the physics failed, 2 the input is wrong.",
    )
    parser.add_argument("--version", action="version", version=f"fem-lumbar {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, command in COMMANDS.items():
        summary = (command.__doc__ or "").split(":", 1)[1].strip()
        sub = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:])
        command.add_arguments(sub)
    return parser


def _along(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> Iterator[argparse.ArgumentParser]:
    """A parser, and those of the command and action named in the arguments."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            named = next((i for i, argument in enumerate(arguments) if argument in action.choices), None)
            if named is not None:
                yield from _along(action.choices[arguments[named]], arguments[named + 1 :])


def _unknown_options(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> list[str]:
    """Long options that a command does not have; checked first, as argparse would report missing arguments instead."""
    known = {option for one in _along(parser, arguments) for action in one._actions for option in action.option_strings}
    until = arguments.index("--") if "--" in arguments else len(arguments)
    names = [argument.split("=")[0] for argument in arguments[:until] if argument.startswith("--")]
    return [name for name in names if name not in known and " " not in name]


def _refuse(arguments: Sequence[str], unknown: Sequence[str], parser: argparse.ArgumentParser) -> None:
    """Raise an InputError for unknown arguments, with the allowed ones and suggestions; nothing if there are none."""
    if not unknown:
        return
    command = list(_along(parser, arguments))[-1]
    options = [option for action in command._actions for option in action.option_strings if option.startswith("--")]
    takes = [str(action.metavar or action.dest) for action in command._actions if not action.option_strings]
    near: dict[str, None] = {}
    for name in unknown:
        longer = [option for option in options if option.startswith(name)] if name.startswith("--") else []
        near.update(dict.fromkeys(longer[:2] or difflib.get_close_matches(name, options, n=1)))
    lines = [f"{command.prog}: unrecognized arguments: {' '.join(unknown)}", f"    takes: {', '.join(takes + options)}"]
    if near:
        lines.append(f"    did you mean {' or '.join(near)}?")
    scenarios = [name for name in unknown if Path(name).suffix in (".yaml", ".yml")]
    if scenarios:
        lines.append(f"    to check a scenario: fem-lumbar run {scenarios[0]} --dry-run")
    raise InputError("\n".join([*lines, f"    for help: {command.prog} --help"]))


def _interrupt(*_: object) -> None:
    """Treat termination (``kill``, or the time limit of a cluster) like Ctrl-C, so that results are kept."""
    raise KeyboardInterrupt


def _with_command(arguments: list[str]) -> list[str]:
    """Arguments with the command in front: ``FILE ...`` means ``run FILE ...``, or ``sweep`` with ``--sweep``."""
    if not arguments or arguments[0] in COMMANDS or arguments[0] in ("-h", "--help", "--version"):
        return arguments
    first = arguments[0]
    is_word = not first.startswith("-") and not Path(first).suffix and os.sep not in first and not Path(first).exists()
    if is_word:
        near = difflib.get_close_matches(first, COMMANDS, n=1)
        meant = f"\n    did you mean {near[0]}?" if near else ""
        raise InputError(f"'{first}' is neither a command nor a file\n    commands: {', '.join(COMMANDS)}{meant}")
    swept = any(argument.split("=")[0] == "--sweep" for argument in arguments)
    return ["sweep" if swept else "run", *arguments]


if __name__ == "__main__":
    sys.exit(main())
