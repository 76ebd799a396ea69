"""``fem-lumbar adapt``: months after a medial branch is lost: muscle, balance anew, loads left and right, loop gain."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fem_lumbar.cli import options as common
from fem_lumbar.cli.interruption import saying_what_is_kept
from fem_lumbar.cli.progress import progress

if TYPE_CHECKING:
    from fem_lumbar.adaptation.study import Adaptation, Question
    from fem_lumbar.scenario.model import Scenario

_MOST_SAMPLES, _MOST_MONTHS = 20_000, 240
JSON, TABLE = "adaptation.json", "adaptation.csv"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add arguments on lesion, duration and parameters of the loop."""
    common.add_scenario(parser)
    common.add_cases(parser)
    parser.add_argument(
        "--branch", metavar="LEVEL", help="dorsal ramus of the medial branch (that under the lowest MAL of the model)"
    )
    parser.add_argument(
        "--lesion",
        action="append",
        default=[],
        metavar="SIDE=PART",
        help="part of the branch that is lost at the start, 0 to 1; may be repeated. Without it the load on the nerve "
        "alone acts",
    )
    parser.add_argument("--months", type=common.positive, default=24, metavar="N", help="how long (24)")
    parser.add_argument(
        "--samples", type=common.positive, default=400, metavar="N", help="draws of the constants (400)"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the draws (1)")
    parser.add_argument(
        "--constant",
        dest="constants",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="keep a constant at a value, e.g. feedback.nerve_per_month=0; may be repeated",
    )
    parser.add_argument("--nerve-diameter-mm", type=float, metavar="MM", help="diameter of the nerve (0.8, assumed)")
    common.add_execution(parser, "solutions", 1, "1")


def execute(options: argparse.Namespace) -> int:
    """Solve the points that are not stored, follow the loop, print tables, and write JSON, CSV and a figure."""
    import json

    from fem_lumbar.adaptation.solves import solve
    from fem_lumbar.adaptation.study import adaptation
    from fem_lumbar.documents.illustrate import illustrate
    from fem_lumbar.runs.paths import check_writable
    from fem_lumbar.runs.swept import swept_scenario

    base = common.scenario(options)
    asked = _question(base, options)
    out = options.out or common.RESULTS / f"{base.name}-adapt"
    check_writable(out)
    scenario_at = partial(swept_scenario, options.file, options.sets, options.cases, options.density)

    def kept() -> str:
        return f"solutions are kept in {common.shown(out)}; repeat the command to continue"

    with saying_what_is_kept(kept), progress(options.quiet) as show:
        solved = solve(
            scenario_at,
            asked.case,
            asked.branch,
            out,
            diameter_mm=options.nerve_diameter_mm,
            jobs=options.jobs,
            report=show,
            illustrate=partial(illustrate, pictures=False),
        )
    study = adaptation(base.name, asked, solved)
    written = _write(study, base, out)
    if options.json:
        print(json.dumps(study.plain(), indent=1, ensure_ascii=False))
        return 0
    from fem_lumbar.adaptation.text import adaptation_document, adaptation_title
    from fem_lumbar.cli.tables import console
    from fem_lumbar.documents.tables import print_document

    print_document(adaptation_title(study), adaptation_document(study), console())
    for path in written:
        print(common.shown(path))
    return 0


def _question(scenario: Scenario, options: argparse.Namespace) -> Question:
    from fem_lumbar.adaptation.parameters import checked_constant
    from fem_lumbar.adaptation.solves import balanced_case, check_branch
    from fem_lumbar.adaptation.study import Question
    from fem_lumbar.anatomy.muscles import branch_under_mal
    from fem_lumbar.anatomy.spine import ARCH_LEVELS
    from fem_lumbar.foundation.errors import InputError
    from fem_lumbar.nerve.parameters import nerve_tissue

    if options.samples > _MOST_SAMPLES:
        raise InputError(f"--samples {options.samples}: must be at most {_MOST_SAMPLES}")
    if options.months > _MOST_MONTHS:
        raise InputError(f"--months {options.months}: must be at most {_MOST_MONTHS}")
    nerve_tissue(options.nerve_diameter_mm)
    fixed = dict(checked_constant(text) for text in options.constants)
    lesion = dict(_lesion(text) for text in options.lesion)
    branch = options.branch or branch_under_mal([one for one in scenario.segment.bodies if one in ARCH_LEVELS][-1])
    check_branch(scenario, branch)
    case = balanced_case(scenario)
    return Question(case, branch, lesion, options.months, options.samples, common.seed(options), fixed)


def _lesion(text: str) -> tuple[str, float]:
    from fem_lumbar.foundation.conventions import SIDES
    from fem_lumbar.foundation.errors import InputError
    from fem_lumbar.scenario.problems import unknown_name

    side, _, given = text.partition("=")
    if side not in SIDES:
        raise InputError(f"--lesion {text}: side {unknown_name(side, SIDES)}")
    try:
        part = float(given)
    except ValueError:
        part = -1.0
    if not 0.0 <= part <= 1.0:
        raise InputError(f"--lesion {text}: the part lost must be a number from 0 to 1, e.g. --lesion {side}=1")
    return side, part


def _write(study: Adaptation, scenario: Scenario, out: Path) -> list[Path]:
    import json

    from fem_lumbar.adaptation.picture import draw_adaptation
    from fem_lumbar.foundation.atomic_files import write_table, write_text
    from fem_lumbar.runs.provenance import made_by

    told = {"provenance": made_by(scenario)} | study.plain()
    rows = study.rows()
    return [
        write_text(out / JSON, json.dumps(told, indent=1, ensure_ascii=False) + "\n"),
        write_table(out / TABLE, list(rows[0]), rows),
        draw_adaptation(study, out),
    ]
