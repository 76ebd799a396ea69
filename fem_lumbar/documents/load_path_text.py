"""Tables of the load path across each joint: axial force and moment by structure, contact, ligament tension."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from fem_lumbar.documents.marks import MarkedNumbers
from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.tables import Table, number
from fem_lumbar.foundation.conventions import ALL_LIGAMENTS, MOMENT_AXIS, PAIRED_LIGAMENTS, ROTATION_COMPONENTS, SIDES
from fem_lumbar.measures.load_share import BONDED, is_shared
from fem_lumbar.runs.run import Run

AXIAL, MOMENT = "axial_N", "moment_Nm"
STRUCTURES = ("disc", *(f"facet_{side}" for side in SIDES), "bone_contact", *BONDED, *ALL_LIGAMENTS)
"""Structures that carry load across a joint; sides of a ligament, and contacts of posterior bone, are combined."""
SHARES = ("disc", "facet_left", "facet_right", "ligaments")

_AXIAL_NOTE = (
    "Along the axis of the disc: + holds the two vertebrae apart (compression, in disc and facets), − pulls them "
    "together (tension). The columns of the structures sum to the applied force, + pressing the vertebrae together. "
    "Ligaments only pull, but a strand whose end on the upper vertebra comes to lie below its other end holds the "
    "vertebrae apart: the upper vertebra hangs from it."
)
_MOMENT_NOTE = (
    "About the centre of the disc, in the plane of the applied moment (other cases: flexion +, extension −): the part "
    "of the applied moment balanced by each structure; the columns sum to it. A structure of opposite sign adds to the "
    "moment the others must balance. Follower load, muscles and upper body contribute through their moment arms."
)


def main_axis(case: str) -> str:
    """Main rotation component of a case: that of the moment in its name, else flexion."""
    axis = MOMENT_AXIS.get(case)
    return "flexion" if axis is None else next(name for name, i in ROTATION_COMPONENTS.items() if axis[i])


def carried(path: Mapping[str, Any], key: str, component: str) -> dict[str, float]:
    """Load by structure, N along the axis or N·m of a component; sides of ligaments are summed."""
    found: dict[str, float] = {}
    for name, entry in path["carried"].items():
        structure = name if name in STRUCTURES else name.rsplit("_", 1)[0]
        found[structure] = found.get(structure, 0.0) + _number(entry, key, component)
    return {name: found[name] for name in STRUCTURES if name in found}


def applied(path: Mapping[str, Any], key: str, component: str) -> float:
    """Total applied load, N along the axis or N·m of a component."""
    return sum(_number(entry, key, component) for entry in path["applied"].values())


def load_path_tables(run: Run) -> list[Table]:
    """Axial force and moment about the centre of each disc, by structure; empty for results without them."""
    there = [name for name in STRUCTURES if any(name in carried(path, AXIAL, "flexion") for *_, path in _paths(run))]
    columns = ("case", "joint", *map(case_label, there), "applied", "closure error")
    force = Table("Load path: force along the axis of the disc (N)", columns, note=_AXIAL_NOTE)
    moment = Table("Load path: moment about the centre of the disc (N·m)", columns, note=_MOMENT_NOTE)
    for case, joint, path in _paths(run):
        for table, key, error in ((force, AXIAL, "force_N"), (moment, MOMENT, "moment_Nm")):
            found = carried(path, key, main_axis(case))
            cells = [number(found.get(name)) for name in there]
            cells += [number(applied(path, key, main_axis(case))), number(path["closure"][error], 2)]
            table.rows.append((case_label(case), joint, *cells))
    return [force, moment]


def load_share_table(run: Run) -> Table:
    """Shares of the compression in the cases with net compression."""
    every = [share for entry in run.converged.values() for share in entry["load_share"].values()]
    shares = (*SHARES, *(name for name in BONDED if any(name in share for share in every)))
    table = Table(
        "Load share: part of the compression across the disc section",
        ("case", "joint", *map(case_label, shares), "net compression (N)"),
        note="Force along the axis of the disc, divided by the sum of all forces that hold the vertebrae apart; given "
        "if the applied compression exceeds half of that sum. Without net compression, as in pure moments, the "
        "structures only balance each other and no share is given: see the load path.",
    )
    for case, entry in run.converged.items():
        for joint, share in entry["load_share"].items():
            if is_shared(share["axial_N"], share.get("compression_N", 0.0)):  # older results: in pure moments too
                parts: Mapping[str, object] = share
                table.rows.append((case_label(case), joint, *(number(parts.get(key)) for key in (*shares, "axial_N"))))
    return table


def facet_table(run: Run) -> Table:
    """Contact of each facet joint: its force and the component along the axis of the disc."""
    parts = ("contact force (N)", "axial part (N)", "peak pressure (MPa)", "area (mm²)")
    columns = [f"{side} {what}" for what in parts for side in SIDES]
    marked = MarkedNumbers.of(run)
    table = Table(
        "Facet contact",
        ("case", "joint", *columns),
        note="The contact force is the resultant on the joint surface, which faces posteriorly and laterally more "
        "than cranially; it is a magnitude, never negative. Its axial part is the component along the axis of the "
        "disc, + holding the vertebrae apart: only this enters load path and load share. "
        "" + marked.note(("facet_force_N",)),
    )
    for case, entry in run.converged.items():
        for joint, force in entry["facet_force_N"].items():
            detail = entry["facet"].get(joint, {})
            cells = [marked.text(case, ("facet_force_N", joint, side), force.get(side)) for side in SIDES]
            share: Mapping[str, object] = entry["load_share"].get(joint, {})
            cells += [number(share.get(f"facet_{side}_N")) for side in SIDES]
            facets: list[Mapping[str, object]] = [detail.get(side, {}) for side in SIDES]
            for key in ("peak_pressure_MPa", "area_mm2"):
                cells += [number(facet.get(key)) for facet in facets]
            table.rows.append((case_label(case), joint, *cells))
    return table


def ligament_tables(run: Run) -> list[Table]:
    """Tension and strain of every ligament; runs of earlier versions have no strains."""
    tension = (
        "Sum of the strand tensions, never negative: 0 in a slack ligament. Its component along the axis of the disc "
    )
    strain = "Largest strain among the strands of a ligament, from their rest length; negative if all are slack."
    return [
        _by_ligament(run, "ligament_force_N", "Ligament tension (N)", f"{tension}is in the load path."),
        _by_ligament(run, "ligament_strain", "Ligament strain", strain),
    ]


def _by_ligament(run: Run, section: str, title: str, note: str) -> Table:
    values: dict[str, Mapping[str, Any]] = {
        case: cast("Mapping[str, Any]", entry.get(section, {})) for case, entry in run.converged.items()
    }
    keys = [
        key
        for name in ALL_LIGAMENTS
        for key in ([f"{name}_{side}" for side in SIDES] if name in PAIRED_LIGAMENTS else [name])
        if any(key in found for joints in values.values() for found in joints.values())
    ]
    table = Table(title, ("case", "joint", *map(case_label, keys)), note=note)
    for case, joints in values.items():
        for joint, found in joints.items():
            table.rows.append((case_label(case), joint, *(number(found.get(key)) for key in keys)))
    return table


def _paths(run: Run) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Case, joint and load path of all converged cases."""
    for case, entry in run.converged.items():
        for joint, path in entry.get("load_path", {}).items():
            yield case, joint, path


def _number(entry: Mapping[str, Any], key: str, component: str) -> float:
    return entry[key] if key == AXIAL else entry[key][component]
