"""The scene of a page: geometry, load cases with fields and load levels, lines of tension, as data for its script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from fem_lumbar.anatomy.spine import BODIES
from fem_lumbar.documents.scene_parts import region_names
from fem_lumbar.documents.shown_fields import FIELDS, ShownField
from fem_lumbar.documents.style import (
    BONE_COLOUR,
    BONE_SCALE,
    BOTH_WAYS_SCALE,
    PULL_SCALE,
    SOFT_SCALE,
    case_label,
    load_label,
)
from fem_lumbar.measures.quantities import mirrored_name
from fem_lumbar.runs import run as stored
from fem_lumbar.runs.fields import levels_of
from fem_lumbar.runs.run import Fields, Run
from fem_lumbar.runs.surface import Surface
from fem_lumbar.runs.vtu import read_lines, read_surface
from fem_lumbar.web_page.drawn_body import DrawnBody
from fem_lumbar.web_page.packing import Packed

LEVELS_SHOWN = 4
"""Largest number of intermediate load levels per load case in a page."""
ROOM_MB = 14.0
"""Size limit for load cases in a page of 25 MB, beside 5 MB of plotly, 4 MB of pictures, and meshes."""
_BYTES = 2
"""Size of a 16-bit value in the page: compression compensates for base64."""
_FIELDS = (
    "von_mises",
    "displacement",
    "pressure",
    "contact_pressure",
    "principal_strain_max",
    "principal_strain_min",
    "principal_stress_max",
    "principal_stress_min",
    "fibre_stretch",
    "volume_ratio",
)
"""Fields of the scene in order of priority."""
_FEWEST_FIELDS = 3
_ATTACHED_MM = 6.0
"""Distance from the nearest drawn point within which the end of a line follows its motion."""
_PLAIN = {
    "cartilaginous endplate": "#d5e8e2",
    "facet cartilage": "#cfe3ee",
    "MAL": "#b9896a",
    "annulus": "#d9c7a3",
    "nucleus": "#bcd3df",
}


@dataclass(frozen=True)
class Kept:
    """Data within the size limit of a page: load levels below full load of each case, and fields by name."""

    levels: int
    fields: tuple[str, ...]

    @classmethod
    def within(cls, values: int, room_MB: float) -> Kept:
        """As much as fits in the limit; load levels are dropped first, then the fields of lowest priority.

        Parameters
        ----------
        values : int
            Number of drawn points, summed over load cases and runs.
        room_MB : float
            Size limit for all load cases.
        """
        numbers = int(room_MB * 1e6 / (_BYTES * max(values, 1)))  # per point: 3 for each level, 1 for each field
        levels = max(0, min(LEVELS_SHOWN, (numbers - len(_FIELDS)) // 3 - 1))
        return cls(levels, _FIELDS[: max(_FEWEST_FIELDS, numbers - 3)])


def scene(named: Mapping[str, Run]) -> tuple[dict[str, Any], dict[str, str]]:
    """Data of the scene of one or two runs.

    Parameters
    ----------
    named : mapping of str to Run
        Runs with fields, by their names.

    Returns
    -------
    head : dict
        Description of the content, and position of each array in its block.
    blocks : dict of str
        Compressed arrays by name: of a mesh, and of each load case; they are unpacked when first shown.
    """
    bodies: dict[str, DrawnBody] = {}
    runs = list(named.values())
    for run in runs:
        if _mesh(run) not in bodies:
            bodies[_mesh(run)] = DrawnBody(run.field_arrays(run.cases_with_fields[0]), region_names(run))
    values = sum(len(bodies[_mesh(run)].nodes) * len(run.cases_with_fields) for run in runs)
    kept = Kept.within(values, ROOM_MB)
    blocks: dict[str, str] = {}
    head: dict[str, Any] = {
        "bodies": [_body_head(body, f"body{number}", blocks) for number, body in enumerate(bodies.values())],
        "runs": [],
        "fields": _field_heads(kept.fields),
        "mirrored_case": {case: mirrored_name(case) for run in runs for case in run.cases_with_fields},
        "scales": {"soft": SOFT_SCALE, "bone": BONE_SCALE, "both_ways": BOTH_WAYS_SCALE, "pull": PULL_SCALE},
        "left_out": [FIELDS[name].title for name in _FIELDS if name not in kept.fields],
    }
    for number, (name, run) in enumerate(named.items()):
        body = bodies[_mesh(run)]
        cases = {case: _case(run, case, body, kept, f"run{number}.{case}", blocks) for case in run.cases_with_fields}
        head["runs"].append({"name": name, "body": list(bodies).index(_mesh(run)), "cases": cases})
    return head, blocks


def _mesh(run: Run) -> str:
    return run.summary["provenance"]["mesh_sha256"]


def _field_heads(names: Sequence[str]) -> dict[str, dict[str, Any]]:
    return {
        name: {
            "title": FIELDS[name].title,
            "log": FIELDS[name].log,
            "centre": FIELDS[name].centre,
            "coloured": FIELDS[name].coloured,
        }
        for name in names
    }


def _body_head(body: DrawnBody, name: str, blocks: dict[str, str]) -> dict[str, Any]:
    packed = Packed()
    reference = body.fields.reference[body.nodes]
    mirror = body.mirror()
    head: dict[str, Any] = {
        "block": name,
        "parts": [
            {
                "name": part,
                "bone": part in BODIES,
                "colour": _PLAIN.get(part, BONE_COLOUR if part in BODIES else "#ccc"),
            }
            for part in body.parts
        ],
        "arrays": {
            "reference": packed.add(reference),
            "triangles": packed.add(body.triangles),
            "triangle_parts": packed.add(body.triangle_parts),
            "cells": packed.add(body.cells),
            "cell_parts": packed.add(body.part_of_region[body.region]),
            "point_parts": packed.add(body.part_of_region[body.point_region]),
        },
        "box": [reference.min(axis=0).tolist(), reference.max(axis=0).tolist()],
    }
    if mirror is not None:
        head["arrays"]["mirror"] = packed.add(mirror)
    blocks[name] = packed.text()
    return head


def _case(run: Run, case: str, body: DrawnBody, kept: Kept, name: str, blocks: dict[str, str]) -> dict[str, Any]:
    fields, packed = run.field_arrays(case), Packed()
    moved = fields.point_data["displacement"]
    levels = [(0.0, None), *_levels(run, case, body, moved, kept.levels), (1.0, moved[body.nodes])]
    head = {
        "block": name,
        "label": case_label(case),
        "load": load_label(run.cases[case]),
        "levels": [
            {"time": round(time, 4), "displacement": None if found is None else packed.add_field(found)}
            for time, found in levels
        ],
        "fields": {
            shown: _field(FIELDS[shown], fields, body, packed) for shown in kept.fields if FIELDS[shown].is_in(fields)
        },
        "lines": _lines(run, case, body, fields, packed),
    }
    blocks[name] = packed.text()
    return head


def _field(shown: ShownField, fields: Fields, body: DrawnBody, packed: Packed) -> dict[str, Any]:
    """A field, with the range of its colours over the outer surface of bone and of all other tissue."""
    values = shown.values(fields)
    drawn = values[body.nodes] if shown.per_node else body.of_cells(values)
    bone = np.array([part in BODIES for part in body.parts])[body.part_of_region[body.point_region]]
    outside = np.zeros(len(drawn), dtype=bool)
    outside[body.surface_points] = True
    reach = {
        tissue: shown.span(drawn[mine & outside]) for tissue, mine in (("bone", bone), ("soft", ~bone), ("one", True))
    }
    kept = np.log10(np.maximum(drawn, 1e-12)) if shown.log else drawn
    return {"array": packed.add_field(kept), "reach": reach}


def _levels(run: Run, case: str, body: DrawnBody, full: np.ndarray, count: int) -> list[tuple[float, np.ndarray]]:
    """Displacement (p, 3) at evenly selected load levels between none and full load, with their load factors."""
    between = [(time, path) for time, path in levels_of(run.folder / stored.FIELDS, case) if 0.0 < time < 1.0]
    chosen = np.unique(np.linspace(0, len(between) - 1, min(count, len(between))).round().astype(int))
    found = []
    nodes = _level_nodes(body)
    for time, path in (between[place] for place in chosen):
        _, _, data = read_surface(path)
        if len(data["displacement"]) == len(nodes):
            found.append((time, body.spread(nodes, data["displacement"], full)))
    return found


def _level_nodes(body: DrawnBody) -> np.ndarray:
    """Nodes of the stored surfaces at load levels: corners of outer faces, by region."""
    return Surface.of(body.fields.cells, body.region).nodes


def _lines(run: Run, case: str, body: DrawnBody, fields: Fields, packed: Packed) -> dict[str, Any] | None:
    """Ligament strands and fascicles with their tension, and the drawn point followed by each end (-1: none)."""
    path = run.folder / stored.FIELDS / f"{case}.lines.vtp"
    if not path.is_file():
        return None
    points, ends, data = read_lines(path)
    distance, nearest = cKDTree(fields.points[body.nodes]).query(points)
    nearest = np.where(distance < _ATTACHED_MM, nearest, -1)
    return {
        "ends": packed.add(points[ends]),
        "moves_with": packed.add(nearest[ends]),
        "kind": packed.add(data["kind"]),
        "tension": packed.add(data["tension"]),
        "names": [f"{name} {span}" for name, span in zip(data["name"].tolist(), data["span"].tolist(), strict=True)],
    }
