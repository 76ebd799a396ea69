"""``fem-lumbar validate`` without ``--verification``: experiments simulated and compared with published bands."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fem_lumbar.cli import options as common
from fem_lumbar.cli.interruption import saying_what_is_kept
from fem_lumbar.cli.progress import progress
from fem_lumbar.foundation.errors import InputError

if TYPE_CHECKING:
    from fem_lumbar.experiments.validation.verdicts import Validation

FOLDER = "validation"
_OWN = {"only": "only", "density": "density", "sets": "set", "over": "with", "jobs": "jobs", "fresh": "fresh"}
"""Attributes of the options that do not apply to ``--verification``, and their names on the command line."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the comparison with experiments."""
    own = parser.add_argument_group("experiments", f"runs go to {FOLDER}/DENSITY/PROTOCOL below --out")
    own.add_argument("--only", type=common.names, metavar="GROUP,..", help="only these target groups")
    own.add_argument("--density", metavar="NAME", help="mesh density (default: standard)")
    own.add_argument(
        "--set",
        dest="sets",
        action="append",
        metavar="KEY.PATH=VALUE",
        help="change one value in every protocol, e.g. materials.set=NAME; may be repeated",
    )
    own.add_argument(
        "--with", dest="over", type=Path, metavar="FILE", help="apply a fitted parameter set to every protocol"
    )
    own.add_argument(
        "--jobs",
        type=common.positive,
        metavar="N",
        help="protocols run in parallel (default: as many as CPU and memory allow)",
    )
    own.add_argument("--fresh", action="store_true", default=None, help="rerun protocols that have current results")


def refuse_stray(options: argparse.Namespace) -> None:
    """Reject options of the comparison with experiments given with ``--verification``."""
    given = [f"--{spelt}" for name, spelt in _OWN.items() if getattr(options, name) is not None]
    if given:
        raise InputError(f"{', '.join(given)}: not with --verification")


def execute(options: argparse.Namespace) -> int:
    """Run missing protocols, print the table, write the page; 1 unless all targets are answered and the set passes."""
    from fem_lumbar.anatomy.parameters import TEMPLATE
    from fem_lumbar.comparison.discretisation_bars import stored_bars
    from fem_lumbar.experiments.validation.density import expectation, meant_density
    from fem_lumbar.experiments.validation.protocols import protocol_scenario, run_protocols
    from fem_lumbar.experiments.validation.targets import shipped_targets
    from fem_lumbar.experiments.validation.verdicts import judge

    targets = shipped_targets().only(options.only)
    if options.over is not None and not options.over.is_file():
        raise InputError(f"--with: no file {common.shown(options.over)}")
    sets, density = options.sets or (), options.density
    scenarios = {name: protocol_scenario(name, sets, density, options.over) for name in targets.protocols}
    density = next(iter(scenarios.values())).mesh.density
    out = options.out / FOLDER / density
    if not options.quiet:
        bars = stored_bars().of_template(TEMPLATE)
        print(expectation(density, meant_density(), bars), file=sys.stderr)

    from fem_lumbar.documents.illustrate import illustrate
    from fem_lumbar.experiments.validation.page import write_validation

    with (
        saying_what_is_kept(lambda: f"finished runs are in {common.shown(out)}; repeat the command to continue"),
        progress(options.quiet) as show,
    ):
        runs = run_protocols(
            scenarios,
            out,
            jobs=options.jobs,
            fresh=bool(options.fresh),
            report=show,
            illustrate=partial(illustrate, pictures=False),
        )
    found = judge(targets, runs, _asked(options))
    _print(found, write_validation(found, out), options.json)
    return 0 if found.passed and found.complete else 1


def _asked(options: argparse.Namespace) -> list[str]:
    """Options that change what is run or compared, as given."""
    asked = [] if options.only is None else [f"--only {','.join(options.only)}"]
    asked += [f"--set {one}" for one in options.sets or ()]
    return asked if options.over is None else [*asked, f"--with {options.over.name}"]


def _print(found: Validation, page: Path, as_json: bool) -> None:
    from fem_lumbar.experiments.validation.text import validation_data, validation_document, validation_title

    if as_json:
        import json

        from fem_lumbar.foundation.json_values import plain

        print(json.dumps(plain(validation_data(found)) | {"page": common.shown(page)}, indent=1, ensure_ascii=False))
        return
    from fem_lumbar.cli.tables import console
    from fem_lumbar.documents.tables import Paragraph, print_document

    document = [*validation_document(found), Paragraph(f"- {common.shown(page)}", "Page")]
    print_document(validation_title(found), document, console())
