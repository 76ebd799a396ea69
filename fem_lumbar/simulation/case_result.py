"""Outcome of one load case."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from fem_lumbar.measures.fields import StateFields
from fem_lumbar.simulation.walk import Walk


@dataclass
class CaseResult:
    """Outcome of one load case; if full load is not reached, it holds the converged part."""

    name: str
    status: str
    reason: str | None
    load_fraction: float
    summary: dict[str, Any]
    curves: list[dict[str, Any]] = field(default_factory=list)
    fields: StateFields | None = None


def without_result(name: str, reason: str, walk: Walk, applied: dict[str, Any], started: float) -> CaseResult:
    """Outcome of a case without any converged state under load."""
    summary = {
        "status": "failed",
        "reason": reason,
        "load_fraction": 0.0,
        **walk.effort(),
        "applied": applied,
        "wall_s": time.perf_counter() - started,
    }
    return CaseResult(name, "failed", reason, 0.0, summary)


def never_begun(name: str, reason: str, started: float) -> CaseResult:
    """Outcome of a case whose loads were not found."""
    summary = {"status": "failed", "reason": reason, "load_fraction": 0.0, "wall_s": time.perf_counter() - started}
    return CaseResult(name, "failed", reason, 0.0, summary)


def headline(name: str, values: dict[str, Any]) -> str:
    """First result of a case in one line, before its checks."""
    joints = []
    for joint, facets in values["facet_force_N"].items():
        numbers = [f"{max(values['rotation_deg'][joint].values(), key=abs):.3g}°"]
        numbers += [f"{values['idp_MPa'][joint]:.3g} MPa"] if joint in values["idp_MPa"] else []
        numbers += [f"{side} facet {force:.3g} N" for side, force in facets.items()]
        joints.append(f"{joint} {', '.join(numbers)}")
    return f"{name}: at full load, checks to follow: {'; '.join(joints)}"
