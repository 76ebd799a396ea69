"""Summary of one state of a case: the entries of the results contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fem_lumbar.anatomy.sacrum import joint_measures
from fem_lumbar.foundation.nested import merged
from fem_lumbar.measures.bridges import bridge_entry
from fem_lumbar.measures.canal import canal_entry
from fem_lumbar.measures.check import check
from fem_lumbar.measures.checks import (
    BONE_PENETRATION_LIMIT_MM,
    CLOSURE_LIMIT,
    ENERGY_LIMIT,
    FORCE_FLOOR_N,
    FORCE_LIMIT,
    PAIRING_LIMIT,
    PENETRATION_LIMIT,
    SMALLEST_FACET_FORCE_N,
    global_residual,
    reactions,
    volume_checks,
)
from fem_lumbar.measures.disc import disc_bulge_mm, disc_shortening_mm, intradiscal_pressures_MPa
from fem_lumbar.measures.entries import CheckEntry, Equilibrium
from fem_lumbar.measures.facets import bone_contact, facet_details, facet_forces_N, facet_states
from fem_lumbar.measures.kinematics import joint_rotations_deg
from fem_lumbar.measures.load_path import ligament_forces_N, ligament_strains, load_path, section
from fem_lumbar.measures.load_share import load_share
from fem_lumbar.measures.mal import mal_summary, tunnels
from fem_lumbar.measures.posterior_cleft import cleft_entry
from fem_lumbar.measures.transition import closed_gaps_mm, transition_entry
from fem_lumbar.model.loads import Loads
from fem_lumbar.model.segment import Segment
from fem_lumbar.scenario.load_case import LoadCase
from fem_lumbar.scenario.load_kinds.kinds import SECTIONS
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.solver.solution import Solution


def responses(
    segment: Segment, x: np.ndarray, forces: Mapping[str, np.ndarray], neutral: dict[str, np.ndarray]
) -> dict[str, Any]:
    """Results at every load level: rotations, pressures, disc shortening, facet and ligament forces.

    Parameters are those of :func:`mechanics`.
    """
    return {
        "rotation_deg": joint_rotations_deg(segment, x, neutral),
        "idp_MPa": intradiscal_pressures_MPa(segment, x),
        "disc_shortening_mm": {joint: disc_shortening_mm(segment, x, joint) for joint in segment.joints},
        "facet_force_N": facet_forces_N(segment, forces),
        "ligament_force_N": {joint: ligament_forces_N(segment, x, joint) for joint in segment.joints},
    }


def quantities(
    scenario: Scenario,
    segment: Segment,
    loads: Loads,
    solution: Solution,
    load_factor: float,
    neutral: dict[str, np.ndarray],
) -> dict[str, Any]:
    """Mechanical quantities of a state: those of :func:`mechanics`, and the openings under the MALs."""
    x, item_forces = solution.x, solution.residual.item_forces
    found = mechanics(scenario, segment, loads, x, item_forces, load_factor, neutral)
    return found | {"mal": merged(found["mal"], tunnels(segment, x) if found["mal"] else {})}


def mechanics(
    scenario: Scenario,
    segment: Segment,
    loads: Loads,
    x: np.ndarray,
    forces: Mapping[str, np.ndarray],
    load_factor: float,
    neutral: dict[str, np.ndarray],
) -> dict[str, Any]:
    """Rotations, pressures, facet and ligament forces, load path and share, MAL in a state x (n_dofs,).

    Parameters
    ----------
    forces : mapping
        Forces (n_dofs,) of contacts, discs and MALs by name.
    neutral : dict of (3, 3)
        Rotations of the levels in the unloaded state.
    """
    told = responses(segment, x, forces, neutral)
    cuts = {joint: section(segment, loads, x, load_factor, forces, joint) for joint in segment.joints}
    return {
        "rotation_deg": told["rotation_deg"],
        "idp_MPa": told["idp_MPa"],
        "disc_shortening_mm": told["disc_shortening_mm"],
        "disc_bulge_mm": {joint: disc_bulge_mm(segment, x, joint) for joint in segment.joints},
        "facet_force_N": told["facet_force_N"],
        "facet": facet_details(segment, facet_states(segment, x), forces),
        "bone_contact": bone_contact(segment, x, forces),
        "load_path": {joint: load_path(cut) for joint, cut in cuts.items()},
        "load_share": {joint: load_share(cut) for joint, cut in cuts.items()},
        "ligament_force_N": told["ligament_force_N"],
        "ligament_strain": {joint: ligament_strains(segment, x, joint) for joint in segment.joints},
        "mal": mal_summary(scenario, segment, loads, x, load_factor, forces),
        **bridge_entry(segment, x, forces),
        **canal_entry(scenario, segment, x),
        **transition_entry(scenario, segment, x, forces),
        **cleft_entry(segment, x, forces),
    }


def differences(a: Any, *others: Any) -> Any:
    """Largest absolute difference of every number of a nested result from those of others.

    Entries that are not numbers, or that some of them lack (such as the area of an open facet), are left out.
    """
    if isinstance(a, dict):
        if not all(isinstance(b, dict) for b in others):
            return None
        found = {key: differences(a[key], *(b[key] for b in others)) for key in a if all(key in b for b in others)}
        return {key: value for key, value in found.items() if value is not None and value != {}}
    if isinstance(a, list) and all(isinstance(b, list) for b in others):
        return [differences(*items) for items in zip(a, *others, strict=True)]
    if any(isinstance(one, bool) or not isinstance(one, int | float) for one in (a, *others)):
        return None
    return max(abs(a - b) for b in others)


def towards(a: Any, b: Any, part: float) -> Any:
    """Numbers of a nested result, interpolated towards another one where both have them."""
    if isinstance(a, dict) and isinstance(b, dict):
        return {key: towards(value, b[key], part) if key in b else value for key, value in a.items()}
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return [towards(*items, part) for items in zip(a, b, strict=True)]
    if any(isinstance(one, bool) or not isinstance(one, int | float) for one in (a, b)):
        return a
    return a + part * (b - a)


def checks(
    scenario: Scenario,
    segment: Segment,
    loads: Loads,
    solution: Solution,
    load_factor: float,
    work_Nmm: float,
    stored_Nmm: float,
    faded_Nmm: float,
    values: dict[str, Any],
) -> tuple[Equilibrium, dict[str, CheckEntry]]:
    """Equilibrium entry of the summary, and every self-check with its limit.

    Parameters
    ----------
    work_Nmm, stored_Nmm, faded_Nmm : float
        External work, stored energy, and energy lost over the rims of the facets since the unloaded state, N·mm.
    values : dict
        Result of :func:`quantities` for the same state, and its ``volume_ratio``.
    """
    force, moment = global_residual(segment, loads, solution.x, load_factor, solution.residual.item_forces)
    force_residual, moment_residual = float(np.linalg.norm(force)), float(np.linalg.norm(moment))
    applied_force = loads.size_N(solution.x, load_factor)
    applied_moment = float(np.linalg.norm(loads.couple_Nmm(solution.x, load_factor)))
    if applied_moment == 0.0:  # the load, if any, with the segment's size as its lever arm sets the scale
        applied_moment = (applied_force or FORCE_FLOOR_N) * float(np.ptp(segment.mesh.points, axis=0).max())
    energy_error = abs(work_Nmm - stored_Nmm - faded_Nmm) / abs(work_Nmm) if work_Nmm else 0.0
    on_support, moment_on_support = reactions(segment, solution.x, solution.residual.item_forces)
    equilibrium: Equilibrium = {
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
        **volume_checks(values["volume_ratio"]),
    }
    for joint in segment.joints:
        cut = section(segment, loads, solution.x, load_factor, solution.residual.item_forces, joint)
        for name, error in zip(("load_share_closure", "moment_closure"), cut.closure_error(), strict=True):
            found[f"{name}.{joint}"] = check(error, CLOSURE_LIMIT, "-")
        for side, facet in values["facet"][joint].items():
            thickness = joint_measures(scenario.degenerated_anatomy.on(side), joint).facet_cartilage_thickness_mm
            share = facet["pairing_N"] / max(values["facet_force_N"][joint][side], SMALLEST_FACET_FORCE_N)
            found[f"contact_pairing.{joint}.{side}"] = check(share, PAIRING_LIMIT, "-")
            found[f"penetration.{joint}.{side}"] = check(facet["penetration_mm"], PENETRATION_LIMIT * thickness, "mm")
        for place, met in values["bone_contact"].get(joint, {}).items():
            name = f"bone_penetration.{joint}.{place}"
            found[name] = check(met["penetration_mm"], BONE_PENETRATION_LIMIT_MM, "mm")
    for side, depth in closed_gaps_mm(scenario, segment, solution.x).items():
        found[f"transition_gap.{side}"] = check(depth, BONE_PENETRATION_LIMIT_MM, "mm")
    return equilibrium, found


def applied_loads(case: LoadCase, loads: Loads, x: np.ndarray, load_factor: float) -> dict[str, Any]:
    """What acts on the segment in a state x (n_dofs,) at a load factor, prescribed or as the reaction to a motion."""
    first = {"follower_first": True} if case.course.follower_first else {}
    return loads.applied(x, load_factor) | first


def curve_row(
    case: str, step: int, branch: str, fraction: float, applied: dict[str, Any], values: dict[str, Any]
) -> dict[str, Any]:
    """One row of ``curves.csv``: flat keys with units.

    Parameters
    ----------
    case, step, branch, fraction
        Load case, number of the row in it, ``loading`` or ``unloading``, load factor of the case.
    applied : dict
        Result of :func:`applied_loads`.
    values : dict
        Result of :func:`responses` or :func:`quantities`.
    """
    row: dict[str, Any] = {
        "case": case,
        "step": step,
        "branch": branch,
        "load_fraction": fraction,
    }
    for kind in SECTIONS:
        row |= kind.columns(case, applied)
    for joint, parts in values["rotation_deg"].items():
        row |= {f"rotation_deg.{joint}.{component}": value for component, value in parts.items()}
    row |= {f"disc_shortening_mm.{joint}": value for joint, value in values["disc_shortening_mm"].items()}
    for joint, value in values["idp_MPa"].items():
        row[f"idp_MPa.{joint}"] = value
    for joint, sides in values["facet_force_N"].items():
        row |= {f"facet_force_N.{joint}.{side}": value for side, value in sides.items()}
    for joint, ligaments in values["ligament_force_N"].items():
        row |= {f"ligament_force_N.{joint}.{name}": value for name, value in ligaments.items()}
    return row
