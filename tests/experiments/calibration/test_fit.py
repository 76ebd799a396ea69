"""The fit on a model whose answers are known: parameters found, resumed, what is not determined said."""

from __future__ import annotations

import json

import numpy as np
import pytest
import yaml

from fem_lumbar.experiments.calibration.identifiability import identifiability
from fem_lumbar.experiments.calibration.reading import load_calibration
from fem_lumbar.experiments.calibration.run import EVALUATIONS, RESULT, run_calibration, set_path
from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.scenario.loader import load_scenario
from tests.experiments.calibration.synthetic_engine import (
    BROKEN,
    CALIBRATION,
    INTERRUPTED,
    KNOWN,
    SCENARIO,
    SYNTHETIC,
    SyntheticSimulation,
    write_files,
)


def calibrate(folder, text=CALIBRATION, engine=SYNTHETIC, jobs=1, **options):
    calibration = load_calibration(write_files(folder, text))
    return run_calibration(
        calibration, folder / "out", lambda line: None, jobs=jobs, engine=engine, derive=None, **options
    )


def test_known_parameters_are_found(tmp_path):
    result = calibrate(tmp_path)
    found = {p.name: n for p, n in zip(result.calibration.parameters, result.end.numbers)}
    assert found == pytest.approx(KNOWN, rel=2e-3)
    assert np.abs(result.end.misfits).max() < 0.02
    assert result.identifiability.weak == [] and result.identifiability.correlated_pairs == []


def test_other_starting_points_end_at_the_same_values(tmp_path):
    """A start at which the model fails is told and left out."""
    result = calibrate(tmp_path, CALIBRATION.replace("name: found\n", "name: found\nstarts: 4\n"))
    assert result.end.numbers == pytest.approx(tuple(KNOWN.values()), rel=2e-3)
    ended = [one for one in result.starts if one.end is not None]
    assert len(result.starts) == 4 and len(ended) >= 2
    assert all(one.end == pytest.approx(tuple(KNOWN.values()), rel=0.02) for one in ended)
    assert all("the model fails there" in one.reason for one in result.starts if one.end is None)
    report = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert "Starting points and where the fit ended" in report and "95 %" in report


def test_a_large_power_keeps_the_largest_misfit_small(tmp_path):
    """Three targets agree and a fourth does not; least squares meets the three well and the fourth badly."""
    entry = "  - {{id: {}, protocol: whole, case: compression, quantity: idp_MPa.L4-L5, target: {}, tolerance: 0.1}}\n"
    more = entry.format("same", 0.75) + entry.format("again", 0.75) + entry.format("other", 0.9)
    text = CALIBRATION + more
    largest = {}
    for power in (2, 16):
        (folder := tmp_path / str(power)).mkdir()
        result = calibrate(folder, text.replace("name: found\n", f"name: found\npower: {power}\n"))
        largest[power] = float(np.abs(result.end.misfits).max())
        assert ("to the power of 16" in (folder / "out" / "report.md").read_text("utf-8")) == (power == 16)
    assert largest[2] == pytest.approx(3 / 4 * 1.5, abs=0.01)  # the mean of all, a quarter of the way
    assert largest[16] == pytest.approx(1.5 / 2, abs=0.06)  # the middle, but for the 16th root of three


def test_several_processes_give_the_same(tmp_path):
    alone = calibrate(tmp_path)
    (tmp_path / "again").mkdir()
    together = calibrate(tmp_path / "again", jobs=2)
    assert together.end.numbers == alone.end.numbers
    assert together.solved == alone.solved


def test_written_set_gives_the_reported_answers(tmp_path):
    result = calibrate(tmp_path)
    (tmp_path / "user.yaml").write_text("extends: [synthetic.yaml, out/found.yaml]\n")
    scenario = load_scenario(tmp_path / "user.yaml")
    assert scenario.materials.annulus.c10_MPa == result.end.numbers[0]
    assert scenario.parameter_set.name == "found"
    made = scenario.parameter_set.provenance
    assert made["calibration"] == "calibration.yaml" and made["calibration_sha256"] == result.calibration.sha256
    assert made["density"] == "test" and made["targets_within_tolerance"] == "3 of 3"
    assert scenario.parameter_set.keys == ("materials.annulus.c10_MPa", "materials.nucleus.c10_MPa")
    assert str(tmp_path) not in set_path(result.calibration, tmp_path / "out").read_text()


