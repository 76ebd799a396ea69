"""The numbers of a summary by path: their kind, unit and mirror image."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np

from fem_lumbar.anatomy import measures
from fem_lumbar.anatomy.spine import BODIES, joint_name
from fem_lumbar.foundation.conventions import BONE_PLACES, SIDES
from fem_lumbar.foundation.nested import elements
from fem_lumbar.scenario.load_kinds.kinds import SECTIONS

Path = tuple[str, ...]
"""Keys from the entry of a load case down to a number; vector components are ``"0"``, ``"1"``, ``"2"``."""

RESULTS = (
    "rotation_deg",
    "idp_MPa",
    "disc_shortening_mm",
    "disc_bulge_mm",
    "facet_force_N",
    "facet",
    "bone_contact",
    "load_path",
    "load_share",
    "ligament_force_N",
    "ligament_strain",
    "mal",
    "bridge",
    "canal",
    "transition",
    "posterior_cleft",
    "muscles",
)
"""Sections of a load case that are results; the rest is effort, load and checks."""
_NOT_RESULTS = frozenset(("applied", "closure", "closure_error", "pairing_N", "share_mammillary", "share_accessory"))
"""Keys of loads, errors and ratios of other results in the sections of results."""
_INPUTS = ("bony_volume_fraction",)
"""Last keys of numbers that repeat what was put in; so do all that are taken ``unloaded``."""
_SHARES = ("mal_share", "share")
"""Last keys of the part of a muscle that enters through a MAL."""
_PLACES = frozenset((*BODIES, *(joint_name(*pair) for pair in combinations(BODIES, 2)), *BONE_PLACES))
_ONE_KIND = ("rotation_deg", "disc_bulge_mm", "ligament_force_N", "ligament_strain")
"""Sections whose numbers all have one unit and one kind of error, whatever the last key says."""
_UNITS = ("deg", "MPa", "mm3", "mm2", "mm", "Nmm", "Nm", "N")
_SIDE = re.compile(r"(?<![A-Za-z])(left|right)(?![A-Za-z])")
_VECTORS = ("force_vector_N", "centre_mm")
_PSEUDOVECTORS = ("moment_vector_Nmm",)
"""Of these the components in the mid-sagittal plane change sign in the mirror, not the one across it."""
TO_THE_LEFT = (*measures.TO_THE_LEFT, "azimuth_deg", "lateral_offset_mm")
"""Scenario keys of angles and distances that count to the left."""
_ODD_ROTATIONS = ("lateral_bending", "axial_rotation")


def numbers(entry: Mapping[str, Any], sections: tuple[str, ...] = RESULTS) -> dict[Path, float]:
    """All result numbers of a load case by path; missing (null) numbers are left out."""
    return {
        path: float(value)
        for section in sections
        for path, value in elements(entry.get(section, {}), (section,))
        if isinstance(value, int | float) and not isinstance(value, bool) and _NOT_RESULTS.isdisjoint(path)
    }


def is_input(path: Path, applied: Mapping[str, Any], resolved: Mapping[str, Any]) -> bool:
    """Whether a number is an input rather than a result, so that its change is no effect.

    Shape and material of the unloaded model are inputs. So are activations and muscle forces, unless the muscles are
    balanced (both are results) or have short-range stiffness (the forces are results). The force that enters through a
    MAL is an input only where its share is given as well.

    Parameters
    ----------
    path : Path
        Where the number stands in the summary entry of the case.
    applied : mapping
        What is applied in the load case.
    resolved : mapping
        The resolved scenario.
    """
    if path[-1] in _INPUTS or "unloaded" in path[-1].split("_"):
        return True
    pull = "pull" in path and path[-1] != "direction_change_deg"
    through_mal = path[-1] == "mal_share" or (path[0] == "mal" and (pull or "muscles" in path))
    if not (path[0] == "muscles" or through_mal) or "muscles" not in resolved:
        return False
    if applied.get("muscles_balanced") and path[-1] not in _SHARES:
        return False
    muscles = resolved["muscles"]
    if path[-1] == "activation" or muscles.get("short_range_stiffness"):
        return path[-1] == "activation"
    return not through_mal or muscles.get("mal_share") is not None


def kind(path: Path) -> tuple[str, ...]:
    """Kind of a number: its section and, where units differ within it, the last key.

    Numbers of one kind share a unit and a scale.
    """
    if path[0] in _ONE_KIND:
        return (path[0],)
    if path[0] == "muscles":  # fascicles are compared with each other
        return (path[0], path[-1])
    if path[0] == "load_path":  # so is what structures and loads add to one sum
        return (path[0], "moment_Nm" if "moment_Nm" in path else path[-1])
    return tuple(
        re.sub(r"_(left|right)(?=_|$)", "", part) for part in path if part not in _PLACES and not part.isdigit()
    )


def unit(path: Path) -> str:
    """Unit of a number, read from the key that names it."""
    for part in reversed(path):
        for name in _UNITS:
            if part.endswith(f"_{name}"):
                return {"deg": "°", "mm3": "mm³", "mm2": "mm²", "Nmm": "N·mm", "Nm": "N·m"}.get(name, name)
    return "-"


def label(path: Path) -> str:
    """A path as text, without its unit: ``facet force <joint> left``."""
    words = [re.sub(rf"_({'|'.join(_UNITS)})$", "", part) for part in path]
    words = ["xyz"[int(word)] if word.isdigit() else word.replace("_", " ") for word in words]
    renamed = {"idp": "disc pressure", "mal": "MAL"}
    return " ".join(renamed.get(word, word) for word in words)


def mirrored_name(name: str) -> str:
    """A name with left and right exchanged: ``axial_rotation_left`` → ``axial_rotation_right``."""
    return _SIDE.sub(lambda found: "right" if found.group() == "left" else "left", name.replace("_", " ")).replace(
        " ", "_"
    )


def mirrored_path(path: Path) -> tuple[Path, float]:
    """Path of the mirror image of a number, and its sign there (reflection in the mid-sagittal plane)."""
    odd_rotation = path[0] in ("rotation_deg", "load_path") and path[-1] in _ODD_ROTATIONS
    odd_component = (path[-1] == "1" and path[-2] in _VECTORS) or (path[-1] in "02" and path[-2] in _PSEUDOVECTORS)
    return tuple(mirrored_name(part) for part in path), -1.0 if odd_rotation or odd_component else 1.0


def mirrored_case(case: str, cases: Mapping[str, Any]) -> str | None:
    """The load case that is the mirror image of a case by name and by what is prescribed; None when there is none.

    Where a rotation is prescribed the moment is a result, and is not compared.
    """
    other = mirrored_name(case)
    if other not in cases:
        return None
    ours, theirs = cases[case].get("applied"), cases[other].get("applied")
    return None if ours is None or theirs is None or not are_mirrored(ours, theirs) else other


def are_mirrored(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    """Whether what is prescribed of two applied loads are mirror images of each other."""
    image = {key: value for section in SECTIONS for key, value in section.mirrored(section.prescribed(ours)).items()}
    image, given = image | _order(ours), prescribed(theirs)
    return image.keys() == given.keys() and all(_equal(image[key], given[key]) for key in image)


def prescribed(applied: Mapping[str, Any]) -> dict[str, Any]:
    """Prescribed part of the applied load, by kind of load; the moment under a prescribed rotation is a result."""
    found = {key: value for section in SECTIONS for key, value in section.prescribed(applied).items()}
    return found | _order(applied)


def _order(applied: Mapping[str, Any]) -> dict[str, Any]:
    """Whether pulls and weight came first."""
    return {"follower_first": True} if applied.get("follower_first") else {}


def _equal(a: Any, b: Any) -> bool:
    """Whether prescribed values are the same to round-off."""
    return bool(np.allclose(a, b, rtol=1e-12, atol=1e-12))


def in_time(entry: Mapping[str, Any]) -> bool:
    """Whether time passes under the load of a load case; its results are those of full load that came on at once."""
    return "held" in entry or "cycle" in entry


def is_symmetric(resolved: Any) -> bool:
    """Whether a resolved scenario says the same about left and right (its load cases aside).

    Surfaces of a person do not tell: no person is the same on both sides.
    """
    plain = {key: value for key, value in resolved.items() if key not in ("load_cases", "name", "description")}
    return plain.get("anatomy", {}).get("source") != "surfaces" and plain == mirrored_data(plain)


def mirrored_data(resolved: Any) -> Any:
    """A resolved scenario, or part of one, with left and right exchanged in all its keys and where
    a value names a side or counts to the left; moments stay as they are."""
    if isinstance(resolved, dict):
        image = {mirrored_name(str(key)): mirrored_data(value) for key, value in resolved.items()}
        return image | {key: -image[key] for key in TO_THE_LEFT if image.get(key)}
    if isinstance(resolved, str) and resolved in SIDES:
        return mirrored_name(resolved)
    return [mirrored_data(item) for item in resolved] if isinstance(resolved, list) else resolved
