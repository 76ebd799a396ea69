"""The sacrum of the template: its shape has the measures that its data file gives."""

from itertools import pairwise

import numpy as np

from fem_lumbar.anatomy import Anatomy
from fem_lumbar.anatomy.parameters import default_anatomy_values
from fem_lumbar.anatomy.placement import level_frames
from fem_lumbar.anatomy.sacrum import sacral_joint, sacrum_frame
from fem_lumbar.anatomy.spine import ALL_JOINTS, LEVELS, SACRUM, joint_levels
from fem_lumbar.shape.frame import body_frame
from fem_lumbar.shape.measured_sacrum import measured_sacrum
from fem_lumbar.shape.scene import Scene
from fem_lumbar.shape.vertebra import bone_shape


def test_the_facet_joint_lies_between_the_bones():
    found, told = measured_sacrum(), sacral_joint()
    assert np.allclose(found["facet_centre_mm"], told.facet_centre_mm, atol=0.5)
    assert abs(found["facet_angle_deg"] - told.facet_angle_deg) < 3.0
    assert abs(found["facet_inclination_deg"] - told.facet_inclination_deg) < 3.0
    assert abs(found["facet_curvature_per_mm"] - told.facet_curvature_per_mm) < 0.01


def test_the_disc_is_as_high_as_told_and_the_endplate_of_usual_size():
    anatomy, shape, told = Anatomy.model_validate(default_anatomy_values()), bone_shape(SACRUM), sacral_joint()
    assert list(shape.corners) == ["superior_anterior", "superior_posterior"]  # the lower end is hidden
    depth = float(np.linalg.norm(shape.corners["superior_anterior"] - shape.corners["superior_posterior"]))
    assert 29.0 < depth < 33.0  # 31.2 mm by hand on the surface
    lower, upper = sacrum_frame(anatomy, depth), level_frames(anatomy)[LEVELS[-1]]
    for side, corner in shape.corners.items():
        rim = (np.linalg.inv(body_frame(shape)) @ np.append(corner, 1.0))[:3]
        place = lower[:3, :3] @ rim + lower[:3, 3]
        above = bone_shape(LEVELS[-1])
        own = (np.linalg.inv(body_frame(above)) @ np.append(above.corners[side.replace("superior", "inferior")], 1.0))[
            :3
        ]
        distance = np.linalg.norm(upper[:3, :3] @ own + upper[:3, 3] - place)
        assert abs(distance - getattr(told, f"disc_height_{side.split('_')[1]}_mm")) < 0.5


def test_posterior_elements_clear_one_another_as_at_the_joints_above():
    """Tip of the inferior process over the lamina, tip of the superior process under the bone over it."""
    scene = Scene(Anatomy.model_validate(default_anatomy_values()), sacrum=True)
    tips, tops = zip(*(clearances_mm(scene, joint) for joint in ALL_JOINTS), strict=True)
    assert 0.7 * min(tips[:-1]) < tips[-1] < 1.3 * max(tips[:-1])
    assert 0.9 * min(tops[:-1]) < tops[-1] < 1.3 * max(tops[:-1])


def clearances_mm(scene: Scene, joint: str) -> tuple[float, float]:
    """Least free heights of sagittal sections through a facet joint: under and over its middle."""
    upper, lower = joint_levels(joint)
    centre = scene.facets[joint].frame.centre
    x, aside, z = np.arange(-12.0, 9.0, 0.4), np.arange(-7.0, 8.0, 2.0), np.arange(-25.0, 16.0, 0.2)
    grid = np.stack(np.meshgrid(x, aside, z, indexing="ij"), axis=-1)
    points = centre + grid.reshape(-1, 3) @ scene.frames[lower][:3, :3].T
    gap = scene.gap(joint, points).value
    ends = [scene.bone_offset(joint, points, upper=side).value for side in (True, False)]
    above = ((scene.bone(upper, points).value < 0.0) & (gap > ends[0])).reshape(grid.shape[:3])
    below = ((scene.bone(lower, points).value < 0.0) & (gap < -ends[1])).reshape(grid.shape[:3])
    under, over = [np.inf], [np.inf]
    for column in np.ndindex(above.shape[:2]):
        kind = np.where(above[column], 2, below[column].astype(int))
        bone = np.flatnonzero(kind)
        for low, high in pairwise(bone):
            if (kind[low], kind[high]) == (1, 2):
                (over if z[high] > 0.0 else under).append(z[high] - z[low])
    return min(under), min(over)
