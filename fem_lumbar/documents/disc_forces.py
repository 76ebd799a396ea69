"""Axial force and lateral centre of pressure of the discs of a stored run."""

from __future__ import annotations

import numpy as np

from fem_lumbar.anatomy.part_name import DISC_PARTS, named
from fem_lumbar.anatomy.spine import joint_levels
from fem_lumbar.foundation.triangles import area_mean, area_vectors
from fem_lumbar.measures.disc_centre import DiscForce, disc_force
from fem_lumbar.runs.run import Run


def disc_forces(run: Run, case: str) -> dict[str, DiscForce]:
    """Force that each disc transmits along its axis in a load case, by joint (see `disc_force`).

    Joints whose endplates are not surfaces of the mesh are left out.
    """
    fields, mesh = run.field_arrays(case), run.mesh
    found = {}
    for joint in run.cases[case]["load_share"]:
        tissues = [name for part in DISC_PARTS for name in named(mesh.region_names, joint, part)]
        tags = [mesh.region_names.index(name) for name in tissues]
        cells = np.isin(mesh.region, tags)
        upper, lower = joint_levels(joint)
        names = (f"{upper}.endplate.inferior", f"{lower}.endplate.superior")
        if any(name not in mesh.surfaces for name in names):
            continue
        plates = [fields.points[mesh.surfaces[name]] for name in names]
        top, bottom = (area_mean(plate, plate) for plate in plates)
        axis = sum(_turned(area_vectors(plate).sum(axis=0), top - bottom) for plate in plates)
        axis /= np.linalg.norm(axis)
        stress = fields.cell_data["cauchy_stress"][cells]
        found[joint] = disc_force(fields.points, mesh.cells[cells], stress, axis, float((top - bottom) @ axis))
    return found


def _turned(vector: np.ndarray, towards: np.ndarray) -> np.ndarray:
    """A unit vector with its sign chosen so that it points towards the side of another one."""
    return np.sign(vector @ towards) * vector / np.linalg.norm(vector)
