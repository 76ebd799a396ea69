"""Reading of numbers from the stored runs of the protocols, with their discretisation errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fem_lumbar.anatomy.spine import joint_levels
from fem_lumbar.comparison.discretisation_bars import DiscretisationBars, density_of
from fem_lumbar.foundation.conventions import MOMENT_AXIS, ROTATION_COMPONENTS
from fem_lumbar.foundation.nested import value_at
from fem_lumbar.foundation.triangles import area_mean, area_vectors
from fem_lumbar.measures.entries import LoadCase
from fem_lumbar.runs.run import Run

Place = tuple[str, ...]
"""Protocol, load case, and the keys of a number in its summary entry."""


class NotAnswered(Exception):
    """A number is missing because its run failed; the message says why."""


@dataclass(frozen=True)
class ProtocolRuns:
    """The runs of the protocols.

    Attributes
    ----------
    runs : mapping of Run
        By protocol.
    failures : mapping of str
        Reason why a protocol has no run.
    bars : DiscretisationBars
        Stored discretisation errors; valid for the intact segment under the loads of the convergence study.
    """

    runs: Mapping[str, Run]
    failures: Mapping[str, str] = field(default_factory=dict)
    bars: DiscretisationBars = field(default_factory=DiscretisationBars)

    def entry(self, protocol: str, case: str) -> LoadCase:
        """Summary entry of a load case that converged and passed its checks.

        Raises
        ------
        NotAnswered
            When there is no such result.
        """
        run = self.runs.get(protocol)
        if run is None:
            raise NotAnswered(f"{protocol}: {self.failures.get(protocol, 'was not run')}")
        entry = run.cases.get(case)
        if entry is None:
            raise NotAnswered(f"{protocol}: load case {case} is not in the run: {run.reason}")
        if entry["status"] != "converged":
            raise NotAnswered(f"{protocol}: {case} stopped at {entry['load_fraction']:.0%} of the load")
        failed = [one.name for one in run.failed_checks if one.case == case]
        if failed:
            raise NotAnswered(f"{protocol}: {case}: out of tolerance: {', '.join(failed)}")
        return entry

    def bar(self, place: Place) -> float | None:
        """Discretisation error of a number of a summary, in its unit; None if unknown."""
        protocol, case, *path = place
        run = self.runs[protocol]
        entry, density = run.cases[case], density_of(run.summary, run.resolved)
        value = value_at(entry, path)
        bars = self.bars.of_model(run.resolved)
        return None if value is None else bars.error(case, entry["applied"], density, tuple(path), value)


class Reader:
    """Reads numbers for a measure and records them; some may be shifted to find their effect on the measure."""

    def __init__(self, source: ProtocolRuns, shifts: Mapping[Place, float] | None = None) -> None:
        self.seen: list[Place] = []
        self.bars_unknown = False
        self._source, self._shifts = source, shifts or {}

    def number(self, protocol: str, case: str, *path: str) -> float:
        """A number of a summary entry.

        Raises
        ------
        NotAnswered
            When the run failed or lacks the number.
        """
        place = (protocol, case, *path)
        value = value_at(self._source.entry(protocol, case), path)
        if value is None:
            raise NotAnswered(f"{protocol}: {case} has no {'.'.join(path)}")
        self.seen.append(place)
        return value + self._shifts.get(place, 0.0)

    def applied(self, protocol: str, case: str, load: str, place: int | None = None) -> float:
        """Applied load at full load; it has no error."""
        applied: Mapping[str, Any] = self._source.entry(protocol, case)["applied"]
        value = applied[load]
        return value if place is None else value[place]

    def rotation_deg(self, protocol: str, case: str, joint: str) -> float:
        """Rotation of a joint in the direction of the moment that names the case, degrees."""
        component, sign = rotation_component(case)
        return sign * self.number(protocol, case, "rotation_deg", joint, component)

    def shortening_mm(self, protocol: str, case: str, joint: str, bodies: bool = False) -> float:
        """Mean approach of the two endplates of a disc along its undeformed axis, mm.

        With ``bodies``: of the distant ends of the two adjacent vertebral bodies, from the stored fields.
        """
        if not bodies:
            return self.number(protocol, case, "disc_shortening_mm", joint)
        self._source.entry(protocol, case)
        self.bars_unknown = True
        run = self._source.runs[protocol]
        if case not in run.cases_with_fields:
            raise NotAnswered(f"{protocol}: the fields of {case} are not stored")
        fields, surfaces = run.field_arrays(case), run.mesh.surfaces
        moved = fields.points - fields.reference
        upper, lower = joint_levels(joint)
        plates = [surfaces[f"{upper}.endplate.inferior"], surfaces[f"{lower}.endplate.superior"]]
        ends = [surfaces[f"{upper}.endplate.superior"], surfaces[f"{lower}.endplate.inferior"]]
        above, below = (area_mean(fields.reference[end], moved[end]) for end in ends)
        down, up = (_normal(fields.reference[plate]) for plate in plates)
        axis = up - down
        return float((below - above) @ axis / np.linalg.norm(axis))


def rotation_component(case: str) -> tuple[str, float]:
    """Rotation component about the axis of the moment that names a case, and the sign of the moment about it."""
    axis = MOMENT_AXIS[case]
    component = next(name for name, place in ROTATION_COMPONENTS.items() if axis[place])
    return component, axis[ROTATION_COMPONENTS[component]]


def _normal(corners: np.ndarray) -> np.ndarray:
    """Mean outward unit normal (3,) of a surface of triangles (k, 3, 3)."""
    vector = area_vectors(corners).sum(axis=0)
    return vector / np.linalg.norm(vector)
