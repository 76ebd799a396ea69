"""The sacrum of the template: its shape has the measures that its data file gives."""

import numpy as np

from fem_lumbar.anatomy import Anatomy
from fem_lumbar.anatomy.parameters import default_anatomy_values
from fem_lumbar.anatomy.placement import level_frames
from fem_lumbar.anatomy.sacrum import sacral_joint, sacrum_frame
from fem_lumbar.anatomy.spine import LEVELS, SACRUM
from fem_lumbar.shape.frame import body_frame
from fem_lumbar.shape.measured_sacrum import measured_sacrum
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
