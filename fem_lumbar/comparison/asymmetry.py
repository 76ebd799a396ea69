"""Left-right asymmetry of the results of one run, and the asymmetry floor of a symmetric one.

The average asymmetry factor follows the idea of Du et al. 2016 (BMC Musculoskelet Disord 17:126), who average the
asymmetry of facet contact over the load; only their abstract was available, so the formula is our own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.integrate import trapezoid

from fem_lumbar.measures.quantities import (
    Path,
    is_symmetric,
    kind,
    mirrored_case,
    mirrored_name,
    mirrored_path,
    numbers,
)
from fem_lumbar.simulation.known_paths import EARLIER_RUN, MIRROR_IMAGE

COUPLED = ("lateral_bending", "axial_rotation")
"""Rotations that a mirror-symmetric load does not cause in a symmetric segment."""


@dataclass(frozen=True)
class SidePair:
    """A number on the left and its mirror image on the right.

    Attributes
    ----------
    case, mirrored_case : str
        Load case of the left number, and of the right one (the mirrored case; the same one when it is symmetric).
    path, mirrored_path : Path
        Places of the left and of the right number.
    left, right : float
        The two values, in the unit of the path.
    """

    case: str
    mirrored_case: str
    path: Path
    mirrored_path: Path
    left: float
    right: float

    @property
    def difference(self) -> float:
        """Left − right."""
        return self.left - self.right

    @property
    def index(self) -> float | None:
        """Asymmetry index (left − right)/(|left| + |right|), −1 … 1; None when both are zero."""
        size = abs(self.left) + abs(self.right)
        return self.difference / size if size > 0.0 else None


def side_pairs(summary: Mapping[str, Any]) -> list[SidePair]:
    """Pairs of every number of the left side and its counterpart on the right.

    In a mirror-symmetric case (flexion, standing …) both come from that case; otherwise the left number is compared
    with the right one of the mirrored case (left side in left rotation with right side in right rotation).
    """
    cases = _converged(summary)
    pairs = []
    for case, entry in cases.items():
        other = mirrored_case(case, cases)
        if other is None:
            continue
        there = numbers(cases[other])
        for path, value in numbers(entry).items():
            image, sign = mirrored_path(path)
            if image != path and _is_left(path) and image in there:
                pairs.append(SidePair(case, other, path, image, value, sign * there[image]))
    return pairs


def asymmetry_floor(summary: Mapping[str, Any], resolved: Mapping[str, Any]) -> dict[str, dict[tuple[str, ...], float]]:
    """Largest difference between a number and its mirror image, by load case and kind of number.

    In a symmetric scenario on a symmetric mesh these differences are purely numerical errors, and so a measured floor
    for effects. Cases that were copied from their mirror image provide no such measure and are left out.

    Parameters
    ----------
    summary : mapping
        Summary of a run.
    resolved : mapping
        Its resolved scenario.

    Returns
    -------
    floor : dict
        By load case and kind (see :func:`fem_lumbar.measures.quantities.kind`), in the unit of the kind; empty if the
        run is not symmetric.
    """
    if not (summary["model"]["symmetric_mesh"] and is_symmetric(resolved)):
        return {}
    cases = _converged(summary)
    floor: dict[str, dict[tuple[str, ...], float]] = {}
    for case, entry in cases.items():
        other = mirrored_case(case, cases)
        if other is None or (other != case and any(map(_taken_over, (entry, cases[other])))):
            continue
        there = numbers(cases[other])
        for path, value in numbers(entry).items():
            image, sign = mirrored_path(path)
            if image not in there or (image, other, sign) == (path, case, 1.0):
                continue
            size = abs(value - sign * there[image])
            of_case = floor.setdefault(case, {})
            of_case[kind(path)] = max(of_case.get(kind(path), 0.0), size)
    return floor


def coupled_rotations_deg(summary: Mapping[str, Any]) -> dict[tuple[str, Path], float]:
    """Lateral bending and axial rotation of every joint in mirror-symmetric load cases, deg.

    In a symmetric segment they are zero; anything else is asymmetry or numerical error.
    """
    cases = _converged(summary)
    return {
        (case, ("rotation_deg", joint, component)): parts[component]
        for case, entry in cases.items()
        if mirrored_case(case, cases) == case
        for joint, parts in entry["rotation_deg"].items()
        for component in COUPLED
    }


@dataclass(frozen=True)
class AsymmetryFactor:
    """Inequality of left and right over the course of a load.

    Attributes
    ----------
    case : str
        Load case of the left side; the right one is that of the mirrored case.
    quantity : str
        Column of ``curves.csv`` of the left side.
    factor : float
        Mean over the load of |left − right| / ((left + right)/2), 0 … 2, over the part of the load in which either side
        carries force.
    loaded : float
        That part of the load as a fraction, 0 … 1.
    """

    case: str
    quantity: str
    factor: float
    loaded: float


def average_asymmetry_factors(
    summary: Mapping[str, Any], curves: Sequence[Mapping[str, Any]], prefixes: Iterable[str] = ("facet_force_N.",)
) -> list[AsymmetryFactor]:
    """Average asymmetry factor of all left/right forces, over the loading branch of each load case.

    The mean is taken over the load, not over steps, because their number and size are chosen by the solver; values are
    interpolated between steps. Pairs below 1e-6 of the largest force of the case count as unloaded.

    Parameters
    ----------
    summary : mapping
        Summary of a run.
    curves : sequence of mapping
        Its rows of ``curves.csv``.
    prefixes : iterable of str
        Prefixes of the columns to evaluate.
    """
    cases = _converged(summary)
    found = []
    for case in cases:
        other = mirrored_case(case, cases)
        if other is None:
            continue
        here, there = _loading(curves, case), _loading(curves, other)
        names = [name for name in here if name.startswith(tuple(prefixes)) and _is_left((*name.split("."),))]
        largest = max((float(np.abs(here[name]).max()) for name in names), default=0.0)
        for name in names:
            image = mirrored_name(name)
            if image not in there or len(here["load_fraction"]) < 2:
                continue
            load = np.union1d(here["load_fraction"], there["load_fraction"])
            left = np.interp(load, here["load_fraction"], here[name])
            right = np.interp(load, there["load_fraction"], there[image])
            factor, loaded = _mean_asymmetry(load, left, right, 1e-6 * largest)
            found.append(AsymmetryFactor(case, name, factor, loaded))
    return found


def _mean_asymmetry(load: np.ndarray, left: np.ndarray, right: np.ndarray, least: float) -> tuple[float, float]:
    """Mean of |l − r| / ((l + r)/2) over the load where (l + r)/2 exceeds ``least``, and that fraction of the load."""
    mean = 0.5 * (np.abs(left) + np.abs(right))
    carries = mean > least
    ratio = np.divide(np.abs(left - right), mean, out=np.zeros(len(load)), where=carries)
    part = trapezoid(carries.astype(float), load)
    whole = load[-1] - load[0]
    return (float(trapezoid(ratio, load) / part), float(part / whole)) if part > 0.0 else (0.0, 0.0)


def _loading(curves: Sequence[Mapping[str, Any]], case: str) -> dict[str, np.ndarray]:
    """Columns of the loading branch of a case that are completely numeric, by ascending load."""
    rows = [row for row in curves if row["case"] == case and row.get("branch", "loading") == "loading"]
    rows.sort(key=lambda row: row["load_fraction"])
    names = rows[0] if rows else ()
    kept = [name for name in names if all(isinstance(row.get(name), float | int) for row in rows)]
    return {name: np.array([row[name] for row in rows], dtype=float) for name in kept}


def _taken_over(entry: Mapping[str, Any]) -> bool:
    """Whether the states of a case were copied from its mirror image, or were stored and may be such a copy."""
    origin = entry.get("started_from")
    return origin == MIRROR_IMAGE or (origin == EARLIER_RUN and entry["iterations"] == 0)


def _converged(summary: Mapping[str, Any]) -> dict[str, Any]:
    return {name: entry for name, entry in summary["load_cases"].items() if entry["status"] == "converged"}


def _is_left(path: Path) -> bool:
    return any(part == "left" or part.endswith("_left") for part in path)
