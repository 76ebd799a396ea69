"""Fit of the shape of a bone to a surface: ``python -m fem_lumbar.shape.fit L4 SURFACE OUT.yaml [START]``.

The surface is aligned rigidly with the start, another level's shape if one is named. The target of the fit is the
signed distance from it, averaged with that from its mirror image. Robust least squares by Adam over batches of samples
on and around the surface.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyvista as pv
import yaml
from scipy.spatial.transform import Rotation

from fem_lumbar.foundation.conventions import mirrored
from fem_lumbar.shape.contour import bone_contour
from fem_lumbar.shape.fit_kernel import add_slopes
from fem_lumbar.shape.vertebra import BoneShape, bone_data, bone_shape
from fem_lumbar.surfaces.reading import read_surface
from fem_lumbar.surfaces.rigid import rigid_alignment
from fem_lumbar.surfaces.surface import Surface

_SAMPLES = ((0.0, 26_000), (0.5, 16_000), (1.7, 14_000))
"""Standard deviation of the distance from the surface, mm, and number of samples; as many as the last are spread
uniformly over a box around the surface."""
_CLIP_MM = 2.5
"""Distances d saturate at this length c: c tanh(d / c) is fitted."""
_ROBUST_MM = 0.2
_BATCH = 5_000
_STEP = {"centres": 0.06, "axes": 0.012, "turns": 0.015, "wall": 0.05, "plates": 0.05}
"""Step sizes of Adam in the middle of the fit: mm, logarithm of a length, rad, mm, mm."""
_AXES_MM = (1.2, 14.0)


def fitted(
    surface: Surface, start: BoneShape, steps: int, report: Callable[[int, float], None], above: float = -np.inf
) -> BoneShape:
    """A shape fitted to a surface that is given in the frame of the shape.

    Parameters
    ----------
    surface : Surface
        Closed, normals outward, about symmetric to y = 0, mm.
    start : BoneShape
    steps : int
        Number of steps of Adam.
    report : callable
        Receives the number of each step and the mean loss of its batch.
    above : float
        Height above which samples are used, mm.
    """
    random = np.random.default_rng(1)
    points = _samples(surface, random)
    points = points[points[:, 2] > above]
    wanted = _CLIP_MM * np.tanh(_symmetric_distance(surface, points) / _CLIP_MM)
    shape = start
    mean: dict[str, Any] = dict.fromkeys(_STEP, 0.0)
    square = dict(mean)
    for step in range(steps):
        rows = random.integers(0, len(points), _BATCH)
        loss, slopes = _loss(shape, points[rows], wanted[rows])
        scale = 1.0 + np.cos(np.pi * step / steps) + 0.02
        moves = {}
        for key, slope in slopes.items():
            mean[key] = 0.9 * mean[key] + 0.1 * slope
            square[key] = 0.99 * square[key] + 0.01 * slope**2
            size = np.sqrt(square[key] / (1.0 - 0.99 ** (step + 1))) + 1e-7
            moves[key] = -scale * _STEP[key] * mean[key] / (1.0 - 0.9 ** (step + 1)) / size
        shape = _moved(shape, moves)
        report(step, loss)
    return shape


def _loss(shape: BoneShape, points: np.ndarray, wanted: np.ndarray) -> tuple[float, dict[str, np.ndarray]]:
    """Mean loss of a batch, mm, and its derivatives by parameter."""
    value = shape(points).bone.value
    clipped = np.tanh(value / _CLIP_MM)
    rest = _CLIP_MM * clipped - wanted
    size = np.sqrt(rest**2 + _ROBUST_MM**2)
    weights = rest / size * (1.0 - clipped**2) / len(points)
    ellipsoids, wall = np.zeros((len(shape.centres), 9)), np.zeros_like(shape.wall)
    plates = np.zeros((2, 9))
    tables = (shape.plates["superior"], shape.plates["inferior"], shape.rounding, shape.blend)
    add_slopes(points, weights, shape.centres, shape.turns, shape.axes, shape.wall, *tables, ellipsoids, wall, plates)
    slopes = {"centres": ellipsoids[:, :3], "axes": ellipsoids[:, 3:6], "turns": ellipsoids[:, 6:]}
    return float(size.mean() - _ROBUST_MM), {**slopes, "wall": wall, "plates": plates}


def _moved(shape: BoneShape, moves: dict[str, np.ndarray]) -> BoneShape:
    turns = shape.turns @ Rotation.from_rotvec(moves["turns"]).as_matrix()
    plates = {face: plate + move for (face, plate), move in zip(shape.plates.items(), moves["plates"])}
    return replace(
        shape,
        centres=shape.centres + moves["centres"],
        axes=np.clip(shape.axes * np.exp(moves["axes"]), *_AXES_MM),
        turns=np.ascontiguousarray(turns),
        wall=shape.wall + moves["wall"],
        plates=plates,
    )


def _samples(surface: Surface, random: np.random.Generator) -> np.ndarray:
    """Samples (n, 3) on a surface, near it and in a box around it, mm."""
    areas = surface.triangle_areas
    found = []
    for spread, count in _SAMPLES:
        chosen = random.choice(len(areas), count, p=areas / areas.sum())
        corners, share = surface.points[surface.triangles[chosen]], random.dirichlet((1.0, 1.0, 1.0), count)
        found.append(np.einsum("nij,ni->nj", corners, share) + random.normal(0.0, 1.0, (count, 3)) * spread)
    low, high = surface.points.min(axis=0) - 5.0, surface.points.max(axis=0) + 5.0
    return np.vstack([*found, low + random.random((count, 3)) * (high - low)])


def _symmetric_distance(surface: Surface, points: np.ndarray) -> np.ndarray:
    """Signed distances (n,) from a surface, mm, averaged over points (n, 3) and their mirror images."""
    body = surface.poly_data
    both = (
        pv.PolyData(place).compute_implicit_distance(body)["implicit_distance"] for place in (points, mirrored(points))
    )
    return 0.5 * np.sum([np.asarray(one) for one in both], axis=0)


def distances(one: Surface, other: Surface) -> np.ndarray:
    """Unsigned distances (n,) of the points of a surface from another one, mm."""
    away = pv.PolyData(one.points).compute_implicit_distance(other.poly_data)["implicit_distance"]
    return np.abs(np.asarray(away))


def shape_data(level: str, shape: BoneShape, source: str) -> dict[str, Any]:
    """Content of the data file of a shape."""
    turns = Rotation.from_matrix(shape.turns).as_rotvec()
    return {
        **{key: bone_data(level)[key] for key in ("level", "confidence", "unit")},
        "source": source,
        "blend_mm": shape.blend,
        "body": {
            **bone_data(level)["body"],
            "side_wall_cos_harmonic_by_height_mm": {f"cos{m}": _plain(row, 3) for m, row in enumerate(shape.wall)},
            **{f"{face}_endplate_mm": _plain(plate, 3) for face, plate in shape.plates.items()},
        },
        "parts": {
            name: {"centre_mm": _plain(c, 3), "semi_axes_mm": _plain(r, 3), "rotation_vector_rad": _plain(w, 4)}
            for name, c, r, w in zip(shape.names, shape.centres, shape.axes, turns)
        },
    }


def _plain(values: np.ndarray, digits: int) -> list[float]:
    return [round(float(value), digits) for value in values]


def main(level: str, path: str, out: str, start: str = "") -> None:
    """Fit and write a shape, and print its distances from the surface."""
    surface, origin = read_surface(Path(path)), bone_shape(start or level)
    laid = surface.moved(rigid_alignment(surface, bone_contour(origin, 1.5)))
    steps = 420

    def report(step: int, loss: float) -> None:
        if step % 30 == 0 or step == steps - 1:
            print(f"step {step + 1} of {steps}: mean loss {loss:.3f} mm", flush=True)

    shape = fitted(laid, origin, steps, report)
    contour = bone_contour(shape, 0.8)
    for name, away in (("shape to surface", distances(contour, laid)), ("surface to shape", distances(laid, contour))):
        print(f"{name}: mean {away.mean():.2f}, 95 % {np.percentile(away, 95):.2f}, largest {away.max():.1f} mm")
    data = shape_data(level, shape, f"fitted to {Path(path).name}")
    Path(out).write_text(yaml.safe_dump(data, sort_keys=False, width=118, allow_unicode=True), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
