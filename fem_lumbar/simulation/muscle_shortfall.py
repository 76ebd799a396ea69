"""Messages where muscles cannot hold a posture: the deficit, the load they could hold, and possible remedies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fem_lumbar.anatomy.trunk_muscles import GROUPS
from fem_lumbar.foundation.conventions import NMM_PER_NM
from fem_lumbar.scenario.load_case import LoadCase
from fem_lumbar.scenario.load_kinds.abdominal_pressure import AbdominalPressureSection
from fem_lumbar.scenario.load_kinds.upper_body import UpperBodySection
from fem_lumbar.scenario.problems import listed
from fem_lumbar.scenario.sections import Muscles
from fem_lumbar.scenario.settings import settings_quantities

_DIRECTIONS = {
    "flexion": ("extension", "flexion"),
    "lateral_bending": ("left lateral bending", "right lateral bending"),
    "axial_rotation": ("right axial rotation", "left axial rotation"),
}
"""Names of a negative and a positive moment."""


def shortfall(components: Sequence[tuple[str, str]], missing: np.ndarray, load: float) -> str:
    """Text on the moments (m,) N·mm that full activation lacks, by joint and component, at a load factor."""
    lacking = []
    for (joint, component), moment in zip(components, missing, strict=True):
        if abs(moment) > 0.01 * np.abs(missing).max():
            direction = _DIRECTIONS[component][int(moment > 0)]
            lacking.append(f"{abs(moment) / NMM_PER_NM:.3g} N·m of {direction} at {joint}")
    at = "" if load == 1.0 else f" at {load:.0%} of the load"
    return f"muscles cannot hold the posture{at}: at full activation they lack {' and '.join(lacking)}"


def what_helps(case: LoadCase, held: float | None, arm_held_mm: float | None, muscles: Muscles) -> str:
    """Text on the load that muscles at full activation could hold, and on possible remedies.

    Parameters
    ----------
    case : LoadCase
        The case that cannot be held.
    held : float or None
        Fraction of its loads that could be held; None where unknown.
    arm_held_mm : float or None
        Lever arm at which the whole weight could be held; None where there is none.
    muscles : Muscles
        Those of the scenario.
    """
    lines, upper = [], case.of(UpperBodySection).upper_body
    if held is not None:
        lines.append(f"they could hold about {held:.0%} of the load of this case")
        if upper is not None:
            weights = [f"{held * upper.weight_N:.3g} N at {upper.lever_arm_mm:g} mm"]
            if arm_held_mm is not None:
                weights.append(f"{upper.weight_N:g} N at {arm_held_mm:.2g} mm")
            lines[-1] += f", an upper body of {' or '.join(weights)}"
    absent = [group for group in GROUPS if group not in muscles.groups]
    if absent:
        lines.append(f"not among muscles.groups: {listed(absent)}")
    specific_tension = muscles.specific_tension_N_per_cm2
    tension = settings_quantities()["muscles"]["specific_tension_N_per_cm2"]
    most = tension.range[1]
    ways = [
        "a smaller weight or lever arm",
        *(["more muscles.groups"] if absent else []),
        *([] if case.of(AbdominalPressureSection).force_N else ["abdominal_pressure_kPa"]),
        "a number for muscle_activation, with follower_N in place of the missing muscles",
    ]
    if held is not None and specific_tension < specific_tension / max(held, 1e-6) <= most:
        needed = specific_tension / held
        ways.insert(-1, f"muscles.specific_tension_N_per_cm2 from about {needed:.2g} (usual up to {most:g})")
    lines.append(f"try {', or '.join(ways)}")
    return "; ".join(lines)
