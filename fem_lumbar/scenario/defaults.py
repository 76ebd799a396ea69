"""Defaults of anatomy, tissues, structures and MAL for values that a scenario file does not give."""

from __future__ import annotations

from typing import Any

from fem_lumbar.anatomy.population import anatomy_values_at
from fem_lumbar.anatomy.spine import ALL_JOINTS, ARCH_LEVELS, BODIES, SACRUM, SEGMENT, bodies_of, joints_between
from fem_lumbar.foundation.conventions import ALL_LIGAMENTS, ILIOLUMBAR, SIDES
from fem_lumbar.foundation.nested import merged
from fem_lumbar.materials.parameters import default_material_values, material_set_names

_SECTIONS = (
    "segment",
    "anatomy",
    "mesh",
    "materials",
    "structures",
    "mal",
    "ossification",
    "degeneration",
    "muscles",
    "solver",
)


def completed(data: dict[str, Any]) -> dict[str, Any]:
    """Scenario values completed with the defaults of segment, anatomy, tissues, structures and MAL."""
    data = {key: value for key, value in data.items() if key != "extends"}
    for section in _SECTIONS:
        if data.get(section) is None:
            data[section] = {}
    data["anatomy"] = merged(_usual_anatomy(data["anatomy"]), data["anatomy"])
    data["structures"] = _structures(data["structures"])
    _fill_segment(data)
    sacrum = _has_sacrum(data["segment"])
    data["structures"] = _with_iliolumbar(data["structures"]) if sacrum else data["structures"]
    data["materials"] = _materials(data, sacrum)
    data["mal"] = _mals(data["mal"], data["segment"], data["structures"])
    return data


def _usual_anatomy(anatomy: Any) -> dict[str, Any]:
    """Measures of a person of the given size percentile; of the median where it is invalid, which is reported later."""
    given = anatomy.get("size_percentile") if isinstance(anatomy, dict) else None
    return anatomy_values_at(float(given) if isinstance(given, (int, float)) and 0.0 < given < 100.0 else 50.0)


def known_material_set(data: dict[str, Any]) -> str:
    """Name of the parameter set of a scenario; ``default`` if there is none of that name."""
    materials = data.get("materials")
    name = materials.get("set") if isinstance(materials, dict) else None
    return name if name in material_set_names() else "default"


def _structures(given: Any) -> Any:
    """Structures; without posterior elements those that need them are off unless given."""
    if isinstance(given, dict) and given.get("posterior_elements") is False:
        return {"facet_contact": False, "bone_contact": False, "ligaments": ["ALL", "PLL"], **given}
    return given


def _has_sacrum(segment: Any) -> bool:
    """Whether the segment, not yet validated, includes the sacrum."""
    bodies = segment.get("bodies") if isinstance(segment, dict) else None
    return isinstance(bodies, list) and SACRUM in bodies


def _with_iliolumbar(structures: Any) -> Any:
    """Structures with all ligaments, the iliolumbar one included, unless ligaments are given."""
    return {"ligaments": list(ALL_LIGAMENTS), **structures} if isinstance(structures, dict) else structures


def _materials(data: dict[str, Any], sacrum: bool) -> dict[str, Any]:
    """Tissues with the defaults of the set; the iliolumbar ligament with a sacrum or if the scenario mentions it."""
    given = data["materials"]
    ligaments = given.get("ligaments") if isinstance(given, dict) else None
    told = isinstance(ligaments, dict) and ILIOLUMBAR in ligaments
    return merged(default_material_values(known_material_set(data), sacrum or told), given)


def _fill_segment(data: dict[str, Any]) -> None:
    """Set the bodies from the joints or the joints from the bodies, whichever are given, ignoring unknown names."""
    segment, structures = data["segment"], data["structures"]
    if not isinstance(segment, dict) or not isinstance(structures, dict):
        return
    bodies, joints = segment.get("bodies"), structures.get("joints")
    if bodies is None:
        known = [joint for joint in joints if joint in ALL_JOINTS] if isinstance(joints, list) else []
        data["segment"] = {**segment, "bodies": list(bodies_of(known) if known else SEGMENT)}
    elif joints is None:
        known = [level for level in bodies if level in BODIES] if isinstance(bodies, list) else []
        data["structures"] = {**structures, "joints": list(_joints_among(known) or joints_between(SEGMENT))}


def _joints_among(bodies: list[str]) -> list[str]:
    """Joints between neighbours in a list of bodies."""
    return [joint for joint in joints_between(bodies) if joint in ALL_JOINTS]


def _mals(given: Any, segment: Any, structures: Any) -> Any:
    """All MALs: fibrous by default, absent by default if the bone they span is not in the model."""
    if not isinstance(given, dict) or not isinstance(structures, dict):
        return given
    bodies = segment.get("bodies") if isinstance(segment, dict) else None
    kept = bodies if isinstance(bodies, list) else SEGMENT
    filled = {level: given[level] for level in given if level not in ARCH_LEVELS}
    for level in ARCH_LEVELS:
        present = level in kept and structures.get("posterior_elements", True) is not False
        sides = given.get(level, {})
        if isinstance(sides, dict):
            sides = {**{side: {} for side in SIDES}, **sides}
            sides = {side: _mal(mal, present) if side in SIDES else mal for side, mal in sides.items()}
        filled[level] = sides
    return filled


def _mal(given: Any, present: bool) -> Any:
    if not isinstance(given, dict):
        return given
    given = {"state": "fibrous", **given}
    if given == {"state": "fibrous"} and not present:
        return {"state": "absent"}
    return given
