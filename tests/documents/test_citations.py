"""The sources of a run in its summary and report."""

from __future__ import annotations

from pathlib import Path

from fem_lumbar.documents.summary_text import write_report
from fem_lumbar.runs.execution import run_scenario
from fem_lumbar.runs.run import load_run
from fem_lumbar.scenario.loader import load_scenario
from tests.runs.fake_engine import FAKE

BASELINE = Path(__file__).parents[2] / "scenarios" / "baseline.yaml"


def test_sources_and_fitted_set_are_in_summary_and_report(tmp_path):
    (tmp_path / "fitted.yaml").write_text(
        "parameter_set: {name: mine, keys: [materials.nucleus.c10_MPa], provenance: {calibration: c.yaml}}\n"
        "materials: {nucleus: {c10_MPa: 0.1}}\n"
    )
    (tmp_path / "run.yaml").write_text(f"extends: [{BASELINE.as_posix()}, fitted.yaml]\n")
    scenario = load_scenario(tmp_path / "run.yaml", ["materials.annulus.c10_MPa=0.2"], cases=["flexion"])
    run = load_run(run_scenario(scenario, tmp_path, engine=FAKE))
    told = {entry["source"]: entry["values"] for entry in run.summary["citations"]}
    assert told["set in the scenario"] == ["materials.annulus.c10_MPa"]
    assert run.summary["parameter_set"]["name"] == "mine"
    assert run.resolved["parameter_set"]["provenance"] == {"calibration": "c.yaml"}
    report = write_report(run).read_text()
    assert "## Sources of the values used" in report and "PMC5592017 Table 2 (after Goel)" in report
    assert "Parameter set mine: calibration c.yaml." in report
