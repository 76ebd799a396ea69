"""Landmarks and facets of a mesh compared with those of real vertebrae."""

from __future__ import annotations

from typing import Any

import numpy as np

from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.reference_landmarks import reference_landmarks
from fem_lumbar.anatomy.spine import JOINTS, LEVELS
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.parameters import values
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.specimen.anatomy_measures import Measure, Point, angle, length, on_side, point
from fem_lumbar.specimen.facet_measures import (
    CENTRE_TOLERANCE_MM,
    ORIENTATION_TOLERANCE_DEG,
    face_angles,
    facing_bone,
)
from fem_lumbar.specimen.process_measures import LANDMARK_TOLERANCE_MM, ON_SURFACE, Processes, arch_sizes

SOURCES = {"mean_surface": "mean surface", "visible_human_male": "Visible Human Male"}


def reference_measures(mesh: SegmentMesh, anatomy: Anatomy) -> dict[str, list[Measure]]:
    """Landmarks, facet centres and facet orientations with the published value as the wanted one.

    Landmarks that are extreme points of the bone are found as such; for the others the closest point of the surface is
    used. This includes the lamina: its anterior face is so flat that its most anterior point may be anywhere along
    4 mm. Facets are compared with patches of bone from two sources, which differ, and are measured as in these: bone of
    the lower vertebra within 4 mm of the upper one, margins included.

    Returns
    -------
    dict
        ``landmarks`` and ``facets``.
    """
    published = values(reference_landmarks())
    landmarks, facets = [], []
    for level in LEVELS:
        landmarks += _landmarks(mesh, anatomy, level, published["levels"][level])
    for joint in JOINTS:
        for source, sides in published["joints"][joint].items():
            for side in SIDES:
                facets += _facet(mesh, joint, side, sides[side], SOURCES[source])
    return {"landmarks": landmarks, "facets": facets}


def _landmarks(mesh: SegmentMesh, anatomy: Anatomy, level: str, published: dict[str, Any]) -> list[Measure]:
    bone = Processes(mesh, level)

    def row(name: str, wanted: Point, measured: Point, side: str = "") -> Measure:
        return point(level, name, wanted, measured, side, LANDMARK_TOLERANCE_MM)

    def midline(key: str) -> tuple[float, float, float]:
        return published[key][0], 0.0, published[key][1]

    lamina = np.array(midline("lamina_anterior_mm"))
    found = [
        row("spinous process tip", midline("spinous_tip_mm"), bone.spinous_tip()),
        row("lamina in the midline, nearest bone", lamina, bone.nearest_in_midline(lamina)),
    ]
    for side in SIDES:
        tips = {
            "transverse process tip": ("transverse_tip_mm", bone.transverse_tip),
            "superior articular process tip": ("superior_articular_tip_mm", bone.superior_articular_tip),
            "inferior articular process tip": ("inferior_articular_tip_mm", bone.inferior_articular_tip),
        }
        for name, (key, measured) in tips.items():
            found.append(row(name, on_side(published[key], side), measured(side), side))
        for key, name in ON_SURFACE.items():
            if name not in tips:
                wanted = on_side(published[f"{key}_mm"], side)
                found.append(row(f"{name}, nearest bone", wanted, bone.nearest(wanted), side))
        chord = arch_sizes(mesh, level, side, bone.corners)[0]
        wanted = published["mal_chord_mm"]
        found.append(length(level, "MAL chord, foot to foot", wanted, chord, side, LANDMARK_TOLERANCE_MM))
        centre = on_side(published["pedicle_centre_mm"], side)
        convergence = anatomy.on(side).levels[level].pedicle_angle_deg
        found.append(row("pedicle centre", centre, bone.pedicle(centre, convergence, side)[0], side))
    return found


def _facet(mesh: SegmentMesh, joint: str, side: str, published: dict[str, Any], source: str) -> list[Measure]:
    wanted = on_side(published["facet_centre_mm"], side)
    measured, normal = facing_bone(mesh, joint, side)
    found = [point(joint, f"facet centre ({source})", wanted, measured, side, CENTRE_TOLERANCE_MM)]
    for key, name, got in zip(
        ("facet_angle_deg", "facet_inclination_deg"), ("angle from sagittal", "inclination"), face_angles(normal, side)
    ):
        name = f"superior facet, {name} ({source})"
        found.append(angle(joint, name, published[key], got, side, ORIENTATION_TOLERANCE_DEG))
    return found
