"""Deviation of two runs from mirror images of each other."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fem_lumbar.comparison.differences import SMALL_VALUE
from fem_lumbar.measures.quantities import Path, are_mirrored, kind, mirrored_name, mirrored_path, numbers


@dataclass(frozen=True)
class MirrorDifference:
    """The number with the largest relative difference from its mirror image in the other run.

    Attributes
    ----------
    case : str
        Load case of the first run.
    path : Path
        Place of the number in it.
    value, image : float or None
        The number, and its counterpart in the mirror image of the other run, in the unit of the path; None if a run
        does not have it.
    relative : float
        |value − image| over the larger magnitude or, near zero, over that of their kind; infinite if only one exists.
    """

    case: str
    path: Path
    value: float | None
    image: float | None
    relative: float


def mirror_difference(summary: Mapping[str, Any], mirrored: Mapping[str, Any]) -> MirrorDifference | None:
    """The largest relative difference of a run from the mirror image of another.

    None if the two runs have no load cases that are mirror images of each other.
    """
    worst: MirrorDifference | None = None
    for case, entry in summary["load_cases"].items():
        other = mirrored["load_cases"].get(mirrored_name(case))
        if other is None or entry["status"] != "converged" or other["status"] != "converged":
            continue
        if not are_mirrored(entry["applied"], other["applied"]):
            continue
        here, images = numbers(entry), _image(numbers(other))
        largest: dict[tuple[str, ...], float] = {}
        for path, number in here.items():
            largest[kind(path)] = max(largest.get(kind(path), 0.0), abs(number))
        for path in here | images:
            value, image = here.get(path), images.get(path)
            relative = _relative(value, image, largest.get(kind(path), 0.0))
            if worst is None or relative > worst.relative:
                worst = MirrorDifference(case, path, value, image, relative)
    return worst


def _image(found: Mapping[Path, float]) -> dict[Path, float]:
    """The mirror image of results."""
    image = {}
    for path, value in found.items():
        place, sign = mirrored_path(path)
        image[place] = sign * value
    return image


def _relative(value: float | None, image: float | None, largest: float) -> float:
    """Difference over the larger magnitude or, near zero, over the largest of their kind."""
    if value is None or image is None:
        return math.inf
    size = max(abs(value), abs(image))
    size = size if size >= SMALL_VALUE * largest else largest
    return abs(value - image) / size if size > 0.0 else 0.0
