"""Removed or renamed keys and values, with their current form."""

from __future__ import annotations

from typing import Any

from fem_lumbar.anatomy.parameters import TEMPLATE
from fem_lumbar.anatomy.spine import bodies_of
from fem_lumbar.scenario.keys import split_unit
from fem_lumbar.scenario.problems import KeyPath

FIBROUS, BONE = "fibrous_modulus_MPa", "bone_modulus_MPa"
_ONCE_BONE = "ossified_modulus_MPa"
_ONCE_EITHER = "modulus_MPa"
_TISSUES = ("bony", "cartilaginous")
"""Tissues of ossified ligaments that earlier versions gave under ``bridge``."""
_REMOVED_IN = "0.1.0"


def taken_out(key: KeyPath, data: Any) -> tuple[str, str | None, str | None] | None:
    """Message on a removed or ambiguous key of an arch, what is allowed and what was meant; None for other keys.

    Parameters
    ----------
    key : tuple of str
        Key path of the unknown key.
    data : dict
        The whole scenario, for the state of the arch.
    """
    if len(key) != 4 or key[0] != "mal":
        return None
    if key[-1] == _ONCE_BONE:
        return f"this key is now {BONE}", BONE, None
    stem, unit = split_unit(key[-1])
    if stem != "modulus":
        return None
    why = "ambiguous: the modulus of the fibrous or of the bony part?"
    if unit != "MPa":
        return f"{why} The unit is part of the key: MPa", None, f"{FIBROUS} (MPa) or {BONE} (MPa)"
    arch = data["mal"][key[1]][key[2]]
    state = arch.get("state")
    if state == "absent":
        return f"{why} The MAL is absent (state) and has neither", "no value", None
    if _is_all_bone(arch):
        return f"{why} The whole span is bone ({state}), so only the latter applies", BONE, None
    if state == "fibrous":
        return f"{why} Nothing of the span is bone ({state}), so only the former applies", FIBROUS, None
    both = f" The span has both ({state})" if str(state).startswith("type_") else ""
    return why + both, f"{FIBROUS} or {BONE}", None


def taken_out_value(key: KeyPath, value: Any) -> tuple[str, str] | None:
    """Message on a removed value, and what is allowed; None for any other value."""
    if key[0] == "ossification" and key[-1] == "bridge" and value in _TISSUES:
        return (
            f"{value}: the tissue of the ossified part is now given as tissue",
            f"tissue: {value}, or bridge: true (a solid)",
        )
    if key != ("anatomy", "source") or value != "parametric":
        return None
    message = f"parametric: this template, with bones of lofts, was removed in version {_REMOVED_IN}"
    return message, f"{TEMPLATE}, the template that there is now (or surfaces, a person's files)"


def in_keys_of_today(data: dict[str, Any]) -> dict[str, Any]:
    """A resolved scenario stored with a run, with bodies, arch moduli and ossified tissues under their current keys.

    In stored scenarios the modulus of a complete bone bridge already has a key of its own, so ``modulus_MPa`` is that
    of the fibrous part.
    """
    now = {_ONCE_EITHER: FIBROUS, _ONCE_BONE: BONE}
    arches = data.get("mal")
    structures = data.get("structures")
    if "segment" not in data and isinstance(structures, dict) and "joints" in structures:
        others = {key: value for key, value in structures.items() if key != "joints"}
        data = {**data, "segment": {"bodies": list(bodies_of(structures["joints"]))}, "structures": others}
    if "ossification" in data:
        data = {
            **data,
            "ossification": {j: {n: _told_tissue(o) for n, o in of.items()} for j, of in data["ossification"].items()},
        }
    if not isinstance(arches, dict):
        return data
    renamed = {
        level: {side: {now.get(key, key): value for key, value in arch.items()} for side, arch in sides.items()}
        for level, sides in arches.items()
    }
    return {**data, "mal": renamed}


def _told_tissue(ossified: dict[str, Any]) -> dict[str, Any]:
    """An ossified ligament with a tissue given under ``bridge`` moved to ``tissue``."""
    if not isinstance(ossified.get("bridge"), str):
        return ossified
    return {"tissue" if key == "bridge" else key: value for key, value in ossified.items()}


def _is_all_bone(arch: dict[str, Any]) -> bool:
    return arch.get("ossified_fraction", 1.0 if arch.get("state") == "type_III" else 0.0) == 1.0