def test_tissue_of_one_joint_is_fitted_alone(tmp_path):
    key = "materials.joints.L4-L5.annulus.c10_MPa"
    result = calibrate(tmp_path, CALIBRATION.replace("materials.annulus.c10_MPa", key))
    assert result.end.numbers[0] == pytest.approx(KNOWN["ground"], rel=2e-3)
    (tmp_path / "user.yaml").write_text("extends: [synthetic.yaml, out/found.yaml]\n")
    materials = load_scenario(tmp_path / "user.yaml").materials
    assert materials.of_joint("L4-L5").annulus.c10_MPa == result.end.numbers[0]
    assert materials.of_joint("L3-L4").annulus.c10_MPa == materials.annulus.c10_MPa == 0.1351


def test_a_later_calibration_takes_over_the_set_it_started_from(tmp_path):
    calibrate(tmp_path)
    (tmp_path / "second.yaml").write_text("extends: [synthetic.yaml, out/found.yaml]\n")
    text = CALIBRATION.replace("synthetic.yaml", "second.yaml").replace("name: found", "name: later")
    text = text.replace("  - {name: nucleus, keys: [materials.nucleus.c10_MPa]}\n", "")
    calibrate(tmp_path, text)
    later = yaml.safe_load((tmp_path / "out" / "later.yaml").read_text())
    assert set(later["parameter_set"]["keys"]) == {"materials.annulus.c10_MPa", "materials.nucleus.c10_MPa"}
    assert later["materials"]["nucleus"]["c10_MPa"] == pytest.approx(KNOWN["nucleus"], rel=2e-3)
    assert later["parameter_set"]["provenance"]["taken_over"]["from"] == "found"


def test_tissue_that_the_scenario_sets_is_in_the_set_and_not_called_fitted(tmp_path):
    scenario = SCENARIO.replace("{set: literature}", "{set: literature, cancellous: {modulus_MPa: 200}}")
    write_files(tmp_path, CALIBRATION, scenario)
    run_calibration(
        load_calibration(tmp_path / "calibration.yaml"),
        tmp_path / "out",
        lambda line: None,
        jobs=1,
        engine=SYNTHETIC,
        derive=None,
    )
    written = yaml.safe_load((tmp_path / "out" / "found.yaml").read_text())
    assert written["materials"]["cancellous"] == {"modulus_MPa": 200}
    assert "materials.cancellous.modulus_MPa" not in written["parameter_set"]["keys"]
    assert written["parameter_set"]["provenance"]["set_in_the_scenarios"] == ["materials.cancellous.modulus_MPa"]


def test_interrupted_fit_goes_on(tmp_path, monkeypatch):
    log = tmp_path / "log"
    monkeypatch.setenv("SYNTHETIC_LOG", str(log))
    with pytest.raises(KeyboardInterrupt):
        calibrate(tmp_path, engine=INTERRUPTED)
    assert not (tmp_path / "out" / "found.yaml").exists()
    kept = len(list((tmp_path / "out" / EVALUATIONS).glob("*.json")))
    assert kept == 2
    log.write_text("")
    result = calibrate(tmp_path)
    whole = len(log.read_text().splitlines())
    assert result.solved == whole
    log.write_text("")
    again = calibrate(tmp_path)
    assert log.read_text() == "" and again.solved == 0
    assert again.end.numbers == result.end.numbers


def test_damaged_answers_are_solved_again(tmp_path):
    calibrate(tmp_path)
    for path in (tmp_path / "out" / EVALUATIONS).glob("flexion*.json"):
        path.write_text("{")
    assert calibrate(tmp_path).solved > 0


def test_pair_that_acts_only_together_is_told(tmp_path):
    both = "  - {name: second, keys: [materials.nucleus.c01_MPa], bounds: [0.01, 0.09]}\ntargets:"
    text = CALIBRATION.replace("[materials.nucleus.c10_MPa]}", "[materials.nucleus.c10_MPa], bounds: [0.05, 0.2]}")
    result = calibrate(tmp_path, text.replace("targets:", both) + "prior_weight: 0.1\n")
    found = result.identifiability
    assert found.condition > 1e3
    weakest = np.abs(found.directions[-1])
    assert weakest[0] < 0.05 and min(weakest[1:]) > 0.3
    report = (tmp_path / "out" / "report.md").read_text()
    assert "## Not determined" in report and "second" in report and "kept near the published values" in report


