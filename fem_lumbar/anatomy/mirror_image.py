"""The mirror image of an anatomy, and which mesh of a mirrored pair is built: the other is its exact reflection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fem_lumbar.anatomy.measures import TO_THE_LEFT
from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.posterior_cleft import mirrored_clefts


def mirror_image(anatomy: Anatomy) -> Anatomy:
    """The anatomy reflected in the mid-sagittal plane."""
    joints = {
        name: joint.model_copy(update={key: -getattr(joint, key) for key in TO_THE_LEFT})
        for name, joint in anatomy.joints.items()
    }
    exchanged = {
        "right": anatomy.left,
        "left": anatomy.right,
        "lumbosacral": anatomy.lumbosacral.mirrored,
        "posterior_cleft": mirrored_clefts(anatomy.posterior_cleft),
    }
    return anatomy.model_copy(update={"joints": joints, **exchanged})


def is_reverse(anatomy: Anatomy) -> bool:
    """Whether the mesh is built as the reflection of that of the mirror image; exactly one of an asymmetric pair is."""
    right, left = (list(_numbers(anatomy.on(side).model_dump(by_alias=True))) for side in ("right", "left"))
    return left > right


def _numbers(tree: Any) -> Iterator[float]:
    if isinstance(tree, Mapping):
        for item in tree.values():
            yield from _numbers(item)
    elif isinstance(tree, list | tuple):
        for item in tree:
            yield from _numbers(item)
    elif isinstance(tree, int | float):
        yield float(tree)
