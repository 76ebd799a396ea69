"""The posture that balanced muscles hold: the unloaded one, or one with flexed joints."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fem_lumbar.anatomy.spine import joint_levels
from fem_lumbar.foundation.conventions import LEFT, ROTATION_COMPONENTS
from fem_lumbar.measures.kinematics import joint_rotations_deg, level_rotations
from fem_lumbar.mechanics.rotation import rotation_matrix
from fem_lumbar.model.segment import Segment


class HeldPosture:
    """Prescribed rotations of the joints, and the deviation of a state from them.

    Parameters
    ----------
    segment : Segment
        Model.
    unloaded : (n_dofs,)
        State without load.
    flexion_deg : mapping
        Flexion at full load, deg, by joint; it grows in proportion to the load factor.
    """

    def __init__(self, segment: Segment, unloaded: np.ndarray, flexion_deg: Mapping[str, float]) -> None:
        self._segment, self._neutral = segment, level_rotations(segment, unloaded)
        self._flexion_deg = {joint: flexion_deg.get(joint, 0.0) for joint in segment.joints}
        by_axis = sorted(ROTATION_COMPONENTS, key=ROTATION_COMPONENTS.__getitem__)
        self.components = [(joint, component) for joint in segment.joints for component in by_axis]
        """Joint and component of each rotation (m), in the order of unit moments."""

    @property
    def rotation_deg(self) -> np.ndarray:
        """Rotations (m,) from the unloaded state at full load, deg."""
        flexion = self._flexion_deg
        return np.array([flexion[joint] if component == "flexion" else 0.0 for joint, component in self.components])

    def deviation_deg(self, x: np.ndarray, load_factor: float) -> np.ndarray:
        """Rotations (m,) from the posture at a load factor to a state x (n_dofs,), deg."""
        told = self.deviation_by_joint_deg(x, load_factor)
        return np.array([told[joint][component] for joint, component in self.components])

    def largest_deviation_deg(self, x: np.ndarray, load_factor: float) -> float:
        """Largest absolute value of :meth:`deviation_deg`."""
        return float(np.abs(self.deviation_deg(x, load_factor)).max())

    def deviation_by_joint_deg(self, x: np.ndarray, load_factor: float) -> dict[str, dict[str, float]]:
        """:meth:`deviation_deg` by joint and component."""
        told = joint_rotations_deg(self._segment, x, self._rotations(load_factor))
        return {joint: told[joint] for joint in self._segment.joints}

    def _rotations(self, load_factor: float) -> dict[str, np.ndarray]:
        """Rotation (3, 3) of every level; flexion of a joint rotates everything above it."""
        rotations, turned = dict(self._neutral), 0.0
        for joint in reversed(self._segment.joints):
            upper, _ = joint_levels(joint)
            turned += load_factor * np.radians(self._flexion_deg[joint])
            rotations[upper] = rotation_matrix(turned * LEFT) @ self._neutral[upper]
        return rotations
