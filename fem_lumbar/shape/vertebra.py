"""The shape of a bone: one implicit function of position, negative inside, with named parts.

The function is −h log Σ exp(−d_k / h), the union of its parts rounded over the length h. Parts are the body and
ellipsoids (pedicle, processes, lamina), each of the right half and its mirror image, so that it is symmetric and smooth
across y = 0. The body is the smooth maximum of the distances d from a side wall, whose radius is a sum of cosines
around and of Bernstein polynomials along z, and from two endplates, polynomials in x and y².
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from fem_lumbar.anatomy.spine import FACES, KIND
from fem_lumbar.foundation.parameters import read_data
from fem_lumbar.shape.jet import Jet
from fem_lumbar.shape.kernels import bone_function

_DATA = Path(__file__).parent / "data"
_MOST_STEPS, _LONGEST_STEP_MM, _CONVERGED_MM = 50, 3.0, 1e-10
"""Newton's method for points of the rim: steps, longest step, tolerance."""


@dataclass(frozen=True)
class BoneValues:
    """The implicit functions of a bone at points: whole bone, body, side wall, both endplates; mm."""

    bone: Jet
    body: Jet
    wall: Jet
    superior: Jet
    inferior: Jet


@dataclass(frozen=True)
class BoneShape:
    """Parameters of the implicit function of a bone in the frame of the shape.

    Attributes
    ----------
    names : tuple of str
        Names of the ellipsoids, such as ``pedicle.1``.
    centres, axes : ndarray (k, 3)
        Centres and semi-axes of the ellipsoids of the right half, mm.
    turns : ndarray (k, 3, 3)
        Rotations, whose columns are the directions of the semi-axes.
    wall : ndarray (harmonics, heights)
        Coefficients of the radius of the side wall, mm.
    plates : dict of ndarray (9,)
        Coefficients of the ``superior`` and ``inferior`` endplate, mm.
    rounding, blend : float
        Rounding lengths of the rim of the body and of the union, mm.
    faces : tuple of str
        Endplates on the surface; the other one is hidden in the bone below, as in the sacrum.
    """

    names: tuple[str, ...]
    centres: np.ndarray
    axes: np.ndarray
    turns: np.ndarray
    wall: np.ndarray
    plates: dict[str, np.ndarray]
    rounding: float
    blend: float
    faces: tuple[str, ...] = FACES

    @property
    def rim_depth(self) -> float:
        """Depth of the rim of the body under side wall and endplate, which meet there rounded, mm."""
        return self.rounding * np.log(2.0)

    def __call__(self, points: np.ndarray) -> BoneValues:
        """The implicit functions at points (n, 3) in the frame of the shape, mm."""
        values = bone_function(
            np.ascontiguousarray(points, dtype=float),
            self.centres,
            self.turns,
            self.axes,
            self.wall,
            self.plates["superior"],
            self.plates["inferior"],
            self.rounding,
            self.blend,
        )
        jets = [Jet(values[:, row, 0], values[:, row, 1:]) for row in range(5)]
        bone, body, wall, superior, inferior = jets
        return BoneValues(bone, body, wall, superior, inferior)

    @cached_property
    def corners(self) -> dict[str, np.ndarray]:
        """Mid-sagittal corners of the body: ``superior_anterior`` and so on, (3,) mm.

        A corner is the point of the surface where side wall and endplate are equally far, under the rounded rim.
        """
        azimuths = {"anterior": np.zeros(1), "posterior": np.full(1, np.pi)}
        return {
            f"{face}_{side}": self._rim(face, azimuth, lambda values: values.bone)[0]
            for face in self.faces
            for side, azimuth in azimuths.items()
        }

    def rim(self, face: str, azimuth: np.ndarray) -> np.ndarray:
        """Points (n, 3) on the rim of an endplate at azimuths (n,) from anterior, rad, about the axis of the shape.

        It is the rim of the body alone: pedicles do not count.
        """
        return self._rim(face, azimuth, lambda values: values.body)

    def _rim(self, face: str, azimuth: np.ndarray, surface: Callable[[BoneValues], Jet]) -> np.ndarray:
        directions = np.column_stack([np.cos(azimuth), np.sin(azimuth), np.zeros(len(azimuth))])
        up = np.array([0.0, 0.0, 1.0])
        points = 18.0 * directions + np.sign(self.plates[face][0]) * 12.0 * up
        for _ in range(_MOST_STEPS):
            values = self(points)
            wall, plate, skin = values.wall, getattr(values, face), surface(values)
            residual = np.column_stack([skin.value, wall.value - plate.value])
            slopes = np.stack([skin.gradient, wall.gradient - plate.gradient], axis=1)
            matrix = np.stack([np.einsum("nri,ni->nr", slopes, directions), slopes @ up], axis=2)
            step = np.linalg.solve(matrix, residual[..., None])[..., 0]
            step *= np.minimum(1.0, _LONGEST_STEP_MM / np.maximum(np.abs(step).max(axis=1, keepdims=True), 1e-12))
            points = points - step[:, :1] * directions - step[:, 1:] * up
            if np.abs(step).max() < _CONVERGED_MM:
                break
        return points


@cache
def bone_data(level: str) -> dict[str, Any]:
    """Plain content of the data file of a bone."""
    return read_data(_DATA / f"{level}.yaml")


@cache
def bone_shape(level: str) -> BoneShape:
    """Shape of a bone of the template as fitted; its frame is that of the data file."""
    data = bone_data(level)
    body, parts = data["body"], data["parts"]
    turns = Rotation.from_rotvec([part["rotation_vector_rad"] for part in parts.values()]).as_matrix()
    return BoneShape(
        names=tuple(parts),
        centres=np.array([part["centre_mm"] for part in parts.values()]),
        axes=np.array([part["semi_axes_mm"] for part in parts.values()]),
        turns=np.ascontiguousarray(turns),
        wall=np.array(list(body["side_wall_cos_harmonic_by_height_mm"].values())),
        plates={face: np.array(body[f"{face}_endplate_mm"]) for face in ("superior", "inferior")},
        rounding=body["rim_rounding_mm"],
        blend=data["blend_mm"],
        faces=KIND[level].endplates,
    )
