"""``fem-lumbar explain``: print what a key of a scenario or an output means."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the name to explain."""
    given = parser.add_argument(
        "name", metavar="KEY|OUTPUT", help="path or name, e.g. materials.nucleus.c10_MPa, mal, rotation_deg"
    )
    given.completer = _completed  # type: ignore[attr-defined]  # argcomplete looks for it there


def execute(options: argparse.Namespace) -> int:
    """Print description, unit, limits, usual range, source and default of all matches."""
    from fem_lumbar.documents.explained import MOST, explanations

    found = explanations(options.name)
    for one in found[:MOST]:
        print(f"{one.path}    [{one.kind}]")
        if one.what:
            print(_indented(one.what))
        for fact, text in one.facts:
            print(_indented(f"{fact}: {text}"))
        print()
    if len(found) > MOST:
        print(f"and at {len(found) - MOST} other places, e.g. {found[MOST].path}")
    return 0


def _indented(text: str) -> str:
    import textwrap

    from fem_lumbar.cli.tables import console

    return textwrap.fill(
        " ".join(text.split()), max(console().width, 60), initial_indent="    ", subsequent_indent="      "
    )


def _completed(prefix: str, **_: object) -> list[str]:
    from fem_lumbar.documents.explained import names_to_explain

    return [name for name in names_to_explain() if name.startswith(prefix)]
