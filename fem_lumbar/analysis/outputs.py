"""Summary of one state of a case: the entries of the results contract."""

from __future__ import annotations

from typing import Any

import numpy as np

from fem_lumbar.analysis.checks import (
    CLOSURE_LIMIT,
    ENERGY_LIMIT,
    FORCE_FLOOR_N,
    FORCE_LIMIT,
    PENETRATION_LIMIT,
    check,
    force_scale_N,
    global_residual,
    reactions,
    smallest_volume_ratio,
)
from fem_lumbar.analysis.disc import disc_bulge_mm, intradiscal_pressure_MPa
from fem_lumbar.analysis.facets import facet_states, facet_summary
from fem_lumbar.analysis.kinematics import joint_rotations_deg
from fem_lumbar.analysis.load_share import ligament_forces_N, load_share
from fem_lumbar.analysis.mal import mal_summary
from fem_lumbar.conventions import NMM_PER_NM
from fem_lumbar.model.loads import Loads
from fem_lumbar.model.segment import Segment
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.solver.newton import Solution


def quantities(
    scenario: Scenario, segment: Segment, loads: Loads, solution: Solution, load: float, neutral: dict[str, np.ndarray]
) -> dict[str, Any]:
    """Mechanical quantities of a state: rotations, pressures, facet and ligament forces, load share, MAL."""
    x, forces = solution.x, solution.residual.item_forces
    states = facet_states(segment, x)
    facet_force, facet = facet_summary(states)
    return {
        "rotation_deg": joint_rotations_deg(segment, x, neutral),
        "idp_MPa": {joint: intradiscal_pressure_MPa(segment, x, joint) for joint in segment.joints},
        "disc_bulge_mm": {joint: disc_bulge_mm(segment, x, joint) for joint in segment.joints},
        "facet_force_N": facet_force,
        "facet": facet,
        "load_share": {joint: load_share(segment, loads, x, load, forces, joint) for joint in segment.joints},
        "ligament_force_N": {joint: ligament_forces_N(segment, x, joint) for joint in segment.joints},
        "mal": mal_summary(scenario, segment, x, forces),
    }


def differences(a: Any, b: Any) -> Any:
    """Absolute differences of all numbers of two equal nestings; what is no number is left out."""
    if isinstance(a, dict):
        found = {key: differences(a[key], b[key]) for key in a}
        return {key: value for key, value in found.items() if value is not None and value != {}}
    if isinstance(a, list) and isinstance(b, list):
        return [differences(i, j) for i, j in zip(a, b, strict=True)]
    if isinstance(a, bool) or not isinstance(a, int | float) or not isinstance(b, int | float):
        return None
    return abs(a - b)


def checks(
    scenario: Scenario,
    segment: Segment,
    loads: Loads,
    solution: Solution,
    load: float,
    work_Nmm: float,
    stored_Nmm: float,
    faded_Nmm: float,
    values: dict[str, Any],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Equilibrium entry of the summary, and every self-check with its limit.

    Parameters
    ----------
    work_Nmm, stored_Nmm, faded_Nmm : float
        External work, stored energy, and energy lost over the rims of the facets since the unloaded state, N·mm.
    values : dict
        Result of :func:`quantities` for the same state.
    """
    force, moment = global_residual(segment, loads, solution.x, load, solution.residual.item_forces)
    force_residual, moment_residual = float(np.linalg.norm(force)), float(np.linalg.norm(moment))
    applied_force = force_scale_N(loads, load)
    applied_moment = load * float(np.linalg.norm(loads.moment_Nmm))
    if applied_moment == 0.0:  # the load with the segment's size as its lever arm sets the scale
        applied_moment = applied_force * float(np.ptp(segment.mesh.points, axis=0).max())
    energy_error = abs(work_Nmm - stored_Nmm - faded_Nmm) / abs(work_Nmm) if work_Nmm else 0.0
    on_support, moment_on_support = reactions(segment, solution.residual.item_forces)
    equilibrium = {
        "support_force_N": [float(v) for v in on_support],
        "support_moment_Nmm": [float(v) for v in moment_on_support],
        "force_residual_N": force_residual,
        "moment_residual_Nmm": moment_residual,
        "energy_error": energy_error,
        "external_work_Nmm": work_Nmm,
        "stored_energy_Nmm": stored_Nmm,
        "energy_lost_at_facet_rims_Nmm": faded_Nmm,
    }
    found = {
        "force_residual": check(force_residual, max(FORCE_LIMIT * applied_force, FORCE_FLOOR_N), "N"),
        "moment_residual": check(moment_residual, FORCE_LIMIT * applied_moment, "N·mm"),
        "work_against_energy": check(energy_error, ENERGY_LIMIT, "-"),
        "energy_lost_at_facet_rims": check(abs(faded_Nmm) / abs(work_Nmm) if work_Nmm else 0.0, ENERGY_LIMIT, "-"),
        "smallest_volume_ratio": check(smallest_volume_ratio(segment, solution.x), 0.0, "-", at_least=True),
    }
    for joint in segment.joints:
        found[f"load_share_closure.{joint}"] = check(values["load_share"][joint]["closure_error"], CLOSURE_LIMIT, "-")
        for side, facet in values["facet"][joint].items():
            thickness = scenario.anatomy.on(side).joints[joint].facet_cartilage_thickness_mm
            found[f"penetration.{joint}.{side}"] = check(facet["penetration_mm"], PENETRATION_LIMIT * thickness, "mm")
    return equilibrium, found


def curve_row(case: str, step: int, load: float, loads: Loads, values: dict[str, Any]) -> dict[str, Any]:
    """One row of ``curves.csv``: flat keys with units."""
    follower = 0.0 if loads.follower is None else load * float(loads.follower.force[0])
    row: dict[str, Any] = {
        "case": case,
        "step": step,
        "load_fraction": load,
        "moment_Nm": load * float(np.linalg.norm(loads.moment_Nmm)) / NMM_PER_NM,
        "follower_N": follower,
    }
    for joint, parts in values["rotation_deg"].items():
        row |= {f"rotation_deg.{joint}.{component}": value for component, value in parts.items()}
    for joint, value in values["idp_MPa"].items():
        row[f"idp_MPa.{joint}"] = value
    for joint, sides in values["facet_force_N"].items():
        row |= {f"facet_force_N.{joint}.{side}": value for side, value in sides.items()}
    for joint, ligaments in values["ligament_force_N"].items():
        row |= {f"ligament_force_N.{joint}.{name}": value for name, value in ligaments.items()}
    return row
