"""``fem-lumbar mal``: stiffness of every muscle insertion on a MAL under unit loads, and by hand calculation."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from fem_lumbar.cli import options as common
from fem_lumbar.cli.progress import progress

if TYPE_CHECKING:
    from fem_lumbar.measures.insertion_stiffness import Stiffness

_NOTE = (
    "Unit loads on a single vertebra, inferior endplate fixed, linear elastic about the unloaded state. Insertion: 1 N "
    "on the dorsal surface of the arch along multifidus, divided by the displacement in that direction; absent: on "
    "bone, half at each foot. Bridge: 1 N pulling the feet apart along the chord, divided by their separation. By "
    "hand: a straight clamped bar on feet with the compliance of the bone there, computed without the arch; "
    "difference = unit load / by hand − 1. To mammillary: fraction of the unit pull transmitted to the mammillary "
    "process; the rest goes to the accessory process. "
    "No modulus of the MAL has been published."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add scenario and format of the output."""
    common.add_scenario(parser)
    parser.add_argument("--quiet", action="store_true", help="no progress")
    common.add_json(parser)


def execute(options: argparse.Namespace) -> int:
    """Print the table (or JSON)."""
    scenario = common.scenario(options)

    from fem_lumbar.measures.insertion_stiffness import insertion_stiffnesses
    from fem_lumbar.meshing.of_scenario import scenario_mesh

    with progress(options.quiet) as show:
        mesh = scenario_mesh(scenario, show)
        found = insertion_stiffnesses(scenario, mesh, show)
    if options.json:
        import json
        from dataclasses import asdict

        about = {"scenario": scenario.name, "density": scenario.mesh.density, "mesh_sha256": mesh.sha256}
        insertions = [{**asdict(one), "share_accessory": one.share_accessory} for one in found]
        print(json.dumps({**about, "meaning": _NOTE, "insertions": insertions}, indent=1))
        return 0
    _print(found, f"Insertions on the MAL: {scenario.name} ({scenario.mesh.density} mesh)")
    return 0


def _print(found: list[Stiffness], title: str) -> None:
    from fem_lumbar.cli.tables import console
    from fem_lumbar.documents.tables import Table, number, print_document

    columns = (
        "level", "side", "state", "insertion\nN/mm", "by hand\nN/mm", "difference", "bridge\nN/mm", "by hand\nN/mm",
        "difference", "EA/L of the\narch, N/mm", "to mam-\nmillary",
    )  # fmt: skip
    table = Table("Stiffness of the insertion and of the bridge", columns, note=_NOTE)
    for one in found:
        cells: list[str] = []
        for value, by_hand in (
            (one.insertion_N_per_mm, one.insertion_by_hand_N_per_mm),
            (one.bridge_N_per_mm, one.bridge_by_hand_N_per_mm),
        ):
            difference = "—" if by_hand is None else f"{value / by_hand - 1.0:+.1%}"
            cells += [number(value, 4), "—" if by_hand is None else number(by_hand, 4), difference]
        axial = "—" if one.axial_N_per_mm is None else number(one.axial_N_per_mm, 4)
        share = "—" if one.share_mammillary is None else f"{one.share_mammillary:.1%}"
        table.rows.append((one.level, one.side, one.state.replace("_", " "), *cells, axial, share))
    print_document(title, [table], console())
