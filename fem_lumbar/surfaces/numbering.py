"""Label numberings of vertebrae, and checks whether an image can have been made with one of them.

A number alone is ambiguous: 27 is L5 in one version of a program and T8 in an earlier one. So every known numbering is
checked against the image. Vertebrae must follow one another from below, at the spacing and with the size of vertebrae,
and the sacrum must lie below them. Messages name labels of the size of a vertebra that a numbering does not contain.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import ndimage

from fem_lumbar.anatomy.spine import LEVELS
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.surfaces.label_image import LabelImage

_LUMBAR = [f"L{i}" for i in range(5, 0, -1)]
_THORACIC = [f"T{i}" for i in range(12, 0, -1)]
_CERVICAL = [f"C{i}" for i in range(7, 0, -1)]
COLUMN = ("sacrum", *_LUMBAR, *_THORACIC, *_CERVICAL)
"""Bones from below."""

_V1 = dict(zip(range(18, 42), COLUMN[1:]))
_V2 = dict(zip(range(27, 51), COLUMN[1:]))
_VERSE = dict(zip(range(24, 0, -1), COLUMN[1:]))

NUMBERINGS: dict[str, dict[int, str]] = {
    # github.com/wasserth/TotalSegmentator, classes of the task "total" in version 1 and in version 2.
    "totalsegmentator_v1": {**_V1, 92: "sacrum"},
    "totalsegmentator_v2": {**_V2, 25: "sacrum"},
    # github.com/anjany/verse: 1-7 cervical, 8-19 thoracic, 20-25 lumbar, 26 sacrum.
    "verse": {**_VERSE, 26: "sacrum"},
    # van der Graaf et al. 2024, doi 10.1038/s41597-024-03090-w: numbered from the bottom up, L5 is 1.
    "spider": dict(zip(range(1, 18), COLUMN[1:])),
}
"""Bone of each number, by the program or data set that made the labels."""

OPEN_VERSION = {"totalsegmentator": "totalsegmentator_v2"}
"""Names without a version: taken as the latest one, unless an earlier one fits as well."""

_SPECK_CM3 = 1.0  # less than any vertebra: stray voxels
_LARGEST_CM3 = 160.0  # of a vertebra
_WHOLE_CM3 = 12.0  # the least of a whole lumbar vertebra with its processes
_STEP_MM = (12.0, 60.0)  # between centroids of neighbours


@dataclass(frozen=True)
class Part:
    """One label in the image: volume (cm³), centroid (3,) in mm, z superior, and whether it reaches the border."""

    volume: float
    centre: np.ndarray
    is_cut: bool


def level_numbers(image: LabelImage, labels: str) -> dict[str, int]:
    """Number of L3, L4 and L5 in an image.

    Parameters
    ----------
    image : LabelImage
    labels : str
        A key of `NUMBERINGS` or `OPEN_VERSION`.

    Raises
    ------
    InputError
        When the image contradicts the numbering, or another version of it fits as well.
    """
    chosen = OPEN_VERSION.get(labels, labels)
    if chosen not in NUMBERINGS:
        known = ", ".join([*OPEN_VERSION, *NUMBERINGS])
        raise InputError(f"unknown labels {labels!r}; allowed: {known}, or a number for each level")
    parts = measured(image)
    fitting = [name for name in NUMBERINGS if not objections(parts, NUMBERINGS[name])]
    against = objections(parts, NUMBERINGS[chosen])
    if against:
        raise InputError(_refusal(image.name, labels, chosen, against, fitting, parts))
    if labels in OPEN_VERSION and len(fitting) > 1:
        ways = "\n".join(f"  {name}: {_reading(parts, name)}" for name in fitting)
        raise InputError(
            f"{image.name}: more than one numbering fits, and labels: {labels} does not determine which\n{ways}\n"
            f"  which bones are in the image? Say labels: {' or '.join(fitting)}"
        )
    return {bone: number for number, bone in NUMBERINGS[chosen].items() if bone in LEVELS}


def measured(image: LabelImage, numbers: Iterable[int] | None = None) -> dict[int, Part]:
    """Labels of an image by number, of the given numbers or, without these, of those in any numbering."""
    known = set(numbers) if numbers is not None else {number for one in NUMBERINGS.values() for number in one}
    voxel = abs(np.linalg.det(image.affine[:3, :3])) / 1000.0
    found = {}
    for number, box in enumerate(ndimage.find_objects(image.labels, max_label=max(known)), start=1):
        if box is None or number not in known:
            continue
        where = np.argwhere(image.labels[box] == number) + [part.start for part in box]
        centre = image.affine[:3, :3] @ where.mean(axis=0) + image.affine[:3, 3]
        is_cut = any(part.start == 0 or part.stop == size for part, size in zip(box, image.labels.shape))
        found[number] = Part(len(where) * voxel, centre, is_cut)
    return found


def objections(parts: dict[int, Part], numbering: dict[int, str]) -> list[str]:
    """Contradictions between an image and a numbering, one sentence each; none when it can have been made with it."""
    number = {bone: one for one, bone in numbering.items()}
    missing = [f"{bone} ({number[bone]})" for bone in LEVELS if number[bone] not in parts]
    if missing:
        return [f"has no label for {', '.join(missing)}"]
    present = [(bone, parts[number[bone]]) for bone in COLUMN if number.get(bone) in parts]
    # Size and position of a bone that the image cuts, or of a few stray voxels, have no meaning.
    column = [(bone, part) for bone, part in present if bone in LEVELS or _is_whole(part)]
    found = []
    for bone, part in column:
        low = _WHOLE_CM3 if bone in LEVELS else _SPECK_CM3
        if bone != COLUMN[0] and not low <= part.volume <= _LARGEST_CM3:
            found.append(f"{bone} ({number[bone]}) has {part.volume:.3g} cm³; expected {low:g} to {_LARGEST_CM3:g}")
    for (lower, below), (upper, above) in pairwise(column):
        pair = f"{upper} ({number[upper]}) and {lower} ({number[lower]})"
        steps = COLUMN.index(upper) - COLUMN.index(lower)
        if above.centre[2] <= below.centre[2]:
            found.append(f"of {pair} the first lies below the second")
            continue
        apart = float(np.linalg.norm(above.centre - below.centre)) / steps
        least, most = (0.0, 2.0 * _STEP_MM[1]) if lower == COLUMN[0] else _STEP_MM
        if not least <= apart <= most:
            found.append(f"{pair} are {apart * steps:.0f} mm apart; expected {steps * least:g} to {steps * most:g}")
    return found


def unconfirmed(image: LabelImage, labels: str) -> list[str]:
    """Remarks where nothing in an image shows which version of a numbering it was made with."""
    if labels not in OPEN_VERSION:
        return []
    chosen, parts = OPEN_VERSION[labels], measured(image)
    if any(NUMBERINGS[chosen].get(number) == COLUMN[0] for number in parts):
        return []
    others = [name for name in NUMBERINGS if name != chosen and name.startswith(labels)]
    bones = {number for number in parts if number in NUMBERINGS[chosen]}  # other labels are not informative
    doubtful = [name for name in others if bones <= set(NUMBERINGS[name])]
    return [
        f"read as {chosen}: {_reading(parts, chosen)}; in {name} they would be {_reading(parts, name)}"
        for name in doubtful
    ]


def _refusal(
    name: str, labels: str, chosen: str, against: list[str], fitting: list[str], parts: dict[int, Part]
) -> str:
    """Message on why the requested numbering cannot be that of the image, and which ones could."""
    if against[0].startswith("has no label"):
        found = ", ".join(str(number) for number in sorted(parts)) or "none of a vertebra"
        lines = [f"{name} {against[0]}; labels found: {found}"]
    else:
        lines = [f"{name}: the numbers are not those of {labels}", *(f"  {one}" for one in against[:6])]
        lines.append(f"  read as {chosen}: {_reading(parts, chosen)}")
    lines += [f"  labels: {other} fits: {_reading(parts, other)}" for other in fitting]
    return "\n".join(lines)


def _reading(parts: dict[int, Part], name: str) -> str:
    """Text: bones of the labels in one numbering, from below, and labels of a vertebra's size that would be none."""
    bones = sorted((COLUMN.index(NUMBERINGS[name][n]), n) for n in parts if n in NUMBERINGS[name])
    words = ", ".join(f"{n} {COLUMN[place]}" for place, n in bones)
    lowest = min((parts[n].centre[2] for _, n in bones), default=0.0)
    odd = [n for n, part in parts.items() if n not in NUMBERINGS[name] and _is_like_a_vertebra(part)]
    if not odd:
        return words
    below = " below them" if all(parts[n].centre[2] < lowest for n in odd) else ""
    return f"{words}; but then {', '.join(map(str, odd))}{below} would be no vertebrae, and they have the size of some"


def _is_whole(part: Part) -> bool:
    return not part.is_cut and part.volume >= _SPECK_CM3


def _is_like_a_vertebra(part: Part) -> bool:
    return _WHOLE_CM3 <= part.volume <= _LARGEST_CM3