def test_a_bound_is_not_crossed_and_the_miss_is_told(tmp_path):
    result = calibrate(tmp_path, CALIBRATION.replace("target: 0.75", "target: 2.0"))
    nucleus = result.calibration.parameters[1]
    assert result.end.numbers[1] == nucleus.high == 0.2
    stored = json.loads((tmp_path / "out" / RESULT).read_text())
    assert stored["parameters"][1]["at_bound"] == "high"
    assert [one["within_band"] for one in stored["targets"]] == [True, True, False]
    assert stored["parameter_set"]["parameter_set"]["provenance"]["targets_missed"] == ["pressure"]


def test_factor_and_shift_drive_several_keys(tmp_path):
    text = CALIBRATION.replace(
        "keys: [materials.nucleus.c10_MPa]", "acts_as: factor, keys: [materials.nucleus.c10_MPa]"
    ).replace("keys: [materials.annulus.c10_MPa]", "acts_as: shift, keys: [materials.annulus.c10_MPa]")
    result = calibrate(tmp_path, text)
    values = result.calibration.values(result.end.numbers)
    expected = {"materials.annulus.c10_MPa": 0.2, "materials.nucleus.c10_MPa": 0.15}
    assert values == pytest.approx(expected, rel=5e-3)


def test_where_the_model_fails_the_fit_keeps_away(tmp_path):
    """The minimum lies where the model does not converge; the fit ends before that."""
    text = CALIBRATION.replace("target: 10.0", "target: 3.4").replace("target: 5.0", "target: 1.7")
    result = calibrate(tmp_path, text)
    assert 0.3 < result.end.numbers[0] <= 0.55
    assert result.end.reasons == ()


def test_model_that_fails_at_the_start_is_told(tmp_path):
    with pytest.raises(PhysicsError, match=r"fails at the starting point of the fit:\n  whole, flexion: no equations"):
        calibrate(tmp_path, engine=BROKEN)
    assert list((tmp_path / "out" / EVALUATIONS).iterdir()) == []


def test_checks_out_of_tolerance_at_the_fitted_values_are_told(tmp_path, monkeypatch):
    solve = SyntheticSimulation.run_case

    def too_deep(self, name, report):
        result = solve(self, name, report)
        result.summary["checks"] = {"penetration": {"passed": name != "flexion"}, "force_residual": {"passed": True}}
        return result

    monkeypatch.setattr(SyntheticSimulation, "run_case", too_deep)
    for result in (calibrate(tmp_path), calibrate(tmp_path)):  # solved, and read again
        assert result.end.failed_checks == ("whole, flexion: penetration",)
    assert "OUT OF TOLERANCE" in (tmp_path / "out" / "report.md").read_text()


def test_weight_zero_is_shown_and_not_fitted(tmp_path):
    extra = (
        "  - {id: watched, protocol: whole, case: extension, quantity: rotation_deg.L4-L5.flexion, target: -99, "
        "tolerance: 1, weight: 0}\n"
    )
    result = calibrate(tmp_path, CALIBRATION + extra)
    assert result.end.numbers[0] == pytest.approx(KNOWN["ground"], rel=2e-3)
    assert "not fitted" in (tmp_path / "out" / "report.md").read_text()


def test_change_between_two_loads(tmp_path):
    extra = (
        "  - {id: slope, protocol: whole, case: compression, quantity: idp_MPa.L4-L5, at_follower_N: 800, "
        "from_follower_N: 300, target: 0.375, tolerance: 0.1}\n"
    )
    result = calibrate(tmp_path, CALIBRATION + extra)
    assert result.end.answers[-1] == pytest.approx(0.375, rel=5e-3)


def test_pictures_and_report_are_written(tmp_path):
    calibrate(tmp_path)
    names = {path.name for path in (tmp_path / "out").rglob("*") if path.suffix in (".png", ".md", ".json", ".yaml")}
    assert {"targets.png", "correlation.png", "report.md", "calibration.json", "found.yaml"} <= names
    assert not list((tmp_path / "out").glob("*.part"))


def test_parameter_that_changes_nothing_has_no_standard_error():
    found = identifiability(np.array([[2.0, 0.0], [1.0, 0.0], [0.5, 0.0]]), np.array([0.1, -0.1, 0.0]))
    assert found.condition == np.inf
    assert np.isfinite(found.standard_errors[0]) and found.standard_errors[1] == np.inf
    assert found.weak == [1]


def test_scenario_of_the_tests_is_one(tmp_path):
    write_files(tmp_path)
    assert set(load_scenario(tmp_path / "synthetic.yaml").load_cases) == set(yaml.safe_load(SCENARIO)["load_cases"])
