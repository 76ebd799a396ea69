"""Fit of the shape of S1 to the surface of a sacrum: ``python -m fem_lumbar.shape.fit_sacrum SURFACE OUT.yaml``.

The surface is moved to the frame of the shape by the pose in its data file; the part below S2 is ignored. The rest is
as for a vertebra: :mod:`fem_lumbar.shape.fit`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import yaml

from fem_lumbar.anatomy.placement import sagittal_transform
from fem_lumbar.anatomy.spine import SACRUM
from fem_lumbar.shape.fit import fitted, shape_data
from fem_lumbar.shape.vertebra import BoneShape, bone_data, bone_shape
from fem_lumbar.surfaces.reading import read_surface
from fem_lumbar.surfaces.surface import Surface

_STEPS = 420
_MARGIN_MM = 12.0
"""Extent of the fit below the cut through the sacrum."""


def laid_sacrum(path: Path) -> Surface:
    """The surface of a sacrum (STL, OBJ, PLY) in the frame of the shape, its lateral centre on y = 0."""
    surface = read_surface(path)
    pose = bone_data(SACRUM)["pose_in_source"]
    frame = sagittal_transform(np.radians(pose["pitch_deg"]), np.array(pose["origin_mm"]))
    frame[1, 3] += 0.5 * (surface.points[:, 1].min() + surface.points[:, 1].max())
    return surface.moved(np.linalg.inv(frame))


def lowest_fitted_mm() -> float:
    """Height in the frame of the shape above which it is fitted, mm."""
    return float(bone_data(SACRUM)["fitted_above_mm"])


def distance_from(surface: Surface, shape: BoneShape) -> np.ndarray:
    """Distances (n,) from a shape of the nodes of a sacrum above its cut, mm, to first order."""
    points = surface.points[surface.points[:, 2] > lowest_fitted_mm() + _MARGIN_MM]
    found = shape(points).bone
    return np.abs(found.value) / np.linalg.norm(found.gradient, axis=1)


def main(path: str, out: str) -> None:
    """Fit and write the shape, and print its distances from the surface."""
    laid = laid_sacrum(Path(path))

    def report(step: int, loss: float) -> None:
        if step % 30 == 0 or step == _STEPS - 1:
            print(f"step {step + 1} of {_STEPS}: mean loss {loss:.3f} mm", flush=True)

    shape = fitted(laid, bone_shape(SACRUM), _STEPS, report, lowest_fitted_mm())
    away = distance_from(laid, shape)
    print(f"surface to shape: mean {away.mean():.2f}, 95 % {np.percentile(away, 95):.2f}, largest {away.max():.1f} mm")
    own = {key: bone_data(SACRUM)[key] for key in ("pose_in_source", "fitted_above_mm")}
    data = {**shape_data(SACRUM, shape, f"fitted to {Path(path).name}"), **own}
    text = yaml.safe_dump(data, sort_keys=False, width=118, allow_unicode=True, default_flow_style=None)
    Path(out).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
