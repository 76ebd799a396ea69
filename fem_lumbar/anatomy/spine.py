"""Bodies and joints of the template, read from ``data/spine.yaml``, the only place that defines their names.

The kind of a body determines its articular processes, sites of muscles and ligament arches.
Neighbouring bodies form a joint, which is named after both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from fem_lumbar.foundation.parameters import read_data

FACES = ("superior", "inferior")
"""The two endplates of a body, and its upper and lower articular processes."""


@dataclass(frozen=True)
class Kind:
    """Features of every body of a kind.

    Attributes
    ----------
    facets : tuple of str
        Articular processes: ``superior``, ``inferior``.
    processes : tuple of str
        Sites where muscles attach.
    arches : bool
        Whether it has mamillo-accessory ligaments.
    endplates : tuple of str
        Its endplates: ``superior``, ``inferior``.
    supports : tuple of str
        Surfaces that are fixed when it is the lowermost body of a segment.
    """

    facets: tuple[str, ...]
    processes: tuple[str, ...]
    arches: bool
    endplates: tuple[str, ...]
    supports: tuple[str, ...]


@dataclass(frozen=True)
class OneOf:
    """Annotation of a text that must be one of some names from a data file; typed models treat it as a choice."""

    names: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Schema of the choice between the names."""
        return core_schema.literal_schema(list(self.names))


def joint_name(upper: str, lower: str) -> str:
    """Name of the joint between two bodies, or of the part of the spine from one to the other."""
    return f"{upper}-{lower}"


def joint_levels(joint: str) -> tuple[str, str]:
    """Upper and lower body of a joint, e.g. ``"L3-L4"`` gives ``("L3", "L4")``."""
    upper, lower = joint.split("-")
    return upper, lower


def joints_between(bodies: Sequence[str]) -> tuple[str, ...]:
    """Joints between neighbours in a sequence of bodies, cranial first."""
    return tuple(joint_name(upper, lower) for upper, lower in pairwise(bodies))


def bodies_of(joints: Sequence[str]) -> tuple[str, ...]:
    """Bodies of some joints, cranial first."""
    joined = {level for joint in joints for level in joint_levels(joint)}
    return tuple(level for level in BODIES if level in joined)


_DATA = read_data(Path(__file__).parent / "data" / "spine.yaml")
_KINDS = {
    name: Kind(
        tuple(told["facets"]),
        tuple(told["processes"]),
        told["arches"],
        tuple(told["endplates"]),
        tuple(told["supports"]),
    )
    for name, told in _DATA["kinds"].items()
}

LEVELS = tuple(_DATA["bodies"])
"""Bodies of the template, cranial first."""
SACRUM: str = _DATA["sacrum"]["name"]
"""The uppermost part of the sacrum, an optional body of a segment below the template."""
BODIES = (*LEVELS, SACRUM)
"""All bodies that a segment may have, cranial first."""
KIND = {level: _KINDS[told["kind"]] for level, told in {**_DATA["bodies"], SACRUM: _DATA["sacrum"]}.items()}
"""Kind of each body."""
JOINTS = joints_between(LEVELS)
"""Joints of the template, cranial first."""
SACRAL_JOINT = joint_name(LEVELS[-1], SACRUM)
"""The joint between the template and the sacrum."""
ALL_JOINTS = joints_between(BODIES)
"""All joints that a segment may have, cranial first."""
WHOLE = joint_name(LEVELS[0], LEVELS[-1])
"""Name of the part of the spine from the uppermost body of the template to the lowermost one."""
SEGMENT = tuple(_DATA["segment"])
"""Default bodies of a model."""
HORIZONTAL: str = _DATA["horizontal"]
"""Body whose axes are the global ones."""
ABOVE = tuple(_DATA["above"])
"""Levels above the template, which have no shape in it."""
BELOW: str = _DATA["below"]
"""Name for everything below the template."""
COLUMN = (*ABOVE, *LEVELS, BELOW)
"""All levels to which lines of muscles and loads attach, cranial first."""


def place_in_column(level: str) -> int:
    """Index of a level in ``COLUMN``, from above; the sacrum counts as everything below."""
    return COLUMN.index(BELOW if level == SACRUM else level)


ARCH_LEVELS = tuple(level for level in LEVELS if KIND[level].arches)
"""Bodies that have mamillo-accessory ligaments."""


def _free_facets() -> dict[str, tuple[str, str]]:
    ends = ((LEVELS[0], "superior"), (LEVELS[-1], "inferior"))
    return {f"{level}_{face}": (level, face) for level, face in ends if face in KIND[level].facets}


FREE_FACETS = _free_facets()
"""Articular processes at the ends of the template, which meet no neighbour: name to body and face."""


def endplates(level: str) -> tuple[str, ...]:
    """Names of the surfaces that are the endplates of a body."""
    return tuple(f"{level}.endplate.{face}" for face in KIND[level].endplates)


def supports(level: str) -> tuple[str, ...]:
    """Names of the surfaces that are fixed when a body is the lowermost one of a segment."""
    return tuple(f"{level}.{surface}" for surface in KIND[level].supports)


def facet_name(level: str, face: str) -> str:
    """Joint to which an articular process of a body belongs, or name of a free facet.

    Parameters
    ----------
    level : str
    face : str
        ``superior`` or ``inferior``; a process that the body has.
    """
    place = LEVELS.index(level)
    if face == "superior":
        return f"{level}_{face}" if place == 0 else JOINTS[place - 1]
    return f"{level}_{face}" if place == len(JOINTS) else JOINTS[place]


def disc_at(level: str, face: str) -> str | None:
    """Joint whose disc lies on an endplate of a body; None at the ends of the template."""
    place = LEVELS.index(level) - (face == "superior")
    return JOINTS[place] if 0 <= place < len(JOINTS) else None


BodyName = Annotated[str, OneOf(BODIES)]
"""Name of a body that a segment may have."""
JointName = Annotated[str, OneOf(ALL_JOINTS)]
"""Name of a joint that a segment may have."""
Level = Annotated[str, OneOf(LEVELS)]
"""Name of a body of the template."""
ArchLevel = Annotated[str, OneOf(ARCH_LEVELS)]
"""Name of a body that has mamillo-accessory ligaments."""
Joint = Annotated[str, OneOf(JOINTS)]
"""Name of a joint of the template."""
FreeFacetName = Annotated[str, OneOf(tuple(FREE_FACETS))]
"""Name of an articular process that meets no neighbour."""
