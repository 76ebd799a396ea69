"""The upper part of the sacrum and the joint above it: measures with sources, and placement under the template."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from fem_lumbar.anatomy.endplates import endplate_size
from fem_lumbar.anatomy.measures import DiscAndFacetMeasures
from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.placement import FacetFrame, endplate_frame, facet_frame, level_frames, upper_in_lower
from fem_lumbar.anatomy.spine import LEVELS, SACRAL_JOINT
from fem_lumbar.foundation.parameters import QuantityTree, read_quantities, values


@cache
def sacral_quantities() -> QuantityTree:
    """Measures of the sacrum (``body``), of its joint (``joint``) and of its ligaments, with sources."""
    return read_quantities(Path(__file__).parent / "data" / "sacrum.yaml")


@cache
def sacral_values() -> dict[str, Any]:
    """Bare values, nested like :func:`sacral_quantities`."""
    return values(sacral_quantities())


def sacral_joint() -> DiscAndFacetMeasures:
    """Measures of the joint between the lowermost vertebra and the sacrum."""
    return DiscAndFacetMeasures.model_validate(sacral_values()["joint"])


def joint_measures(anatomy: Anatomy, joint: str) -> DiscAndFacetMeasures:
    """Measures of a joint of a segment; those of the joint with the sacrum are not part of an anatomy."""
    return sacral_joint() if joint == SACRAL_JOINT else anatomy.joints[joint]


def sacrum_frame(anatomy: Anatomy, endplate_depth_mm: float) -> np.ndarray:
    """Frame of the endplate of the sacrum in the global frame, (4, 4).

    Parameters
    ----------
    anatomy : Anatomy
        Of the vertebrae above.
    endplate_depth_mm : float
        Mid-sagittal depth of the endplate of the sacrum.
    """
    lowest = anatomy.levels[LEVELS[-1]]
    depths = endplate_depth_mm, endplate_size(lowest, "inferior")[0]
    vertebra = upper_in_lower(sacral_joint(), np.eye(4), endplate_frame(lowest, "inferior"), depths)
    return level_frames(anatomy)[LEVELS[-1]] @ np.linalg.inv(vertebra)


def sacral_facet_frame(sacrum: np.ndarray) -> FacetFrame:
    """Right-side face of the joint with the sacrum whose endplate has the frame ``sacrum`` (4, 4)."""
    joint = sacral_joint()
    face = facet_frame(joint.facet_centre_mm, joint.facet_angle_deg, joint.facet_inclination_deg)
    return face.moved(sacrum)
