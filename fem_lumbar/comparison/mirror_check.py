"""Two runs of which one should be the mirror image of the other: how far they are from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fem_lumbar.comparison.differences import SMALL_VALUE
from fem_lumbar.measures.quantities import Path, are_mirrored, kind, mirrored_name, mirrored_path, numbers


@dataclass(frozen=True)
class MirrorDifference:
    """A number and its image in the other run, where they differ most for their size.

    Attributes
    ----------
    case : str
        Load case of the first run.
    path : Path
        Where the number stands there.
    value, image : float
        The number, and what the mirror image of the other run has in its place, in the unit of the path.
    relative : float
        |value − image| over the larger of the two or, near zero, of their kind.
    """

    case: str
    path: Path
    value: float
    image: float
    relative: float


def mirror_difference(summary: Mapping[str, Any], mirrored: Mapping[str, Any]) -> MirrorDifference | None:
    """The largest relative difference of a run from the mirror image of another.

    None without load cases whose loads are mirror images of each other in the two.
    """
    worst: MirrorDifference | None = None
    for case, entry in summary["load_cases"].items():
        other = mirrored["load_cases"].get(mirrored_name(case))
        if other is None or entry["status"] != "converged" or other["status"] != "converged":
            continue
        if not are_mirrored(entry["applied"], other["applied"]):
            continue
        here, there = numbers(entry), numbers(other)
        largest: dict[tuple[str, ...], float] = {}
        for path, value in here.items():
            largest[kind(path)] = max(largest.get(kind(path), 0.0), abs(value))
        for path, value in here.items():
            place, sign = mirrored_path(path)
            if place not in there:
                continue
            image = sign * there[place]
            size = max(abs(value), abs(image))
            size = size if size >= SMALL_VALUE * largest[kind(path)] else largest[kind(path)]
            relative = abs(value - image) / size if size > 0.0 else 0.0
            if worst is None or relative > worst.relative:
                worst = MirrorDifference(case, path, value, image, relative)
    return worst
