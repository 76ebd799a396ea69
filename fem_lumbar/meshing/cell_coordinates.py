"""Local coordinates of cells, from the functions of the template: along each ligament arch, in each annulus."""

from __future__ import annotations

import numpy as np

from fem_lumbar.anatomy.spine import ARCH_LEVELS, joint_levels
from fem_lumbar.meshing.mirror import WholeMesh, reflect_scalars, reflect_vectors
from fem_lumbar.shape.scene import Scene


def cell_coordinates(mesh: WholeMesh, surfaces: dict[str, np.ndarray], scene: Scene) -> dict[str, np.ndarray]:
    """Cell data of :class:`~fem_lumbar.meshing.mesh.SegmentMesh`, rounded to single precision."""
    right = mesh.right_cells
    centres = mesh.points[mesh.cells[:right]].mean(axis=1)
    names = np.array(mesh.region_names)[mesh.region[:right]]
    scalars = {key: np.full(right, np.nan) for key in ("mal_s", "annulus_radial", "annulus_azimuth_deg")}
    vectors = {key: np.full((right, 3), np.nan) for key in ("annulus_tangent", "annulus_axial")}
    for level in ARCH_LEVELS:
        own = names == f"{level}.mal.right"
        arch = scene.arches[level]
        feet = [
            arch.progress(mesh.points[surfaces[f"{level}.mal.right.{end}_end"]].mean(axis=1)).value.mean()
            for end in ("mammillary", "accessory")
        ]
        progress = arch.progress(centres[own]).value
        scalars["mal_s"][own] = np.clip((progress - feet[0]) / (feet[1] - feet[0]), 0.0, 1.0)
    for joint in scene.joints:
        own = names == f"{joint}.annulus"
        for key, found in _annulus(scene, joint, centres[own]).items():
            (vectors if key in vectors else scalars)[key][own] = found
    whole = {key: reflect_scalars(found) for key, found in scalars.items()}
    whole["annulus_azimuth_deg"][right:] *= -1.0
    whole |= {key: reflect_vectors(found) for key, found in vectors.items()}
    whole["annulus_tangent"][right:] *= -1.0
    return {key: found.astype(np.float32).astype(float) for key, found in whole.items()}


def _annulus(scene: Scene, joint: str, centres: np.ndarray) -> dict[str, np.ndarray]:
    """Coordinates of cell centres (k, 3) of one annulus; the tangent points towards growing azimuth (left)."""
    upper, lower = joint_levels(joint)
    disc = scene.discs[joint]
    below, above = scene.endplate(lower, "superior")[:3, 2], scene.endplate(upper, "inferior")[:3, 2]
    over, under = disc.between(centres)
    share = np.clip(over / (over + under), 0.0, 1.0)[:, None]
    axial = (1.0 - share) * below + share * above
    axial /= np.linalg.norm(axial, axis=1, keepdims=True)
    inner, outer = disc.nucleus(centres), disc.wall(centres)
    to_inner, to_outer = np.maximum(inner.value, 0.0), np.maximum(-outer.value, 1e-6)
    radial = to_inner / (to_inner + to_outer)
    outward = (1.0 - radial)[:, None] * inner.gradient + radial[:, None] * outer.gradient
    tangent = np.cross(axial, outward)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    middle = disc.middle
    flat = (centres - middle[:3, 3]) @ middle[:3, :3]
    return {
        "annulus_radial": radial,
        "annulus_azimuth_deg": np.degrees(np.arctan2(flat[:, 1], flat[:, 0])),
        "annulus_tangent": tangent,
        "annulus_axial": axial,
    }
