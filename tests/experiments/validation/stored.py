"""Stored runs of protocols with numbers that were chosen, in place of simulations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fem_lumbar.experiments.validation.protocols import protocol_scenario
from fem_lumbar.experiments.validation.reading import ProtocolRuns
from fem_lumbar.foundation.conventions import BONE_PLACES, MOMENT_AXIS, ROTATION_COMPONENTS
from fem_lumbar.runs.run import load_run
from fem_lumbar.runs.store import RunWriter
from tests.synthetic_run import TIMING, model_info, synthetic_entry, synthetic_mesh, synthetic_result


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
    for share in made["load_share"].values():
        share |= {f"bone_contact_{place}": 0.0 for place in BONE_PLACES}
    for joint, size in (rotation_deg or {}).items():
        for component, place in ROTATION_COMPONENTS.items():
            made["rotation_deg"][joint][component] = size * axis[place]
    return made


def stored_runs(out: Path, entries: dict[str, dict[str, dict[str, Any]]]) -> ProtocolRuns:
    """Runs written to disk and read again, by protocol and load case."""
    return ProtocolRuns({name: load_run(_written(out, name, cases)) for name, cases in entries.items()})


def _written(out: Path, name: str, cases: dict[str, dict[str, Any]]) -> Path:
    mesh = synthetic_mesh()
    with RunWriter(out, protocol_scenario(name, density="test"), mesh, model_info(mesh)) as writer:
        for case, summary in cases.items():
            result = synthetic_result(case, mesh)
            result.summary = summary
            writer.add_case(result)
        return writer.finish(TIMING)
