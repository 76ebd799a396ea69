"""Figures of a validation in which not everything went well."""

from __future__ import annotations

from fem_lumbar.experiments.validation.figures import moment_rotation
from fem_lumbar.experiments.validation.targets import shipped_targets
from fem_lumbar.experiments.validation.verdicts import judge
from tests.experiments.validation.stored import entry, stored_runs


def test_a_case_that_never_left_the_unloaded_state_has_no_curve(tmp_path):
    cases = ("flexion", "extension")
    runs = stored_runs(tmp_path, {"intact_10Nm": {case: entry("intact_10Nm", case) for case in cases}})
    run = runs.runs["intact_10Nm"]
    first = {name: 0.0 for name in run.curves[0] if name.startswith("rotation_deg.")}
    stopped = {"case": "flexion", "load_fraction": 0.0, "moment_Nm": 0.0, **first}
    run.__dict__["curves"] = [stopped, *(row for row in run.curves if row["case"] == "extension")]
    figure = moment_rotation(judge(shipped_targets().only(["intact_rotation"]), runs))
    assert figure is not None
