"""The vertebral canal at a disc: its section between disc and flaval ligaments, and its narrowing by ossification."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.integrate import trapezoid

from fem_lumbar.anatomy.part_name import named
from fem_lumbar.anatomy.spine import joint_levels
from fem_lumbar.foundation.conventions import ANTERIOR, SIDES
from fem_lumbar.foundation.triangles import area_vectors
from fem_lumbar.measures.kinematics import current_places, disc_axis, disc_centre, level_rotations
from fem_lumbar.meshing.bridges import bridge_region
from fem_lumbar.meshing.cell_faces import free_faces
from fem_lumbar.model.segment import Segment
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.ossification import bridges, growth_mm

_SAMPLES = 2001
"""Sampling points across half of the canal. Ossified tissue ends between two of them, so that areas are in error by up
to its thickness times their spacing."""


@dataclass(frozen=True)
class CanalSection:
    """Section of the canal in the middle plane of a disc.

    Attributes
    ----------
    aside : (n,)
        Places across the canal, + left, mm; as far as the flaval ligaments reach.
    depth : (n,)
        Distance from the disc back to the flaval ligaments there, mm.
    bridge : (n,) or float
        How far a solid bridge of the posterior longitudinal ligament reaches back from the disc there, mm.
    """

    aside: np.ndarray
    depth: np.ndarray
    bridge: np.ndarray | float = 0.0

    @property
    def diameter_mm(self) -> float:
        """Depth in the midline."""
        return float(np.interp(0.0, self.aside, self.depth))

    @property
    def area_mm2(self) -> float:
        """Area between disc and flaval ligaments."""
        return float(trapezoid(self.depth, self.aside))

    def narrowed(self, growth_mm: Mapping[str, float], half_width_mm: float, healthy_mm: float = 0.0) -> CanalSection:
        """The section with ossified ligaments grown into it.

        Parameters
        ----------
        growth_mm : mapping
            Thickness beyond the healthy one of ``PLL``, ``LF_left`` and ``LF_right``.
        half_width_mm : float
            Of the posterior longitudinal ligament.
        healthy_mm : float
            Thickness of that ligament where it is healthy; a bridge of it takes what it is thicker, where it is.
        """
        ligament = np.abs(self.aside) <= half_width_mm
        bridged = np.any(self.bridge)
        before = np.maximum(self.bridge - healthy_mm * ligament, 0.0) if bridged else growth_mm["PLL"] * ligament
        left, right = growth_mm["LF_left"], growth_mm["LF_right"]
        behind = np.where(self.aside > 0.0, left, right)
        behind[self.aside == 0.0] = max(left, right)
        return CanalSection(self.aside, np.maximum(self.depth - before - behind, 0.0))


def canal_section(segment: Segment, x: np.ndarray, joint: str) -> CanalSection | None:
    """Section of the canal in a state x (n_dofs,); None without flaval ligaments.

    The plane passes through the middle of the disc, perpendicular to its axis. The canal is bounded in front by the
    wall of the disc, behind by the line through the strands of the flaval ligaments, and at the sides by the outermost
    strands.
    """
    strands = segment.ligaments.get(joint)
    flaval = [n for n, name in enumerate(segment.strand_names.get(joint, ())) if name.startswith("LF")]
    if strands is None or len(flaval) < 2:
        return None
    rotations = level_rotations(segment, x)
    axis, centre = disc_axis(segment, joint, rotations), disc_centre(segment, x, joint)
    left = np.cross(axis, sum(rotations[level] @ ANTERIOR for level in joint_levels(joint)))
    left /= np.linalg.norm(left)
    forward = np.cross(left, axis)
    upper, vectors = strands.upper_ends(x)[flaval], strands.vectors(x)[flaval]
    share = np.clip((upper - centre) @ axis / (vectors @ axis), 0.0, 1.0)
    behind = upper - share[:, None] * vectors - centre
    wall = _section_of(segment, x, segment.mesh.surfaces[f"{joint}.annulus.outer"], axis, centre)
    wall = wall[wall @ forward < 0.0]
    reach = min(-(behind @ left).min(), (behind @ left).max())
    half = np.linspace(0.0, reach, _SAMPLES)
    aside = np.concatenate([-half[:0:-1], half])  # 0 exactly, where the diameter is taken
    front = _along(aside, wall @ left, wall @ forward)
    back = _section_of(segment, x, _back_of_bridge(segment, joint), axis, centre)
    bridge = front - _along(aside, back @ left, back @ forward, np.nan) if len(back) else 0.0
    return CanalSection(aside, front - _along(aside, behind @ left, behind @ forward), np.nan_to_num(bridge))


def _back_of_bridge(segment: Segment, joint: str) -> np.ndarray:
    """Triangles (k, 3) of a solid bridge of the posterior longitudinal ligament that face the canal; none without."""
    mesh, region = segment.mesh, bridge_region(joint, "PLL")
    if region not in segment.solids:
        return np.empty((0, 3), dtype=int)
    faces = free_faces(mesh.cells[mesh.region_cells(region)])
    return faces[area_vectors(mesh.points[faces]) @ ANTERIOR < 0.0]


def _section_of(
    segment: Segment, x: np.ndarray, triangles: np.ndarray, axis: np.ndarray, centre: np.ndarray
) -> np.ndarray:
    """Points (k, 3) from the centre of a disc in which edges of triangles (m, 3) cross the plane through it."""
    edges = np.unique(np.sort(np.vstack([triangles[:, pair] for pair in ([0, 1], [1, 2], [0, 2])]), axis=1), axis=0)
    first, second = (current_places(segment, edges[:, end], x) - centre for end in (0, 1))
    low, high = first @ axis, second @ axis
    crossing = (low < 0.0) != (high < 0.0)
    share = low[crossing, None] / (low - high)[crossing, None]
    return first[crossing] + share * (second - first)[crossing]


def _along(aside: np.ndarray, places: np.ndarray, values: np.ndarray, beyond: float | None = None) -> np.ndarray:
    """Values (k,) at places across the canal, interpolated at others (n,); those at its ends beyond, if not given."""
    order = np.argsort(places)
    return np.interp(aside, places[order], values[order], beyond, beyond)


def _half_width_mm(segment: Segment, joint: str) -> float:
    """Half of the distance between the outermost strands of the posterior longitudinal ligament, mm."""
    strands = named(segment.mesh.patches, joint, "PLL")
    across = [segment.point(name).position[1] for name in strands]
    return (max(across) - min(across)) / 2.0 if across else 0.0


def canal_entry(scenario: Scenario, segment: Segment, x: np.ndarray) -> dict[str, dict[str, dict[str, float]]]:
    """Entry ``canal`` of a load case: remaining and lost section at each joint whose PLL or LF is ossified.

    Parameters
    ----------
    scenario : Scenario
        Says what is ossified, and how thick.
    segment : Segment
    x : (n_dofs,)
        State.

    Returns
    -------
    dict
        By joint: ``diameter_mm`` and ``area_mm2`` left, ``occupied_diameter_mm`` and ``occupied_area_mm2`` taken; no
        entry where nothing is thicker than a healthy ligament.
    """
    found = {}
    for joint in segment.joints:
        growth = {f"LF_{side}": growth_mm(scenario.ossification, joint, "LF", side) for side in SIDES}
        growth["PLL"] = growth_mm(scenario.ossification, joint, "PLL", "")
        section = canal_section(segment, x, joint) if any(growth.values()) else None
        if section is None:
            continue
        healthy = next((one.thickness_mm for one in bridges(scenario.ossification) if one[:2] == (joint, "PLL")), 0.0)
        left = section.narrowed(growth, _half_width_mm(segment, joint), healthy - growth["PLL"])
        found[joint] = {
            "diameter_mm": left.diameter_mm,
            "area_mm2": left.area_mm2,
            "occupied_diameter_mm": section.diameter_mm - left.diameter_mm,
            "occupied_area_mm2": section.area_mm2 - left.area_mm2,
        }
    return {"canal": found} if found else {}
