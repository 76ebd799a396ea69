"""Measures of the sacrum taken on its shape: ``python -m fem_lumbar.shape.measured_sacrum`` prints them.

They are stored in ``fem_lumbar/anatomy/data/sacrum.yaml``, rounded, with their source.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fem_lumbar.anatomy.parameters import Anatomy, default_anatomy_values
from fem_lumbar.anatomy.placement import level_frames
from fem_lumbar.anatomy.sacrum import sacral_facet_frame, sacral_joint, sacrum_frame
from fem_lumbar.anatomy.spine import LEVELS, SACRUM
from fem_lumbar.shape.frame import endplate_size
from fem_lumbar.shape.measured import facet_between
from fem_lumbar.shape.placed import PlacedBone
from fem_lumbar.shape.vertebra import bone_shape


def measured_sacrum() -> dict[str, Any]:
    """Size of the endplate and the facet joint under the lowermost vertebra of the template."""
    anatomy, shape = Anatomy.model_validate(default_anatomy_values()), bone_shape(SACRUM)
    depth, width = endplate_size(shape, "superior")
    frame = sacrum_frame(anatomy, depth)
    vertebra = PlacedBone(bone_shape(LEVELS[-1]), level_frames(anatomy)[LEVELS[-1]])
    joint = sacral_joint()
    start = sacral_facet_frame(frame).centre - joint.facet_centre_mm[2] * frame[:3, 2]  # as high as the endplate
    facet = facet_between(vertebra, PlacedBone(shape, frame), start, joint.facet_width_mm)
    return {"endplate_depth_mm": depth, "endplate_width_mm": width, **facet}


if __name__ == "__main__":
    for name, value in measured_sacrum().items():
        print(f"{name}: {np.round(value, 3).tolist()}")
