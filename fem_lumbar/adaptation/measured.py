"""Results of a run that enter the loop: left and right loads, activations, and the load on the nerve."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fem_lumbar.anatomy.muscles import Fascicle, medial_branches
from fem_lumbar.anatomy.spine import COLUMN
from fem_lumbar.anatomy.trunk_muscles import muscle_lines
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.nerve.course import course_quantities
from fem_lumbar.nerve.parameters import thresholds_kPa
from fem_lumbar.nerve.study import nerve_of_mesh
from fem_lumbar.runs.run import Run

BRANCH, OTHERS, BACK = "branch", "other multifidus", "other muscles"
"""Fascicles supplied by the branch, the rest of multifidus, and all other muscles."""
PRESSURE, ELONGATION = "nerve pressure", "nerve elongation"
"""Load on the nerve in its tunnel and along its course, relative to the one that stops venular flow."""
FACET, PRESSURE_IN_DISC = "facet force", "disc pressure"


def crossed_by(branch: str) -> str:
    """Vertebra that a medial branch crosses, under whose ligament it runs: the one below its own level."""
    return COLUMN[COLUMN.index(branch) + 1]


def results(run: Run, case: str, branch: str) -> tuple[dict[str, float], dict[str, float]]:
    """Results by name, such as ``facet force L4-L5 left``, and the numerical floor of each.

    Parameters
    ----------
    run : Run
    case : str
        A balanced load case.
    branch : str
        Level of the dorsal ramus.
    """
    entry: Mapping[str, Any] = run.cases[case]
    found, floor = _of(entry, branch), _of(entry.get("numerical_floor", {}), branch)
    return found, {name: floor.get(name, 0.0) for name in found}


def nerve_loads(run: Run, case: str, branch: str, diameter_mm: float | None) -> dict[str, float]:
    """Pressure and elongation of the branch on both sides relative to those that stop venular flow, by name.

    Empty for a branch that crosses no ligament of the model; no elongation if its course is not found.

    Raises
    ------
    PhysicsError
        When the tunnel is too tight to compute the pressure.
    """
    level = crossed_by(branch)
    arches = run.resolved["mal"].get(level, {})
    there = {side: one["state"] for side, one in arches.items() if f"{level}.mal.{side}" in run.mesh.region_names}
    if not there:
        return {}
    positions = {case: run.field_arrays(case).points[: len(run.mesh.points)]}
    study = nerve_of_mesh(run.name, run.mesh, {level: there}, diameter_mm, positions, margins=False, spurs_mm=())
    venular = thresholds_kPa()["venular_flow"]
    slowed = float(course_quantities()["stretch_thresholds"]["venular_flow"].value)
    found = {}
    for row in study.rows:
        if row.case == case:
            if row.pressures is None:
                raise PhysicsError(f"the tunnel at {level} {row.side} is too tight for the nerve: no pressure is known")
            found[f"{PRESSURE} {row.side}"] = row.pressures.contact_mean / venular
    for one in study.stretch:
        if one.case == case:
            own = 100.0 * one.own_change_mm / one.own_mm
            found[f"{ELONGATION} {one.side}"] = (own if one.across_percent is None else one.across_percent) / slowed
    return found


def _of(entry: Mapping[str, Any], branch: str) -> dict[str, float]:
    """Results of a load case, or their numerical floors, by name."""
    found = {
        f"{FACET} {joint} {side} N": float(value)
        for joint, sides in entry.get("facet_force_N", {}).items()
        for side, value in sides.items()
    }
    found |= {f"{PRESSURE_IN_DISC} {joint} MPa": float(value) for joint, value in entry.get("idp_MPa", {}).items()}
    pulls, lines = entry.get("muscles", {}), muscle_lines()
    supplied = set(medial_branches()[branch])
    groups: dict[str, list[Fascicle]] = {BRANCH: [], OTHERS: [], BACK: []}
    for name in pulls:
        other = OTHERS if lines[name].muscle == "multifidus" else BACK
        groups[BRANCH if name in supplied else other].append(lines[name])
    for group, members in groups.items():
        for side in SIDES:
            there = [line for line in members if side in pulls[line.name]]
            found[f"{group} force {side} N"] = sum(
                float(pulls[line.name][side].get("force_N") or 0.0) for line in there
            )
            if group != BRANCH:  # denervated fascicles have no activation
                found[f"{group} activation {side}"] = _activation(there, pulls, side)
    return found


def _activation(lines: Iterable[Fascicle], pulls: Mapping[str, Any], side: str) -> float:
    """Mean activation of some fascicles, weighted by their cross-section."""
    pairs = [(line.pcsa_mm2, float(pulls[line.name][side].get("activation") or 0.0)) for line in lines]
    whole = sum(area for area, _ in pairs)
    return sum(area * activation for area, activation in pairs) / whole if whole else 0.0
