"""Left against right: asymmetry of the results of one run, and the asymmetry floor of a symmetric one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fem_lumbar.analysis.quantities import (
    Path,
    is_symmetric,
    kind,
    mirrored_case,
    mirrored_path,
    numbers,
)


@dataclass(frozen=True)
class SidePair:
    """A number on the left and its mirror image on the right.

    Attributes
    ----------
    case, mirrored_case : str
        Load case of the left number, and of the right one (the mirrored case; the same one when it is symmetric).
    path : Path
        Where the left number stands.
    left, right : float
        The two values, in the unit of the path.
    """

    case: str
    mirrored_case: str
    path: Path
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
    """Every number of the left side with its counterpart on the right.

    In a case that is its own mirror image (flexion, standing …) both come from that case; otherwise the left one is
    compared with the right one of the mirrored case (left side in left rotation with right side in right rotation).
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
                pairs.append(SidePair(case, other, path, value, sign * there[image]))
    return pairs


def asymmetry_floor(summary: Mapping[str, Any], resolved: Mapping[str, Any]) -> dict[str, dict[tuple[str, ...], float]]:
    """Largest difference between a number and its mirror image, per load case and kind of number.

    In a symmetric scenario on a symmetric mesh these differences are nothing but numerical error, so their size is a
    measured floor below which an effect cannot be told from error.

    Parameters
    ----------
    summary : mapping
        Summary of a run.
    resolved : mapping
        Its resolved scenario.

    Returns
    -------
    floor : dict
        By load case and kind (see :func:`fem_lumbar.analysis.quantities.kind`), in the unit of the kind; empty when
        the run is not symmetric.
    """
    if not (summary["model"]["symmetric_mesh"] and is_symmetric(resolved)):
        return {}
    cases = _converged(summary)
    floor: dict[str, dict[tuple[str, ...], float]] = {}
    for case, entry in cases.items():
        other = mirrored_case(case, cases)
        if other is None:
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


def _converged(summary: Mapping[str, Any]) -> dict[str, Any]:
    return {name: entry for name, entry in summary["load_cases"].items() if entry["status"] == "converged"}


def _is_left(path: Path) -> bool:
    return any(part == "left" or part.endswith("_left") for part in path)
