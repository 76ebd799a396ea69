"""Stored runs of protocols with numbers that were chosen, in place of simulations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fem_lumbar.conventions import MOMENT_AXIS, ROTATION_COMPONENTS
from fem_lumbar.report.results import load_run
from fem_lumbar.validation.protocols import protocol_scenario
from fem_lumbar.validation.reading import ProtocolRuns
from tests.synthetic_run import synthetic_entry, write_run


def entry(protocol: str, case: str, rotation_deg: dict[str, float] | None = None, **values: Any) -> dict[str, Any]:
    """Entry of a load case of a protocol: its loads, rotations in the sense of the moment, other sections as given."""
    made = synthetic_entry(case) | values
    load = protocol_scenario(protocol).load_cases[case]
    axis = MOMENT_AXIS.get(case, (0.0, 0.0, 0.0))
    made["applied"] = {
        "moment_Nm": [(load.moment_Nm or 0.0) * part for part in axis],
        "follower_N": load.follower_N,
        "muscle_activation": load.muscle_activation,
    }
    for joint, size in (rotation_deg or {}).items():
        for component, place in ROTATION_COMPONENTS.items():
            made["rotation_deg"][joint][component] = size * axis[place]
    return made


def stored_runs(out: Path, entries: dict[str, dict[str, dict[str, Any]]], **changes: Any) -> ProtocolRuns:
    """Runs written to disk and read again, by protocol and load case."""
    return ProtocolRuns(
        {name: load_run(write_run(out, name, cases, **changes)) for name, cases in entries.items()},
    )
