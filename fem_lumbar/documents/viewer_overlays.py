"""Overlays of the viewer: directions of stress and fibres, facet forces, centres of rotation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pyvista as pv

from fem_lumbar.documents.rotation_centre import rotation_centre
from fem_lumbar.documents.scene_parts import bone_cells, tubes
from fem_lumbar.foundation.conventions import ROTATION_COMPONENTS
from fem_lumbar.runs.run import Fields, Run

TENSION_COLOUR, COMPRESSION_COLOUR, FIBRE_COLOURS = "#C0392B", "#2C5FA8", ("#1B7837", "#E08214")
FORCE_COLOUR, CENTRE_COLOUR = "#111111", "#7B3294"
_MOST_GLYPHS = 1500
"""Largest number of glyphs in a tissue; more would hide each other."""
_LONGEST_MM, _FIBRE_MM = 5.0, 2.5
_MM_PER_N, _LONGEST_ARROW_MM, _SMALLEST_N = 0.25, 30.0, 0.5
"""Length of an arrow per force, its largest length, and the smallest drawn force."""
_FULL_LENGTH = 0.95
"""Quantile of the stresses of a tissue at which glyphs reach their full length."""


class Overlay(NamedTuple):
    """Drawn objects with their colours, labels with their positions (k, 3), mm, and a description in one line."""

    meshes: list[tuple[pv.PolyData, str]]
    labels: list[tuple[np.ndarray, str]]
    words: str


def principal_stresses(run: Run, case: str, fields: Fields, keep: np.ndarray | None) -> Overlay:
    """Largest tension (red) and largest compression (blue) as lines along their directions, by tissue."""
    if "principal_stresses" not in fields.cell_data:
        return Overlay([], [], "no principal stresses are stored")
    bone, centres = bone_cells(run, fields), fields.points[fields.cells].mean(axis=1)
    stresses = fields.cell_data["principal_stresses"].astype(float)
    meshes = []
    for tissue in (bone, ~bone):
        chosen = _spread(tissue if keep is None else tissue & keep)
        for column, number, sign, colour in ((0, 1, 1.0, TENSION_COLOUR), (2, 3, -1.0, COMPRESSION_COLOUR)):
            size = sign * stresses[chosen, column]
            directions = fields.cell_data[f"principal_stress_direction_{number}"][chosen].astype(float)
            drawn = (size > 0.0) & np.isfinite(directions).all(axis=1)
            if drawn.any():
                full = np.quantile(size[drawn], _FULL_LENGTH)
                length = _LONGEST_MM * np.minimum(size[drawn] / full, 1.0)
                meshes.append((_sticks(centres[chosen[drawn]], directions[drawn], length), colour))
    return Overlay(meshes, [], "principal stresses: tension red, compression blue; length by size within each tissue")


def fibre_directions(run: Run, case: str, fields: Fields, keep: np.ndarray | None) -> Overlay:
    """Both fibre families of the annulus as short lines."""
    if "fibre_direction_1" not in fields.cell_data:
        return Overlay([], [], "no fibre directions are stored")
    inside = np.isfinite(fields.cell_data["fibre_direction_1"]).all(axis=1)
    chosen = _spread(inside if keep is None else inside & keep)
    centres = fields.points[fields.cells[chosen]].mean(axis=1)
    meshes = [
        (
            _sticks(centres, fields.cell_data[f"fibre_direction_{family}"][chosen].astype(float), _FIBRE_MM),
            FIBRE_COLOURS[family - 1],
        )
        for family in (1, 2)
        if len(chosen)
    ]
    return Overlay(meshes, [], "fibres of the annulus, one colour for each family")


def facet_forces(run: Run, case: str, fields: Fields, keep: np.ndarray | None) -> Overlay:
    """Contact force of each facet joint as an arrow at its centre of pressure, with its magnitude."""
    meshes, labels = [], []
    for joint, sides in run.cases[case].get("facet", {}).items():
        for side, contact in sides.items():
            force, centre = (np.array(contact[key], dtype=float) for key in ("force_vector_N", "centre_mm"))
            size = float(np.linalg.norm(force))
            if not np.isfinite(centre).all() or size < _SMALLEST_N:
                continue
            length = min(_MM_PER_N * size, _LONGEST_ARROW_MM)
            tip = centre + length * force / size
            meshes.append(
                (pv.Arrow(start=centre, direction=tip - centre, scale=length, shaft_radius=0.04), FORCE_COLOUR)
            )
            labels.append((tip, f"{joint} {side} {size:.3g} N"))
    return Overlay(meshes, labels, "facet contact forces" if meshes else "no facet carries load")


def rotation_centres(run: Run, case: str, fields: Fields, keep: np.ndarray | None) -> Overlay:
    """Centre of rotation of each joint, in the plane of its largest rotation, as a ball."""
    meshes, labels = [], []
    rotations: Mapping[str, Mapping[str, Any]] = run.cases[case]["rotation_deg"]
    for joint, turned in rotations.items():
        if joint not in run.cases[case].get("idp_MPa", {}):
            continue  # spans more than one joint
        plane = max(ROTATION_COMPONENTS, key=lambda component: abs(turned[component]))
        centre = rotation_centre(run, case, fields, joint, plane)
        if centre is not None:
            meshes.append((pv.Sphere(radius=1.8, center=centre), CENTRE_COLOUR))
            labels.append((centre, f"{joint} {plane.replace('_', ' ')}"))
    words = "centres of rotation from the unloaded posture, drawn on the lower vertebra before loading"
    return Overlay(meshes, labels, words if meshes else "no joint turns by half a degree")


OVERLAYS: dict[str, Callable[[Run, str, Fields, np.ndarray | None], Overlay] | None] = {
    "": None,
    "principal stresses": principal_stresses,
    "fibres": fibre_directions,
    "facet forces": facet_forces,
    "centres of rotation": rotation_centres,
}
"""Available overlays, by name."""


def _spread(chosen: np.ndarray) -> np.ndarray:
    """Indices of at most ``_MOST_GLYPHS`` of the chosen cells (m,), evenly spaced."""
    cells = np.flatnonzero(chosen)
    return cells[:: max(1, -(-len(cells) // _MOST_GLYPHS))]


def _sticks(centres: np.ndarray, directions: np.ndarray, length_mm: np.ndarray | float) -> pv.PolyData:
    """Lines (k,) through centres (k, 3), mm, along directions (k, 3), of lengths (k,), mm."""
    half = 0.5 * np.broadcast_to(length_mm, len(centres))[:, None] * directions
    ends = np.arange(2 * len(centres)).reshape(2, -1).T
    return tubes(np.concatenate([centres - half, centres + half]), ends, radius_mm=0.18)
