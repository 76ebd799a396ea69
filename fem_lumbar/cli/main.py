"""Entry point of ``fem-lumbar`` and ``run_scenario.py``."""

from __future__ import annotations

import argparse
import difflib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from fem_lumbar import __version__
from fem_lumbar.cli import (
    calibrate,
    compare,
    doctor,
    mal,
    mesh,
    nerve,
    params,
    report,
    run,
    schema,
    sweep,
    validate,
    view,
)
from fem_lumbar.errors import FemLumbarError, InputError
from fem_lumbar.study.paths import shown_path

COMMANDS = {
    "run": run, "sweep": sweep, "compare": compare, "view": view, "report": report, "mesh": mesh, "mal": mal,
    "nerve": nerve, "schema": schema, "validate": validate, "calibrate": calibrate, "params": params, "doctor": doctor,
}  # fmt: skip

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns
    -------
    code : int
        0 done, 1 the physics failed, 2 the input is wrong, 130 interrupted.
    """
    parser = _parser()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        arguments = _with_command(list(sys.argv[1:] if argv is None else argv))
        options = parser.parse_args(arguments)
        if options.command is None:
            parser.print_help()
            return 2
        return COMMANDS[options.command].execute(options)
    except FemLumbarError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fem-lumbar",
        description="Finite element biomechanics of the lumbar segment L3-L5 with the mamillo-accessory ligament.",
        epilog="FILE alone means 'run FILE'. Exit codes: 0 done, 1 the physics failed, 2 the input is wrong.",
    )
    parser.add_argument("--version", action="version", version=f"fem-lumbar {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, command in COMMANDS.items():
        summary = command.__doc__.split(":", 1)[1].strip()
        sub = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:])
        command.add_arguments(sub)
    return parser


def _interrupt(*_: object) -> None:
    """Being told to end (by ``kill``, or a cluster whose time is up) keeps what Ctrl-C keeps."""
    raise KeyboardInterrupt


def _with_command(arguments: list[str]) -> list[str]:
    """Arguments that begin with a command: ``FILE ...`` means ``run FILE ...``, or ``sweep`` with ``--sweep``."""
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
