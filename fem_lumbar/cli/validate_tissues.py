"""``fem-lumbar validate --tissues``: a parameter set at one material point beside moduli of tissue samples."""

from __future__ import annotations

import argparse

from fem_lumbar.cli import options as common
from fem_lumbar.foundation.errors import InputError

PROTOCOL = "disc_7.5Nm"
"""Protocol from which tissue values are taken; every protocol has those of the active set."""

_STRAY = ("only", "density", "jobs", "fresh")


def execute(options: argparse.Namespace) -> int:
    """Print the table and write the page; 1 unless every scored row is in its band."""
    stray = [f"--{name}" for name in _STRAY if getattr(options, name) is not None]
    if stray:
        raise InputError(f"{', '.join(stray)}: not with --tissues")
    if options.over is not None and not options.over.is_file():
        raise InputError(f"--with: no file {common.shown(options.over)}")
    from fem_lumbar.experiments.tissues.page import PAGE, tissue_data, tissue_document, tissue_title, write_tissue_page
    from fem_lumbar.experiments.tissues.targets import all_pass, judge_tissues
    from fem_lumbar.experiments.validation.protocols import protocol_scenario
    from fem_lumbar.runs.paths import check_writable

    scenario = protocol_scenario(PROTOCOL, options.sets or (), over=options.over)
    findings = judge_tissues(scenario.materials)
    told = scenario.parameter_set.name if scenario.parameter_set else scenario.materials.set
    check_writable(options.out)
    page = write_tissue_page(findings, scenario.materials, told, options.out / PAGE)
    if options.json:
        import json

        from fem_lumbar.foundation.json_values import plain

        data = plain(tissue_data(findings, told)) | {"page": common.shown(page)}
        print(json.dumps(data, indent=1, ensure_ascii=False))
    else:
        from fem_lumbar.cli.tables import console
        from fem_lumbar.documents.tables import print_document

        print_document(tissue_title(findings, told), tissue_document(findings), console())
        print(f"\npage: {common.shown(page)}")
    return 0 if all_pass(findings) else 1
