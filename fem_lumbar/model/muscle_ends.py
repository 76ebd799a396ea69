"""End points of fascicles on the model: on its own surfaces, and above and below the segment."""

from __future__ import annotations

import numpy as np

from fem_lumbar.anatomy.muscles import Fascicle, fascicles, source_origins_mm
from fem_lumbar.anatomy.spine import ABOVE, BELOW, COLUMN, JOINTS, LEVELS, joint_levels
from fem_lumbar.foundation.conventions import mirrored
from fem_lumbar.meshing.mesh import SegmentMesh


def caudal_disc_centres(mesh: SegmentMesh) -> dict[str, np.ndarray]:
    """Centre (3,) of the disc below each body of the template, mm.

    The disc below the lowermost body is not in the template; it is taken to be as high as the one above that body.
    """
    marks, lowest, next_to_it = mesh.landmarks, LEVELS[-1], LEVELS[-2]
    top, bottom = marks[f"{lowest}.superior_endplate_centre"], marks[f"{lowest}.inferior_endplate_centre"]
    below = bottom - top
    height = np.linalg.norm(marks[f"{next_to_it}.inferior_endplate_centre"] - top)
    centres = {joint_levels(joint)[0]: marks[f"{joint}.disc_centre"] for joint in JOINTS}
    return {**centres, lowest: bottom + 0.5 * height * below / np.linalg.norm(below)}


def published_point(mesh: SegmentMesh, fascicle: Fascicle, end: str, side: str) -> np.ndarray:
    """Published end point (3,) of a fascicle transferred to the vertebrae of a mesh, mm.

    The bodies of the source keep their axes, which refer to upright standing, as ours do. Their origins are placed at
    the centres of our discs. Bodies above or below the template move with its nearest vertebra.
    """
    next_level = {**dict.fromkeys(ABOVE, LEVELS[0]), BELOW: LEVELS[-1]}.get(end, end)
    origins = source_origins_mm()
    point = origins[end] - origins[next_level] + fascicle.ends[end]
    return caudal_disc_centres(mesh)[next_level] + (point if side == "right" else mirrored(point))


def own_point(mesh: SegmentMesh, fascicle: Fascicle, end: str, side: str) -> np.ndarray:
    """Attachment (3,) of a fascicle on the surface of a vertebra of a mesh, mm."""
    return mesh.patches[f"{fascicle.attachment(end)}.{side}"].point(mesh.points)


def attachment_shift(mesh: SegmentMesh, muscle: str, level: str, side: str) -> np.ndarray:
    """Mean vector (3,) from the published attachments of a muscle on a vertebra to those on its surface, mm."""
    ends = [fascicle for fascicle in fascicles().values() if fascicle.muscle == muscle and level in fascicle.ends]
    moved = [own_point(mesh, one, level, side) - published_point(mesh, one, level, side) for one in ends]
    return np.mean(moved, axis=0)


def outer_point(mesh: SegmentMesh, fascicle: Fascicle, end: str, side: str, levels: tuple[str, ...]) -> np.ndarray:
    """End (3,) of a fascicle above or below the segment, where it does not attach to it, mm.

    It is shifted from its published position by the mean shift of the attachments of the same muscle on the nearest of
    ``levels`` that has any, so that the line keeps its distance from those of other fascicles.
    """
    attached = {level for one in fascicles().values() if one.muscle == fascicle.muscle for level in one.ends}
    is_above = COLUMN.index(end) < COLUMN.index(levels[0])
    nearest = next(level for level in (levels if is_above else levels[::-1]) if level in attached)
    return published_point(mesh, fascicle, end, side) + attachment_shift(mesh, fascicle.muscle, nearest, side)


def attachment_distances_mm(mesh: SegmentMesh, side: str = "right") -> list[dict[str, object]]:
    """Distance of each attachment on the template from its published position.

    Returns
    -------
    rows : list of dict
        ``fascicle``, ``end``, ``site``, ``moved_mm`` (3,) from the published to our attachment, ``distance_mm``, and
        ``after_shift_mm``: the distance that remains after the mean shift of that muscle on that vertebra.
    """
    rows = []
    for fascicle in fascicles().values():
        for end in fascicle.ends:
            if end not in LEVELS:
                continue
            moved = own_point(mesh, fascicle, end, side) - published_point(mesh, fascicle, end, side)
            rest = moved - attachment_shift(mesh, fascicle.muscle, end, side)
            rows.append(
                {
                    "fascicle": fascicle.name,
                    "end": end,
                    "site": fascicle.attachment(end).part,
                    "moved_mm": moved,
                    "distance_mm": float(np.linalg.norm(moved)),
                    "after_shift_mm": float(np.linalg.norm(rest)),
                }
            )
    return rows
